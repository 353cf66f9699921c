package tenants_test

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"time"

	"parlor/migrations/pgtest"
	"parlor/tenants"
)

func TestAuthEventsComeBackAsTheyWent(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	p, d := openPlatform(t, db), openTenants(t, db.AppDSN)
	account := newAccount(t, db, "17841400000000001")
	sent := []tenants.AuthEvent{
		{Kind: tenants.SessionEnded, SessionID: tenants.NewSessionID(), UserID: tenants.NewUserID()},
		{Kind: tenants.MembershipChanged, AccountID: account, UserID: tenants.NewUserID(), Version: 7},
		{Kind: tenants.ProviderDisabled, Provider: "bootstrap"},
		{Kind: tenants.KeyRevoked, AccountID: account, KeyID: "k1"},
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	e := listen(ctx, p, tenants.AuthEventsChannel)
	within(t, e.connected)
	for i, event := range sent {
		if i%2 == 0 {
			inTx(t, p, func(tx *tenants.PlatformTx) error { return tx.Revoke(t.Context(), event) })
			continue
		}
		in := tenants.WithAccount(t.Context(), account)
		if err := d.InTenant(in, func(tx *tenants.Tx) error { return tx.Revoke(in, event) }); err != nil {
			t.Fatal(err)
		}
	}
	got, err := p.AuthEvents(t.Context(), 0)
	if err != nil || len(got) != len(sent) {
		t.Fatalf("events = %+v, %v", got, err)
	}
	for i, want := range sent {
		if seq := within(t, e.heard); seq != strconv.FormatInt(got[i].Seq, 10) {
			t.Errorf("woken with %q for event %d", seq, got[i].Seq)
		}
		if time.Since(got[i].At).Abs() > time.Minute {
			t.Errorf("event %d is of %s", i, got[i].At)
		}
		want.Seq, want.At = got[i].Seq, got[i].At
		if got[i] != want {
			t.Errorf("event %d = %+v, want %+v", i, got[i], want)
		}
	}
	last, err := p.LastAuthEvent(t.Context())
	if err != nil || last != got[3].Seq {
		t.Errorf("last = %d, %v", last, err)
	}
	if rest, err := p.AuthEvents(t.Context(), got[1].Seq); err != nil || len(rest) != 2 || rest[0] != got[2] {
		t.Errorf("since the second: %+v, %v", rest, err)
	}
}

func TestARolledBackRevocationWakesNobody(t *testing.T) {
	t.Parallel()
	p := openPlatform(t, pgtest.New(t))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	e := listen(ctx, p, tenants.AuthEventsChannel)
	within(t, e.connected)
	mine := errors.New("mine")
	err := p.InTx(t.Context(), func(tx *tenants.PlatformTx) error {
		return errors.Join(tx.Revoke(t.Context(), tenants.AuthEvent{Kind: tenants.ProviderDisabled, Provider: "never"}), mine)
	})
	if !errors.Is(err, mine) {
		t.Fatal(err)
	}
	inTx(t, p, func(tx *tenants.PlatformTx) error {
		return tx.Revoke(t.Context(), tenants.AuthEvent{Kind: tenants.ProviderDisabled, Provider: "bootstrap"})
	})
	events, err := p.AuthEvents(t.Context(), 0)
	if err != nil || len(events) != 1 || events[0].Provider != "bootstrap" {
		t.Fatalf("events = %+v, %v", events, err)
	}
	if seq := within(t, e.heard); seq != strconv.FormatInt(events[0].Seq, 10) {
		t.Errorf("woken with %q first, want the committed one", seq)
	}
}

func TestOldAuthEventsArePruned(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	p := openPlatform(t, db)
	for range 3 {
		inTx(t, p, func(tx *tenants.PlatformTx) error {
			return tx.Revoke(t.Context(), tenants.AuthEvent{Kind: tenants.ProviderDisabled, Provider: "bootstrap"})
		})
	}
	db.Exec(t, "update platform.auth_events set at = now() - interval '2 days' where seq < (select max(seq) from platform.auth_events)")
	if n, err := p.PruneAuthEvents(t.Context(), time.Now().Add(-24*time.Hour)); err != nil || n != 2 {
		t.Errorf("pruned %d, %v; want 2", n, err)
	}
	if events, err := p.AuthEvents(t.Context(), 0); err != nil || len(events) != 1 {
		t.Errorf("left: %+v, %v", events, err)
	}
}
