package instagram_test

import (
	"errors"
	"testing"
	"time"

	"parlor/instagram"
	"parlor/instagram/simulator"
	"parlor/tenants"
)

func (h house) defaultOf(t *testing.T, business string) instagram.Default {
	t.Helper()
	token, err := h.sim.DashboardToken(business)
	if err != nil {
		t.Fatal(err)
	}
	return instagram.Default{UserID: h.sim.Businesses()[0].UserID, Token: token}
}

func TestConnectDefault(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	d := h.defaultOf(t, casa)
	id, err := h.ConnectDefault(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	inside := tenants.WithAccount(t.Context(), id)
	if token, err := h.Token(inside); err != nil || token != d.Token || h.status(t, id) != "active " {
		t.Fatalf("token %v, status %q", err, h.status(t, id))
	}
	again, err := h.ConnectDefault(t.Context(), d)
	if err != nil || again != id {
		t.Errorf("the second start: %v, %v", again, err)
	}
	if n := h.text(t, `select count(*)::text from tenant.audit`); n != "1" {
		t.Errorf("%s audit entries after two starts", n)
	}

	g := h.grant(t, casa, time.Now().Add(time.Minute)) // the owner signs in with Instagram
	if err := h.Connect(t.Context(), id, g); err != nil {
		t.Fatal(err)
	}
	if _, err := h.ConnectDefault(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	if token, err := h.Token(inside); err != nil || token != g.Token.Value {
		t.Errorf("the owner's token was replaced: %v", err)
	}
}

func TestConnectDefaultReplacesADeadToken(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	first := h.defaultOf(t, casa)
	id, err := h.ConnectDefault(t.Context(), first)
	if err != nil {
		t.Fatal(err)
	}
	h.sim.Revoke(h.sim.Businesses()[0])
	if _, err := h.ConnectDefault(t.Context(), first); instagram.FaultOf(err) != instagram.FaultReconnect {
		t.Errorf("both are dead: %v", err)
	}
	h.ahead.Add(int64(time.Second)) // a token issued in the millisecond of the revocation is dead too
	second := h.defaultOf(t, casa)
	if again, err := h.ConnectDefault(t.Context(), second); err != nil || again != id {
		t.Fatalf("%v, %v", again, err)
	}
	if token, err := h.Token(tenants.WithAccount(t.Context(), id)); err != nil || token != second.Token {
		t.Errorf("the new token is not stored: %v", err)
	}
	if _, err := h.ConnectDefault(t.Context(), instagram.Default{UserID: first.UserID, Token: first.Token}); err != nil {
		t.Errorf("the configured token is dead, the stored one lives: %v", err)
	}
}

func TestConnectDefaultRefuses(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	if _, err := h.ConnectDefault(t.Context(), h.defaultOf(t, "nordkaffee")); !errors.Is(err, instagram.ErrWrongAccount) {
		t.Errorf("another account's token: %v", err)
	}
	h.sim.Fail(simulator.Fault{Endpoint: "/me", Status: 500})
	if _, err := h.ConnectDefault(t.Context(), h.defaultOf(t, casa)); instagram.FaultOf(err) != instagram.FaultTransient {
		t.Errorf("Instagram is down: %v", err)
	}
	if n := h.text(t, `select count(*)::text from platform.accounts where kind = 'instagram'`); n != "0" {
		t.Errorf("%s accounts were made", n)
	}
	personal, err := h.sim.DashboardToken("lena.unterwegs")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.ConnectDefault(t.Context(), instagram.Default{UserID: "17841401937460285", Token: personal}); !errors.Is(err, instagram.ErrPersonalAccount) {
		t.Errorf("a personal account: %v", err)
	}
}
