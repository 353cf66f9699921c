package instagram_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"parlor/instagram"
	"parlor/tenants"
)

func TestDisconnect(t *testing.T) {
	t.Parallel()
	h, seen := newCountedHouse(t)
	d := h.defaultOf(t, casa)
	id, err := h.ConnectDefault(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	inside := tenants.WithAccount(t.Context(), id)
	for range 2 {
		if err := h.Disconnect(inside, instagram.DisconnectedByOwner); err != nil {
			t.Fatal(err)
		}
	}
	if n := seen.of("DELETE subscribed_apps"); n != 1 {
		t.Errorf("unsubscribed %d times", n)
	}
	if got := h.status(t, id); got != "disconnected owner" {
		t.Errorf("status %q", got)
	}
	if _, err := h.Token(inside); !errors.Is(err, instagram.ErrNoConnection) {
		t.Errorf("the token: %v", err)
	}
	if n := h.text(t, `select count(*)::text from tenant.audit where action = 'connection.ended'`); n != "1" {
		t.Errorf("audited %s times", n)
	}
	if view := h.view(inside, t); view.Status != tenants.AccountDisconnected || view.ExpiresAt != nil || view.DaysLeft != nil || view.Subscribed {
		t.Errorf("shown: %+v", view)
	}
	if _, err := h.ConnectDefault(t.Context(), d); !errors.Is(err, instagram.ErrNotConnected) { // a restart does not overrule the owner
		t.Errorf("the next start: %v", err)
	}
	if err := h.Connect(t.Context(), id, h.grant(t, casa, h.options.Now())); err != nil || h.status(t, id) != "active " || h.told.again.Load() != 1 {
		t.Errorf("connected again: %v, %q", err, h.status(t, id))
	}
}

// TestADisconnectThatIsCutOff has left its line with the status, and its token goes with the tender's next round.
func TestADisconnectThatIsCutOff(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	inside, id, _ := h.connected(t)
	held, err := h.db.Admin(t).Begin(t.Context())
	if err == nil {
		_, err = held.Exec(t.Context(), `select from tenant.connections where account_id = $1 for update`, id)
	}
	if err != nil {
		t.Fatal(err)
	}
	dying, cancel := context.WithTimeout(inside, time.Second)
	defer cancel()
	if err := h.Disconnect(dying, instagram.DisconnectedByOwner); err == nil {
		t.Error("disconnected, though the token is held")
	}
	if err := held.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := h.text(t, `select count(*)::text from tenant.audit where action = 'connection.ended'`); n != "1" || h.status(t, id) != "disconnected owner" {
		t.Errorf("%s lines, status %q", n, h.status(t, id))
	}
	h.pass(time.Hour)
	tender := instagram.NewTender(h.Connections, h.platform, nil)
	if err := tender.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := h.text(t, `select count(*)::text from platform.river_job where kind = 'tend_connection'`); n != "1" {
		t.Errorf("%s jobs look after it", n)
	}
	h.tend(inside, t)
	if _, err := h.Token(inside); !errors.Is(err, instagram.ErrNoConnection) {
		t.Errorf("the token: %v", err)
	}
	if n := h.text(t, `select count(*)::text from tenant.audit where action = 'connection.ended'`); n != "1" {
		t.Errorf("audited %s times", n)
	}
}

// TestDisconnectWithoutInstagram: nobody stays connected because Instagram does not answer; a dead token is not tried.
func TestDisconnectWithoutInstagram(t *testing.T) {
	t.Parallel()
	for reason, calls := range map[string]int{instagram.DisconnectedByOwner: 1, instagram.Deauthorised: 0} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			h, seen := newCountedHouse(t)
			inside, id, _ := h.connected(t)
			h.db.Exec(t, `update platform.accounts set status = 'needs_reconnect' where account_id = $1`, id)
			seen.answer("DELETE subscribed_apps", http.StatusServiceUnavailable, "")
			if err := h.Disconnect(inside, reason); err != nil || h.status(t, id) != "disconnected "+reason {
				t.Errorf("%v, status %q", err, h.status(t, id))
			}
			if n := seen.of("DELETE subscribed_apps"); n != calls {
				t.Errorf("%d calls, want %d", n, calls)
			}
		})
	}
	h := newHouse(t)
	inside, id, _ := h.connected(t)
	h.db.Exec(t, `update platform.accounts set status = 'suspended', status_reason = 'abuse' where account_id = $1`, id)
	if err := h.Disconnect(inside, instagram.Deauthorised); err != nil || h.status(t, id) != "suspended abuse" {
		t.Errorf("suspended: %v, %q", err, h.status(t, id))
	}
	if _, err := h.Token(inside); !errors.Is(err, instagram.ErrNoConnection) {
		t.Errorf("the suspended account's token: %v", err)
	}
}

func TestHumanAgent(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	inside, id, _ := h.connected(t)
	user := tenants.NewUserID()
	owner := tenants.WithPrincipal(t.Context(), tenants.Principal{UserID: user, AccountID: id, Role: tenants.RoleOwner})
	if err := h.ConfirmHumanAgent(owner, true); !errors.Is(err, instagram.ErrHumanAgentNotAllowed) {
		t.Errorf("without the installation's permission: %v", err)
	}
	o := h.options
	o.HumanAgent = true
	approved := instagram.NewConnections(o)
	may := func(c *instagram.Connections, ctx context.Context) bool {
		t.Helper()
		is, err := c.HumanAgent(ctx)
		if err != nil {
			t.Error(err)
		}
		return is
	}
	if may(approved, inside) {
		t.Error("allowed before the owner has confirmed it")
	}
	for range 2 {
		if err := approved.ConfirmHumanAgent(owner, true); err != nil {
			t.Fatal(err)
		}
	}
	if !may(approved, inside) || may(h.Connections, inside) {
		t.Error("confirmed: allowed only where the installation has the permission")
	}
	if by := h.text(t, `select human_agent_confirmed_by::text from tenant.connections`); by != user.String() {
		t.Errorf("confirmed by %s", by)
	}
	if err := approved.Connect(t.Context(), id, h.grant(t, casa, h.options.Now().Add(1))); err != nil || !may(approved, inside) {
		t.Errorf("a reconnect takes it back: %v", err)
	}
	if err := h.ConfirmHumanAgent(owner, false); err != nil || may(approved, inside) {
		t.Errorf("taken back: %v", err)
	}
	if n := h.text(t, `select string_agg(action, ' ' order by seq) from tenant.audit where action like 'human_agent%'`); n != "human_agent.confirmed human_agent.withdrawn" {
		t.Errorf("audited %s", n)
	}
	if is, err := approved.HumanAgent(tenants.WithAccount(t.Context(), h.account(t, "17841400000000002"))); is || err != nil {
		t.Errorf("another account: %t, %v", is, err)
	}
}

// TestConnectedMayRefuse: what shall begin with a new token and the token are stored together or not at all.
func TestConnectedMayRefuse(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	refusal := errors.New("no")
	o := h.options
	o.Connected = func(context.Context, *tenants.Tx, bool) error { return refusal }
	id := h.account(t, h.sim.Businesses()[0].UserID)
	if err := instagram.NewConnections(o).Connect(t.Context(), id, h.grant(t, casa, h.options.Now())); !errors.Is(err, refusal) {
		t.Errorf("err = %v", err)
	}
	if _, err := h.Token(tenants.WithAccount(t.Context(), id)); !errors.Is(err, instagram.ErrNoConnection) {
		t.Errorf("the token: %v", err)
	}
}
