package auth_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"parlor/auth"
	"parlor/tenants"
)

// TestBreakGlass: a link serves once, within ten minutes, for an hour, and no configuration ends what it opened.
func TestBreakGlass(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{providers: []auth.Provider{bootstrapSelf(t, nil)}})
	b := auth.NewBreakGlass(h.platform, h.sessions, h.clock.now)
	token, until, err := b.Mint(t.Context(), "rosa", "the identity provider is down")
	if err != nil || until.Sub(h.clock.at) != 10*time.Minute {
		t.Fatalf("until %s, %v", until, err)
	}
	if n := h.count(`select count(*) from platform.break_glass_links l where to_jsonb(l)::text like '%' || $1 || '%'`, token); n != 0 {
		t.Error("the link's secret is stored")
	}
	for _, wrong := range []string{"", "x", strings.ToLower(token), token + "A"} {
		if _, err := b.Use(t.Context(), wrong, "", auth.Visitor{}); !errors.Is(err, auth.ErrBreakGlass) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
	in, err := b.Use(t.Context(), token, "", auth.Visitor{})
	if err != nil || in.Session.ExpiresAt.Sub(h.clock.at) != time.Hour {
		t.Fatalf("%+v, %v", in.Session, err)
	}
	p := h.opened(in.Session, tenants.AccountID{}).Principal
	if p.StaffRole != tenants.StaffOperator || p.Provider != auth.BreakGlassID || !p.AccountID.IsZero() {
		t.Errorf("opens %+v", p)
	}
	if _, err := b.Use(t.Context(), token, "", auth.Visitor{}); !errors.Is(err, auth.ErrBreakGlass) {
		t.Errorf("once more: %v", err)
	}
	registry, err := auth.NewRegistry(nil)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := h.sessions.Reconcile(t.Context(), registry, false); err != nil || n != 0 {
		t.Errorf("%d sessions ended, %v", n, err)
	}
	if n := h.count(`select count(*) from platform.audit where action in ('break_glass.made', 'break_glass.used') and detail->>'reason' = 'the identity provider is down'`); n != 2 {
		t.Errorf("%d lines in the log", n)
	}
	shut, _, err := b.Mint(t.Context(), "rosa", "the identity provider is down")
	if err != nil {
		t.Fatal(err)
	}
	h.db.Exec(t, `update platform.users set disabled_at = now() where user_id = $1`, in.Session.UserID)
	if _, err := b.Use(t.Context(), shut, "", auth.Visitor{}); !errors.Is(err, auth.ErrBreakGlass) {
		t.Errorf("somebody who was shut out: %v", err)
	}
	h.db.Exec(t, `update platform.users set disabled_at = null where user_id = $1`, in.Session.UserID)
	if _, err := b.Use(t.Context(), shut, "", auth.Visitor{}); err != nil {
		t.Errorf("the link was spent on nobody: %v", err)
	}
	late, _, err := b.Mint(t.Context(), "rosa", "the identity provider is down")
	if err != nil {
		t.Fatal(err)
	}
	h.clock.at = h.clock.at.Add(10 * time.Minute)
	if _, err := b.Use(t.Context(), late, "", auth.Visitor{}); !errors.Is(err, auth.ErrBreakGlass) {
		t.Errorf("after ten minutes: %v", err)
	}
	for name, reason := range map[string]string{"rosa": "too short", "": "the identity provider is down", "a:b": "the identity provider is down"} {
		if _, _, err := b.Mint(t.Context(), name, reason); !errors.Is(err, auth.ErrBreakGlassReason) {
			t.Errorf("%q, %q: %v", name, reason, err)
		}
	}
}

// TestKeepSessionsOfADisabledProvider is the flag for a soft end.
func TestKeepSessionsOfADisabledProvider(t *testing.T) {
	t.Parallel()
	h := open(t)
	if _, err := h.browser().as("support", "left horse"); err != nil {
		t.Fatal(err)
	}
	none, err := auth.NewRegistry(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		keep bool
		want int
	}{{true, 0}, {false, 1}} {
		if n, err := h.sessions.Reconcile(t.Context(), none, step.keep); err != nil || n != step.want {
			t.Errorf("keep %v: %d ended, %v", step.keep, n, err)
		}
	}
}

// An emergency link is no strategy: nobody can switch one on under its name, whose sessions outlive every configuration.
func TestBreakGlassIsNoProvider(t *testing.T) {
	t.Parallel()
	if _, err := auth.NewRegistry(nil, named{auth.BreakGlassID}); err == nil {
		t.Error("a provider of that name is taken")
	}
	if _, err := auth.NewRegistry(nil, named{"break_glasses"}); err != nil {
		t.Errorf("another name is refused: %v", err)
	}
}

// named is a strategy of any name, which lets nobody in.
type named struct{ id string }

func (n named) Descriptor() auth.Descriptor {
	return auth.Descriptor{ID: n.id, Kind: auth.KindPassword, Label: "Named"}
}

func (named) Verify(context.Context, auth.Credential) (auth.Assertion, error) {
	return auth.Assertion{}, auth.ErrInvalidCredentials
}
