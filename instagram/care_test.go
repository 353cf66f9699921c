package instagram_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"parlor/instagram"
	"parlor/instagram/simulator"
	"parlor/tenants"
)

// during is a house in which something happens while Instagram answers one kind of call, once.
func during(t *testing.T, method, end string) (h house, do *atomic.Pointer[func()], seen *counting) {
	t.Helper()
	do, seen = new(atomic.Pointer[func()]), &counting{}
	h = newHouseBehind(t, func(sim http.Handler) http.Handler {
		counted := seen.around(sim)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			answer := httptest.NewRecorder()
			counted.ServeHTTP(answer, r)
			if r.Method == method && strings.HasSuffix(r.URL.Path, end) {
				if f := do.Swap(nil); f != nil {
					(*f)()
				}
			}
			w.WriteHeader(answer.Code)
			_, _ = w.Write(answer.Body.Bytes())
		})
	})
	return h, do, seen
}

// disconnects begins to disconnect the account, by another instance, and returns once the status says so. The rest waits for its turn.
func (h house) disconnects(inside context.Context, t *testing.T, id tenants.AccountID) (done chan error) {
	t.Helper()
	done = make(chan error, 1)
	other := h.second(t, noGap)
	go func() { done <- other.Disconnect(inside, instagram.DisconnectedByOwner) }()
	for h.text(t, `select status from platform.accounts where account_id = $1`, id) != "disconnected" {
		if t.Context().Err() != nil {
			t.Fatal("not disconnected")
		}
	}
	return done
}

// What the owner disconnects stays so, wherever a sign-in or a proof was at that moment.
func TestDisconnectedMeanwhile(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		method, end string
		do          func(h house, inside context.Context, id tenants.AccountID, g instagram.Grant) error
	}{
		"while connecting": {"GET", "/subscribed_apps", func(h house, ctx context.Context, id tenants.AccountID, g instagram.Grant) error {
			return h.Connect(ctx, id, g)
		}},
		"while proving": {"GET", "/me", func(h house, ctx context.Context, _ tenants.AccountID, _ instagram.Grant) error { return h.Prove(ctx) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, do, seen := during(t, tc.method, tc.end)
			inside, id, _ := h.connected(t)
			g := h.grant(t, casa, h.options.Now().Add(time.Second))
			subscribed := seen.of("POST subscribed_apps")
			var disconnected chan error
			do.Store(new(func() { disconnected = h.disconnects(inside, t, id) }))
			// Whether the token is gone by then depends on who is faster.
			if err := tc.do(h, inside, id, g); !errors.Is(err, instagram.ErrNotConnected) && !errors.Is(err, instagram.ErrNoConnection) {
				t.Errorf("%v", err)
			}
			if err := <-disconnected; err != nil {
				t.Fatal(err)
			}
			if got := h.status(t, id); got != "disconnected owner" {
				t.Errorf("status %q", got)
			}
			if _, err := h.Token(inside); !errors.Is(err, instagram.ErrNoConnection) {
				t.Errorf("the token: %v", err)
			}
			if name == "while proving" && seen.of("POST subscribed_apps") != subscribed {
				t.Error("subscribed after the end")
			}
			if n := seen.of("DELETE subscribed_apps"); n != 1 {
				t.Errorf("unsubscribed %d times", n)
			}
		})
	}
}

// An account that the operator opened again is proved at once, and its gap is asked for.
func TestResumed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	inside, id, _ := h.connected(t)
	h.db.Exec(t, `update platform.accounts set status = 'needs_reconnect', status_reason = $2 where account_id = $1`, id, tenants.Resumed)
	h.db.Exec(t, `update platform.graph_leases set free_at = clock_timestamp() + interval '10 minutes' where account_id = $1`, id)
	bounded, cancel := context.WithTimeout(inside, time.Minute)
	defer cancel()
	h.tend(bounded, t)
	soon := h.text(t, `select (tend_at < now() + interval '11 minutes')::text from platform.accounts where account_id = $1`, id)
	if got := h.status(t, id); got != "needs_reconnect "+tenants.Resumed || soon != "true" {
		t.Fatalf("while the account rests: %q, looked after soon: %s", got, soon)
	}
	h.db.Exec(t, `update platform.graph_leases set free_at = clock_timestamp() where account_id = $1`, id)
	h.tend(inside, t)
	if got := h.status(t, id); got != "active " || h.told.again.Load() != 1 {
		t.Errorf("status %q, told %d times", got, h.told.again.Load())
	}
}

// Whoever has a bound to its time is told at once that the account rests, and for how long.
func TestRestIsToldAtOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	inside, id, _ := h.connected(t)
	h.db.Exec(t, `update platform.graph_leases set free_at = clock_timestamp() + interval '10 minutes' where account_id = $1`, id)
	bounded, cancel := context.WithTimeout(inside, time.Minute)
	defer cancel()
	err := h.Prove(bounded)
	if resting, ok := errors.AsType[*instagram.RestError](err); !ok || resting.For < 9*time.Minute || bounded.Err() != nil || !errors.Is(err, instagram.ErrNoTurn) {
		t.Errorf("%v", err)
	}
}

// The rest doubles with each refusal, whichever instance meets it, and an answer ends the row.
func TestRefusalsCountOverAllInstances(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	inside, id, _ := h.connected(t)
	call := func(c *instagram.Connections) error {
		h.db.Exec(t, `update platform.graph_leases set free_at = clock_timestamp() where account_id = $1`, id)
		return c.Call(inside, func(ctx context.Context, token instagram.Secret) error {
			_, err := h.client.Me(ctx, token)
			return err
		})
	}
	refusals := func() string {
		return h.text(t, `select refusals::text from platform.graph_leases where account_id = $1`, id)
	}
	two := []*instagram.Connections{h.second(t, noGap), h.second(t, noGap)}
	for n := range 4 {
		h.sim.Fail(simulator.Fault{Endpoint: "/me", Status: 400, Code: 613})
		if err := call(two[n%2]); instagram.FaultOf(err) != instagram.FaultRate {
			t.Fatal(err)
		}
	}
	rests := h.text(t, `select (free_at - clock_timestamp() > interval '28 seconds')::text from platform.graph_leases where account_id = $1`, id)
	if rests != "true" || refusals() != "4" {
		t.Errorf("after four refusals: rests long: %s, refusals %s", rests, refusals())
	}
	if err := call(two[0]); err != nil || refusals() != "0" {
		t.Errorf("after an answer: %v, refusals %s", err, refusals())
	}
}

// The time that somebody sets while a connection is looked after stays.
func TestTendKeepsATimeSetMeanwhile(t *testing.T) {
	t.Parallel()
	h, do, _ := during(t, "GET", "/me")
	inside, id, _ := h.connected(t)
	h.pass(25 * time.Hour)
	do.Store(new(func() { h.db.Exec(t, `update platform.accounts set tend_at = '2026-01-02' where account_id = $1`, id) }))
	h.tend(inside, t)
	if got := h.text(t, `select (tend_at = '2026-01-02')::text from platform.accounts where account_id = $1`, id); got != "true" {
		t.Error("the time was overwritten")
	}
}

// A token sealed with a key that is gone needs its owner, whose sign-in mends it.
func TestUnsealableTokenNeedsItsOwner(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	inside, id, _ := h.connected(t)
	o := h.options
	sealer, err := instagram.NewSealer(append(make([]byte, instagram.SealingKeyBytes-1), 1))
	if err != nil {
		t.Fatal(err)
	}
	o.Sealer = sealer
	restored := instagram.NewConnections(o)
	if err := restored.Tend(inside); err != nil {
		t.Fatal(err)
	}
	if got := h.status(t, id); got != "needs_reconnect token_invalid" {
		t.Errorf("status %q", got)
	}
	if err := restored.Connect(t.Context(), id, h.grant(t, casa, h.options.Now())); err != nil || h.status(t, id) != "active " {
		t.Errorf("signed in again: %v, %q", err, h.status(t, id))
	}
}

// The failure of a renewal is not written onto the token that came meanwhile.
func TestFailedRenewalOfAnOlderToken(t *testing.T) {
	t.Parallel()
	h, do, seen := during(t, "GET", "/refresh_access_token")
	inside, id, _ := h.connected(t)
	h.pass(4 * day)
	owners := h.grant(t, casa, h.options.Now().Add(time.Minute))
	seen.answer(refreshing, 400, `{"error":{"code":190}}`)
	do.Store(new(func() {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		_ = h.second(t, noGap).Connect(ctx, id, owners) // its calls wait for their turn
	}))
	h.tend(inside, t)
	if view := h.view(inside, t); view.RefreshFault != "" || tokenOf(inside, t, h) != owners.Token.Value {
		t.Errorf("refresh fault %q", view.RefreshFault)
	}
}

// The owner's new token replaces one that an instance renewed whose clock is ahead.
func TestOwnersTokenBeatsAFastClock(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	inside, id, _ := h.connected(t)
	h.db.Exec(t, `update tenant.connections set issued_at = now() + interval '3 minutes', refreshed_at = now() + interval '3 minutes'
		where account_id = $1`, id)
	owners := h.grant(t, casa, h.options.Now())
	if err := h.Connect(t.Context(), id, owners); err != nil {
		t.Fatal(err)
	}
	if tokenOf(inside, t, h) != owners.Token.Value {
		t.Error("the owner's token was dropped")
	}
}

// A removal of the app that Meta tells late does not end a connection that was made after it.
func TestDeauthorisedBefore(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	inside, id, _ := h.connected(t)
	tell := func(issued time.Duration) string {
		t.Helper()
		if err := h.Deauthorise(inside, h.options.Now().Add(issued)); err != nil {
			t.Fatal(err)
		}
		return h.status(t, id)
	}
	if got := tell(-time.Hour); got != "active " {
		t.Errorf("of an hour ago: %q", got)
	}
	if got := tell(-time.Minute); got != "active " {
		t.Errorf("clocks may differ, and the token works: %q", got)
	}
	h.sim.Revoke(h.sim.Businesses()[0])
	if got := tell(-time.Minute); got != "disconnected deauthorised" {
		t.Errorf("and it does not: %q", got)
	}
}
