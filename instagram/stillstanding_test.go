package instagram_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"parlor/instagram"
	"parlor/instagram/simulator"
	"parlor/tenants"
)

// rests keeps the account from calling for ten minutes.
func (h house) rests(t *testing.T, id tenants.AccountID) {
	t.Helper()
	h.db.Exec(t, `update platform.graph_leases set free_at = clock_timestamp() + interval '10 minutes' where account_id = $1`, id)
}

// Only a dead token is a removal: what else is wrong with a connection ends none that may have been made later.
func TestDeauthorisedOnlyByADeadToken(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]simulator.Fault{
		"a permission is missing": {Endpoint: "/me", Status: 400, Code: 10},
		"not understood":          {Endpoint: "/me", Status: 400, Code: 100},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			inside, id, _ := h.connected(t)
			h.sim.Fail(fault)
			if err := h.Deauthorise(inside, h.options.Now().Add(-time.Minute)); err != nil || h.status(t, id) != "active " {
				t.Errorf("%v, %q", err, h.status(t, id))
			}
		})
	}
	t.Run("no longer permitted", func(t *testing.T) {
		t.Parallel()
		h := newHouse(t)
		inside, id, _ := h.connected(t)
		h.db.Exec(t, `update tenant.connections set permissions = '{instagram_business_basic}' where account_id = $1`, id)
		if err := h.Deauthorise(inside, h.options.Now().Add(-time.Minute)); err != nil || h.status(t, id) != "active " {
			t.Errorf("%v, %q", err, h.status(t, id))
		}
	})
	t.Run("nothing is learned", func(t *testing.T) {
		t.Parallel()
		h := newHouse(t)
		inside, id, _ := h.connected(t)
		h.rests(t, id)
		if err := h.Deauthorise(inside, h.options.Now().Add(-time.Minute)); err == nil || h.status(t, id) != "active " {
			t.Errorf("%v, %q", err, h.status(t, id))
		}
	})
}

// A configured token does not bring back what its owner disconnects while Instagram is asked about it.
func TestConnectDefaultMeetsADisconnection(t *testing.T) {
	t.Parallel()
	h, do, _ := during(t, "GET", "/me")
	inside, id, _ := h.connected(t)
	h.sim.Revoke(h.sim.Businesses()[0])
	h.pass(time.Second)       // a token issued in the millisecond of the revocation is dead too
	d := h.defaultOf(t, casa) // works, and is to take the dead one's place
	var disconnected chan error
	do.Store(new(func() { // it is asked whose this one is, and then whether the stored one works
		do.Store(new(func() { disconnected = h.disconnects(inside, t, id) }))
	}))
	_, err := h.ConnectDefault(t.Context(), d)
	if err := <-disconnected; err != nil {
		t.Error(err)
	}
	if !errors.Is(err, instagram.ErrNotConnected) || h.status(t, id) != "disconnected owner" {
		t.Errorf("%v, %q", err, h.status(t, id))
	}
}

// An end that comes late does not take the subscription of a connection that was made since.
func TestLateUnsubscribeSparesANewConnection(t *testing.T) {
	t.Parallel()
	h, _, seen := during(t, "GET", "/never")
	inside, id, _ := h.connected(t)
	over := h.leased(t, id)
	done := h.disconnects(inside, t, id)
	h.db.Exec(t, `update platform.accounts set status = 'connecting' where account_id = $1`, id) // as a sign-in begins
	over()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if n := seen.of("DELETE subscribed_apps"); n != 0 {
		t.Errorf("unsubscribed %d times", n)
	}
	if _, err := h.Token(inside); err != nil {
		t.Errorf("its token: %v", err)
	}
}

// leased has another instance hold the account's lease until over.
func (h house) leased(t *testing.T, id tenants.AccountID) (over func()) {
	t.Helper()
	h.db.Exec(t, `update platform.graph_leases set holder = gen_random_uuid(), held_until = clock_timestamp() + interval '10 minutes' where account_id = $1`, id)
	return func() { h.db.Exec(t, `update platform.graph_leases set holder = null where account_id = $1`, id) }
}

// A sign-in that died before it had stored its token leaves an account that says so; one that was never connected waits for its first.
func TestConnectingWithoutAToken(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ before, want string }{
		"connected before": {`now()`, "needs_reconnect token_invalid"},
		"never connected":  {`null`, "connecting "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			inside, id, _ := h.connected(t)
			h.db.Exec(t, `delete from tenant.connections where account_id = $1`, id)
			h.db.Exec(t, `update platform.accounts set status = 'connecting', status_reason = '', subscribed_at = `+tc.before+` where account_id = $1`, id)
			h.tend(inside, t)
			if got := h.status(t, id); got != tc.want {
				t.Errorf("status %q", got)
			}
		})
	}
}

// An account that rests is warned of its token's end all the same.
func TestAlarmWhileTheAccountRests(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	inside, id, _ := h.connected(t)
	h.pass(25 * time.Hour)
	h.db.Exec(t, `update tenant.connections set expires_at = now() + interval '6 days', refresh_tried_at = now() + interval '1 day' where account_id = $1`, id)
	h.rests(t, id)
	bounded, cancel := context.WithTimeout(inside, time.Minute)
	defer cancel()
	h.tend(bounded, t)
	if got := h.text(t, `select alarm_days::text from tenant.connections where account_id = $1`, id); got != "7" {
		t.Errorf("alarm of %s days", got)
	}
}
