package simulator_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"parlor/instagram"
	"parlor/instagram/simulator"
)

// receiver is a webhook endpoint that verifies as Parlor does and refuses the first bodies.
type receiver struct {
	refuse   int
	mu       sync.Mutex
	bodies   [][]byte
	refused  int
	greeted  atomic.Bool
	badSigns int
	arrived  chan struct{}
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if req.Method == http.MethodGet {
		challenge, err := instagram.VerifyChallenge(verifyToken, req.URL.Query())
		if err != nil {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		r.greeted.Store(true)
		_, _ = io.WriteString(w, challenge)
		return
	}
	body, _ := io.ReadAll(req.Body)
	if err := instagram.VerifySignature([][]byte{[]byte(appSecret.Reveal())}, body, req.Header.Get("X-Hub-Signature-256")); err != nil {
		r.badSigns++
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if r.refused < r.refuse {
		r.refused++
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	r.bodies = append(r.bodies, body)
	r.arrived <- struct{}{}
}

func receive(t *testing.T, refuse int) (*receiver, string) {
	t.Helper()
	r := &receiver{refuse: refuse, arrived: make(chan struct{}, 10_000)}
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	return r, server.URL
}

// wait blocks until n bodies came, and returns their items.
func (r *receiver) wait(t *testing.T, n int) []instagram.Item {
	t.Helper()
	for range n {
		select {
		case <-r.arrived:
		case <-time.After(10 * time.Second):
			t.Fatalf("no webhook came in time")
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	var items []instagram.Item
	for _, body := range r.bodies {
		parsed, err := instagram.ParseDelivery(body)
		if err != nil {
			t.Fatal(err)
		}
		items = append(items, parsed...)
	}
	return items
}

func TestPhoneToWebhook(t *testing.T) {
	t.Parallel()
	shapes := map[string]simulator.Shapes{"plain": {}, "numbers": {NumericIDs: true}, "array": {OuterArray: true}}
	for name, shape := range shapes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, callback := receive(t, 2)
			w := start(t, simulator.Options{
				CallbackURL: callback, Shapes: shape, RetryDelays: []time.Duration{0, time.Millisecond},
			})
			token := w.longToken(t, casa)
			if err := w.client.Subscribe(t.Context(), token.Value); err != nil {
				t.Fatal(err)
			}
			const text = "Größe 7 </script> 😍 \\u00e4?"
			status, answer := w.post(t, "/_sim/messages", map[string]any{"business": casa, "customer": "@iris.k", "text": text})
			if status != http.StatusCreated || len(answer["mid"].(string)) != 164 {
				t.Fatalf("status %d, %v", status, answer)
			}
			items := r.wait(t, 1)
			item := items[0]
			if len(items) != 1 || item.Kind != instagram.KindMessage || item.MID != answer["mid"] || item.Message.Text != text {
				t.Errorf("items %+v", items)
			}
			if item.EntryID != w.Businesses()[0].UserID || item.Customer() != answer["igsid"] || item.RecipientID != item.EntryID {
				t.Errorf("%s wrote to %s: %+v", item.Customer(), item.EntryID, answer)
			}
			if r.refused != 2 || r.badSigns != 0 {
				t.Errorf("refused %d, bad signatures %d", r.refused, r.badSigns)
			}
			if slices.ContainsFunc(r.bodies[0], func(b byte) bool { return b > 127 }) || !strings.Contains(string(r.bodies[0]), `\u003c\/script\u003e`) {
				t.Errorf("body is not escaped: %s", r.bodies[0])
			}
		})
	}
}

func TestEchoAttachmentAndSilence(t *testing.T) {
	t.Parallel()
	r, callback := receive(t, 0)
	w := start(t, simulator.Options{CallbackURL: callback})
	velo := w.Businesses()[2]
	message := map[string]any{
		"business": velo.UserID, "customer": "iris", "echo": true,
		"attachments": []any{map[string]any{"type": "image", "payload": map[string]any{"url": "https://x.cdninstagram.com/a.jpg"}}},
	}
	if _, answer := w.post(t, "/_sim/messages", message); answer["subscribed"] != false {
		t.Errorf("not subscribed, yet %v", answer)
	}
	token := w.longToken(t, velo.Username)
	if err := w.client.Subscribe(t.Context(), token.Value); err != nil {
		t.Fatal(err)
	}
	_, answer := w.post(t, "/_sim/messages", message)
	item := r.wait(t, 1)[0]
	if item.Kind != instagram.KindEcho || item.Customer() != answer["igsid"] || item.SenderID != item.EntryID {
		t.Errorf("echo %+v", item)
	}
	if a := item.Message.Attachments; len(a) != 1 || a[0].Type != "image" || a[0].URL != "https://x.cdninstagram.com/a.jpg" {
		t.Errorf("attachments %+v", a)
	}
	if err := w.client.Unsubscribe(t.Context(), token.Value); err != nil {
		t.Fatal(err)
	}
	if fields, err := w.client.Subscriptions(t.Context(), token.Value); err != nil || len(fields) != 0 {
		t.Errorf("unsubscribed, yet %q, %v", fields, err)
	}
}

// TestInFlight: however many wait, no more than configured are under way at once.
func TestInFlight(t *testing.T) {
	t.Parallel()
	const atOnce, messages = 2, 7
	var now, most atomic.Int64
	entered, leave := make(chan struct{}), make(chan struct{})
	callback := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			return
		}
		n := now.Add(1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		entered <- struct{}{}
		<-leave
		now.Add(-1)
	}))
	t.Cleanup(callback.Close)
	w := start(t, simulator.Options{CallbackURL: callback.URL, InFlight: atOnce})
	if err := w.client.Subscribe(t.Context(), w.longToken(t, casa).Value); err != nil {
		t.Fatal(err)
	}
	for range messages {
		w.post(t, "/_sim/messages", map[string]string{"business": casa, "customer": "iris", "text": "hi"})
	}
	for range atOnce {
		<-entered
	}
	for range messages - atOnce { // each that leaves lets one enter
		leave <- struct{}{}
		<-entered
	}
	for range atOnce {
		leave <- struct{}{}
	}
	if most.Load() != atOnce {
		t.Errorf("%d at once, want %d", most.Load(), atOnce)
	}
}

func TestHandshake(t *testing.T) {
	t.Parallel()
	r, callback := receive(t, 0)
	w := start(t, simulator.Options{CallbackURL: callback})
	if status, answer := w.post(t, "/_sim/verify", nil); status != http.StatusOK || answer["verified"] != true || !r.greeted.Load() {
		t.Errorf("status %d, %v", status, answer)
	}
	lost := start(t, simulator.Options{CallbackURL: "http://127.0.0.1:1/webhooks"})
	status, answer := lost.post(t, "/_sim/verify", nil)
	if status != http.StatusBadGateway || strings.Contains(answer["error"].(string), verifyToken.Reveal()) {
		t.Errorf("status %d, %v", status, answer)
	}
}

func TestControlRefuses(t *testing.T) {
	t.Parallel()
	w := start(t, simulator.Options{})
	tests := map[string]struct {
		body map[string]any
		want int
	}{
		"unknown business": {map[string]any{"business": "nobody", "customer": "a", "text": "hi"}, 404},
		"personal":         {map[string]any{"business": "lena.unterwegs", "customer": "a", "text": "hi"}, 422},
		"no customer":      {map[string]any{"business": casa, "customer": " ", "text": "hi"}, 422},
		"no text":          {map[string]any{"business": casa, "customer": "a"}, 422},
		"too long":         {map[string]any{"business": casa, "customer": "a", "text": strings.Repeat("a", 10_001)}, 422},
		"unknown field":    {map[string]any{"business": casa, "customer": "a", "text": "hi", "txt": "hi"}, 400},
	}
	for name, tc := range tests {
		if status, answer := w.post(t, "/_sim/messages", tc.body); status != tc.want || answer["error"] == "" {
			t.Errorf("%s: %d %v", name, status, answer)
		}
	}
	if status, _ := w.post(t, "/_sim/shapes", map[string]any{"permissions": "odd"}); status != 422 {
		t.Errorf("shapes: %d", status)
	}
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, w.url+"/_sim/messages", strings.NewReader("{}"))
	req.Header.Set("Origin", "https://elsewhere.example")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusForbidden {
		t.Errorf("another site's page: %d", resp.StatusCode)
	}
}

func TestHistory(t *testing.T) {
	t.Parallel()
	end := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	o := simulator.Options{Conversations: 100, SeededAt: end, Seed: 7}
	w, again := start(t, o), start(t, o)
	mids := map[string]bool{}
	for _, b := range w.Businesses() {
		list := w.History(b.Username)
		if !slices.EqualFunc(list, again.History(b.UserID), sameMessage) {
			t.Errorf("%s: another history for the same seed", b.Username)
		}
		people, recent := map[string]bool{}, 0
		for n, m := range list {
			people[m.IGSID], mids[m.MID] = true, true
			if !m.At.Before(end) || m.At.Before(end.Add(-61*24*time.Hour)) || n > 0 && m.At.Before(list[n-1].At) {
				t.Fatalf("%s: time %s", b.Username, m.At)
			}
			if end.Sub(m.At) < 24*time.Hour {
				recent++
			}
			if strings.Contains(m.Text, "{") || m.Text == "" && len(m.Attachments) == 0 || len(m.MID) != 164 {
				t.Fatalf("message %+v", m)
			}
		}
		if len(people) != 100 || recent < 10 || len(list) < 250 {
			t.Errorf("%s: %d people, %d messages, %d of the last day", b.Username, len(people), len(list), recent)
		}
	}
	total := 0
	for _, b := range w.Businesses() {
		total += len(w.History(b.UserID))
	}
	if len(mids) != total {
		t.Errorf("%d mids for %d messages", len(mids), total)
	}
}

func TestDeliverHistory(t *testing.T) {
	t.Parallel()
	r, callback := receive(t, 1)
	w := start(t, simulator.Options{CallbackURL: callback, Conversations: 60})
	token := w.longToken(t, casa)
	if err := w.client.Subscribe(t.Context(), token.Value); err != nil {
		t.Fatal(err)
	}
	report, err := w.DeliverHistory(t.Context())
	want := w.History(casa)
	if err != nil || report.Messages != len(want) || !slices.Equal(report.Unsubscribed, []string{"nordkaffee", "velo.werk"}) {
		t.Fatalf("report %+v, %v, want %d messages", report, err, len(want))
	}
	items := r.wait(t, (len(want)+99)/100)
	for n, item := range items {
		if item.MID != want[n].MID || !item.At.Equal(want[n].At) || (item.Kind == instagram.KindEcho) != want[n].Echo {
			t.Fatalf("item %d: %+v, want %+v", n, item, want[n])
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.DeliverHistory(ctx); err == nil {
		t.Error("delivered after its context ended")
	}
}

func TestFailures(t *testing.T) {
	t.Parallel()
	w := start(t, simulator.Options{})
	token, err := w.DashboardToken(casa)
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		fault simulator.Fault
		want  instagram.Fault
	}{
		"html":  {simulator.Fault{Endpoint: "/me", Status: 503}, instagram.FaultTransient},
		"rate":  {simulator.Fault{Endpoint: "/me", Status: 403, Code: 4}, instagram.FaultRate},
		"dead":  {simulator.Fault{Endpoint: "/me", Status: 401, Code: 190, Subcode: 458}, instagram.FaultReconnect},
		"moved": {simulator.Fault{Endpoint: "/me", Status: 302}, instagram.FaultTransient},
	}
	for name, tc := range tests {
		if status, _ := w.post(t, "/_sim/faults", tc.fault); status != http.StatusCreated {
			t.Fatalf("%s: %d", name, status)
		}
		if _, err := w.client.Me(t.Context(), token); instagram.FaultOf(err) != tc.want {
			t.Errorf("%s: %v is %q", name, err, instagram.FaultOf(err))
		}
		if _, err := w.client.Me(t.Context(), token); err != nil {
			t.Errorf("after %s: %v", name, err)
		}
	}
}
