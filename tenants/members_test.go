package tenants_test

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"parlor/migrations/pgtest"
	"parlor/tenants"
)

func TestNamesAreThoseOfTheAccount(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	var passed atomic.Int64 // nanoseconds
	start := time.Now()
	p, err := tenants.OpenPlatform(t.Context(), db.PlatformDSN, tenants.Options{
		Now: func() time.Time { return start.Add(time.Duration(passed.Load())) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	members, names := tenants.NewMemberships(p), tenants.NewMembers(p)
	ours, theirs := newAccount(t, db, "17841400000000001"), newAccount(t, db, "17841400000000002")
	mika, leo, stranger := newUser(t, p, "1"), newUser(t, p, "2"), newUser(t, p, "3")
	grant := func(account tenants.AccountID, user tenants.UserID) {
		t.Helper()
		inTx(t, p, func(tx *tenants.PlatformTx) error {
			_, err := members.Grant(t.Context(), tx, account, user, tenants.RoleOwner)
			return err
		})
	}
	check := func(when string, want ...tenants.UserID) {
		t.Helper()
		got, err := names.Names(tenants.WithAccount(t.Context(), ours))
		if err != nil || len(got) != len(want) {
			t.Errorf("%s: names = %v, %v; want those of %v", when, got, err, want)
		}
		for _, id := range want {
			if got[id] == "" {
				t.Errorf("%s: no name for %s in %v", when, id, got)
			}
		}
	}
	grant(ours, mika)
	grant(theirs, stranger)
	check("at first", mika)
	grant(ours, leo)
	check("from the cache", mika)
	names.Apply(tenants.AuthEvent{Kind: tenants.MembershipChanged, AccountID: theirs})
	names.Apply(tenants.AuthEvent{Kind: tenants.AccountChanged, AccountID: ours})
	check("after events that do not concern it", mika)
	events, err := p.AuthEvents(t.Context(), 0)
	if err != nil || len(events) != 3 {
		t.Fatalf("events = %v, %v", events, err)
	}
	names.Apply(events[2])
	check("after its event", mika, leo)
	inTx(t, p, func(tx *tenants.PlatformTx) error { return members.Remove(t.Context(), tx, ours, leo) })
	names.Apply(tenants.AuthEvent{Kind: tenants.MembershipRemoved, AccountID: ours})
	check("a former member keeps the name", mika, leo)
	if _, err := p.Exec(t.Context(), "update platform.users set display_name = 'Mika K.' where user_id = $1", mika); err != nil {
		t.Fatal(err)
	}
	passed.Store(int64(time.Minute))
	if got, err := names.Names(tenants.WithAccount(t.Context(), ours)); err != nil || got[mika] != "Mika K." {
		t.Errorf("after a minute: %v, %v", got, err)
	}
	if _, err := names.Names(t.Context()); !errors.Is(err, tenants.ErrNoAccount) {
		t.Errorf("without an account: %v", err)
	}
}
