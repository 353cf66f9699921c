package simulator_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"parlor/instagram"
	"parlor/instagram/simulator"
)

func (w world) fail(t *testing.T, f simulator.Fault) {
	t.Helper()
	if status, answer := w.post(t, "/_sim/faults", f); status != http.StatusCreated {
		t.Fatalf("%+v: %d %v", f, status, answer)
	}
}

func TestCallsFail(t *testing.T) {
	t.Parallel()
	s := open(t, simulator.Options{})
	send := func() error {
		_, err := s.client.Send(t.Context(), s.token, instagram.Outgoing{To: s.igsid, Text: "hi"})
		return err
	}
	tests := map[simulator.FaultKind]struct {
		want    instagram.Fault
		arrives int
	}{
		simulator.FaultRate: {instagram.FaultRate, 0}, simulator.Fault5xx: {instagram.FaultTransient, 0}, simulator.FaultHTML: {instagram.FaultTransient, 0},
		simulator.FaultHang: {instagram.FaultTransient, 0}, simulator.FaultAcceptTimeout: {instagram.FaultTransient, 1}, simulator.FaultAccept5xx: {instagram.FaultTransient, 1},
	}
	for kind, tc := range tests {
		before := len(s.Sent(casa))
		s.fail(t, simulator.Fault{Endpoint: "/me/messages", Kind: kind, Business: casa, DelayMS: 5})
		s.fail(t, simulator.Fault{Endpoint: "/me/messages", Kind: kind, Business: "nordkaffee", DelayMS: 5})
		if err := send(); instagram.FaultOf(err) != tc.want {
			t.Errorf("%s: %v", kind, err)
		}
		if n := len(s.Sent(casa)) - before; n != tc.arrives {
			t.Errorf("%s: %d arrived", kind, n)
		}
		if err := send(); err != nil {
			t.Errorf("after %s: %v", kind, err)
		}
		s.Calm()
	}
}

// TestHangEndsWithItsCaller: without a delay nothing but the caller's own patience ends it.
func TestHangEndsWithItsCaller(t *testing.T) {
	t.Parallel()
	s := open(t, simulator.Options{})
	s.fail(t, simulator.Fault{Endpoint: "/me", Kind: simulator.FaultHang})
	ctx, cancel := context.WithCancel(t.Context())
	answered := make(chan error, 1)
	go func() {
		_, err := s.client.Me(ctx, s.token)
		answered <- err
	}()
	for !slices.ContainsFunc(s.Calls(casa), func(c simulator.Call) bool { return c.Endpoint == "/me" }) {
		if len(answered) > 0 {
			t.Fatalf("it was answered: %v", <-answered)
		}
	}
	cancel()
	if err := <-answered; !errors.Is(err, context.Canceled) {
		t.Errorf("it ended with %v", err)
	}
}

// TestRateOfFaultsIsSeeded: the same seed strikes the same calls, another one others.
func TestRateOfFaultsIsSeeded(t *testing.T) {
	t.Parallel()
	struck := func(seed uint64) (list []bool) {
		s := open(t, simulator.Options{Seed: seed})
		s.fail(t, simulator.Fault{Endpoint: "/me", Kind: simulator.Fault5xx, Rate: 0.3})
		for range 60 {
			_, err := s.client.Me(t.Context(), s.token)
			list = append(list, err != nil)
		}
		return list
	}
	first, same, other := struck(1), struck(1), struck(2)
	n := 0
	for _, hit := range first {
		if hit {
			n++
		}
	}
	if !slices.Equal(first, same) || slices.Equal(first, other) || n < 6 || n > 32 {
		t.Errorf("%d of 60 struck", n)
	}
}

func TestWebhooksGoAstray(t *testing.T) {
	t.Parallel()
	r, callback := receive(t, 0)
	s := open(t, simulator.Options{CallbackURL: callback, InFlight: 1})
	r.wait(t, 1)
	came := func(kind simulator.FaultKind, delayMS, n int, texts ...string) []string {
		t.Helper()
		s.fail(t, simulator.Fault{Kind: kind, DelayMS: delayMS})
		var mids []string
		for _, text := range texts {
			mids = append(mids, s.write(t, simulator.Draft{Customer: "iris", Text: text}).MID)
		}
		var got []string
		items := r.wait(t, n)
		for _, item := range items[len(items)-n:] {
			got = append(got, item.Message.Text)
			if !slices.Contains(mids, item.MID) {
				t.Errorf("%s: %+v", kind, item)
			}
		}
		return got
	}
	if got := came(simulator.FaultDrop, 0, 1, "lost", "kept"); !slices.Equal(got, []string{"kept"}) {
		t.Errorf("drop: %q", got)
	}
	if got := came(simulator.FaultDuplicate, 0, 2, "twice"); !slices.Equal(got, []string{"twice", "twice"}) {
		t.Errorf("duplicate: %q", got)
	}
	if got := came(simulator.FaultReorder, 10_000, 2, "early", "late"); !slices.Equal(got, []string{"late", "early"}) {
		t.Errorf("reorder: %q", got)
	}
	if got := came(simulator.FaultReorder, 1, 1, "alone"); !slices.Equal(got, []string{"alone"}) {
		t.Errorf("reorder without a next one: %q", got)
	}
	if got := came(simulator.FaultDelay, 200, 2, "slow", "quick"); !slices.Equal(got, []string{"quick", "slow"}) {
		t.Errorf("delay: %q", got)
	}
	_, body := s.call(t, http.MethodGet, "/_sim/messages?business="+casa, "")
	if !strings.Contains(body, "lost") {
		t.Error("Instagram does not hold what its webhook lost")
	}
	if _, state := s.call(t, http.MethodGet, "/_sim/state", ""); !strings.Contains(state, `"dropped":1`) {
		t.Errorf("state %s", state)
	}
	_, faults := s.call(t, http.MethodGet, "/_sim/faults", "")
	if strings.Count(faults, `"struck":1`) != 5 {
		t.Errorf("faults %s", faults)
	}
}

func TestFaultsAtOnce(t *testing.T) {
	t.Parallel()
	s := open(t, simulator.Options{})
	s.fail(t, simulator.Fault{Kind: simulator.FaultUnsubscribe, Business: casa})
	if fields, err := s.client.Subscriptions(t.Context(), s.token); err != nil || len(fields) != 0 {
		t.Errorf("fields %q, %v", fields, err)
	}
	s.fail(t, simulator.Fault{Kind: simulator.FaultRevoke, Business: casa})
	_, err := s.client.Me(t.Context(), s.token)
	refused(t, "revoked", err, 190, 460)
	for name, f := range map[string]simulator.Fault{
		"unknown kind": {Kind: "flood"}, "no endpoint": {Kind: simulator.FaultHang}, "rate": {Kind: simulator.FaultDrop, Rate: 1.5},
		"nobody": {Kind: simulator.FaultRevoke}, "stranger": {Kind: simulator.FaultRevoke, Business: "nobody"}, "status": {Endpoint: "/me", Status: 99},
	} {
		if status, answer := s.post(t, "/_sim/faults", f); status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %v", name, status, answer)
		}
	}
}

func TestCallsAreLoggedAndLimited(t *testing.T) {
	t.Parallel()
	s := open(t, simulator.Options{Shapes: simulator.Shapes{RateCode: 80002}})
	s.old(t, 1, 1)
	thread, err := s.client.Threads(t.Context(), s.token, instagram.ThreadQuery{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.client.Thread(t.Context(), s.token, thread.Threads[0].ID); err != nil {
		t.Fatal(err)
	}
	_, _ = s.client.StoredMessage(t.Context(), s.token, "nothing")
	if _, err := s.client.Customer(t.Context(), s.token, s.igsid); err != nil {
		t.Fatal(err)
	}
	var seen []string
	for _, c := range s.Calls(casa) {
		seen = append(seen, c.Method+" "+c.Endpoint)
		if c.At.IsZero() || c.Status == 0 {
			t.Errorf("call %+v", c)
		}
	}
	for _, want := range []string{"POST /me/subscribed_apps", "GET /me/conversations", "GET /{conversation}", "GET /{customer}"} {
		if !slices.Contains(seen, want) {
			t.Errorf("%s is not in %q", want, seen)
		}
	}
	if _, body := s.call(t, http.MethodGet, "/_sim/calls?business="+casa, ""); strings.Count(body, `"endpoint"`) != len(seen) {
		t.Errorf("calls %s", body)
	}

	if err := s.Shape(simulator.Shapes{EnforceRate: true, RateCode: 80002, RegainMinutes: 2}); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		_, err = s.client.Me(t.Context(), s.token)
	}
	refused(t, "third call within a second", err, 80002, 0)
	if _, err := s.client.Send(t.Context(), s.token, instagram.Outgoing{To: s.igsid, Text: "hi"}); err != nil {
		t.Errorf("sends are not counted: %v", err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/v25.0/me?access_token="+s.token.Reveal(), http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	usage := resp.Header.Get("X-Business-Use-Case-Usage")
	if resp.StatusCode != http.StatusTooManyRequests || resp.Header.Get("Retry-After") == "" || !strings.Contains(usage, `"call_count":100`) ||
		!strings.Contains(usage, `"estimated_time_to_regain_access":2`) || !strings.Contains(resp.Header.Get("X-App-Usage"), `"call_count":100`) {
		t.Errorf("status %d, usage %q", resp.StatusCode, usage)
	}
}

// TestManyMessages: thousands of messages stay quick to write, to list and to page through.
func TestManyMessages(t *testing.T) {
	t.Parallel()
	s := open(t, simulator.Options{})
	began := time.Now()
	s.old(t, 500, 20)
	for n := range 5_000 {
		s.write(t, simulator.Draft{Customer: "customer" + string(rune('a'+n%20)), Text: "hi"})
	}
	for range 50 {
		if _, err := s.client.Threads(t.Context(), s.token, instagram.ThreadQuery{Limit: 10, Messages: true}); err != nil {
			t.Fatal(err)
		}
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("took %s", took)
	}
}

func TestRawEvents(t *testing.T) {
	t.Parallel()
	var got []byte
	callback := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.Method == http.MethodPost {
			got = body
			if instagram.VerifySignature([][]byte{[]byte(appSecret.Reveal())}, body, r.Header.Get("X-Hub-Signature-256")) != nil {
				w.WriteHeader(http.StatusUnauthorized)
			}
		}
	}))
	t.Cleanup(callback.Close)
	w := start(t, simulator.Options{CallbackURL: callback.URL})
	const raw = `{ "object":"instagram","odd" : [1,  2],"text":"\u00e4\/"}`
	resp, err := http.Post(w.url+"/_sim/events", "application/json", strings.NewReader(`{"business":"`+casa+`","body":`+raw+`}`))
	if err != nil {
		t.Fatal(err)
	}
	if !bodyHas(t, resp, `"status":200`) || !bytes.Equal(got, []byte(raw)) {
		t.Errorf("came %s", got)
	}
	_ = resp.Body.Close()
	if _, answer := w.post(t, "/_sim/events", map[string]string{"text": "{no json"}); answer["status"] != float64(200) || string(got) != "{no json" {
		t.Errorf("%v, came %s", answer, got)
	}
	if status, _ := w.post(t, "/_sim/events", map[string]string{}); status != http.StatusUnprocessableEntity {
		t.Errorf("nothing: %d", status)
	}
}
