package instagram_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"parlor/instagram"
	"parlor/tenants"
)

const day = 24 * time.Hour

// counting notes how often each path of Instagram is called, and lets a test answer in its stead.
type counting struct {
	mu      sync.Mutex
	calls   map[string]int
	instead map[string]http.HandlerFunc // by the end of the path, with the method before it if it matters
}

func (c *counting) around(sim http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		end := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
		c.mu.Lock()
		if c.calls == nil {
			c.calls = map[string]int{}
		}
		c.calls[r.Method+" "+end]++
		answer := c.instead[r.Method+" "+end]
		c.mu.Unlock()
		if answer != nil {
			answer(w, r)
			return
		}
		sim.ServeHTTP(w, r)
	})
}

func (c *counting) of(call string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.calls[call]
}

func (c *counting) answer(call string, status int, body string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.instead == nil {
		c.instead = map[string]http.HandlerFunc{}
	}
	c.instead[call] = func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func (c *counting) behave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.instead = nil
}

const (
	refreshing = "GET refresh_access_token"
	asking     = "GET me"
)

func newCountedHouse(t *testing.T) (house, *counting) {
	t.Helper()
	c := &counting{}
	return newHouseBehind(t, c.around), c
}

func (h house) tend(inside context.Context, t *testing.T) {
	t.Helper()
	if err := h.Tend(inside); err != nil {
		t.Fatal(err)
	}
}

func (h house) view(inside context.Context, t *testing.T) instagram.ConnectionView {
	t.Helper()
	view, err := h.View(inside)
	if err != nil {
		t.Fatal(err)
	}
	return view
}

// TestTokenRenewsByItself: from the third day on, though nobody signs in; and within two days of its end, after weeks in
// which the service did not run.
func TestTokenRenewsByItself(t *testing.T) {
	t.Parallel()
	h, seen := newCountedHouse(t)
	inside, _, g := h.connected(t)
	h.tend(inside, t)
	h.pass(47 * time.Hour)
	h.tend(inside, t)
	if n := seen.of(refreshing); n != 0 {
		t.Errorf("renewed %d times within two days", n)
	}
	h.pass(26 * time.Hour) // two days, and the account's own part of a third
	h.tend(inside, t)
	h.tend(inside, t)
	if n := seen.of(refreshing); n != 1 {
		t.Errorf("renewed %d times after three days, want once", n)
	}
	first := h.view(inside, t)
	if first.ExpiresAt == nil || !first.ExpiresAt.After(g.Token.ExpiresAt.Add(2*day)) || first.RefreshedAt == nil || first.RefreshFault != "" {
		t.Errorf("after the first renewal: %+v", first)
	}
	token, err := h.Token(inside)
	if err != nil || token == g.Token.Value {
		t.Errorf("the old token is still stored: %v", err)
	}

	h.pass(59 * day) // within its last two days
	if view := h.view(inside, t); view.Alarm != 2 || *view.DaysLeft > 2 {
		t.Fatalf("before: %+v", view)
	}
	h.tend(inside, t)
	view := h.view(inside, t)
	if *view.DaysLeft < 58 || view.Alarm != 0 || view.Status != tenants.AccountActive {
		t.Errorf("afterwards: %+v", view)
	}
	var copied time.Time
	if err := h.admin.QueryRow(t.Context(), `select token_expires_at from platform.accounts where instagram_user_id = $1`,
		g.Profile.UserID).Scan(&copied); err != nil || !copied.Equal(*view.ExpiresAt) {
		t.Errorf("the account's row says %s, %v", copied, err)
	}
	if _, err := h.client.Me(t.Context(), tokenOf(inside, t, h)); err != nil {
		t.Errorf("the renewed token: %v", err)
	}
	if n := h.text(t, `select count(*)::text from tenant.audit where action = 'connection.renewed'`); n != "2" {
		t.Errorf("audited %s renewals", n)
	}
}

func tokenOf(inside context.Context, t *testing.T, h house) instagram.Secret {
	t.Helper()
	token, err := h.Token(inside)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// TestRenewalThatFails is tried again after an hour, not at once and not never; the connection shows why.
func TestRenewalThatFails(t *testing.T) {
	t.Parallel()
	h, seen := newCountedHouse(t)
	inside, id, _ := h.connected(t)
	h.pass(3*day + time.Hour)
	seen.answer(refreshing, 500, "<html>")
	h.tend(inside, t)
	h.tend(inside, t)
	if n := seen.of(refreshing); n != 1 {
		t.Errorf("tried %d times at once", n)
	}
	if view := h.view(inside, t); view.RefreshFault != "temporary" || view.Status != tenants.AccountActive {
		t.Errorf("shown: %+v", view)
	}
	var next time.Time
	if err := h.admin.QueryRow(t.Context(), `select tend_at from platform.accounts where account_id = $1`, id).Scan(&next); err != nil {
		t.Fatal(err)
	}
	if wait := next.Sub(h.options.Now()); wait < 59*time.Minute || wait > 76*time.Minute {
		t.Errorf("looked after again in %s", wait)
	}
	seen.behave()
	h.pass(76 * time.Minute)
	h.tend(inside, t)
	if view := h.view(inside, t); view.RefreshFault != "" || view.RefreshedAt == nil {
		t.Errorf("afterwards: %+v", view)
	}
}

// TestManyTendAtOnce renew once: of those that wait for their turn the later ones find the work done.
func TestManyTendAtOnce(t *testing.T) {
	t.Parallel()
	h, seen := newCountedHouse(t)
	inside, _, _ := h.connected(t)
	h.pass(4 * day)
	other := h.second(t, noGap)
	var all sync.WaitGroup
	for i := range 6 {
		all.Go(func() {
			tender := h.Connections
			if i%2 == 0 {
				tender = other
			}
			if err := tender.Tend(inside); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := seen.of(refreshing); n != 1 {
		t.Errorf("renewed %d times", n)
	}
}

// TestExpiredToken: the proof finds it, the owner is told, and a new consent mends it.
func TestExpiredToken(t *testing.T) {
	t.Parallel()
	h, _ := newCountedHouse(t)
	inside, id, _ := h.connected(t)
	h.pass(61 * day)
	h.tend(inside, t)
	if got := h.status(t, id); got != "needs_reconnect token_expired" {
		t.Errorf("status %q", got)
	}
	view := h.view(inside, t)
	if *view.DaysLeft != 0 || view.Alarm != 2 || view.Subscribed {
		t.Errorf("shown: %+v", view)
	}
	if err := h.Connect(t.Context(), id, h.grant(t, casa, h.options.Now())); err != nil {
		t.Fatal(err)
	}
	if view := h.view(inside, t); view.Status != tenants.AccountActive || view.Alarm != 0 || *view.DaysLeft < 59 || view.ProofFault != "" || !view.Subscribed {
		t.Errorf("after the reconnect: %+v", view)
	}
}

// TestAlarms are given once for each threshold, and again for a later token.
func TestAlarms(t *testing.T) {
	t.Parallel()
	h, seen := newCountedHouse(t)
	inside, _, _ := h.connected(t)
	seen.answer(refreshing, 503, "")
	given := func() string {
		return h.text(t, `select coalesce(string_agg(detail->>'days', ' ' order by seq), '') from tenant.audit where action = 'connection.runs_out'`)
	}
	for _, step := range []struct {
		pass time.Duration
		want string
	}{{45 * day, ""}, {day + time.Hour, "14"}, {time.Hour, "14"}, {7 * day, "14 7"}, {5 * day, "14 7 2"}, {day, "14 7 2"}} {
		h.pass(step.pass)
		h.tend(inside, t)
		if got := given(); got != step.want {
			t.Errorf("after %s more: alarms %q, want %q", step.pass, got, step.want)
		}
	}
}

// TestProof asks daily, renews what the account is called, and repeats a subscription that has gone.
func TestProof(t *testing.T) {
	t.Parallel()
	h, seen := newCountedHouse(t)
	inside, id, g := h.connected(t)
	before := seen.of(asking)
	h.db.Exec(t, `update platform.accounts set username = 'earlier', subscribed_at = now() - interval '9 days' where account_id = $1`, id)
	if err := h.client.Unsubscribe(t.Context(), g.Token.Value); err != nil {
		t.Fatal(err)
	}
	h.pass(25 * time.Hour)
	h.tend(inside, t)
	h.tend(inside, t)
	if n := seen.of(asking) - before; n != 1 {
		t.Errorf("asked %d times in a day", n)
	}
	view := h.view(inside, t)
	if view.ProvedAt == nil || view.ProofFault != "" || view.Username != casa || !view.Subscribed || !slices.Contains(view.Fields, "message_echoes") {
		t.Errorf("shown: %+v", view)
	}
	if fields, err := h.client.Subscriptions(t.Context(), g.Token.Value); err != nil || !slices.Contains(fields, "messages") {
		t.Errorf("subscribed to %q, %v", fields, err)
	}
	if recent := h.text(t, `select (subscribed_at > now() - interval '1 day')::text from platform.accounts where account_id = $1`, id); recent != "true" {
		t.Error("that it was subscribed anew is not noted")
	}
}

// TestProofsThatFail: each has its word, and only a refused token or a wrong account ends the connection.
func TestProofsThatFail(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		call, body string
		status     int
		want       error
		fault      string
		account    string
	}{
		"down":            {asking, "", 502, nil, "temporary", "active "},
		"revoked":         {asking, `{"error":{"code":190,"error_subcode":460}}`, 400, nil, "not_connected", "needs_reconnect password_changed"},
		"another account": {asking, `{"id":"1","user_id":"17841400000000001","username":"x","account_type":"BUSINESS"}`, 200, instagram.ErrWrongAccount, "wrong_account", "needs_reconnect wrong_account"},
		"gone personal":   {asking, `PERSONAL`, 200, instagram.ErrPersonalAccount, "personal_account", "active "},
		"not listed":      {"GET subscribed_apps", `{"data":[]}`, 200, instagram.ErrNotSubscribed, "not_subscribed", "active "},
		"permission":      {"POST subscribed_apps", `{"error":{"code":200}}`, 403, instagram.ErrNoMessagePermission, "permission_missing", "active "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, seen := newCountedHouse(t)
			inside, id, g := h.connected(t)
			body := tc.body
			if body == "PERSONAL" {
				text, _ := json.Marshal(map[string]string{"id": "1", "user_id": g.Profile.UserID, "account_type": body})
				body = string(text)
			}
			seen.answer(tc.call, tc.status, body)
			err := h.Prove(inside)
			if err == nil || tc.want != nil && !errors.Is(err, tc.want) {
				t.Errorf("err = %v, want %v", err, tc.want)
			}
			if view := h.view(inside, t); view.ProofFault != tc.fault || view.ProvedAt != nil {
				t.Errorf("shown: %+v", view)
			}
			if got := h.status(t, id); got != tc.account {
				t.Errorf("status %q, want %q", got, tc.account)
			}
			seen.behave()
			if err := h.Prove(inside); err != nil || h.status(t, id) != "active " {
				t.Errorf("afterwards: %v, %q", err, h.status(t, id))
			}
		})
	}
}

// TestCheckpointPassed: an account that Instagram held back works again by itself, and its gap is asked for.
func TestCheckpointPassed(t *testing.T) {
	t.Parallel()
	h, seen := newCountedHouse(t)
	inside, id, _ := h.connected(t)
	seen.answer(asking, 400, `{"error":{"code":190,"error_subcode":459}}`)
	h.pass(25 * time.Hour)
	h.tend(inside, t)
	if got := h.status(t, id); got != "needs_reconnect checkpoint" {
		t.Fatalf("status %q", got)
	}
	seen.behave()
	h.pass(25 * time.Hour)
	h.tend(inside, t)
	if got := h.status(t, id); got != "active " || h.told.again.Load() != 1 {
		t.Errorf("status %q, told %d times", got, h.told.again.Load())
	}
}

// TestUnfinishedConnection: a sign-in whose subscription failed is finished without a person.
func TestUnfinishedConnection(t *testing.T) {
	t.Parallel()
	h, seen := newCountedHouse(t)
	id := h.account(t, h.sim.Businesses()[0].UserID)
	seen.answer("GET subscribed_apps", 503, "") // it is subscribed, which nobody has seen
	if err := h.Connect(t.Context(), id, h.grant(t, casa, h.options.Now())); err == nil {
		t.Fatal("connected")
	}
	seen.behave()
	h.pass(6 * time.Minute)
	h.tend(tenants.WithAccount(t.Context(), id), t)
	if got := h.status(t, id); got != "active " {
		t.Errorf("status %q", got)
	}
	if got := h.text(t, `select (subscribed_at is not null)::text from platform.accounts where account_id = $1`, id); got != "true" {
		t.Error("the watchdog does not know since when it should hear")
	}
}

// TestNothingToTend: without a token, or when the account rests, nobody is asked.
func TestNothingToTend(t *testing.T) {
	t.Parallel()
	h, seen := newCountedHouse(t)
	inside, id, _ := h.connected(t)
	h.pass(5 * day)
	asked := seen.of(asking) + seen.of(refreshing)
	for _, status := range []string{"suspended", "disconnected"} {
		h.db.Exec(t, `update platform.accounts set status = $2 where account_id = $1`, id, status)
		h.tend(inside, t)
	}
	h.db.Exec(t, `delete from tenant.connections where account_id = $1`, id)
	h.db.Exec(t, `update platform.accounts set status = 'active' where account_id = $1`, id)
	h.tend(inside, t)
	if n := seen.of(asking) + seen.of(refreshing); n != asked {
		t.Errorf("asked %d times", n-asked)
	}
	if got := h.status(t, id); got != "needs_reconnect token_invalid" {
		t.Errorf("without a token it is %q", got)
	}
	if err := h.Tend(t.Context()); !errors.Is(err, tenants.ErrNoAccount) {
		t.Errorf("without an account: %v", err)
	}
}

// TestTender finds what is due and looks after it, by the real queue.
func TestTender(t *testing.T) {
	t.Parallel()
	h, seen := newCountedHouse(t)
	inside, id, _ := h.connected(t)
	asleep := h.account(t, h.sim.Businesses()[1].UserID)
	h.db.Exec(t, `update platform.accounts set status = 'active', tend_at = now() + interval '30 days' where account_id = $1`, asleep)
	h.pass(4 * day)
	tender := instagram.NewTender(h.Connections, h.platform, slog.New(slog.DiscardHandler))
	for range 3 { // rounds come faster than jobs are done
		if err := tender.Round(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n := h.text(t, `select count(*)::text || ' ' || min(args->>'account_id') from platform.river_job where kind = 'tend_connection'`); n != "1 "+id.String() {
		t.Errorf("queued: %s", n)
	}
	workers := river.NewWorkers()
	if err := tender.Register(workers); err != nil {
		t.Fatal(err)
	}
	jobs, err := h.platform.Jobs(&river.Config{
		Workers: workers, Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 2}}, PeriodicJobs: tender.Periodic(),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := jobs.Start(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = jobs.Stop(context.Background()) })
	for deadline := time.Now().Add(20 * time.Second); seen.of(refreshing) == 0 || h.view(inside, t).ProvedAt == nil; {
		if time.Now().After(deadline) {
			t.Fatal("nobody looked after the account")
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// TestRenewedMeanwhile: the owner's own token, come while Instagram renewed the old one, stays.
func TestRenewedMeanwhile(t *testing.T) {
	t.Parallel()
	var reconnect atomic.Pointer[func()]
	h := newHouseBehind(t, func(sim http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			answer := httptest.NewRecorder()
			sim.ServeHTTP(answer, r)
			if do := reconnect.Load(); do != nil && strings.HasSuffix(r.URL.Path, "refresh_access_token") {
				(*do)()
			}
			w.WriteHeader(answer.Code)
			_, _ = w.Write(answer.Body.Bytes())
		})
	})
	inside, id, _ := h.connected(t)
	h.pass(4 * day)
	owners := h.grant(t, casa, h.options.Now().Add(time.Minute))
	stored := func() { // as a reconnect stores it, whose calls wait for their turn
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		_ = h.second(t, noGap).Connect(ctx, id, owners)
	}
	reconnect.Store(&stored)
	h.tend(inside, t)
	if tokenOf(inside, t, h) != owners.Token.Value {
		t.Error("the renewed old token replaced the owner's new one")
	}
}
