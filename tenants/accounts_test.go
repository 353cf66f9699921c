package tenants_test

import (
	"errors"
	"fmt"
	"testing"

	"parlor/migrations/pgtest"
	"parlor/tenants"
)

func TestFindOrCreateAccount(t *testing.T) {
	t.Parallel()
	p := openPlatform(t, pgtest.New(t))
	accounts := tenants.NewAccounts(p)
	var first tenants.Account
	inTx(t, p, func(tx *tenants.PlatformTx) error {
		a, created, err := accounts.FindOrCreate(t.Context(), tx, tenants.NewAccount{InstagramUserID: "17841400000000001", Username: "casalumen", Name: "Casa Lumen"})
		if !created || a.Status != tenants.AccountConnecting || a.Username != "casalumen" || a.ID.IsZero() {
			t.Errorf("made %+v, created %v", a, created)
		}
		first = a
		return err
	})
	inTx(t, p, func(tx *tenants.PlatformTx) error {
		again, created, err := accounts.FindOrCreate(t.Context(), tx, tenants.NewAccount{InstagramUserID: "17841400000000001", Username: "renamed"})
		if created || again.ID != first.ID || again.Username != "casalumen" {
			t.Errorf("found %+v, created %v", again, created)
		}
		other, created, err2 := accounts.FindOrCreate(t.Context(), tx, tenants.NewAccount{InstagramUserID: "17841400000000002", Username: "casalumen"})
		if !created || other.ID == first.ID {
			t.Error("an account was found by its name")
		}
		return errors.Join(err, err2)
	})
	byID, err := accounts.ByID(t.Context(), first.ID)
	if err != nil || byID.InstagramUserID != "17841400000000001" || byID.Name != "Casa Lumen" {
		t.Errorf("ByID = %+v, %v", byID, err)
	}
	if byRoute, err := accounts.ByInstagramUserID(t.Context(), "17841400000000001"); err != nil || byRoute.ID != first.ID {
		t.Errorf("ByInstagramUserID = %+v, %v", byRoute, err)
	}
	if _, err := accounts.ByID(t.Context(), tenants.NewAccountID()); !errors.Is(err, tenants.ErrNotFound) {
		t.Errorf("an unknown id: %v", err)
	}
	if _, err := accounts.ByInstagramUserID(t.Context(), ""); !errors.Is(err, tenants.ErrNotFound) {
		t.Errorf("an empty Instagram id: %v", err)
	}
}

func TestAccountIDsThatAreNone(t *testing.T) {
	t.Parallel()
	p := openPlatform(t, pgtest.New(t))
	for _, id := range []string{"", "shop", "178414000000000011784140000000000117", "1; drop table x"} {
		err := p.InTx(t.Context(), func(tx *tenants.PlatformTx) error {
			_, _, err := tenants.NewAccounts(p).FindOrCreate(t.Context(), tx, tenants.NewAccount{InstagramUserID: id})
			return err
		})
		if err == nil {
			t.Errorf("an account was made for %q", id)
		}
	}
}

func TestForUserListsWhatIsTheirs(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	p := openPlatform(t, db)
	accounts, members := tenants.NewAccounts(p), tenants.NewMemberships(p)
	user, stranger := newUser(t, p, "1"), newUser(t, p, "2")
	ids := make([]tenants.AccountID, 5)
	for i := range ids {
		ids[i] = newAccount(t, db, fmt.Sprintf("1784140000000000%d", i))
	}
	for i, id := range ids[:4] { // one transaction each: joined one after the other
		inTx(t, p, func(tx *tenants.PlatformTx) error {
			_, err := members.Grant(t.Context(), tx, id, user, []tenants.Role{tenants.RoleOwner, tenants.RoleAgent, tenants.RoleViewer, tenants.RoleAgent}[i])
			return err
		})
	}
	inTx(t, p, func(tx *tenants.PlatformTx) error {
		_, err := members.Grant(t.Context(), tx, ids[4], stranger, tenants.RoleOwner)
		return errors.Join(err,
			members.Remove(t.Context(), tx, ids[1], user),
			accounts.SetStatus(t.Context(), tx, ids[2], tenants.AccountSuspended, "unpaid"))
	})
	list, err := accounts.ForUser(t.Context(), user)
	if err != nil || len(list) != 2 || list[0].ID != ids[0] || list[0].Role != tenants.RoleOwner || list[1].ID != ids[3] || list[1].Version != 1 {
		t.Errorf("list = %+v, %v; want the first and the fourth", list, err)
	}
	if list, err := accounts.ForUser(t.Context(), tenants.NewUserID()); err != nil || len(list) != 0 {
		t.Errorf("an unknown user has %v, %v", list, err)
	}
}

func TestSetStatus(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	p := openPlatform(t, db)
	accounts := tenants.NewAccounts(p)
	id := newAccount(t, db, "17841400000000001")
	set := func(id tenants.AccountID, s tenants.AccountStatus, reason string) error {
		return p.InTx(t.Context(), func(tx *tenants.PlatformTx) error { return accounts.SetStatus(t.Context(), tx, id, s, reason) })
	}
	for range 2 {
		if err := set(id, tenants.AccountNeedsReconnect, "token"); err != nil {
			t.Fatal(err)
		}
	}
	if a, err := accounts.ByID(t.Context(), id); err != nil || a.Status != tenants.AccountNeedsReconnect || a.StatusReason != "token" {
		t.Errorf("account = %+v, %v", a, err)
	}
	events, err := p.AuthEvents(t.Context(), 0)
	if err != nil || len(events) != 1 || events[0].Kind != tenants.AccountChanged || events[0].AccountID != id {
		t.Errorf("events = %+v, %v; want one account_changed", events, err)
	}
	if err := set(id, "elsewhere", ""); err == nil {
		t.Error("an unknown status is accepted")
	}
	for _, none := range []tenants.AccountID{tenants.NewAccountID(), tenants.ProbeAccountA} {
		if err := set(none, tenants.AccountActive, ""); !errors.Is(err, tenants.ErrNotFound) {
			t.Errorf("status of %s: %v, want ErrNotFound", none, err)
		}
	}
}

// The accounts of the isolation probe are nobody's, and nothing finds them.
func TestProbeAccountsAreHidden(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	p := openPlatform(t, db)
	accounts, members := tenants.NewAccounts(p), tenants.NewMemberships(p)
	user := newUser(t, p, "1")
	for _, probe := range []tenants.AccountID{tenants.ProbeAccountA, tenants.ProbeAccountB} {
		if _, err := accounts.ByID(t.Context(), probe); !errors.Is(err, tenants.ErrNotFound) {
			t.Errorf("ByID: %v", err)
		}
		err := p.InTx(t.Context(), func(tx *tenants.PlatformTx) error {
			_, err := members.Grant(t.Context(), tx, probe, user, tenants.RoleOwner)
			return err
		})
		if !errors.Is(err, tenants.ErrNotFound) {
			t.Errorf("Grant: %v", err)
		}
		// Even a membership that should not be there opens nothing.
		db.Exec(t, "insert into platform.memberships (account_id, user_id, role) values ($1, $2, 'owner')", probe.String(), user.String())
		if _, err := members.Of(t.Context(), probe, user); !errors.Is(err, tenants.ErrNotFound) {
			t.Errorf("Of: %v", err)
		}
	}
	if list, err := accounts.ForUser(t.Context(), user); err != nil || len(list) != 0 {
		t.Errorf("ForUser = %v, %v", list, err)
	}
}
