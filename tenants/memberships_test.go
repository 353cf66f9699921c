package tenants_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"parlor/migrations/pgtest"
	"parlor/tenants"
)

// Eight callbacks of the same person at once end in one account, one user, one membership.
func TestManySignInsAtOnceMakeOneOfEach(t *testing.T) {
	t.Parallel()
	p := openPlatform(t, pgtest.New(t))
	accounts, users, members := tenants.NewAccounts(p), tenants.NewUsers(p), tenants.NewMemberships(p)
	var mu sync.Mutex
	pairs, newAccounts, newUsers := map[tenants.Membership]int{}, 0, 0
	signIn := func(tx *tenants.PlatformTx) error {
		u, newUser, err := users.FindOrCreateByIdentity(t.Context(), tx, tenants.Identity{Provider: "instagram", Subject: "17841400000000001"})
		if err != nil {
			return err
		}
		a, newAccount, err := accounts.FindOrCreate(t.Context(), tx, tenants.NewAccount{InstagramUserID: "17841400000000001", Username: "shop"})
		if err != nil {
			return err
		}
		m, err := members.Grant(t.Context(), tx, a.ID, u.ID, tenants.RoleOwner)
		mu.Lock()
		defer mu.Unlock()
		pairs[m]++
		if newAccount {
			newAccounts++
		}
		if newUser {
			newUsers++
		}
		return err
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if err := p.InTx(context.WithoutCancel(t.Context()), signIn); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if len(pairs) != 1 || newAccounts != 1 || newUsers != 1 {
		t.Errorf("memberships %v, %d accounts, %d users made; want one of each", pairs, newAccounts, newUsers)
	}
	events, err := p.AuthEvents(t.Context(), 0)
	if err != nil || len(events) != 1 {
		t.Errorf("events = %+v, %v; want one, of the one membership", events, err)
	}
}

// team is an account with one owner and one agent.
type team struct {
	p            *tenants.Platform
	members      *tenants.Memberships
	account      tenants.AccountID
	owner, agent tenants.UserID
	before       int64 // seq of the last auth event of its making
}

func newTeam(t *testing.T) team {
	t.Helper()
	db := pgtest.New(t)
	p := openPlatform(t, db)
	m := team{
		p: p, members: tenants.NewMemberships(p), account: newAccount(t, db, "17841400000000001"),
		owner: newUser(t, p, "1"), agent: newUser(t, p, "2"),
	}
	inTx(t, p, func(tx *tenants.PlatformTx) error {
		_, err := m.members.Grant(t.Context(), tx, m.account, m.owner, tenants.RoleOwner)
		_, err2 := m.members.Grant(t.Context(), tx, m.account, m.agent, tenants.RoleAgent)
		return errors.Join(err, err2)
	})
	var err error
	if m.before, err = p.LastAuthEvent(t.Context()); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestMembershipChanges(t *testing.T) {
	t.Parallel()
	m := newTeam(t)
	ctx := t.Context()
	steps := []struct {
		name string
		do   func(tx *tenants.PlatformTx) error
		want error
	}{
		{"the last owner stays owner", func(tx *tenants.PlatformTx) error {
			return m.members.SetRole(ctx, tx, m.account, m.owner, tenants.RoleViewer)
		}, tenants.ErrLastOwner},
		{"the last owner stays", func(tx *tenants.PlatformTx) error {
			return m.members.Remove(ctx, tx, m.account, m.owner)
		}, tenants.ErrLastOwner},
		{"the same role changes nothing", func(tx *tenants.PlatformTx) error {
			return m.members.SetRole(ctx, tx, m.account, m.owner, tenants.RoleOwner)
		}, nil},
		{"granting again changes nothing", func(tx *tenants.PlatformTx) error {
			got, err := m.members.Grant(ctx, tx, m.account, m.agent, tenants.RoleOwner)
			if got.Role != tenants.RoleAgent || got.Version != 1 {
				t.Errorf("granted again = %+v", got)
			}
			return err
		}, nil},
		{"a role changes", func(tx *tenants.PlatformTx) error {
			return m.members.SetRole(ctx, tx, m.account, m.agent, tenants.RoleViewer)
		}, nil},
		{"a member goes", func(tx *tenants.PlatformTx) error {
			return m.members.Remove(ctx, tx, m.account, m.agent)
		}, nil},
		{"who is gone cannot go again", func(tx *tenants.PlatformTx) error {
			return m.members.Remove(ctx, tx, m.account, m.agent)
		}, tenants.ErrNotFound},
		{"who is gone has no role to change", func(tx *tenants.PlatformTx) error {
			return m.members.SetRole(ctx, tx, m.account, m.agent, tenants.RoleOwner)
		}, tenants.ErrNotFound},
		{"nothing revives a removed membership", func(tx *tenants.PlatformTx) error {
			_, err := m.members.Grant(ctx, tx, m.account, m.agent, tenants.RoleOwner)
			return err
		}, tenants.ErrMembershipRemoved},
	}
	for _, step := range steps {
		if err := m.p.InTx(ctx, step.do); !errors.Is(err, step.want) {
			t.Fatalf("%s: err = %v, want %v", step.name, err, step.want)
		}
	}
	events, err := m.p.AuthEvents(ctx, m.before)
	if err != nil || len(events) != 2 {
		t.Fatalf("events = %v, %v; want two", events, err)
	}
	for i, want := range []tenants.AuthEvent{
		{Kind: tenants.MembershipChanged, AccountID: m.account, UserID: m.agent, Version: 2},
		{Kind: tenants.MembershipRemoved, AccountID: m.account, UserID: m.agent, Version: 3},
	} {
		want.Seq, want.At = events[i].Seq, events[i].At
		if events[i] != want {
			t.Errorf("event %d = %+v, want %+v", i, events[i], want)
		}
	}
	if _, err := m.members.Of(ctx, m.account, m.agent); !errors.Is(err, tenants.ErrNotFound) {
		t.Errorf("Of a removed member: %v", err)
	}
	if got, err := m.members.Of(ctx, m.account, m.owner); err != nil || got.Role != tenants.RoleOwner || got.Version != 1 {
		t.Errorf("Of the owner = %+v, %v", got, err)
	}
}

func TestUnknownRolesAndAccounts(t *testing.T) {
	t.Parallel()
	m := newTeam(t)
	ctx := t.Context()
	for name, do := range map[string]func(tx *tenants.PlatformTx) error{
		"grant a role": func(tx *tenants.PlatformTx) error {
			_, err := m.members.Grant(ctx, tx, m.account, m.agent, "admin")
			return err
		},
		"set a role": func(tx *tenants.PlatformTx) error { return m.members.SetRole(ctx, tx, m.account, m.agent, "") },
		"grant to nobody": func(tx *tenants.PlatformTx) error {
			_, err := m.members.Grant(ctx, tx, m.account, tenants.NewUserID(), tenants.RoleAgent)
			return err
		},
		"grant nowhere": func(tx *tenants.PlatformTx) error {
			_, err := m.members.Grant(ctx, tx, tenants.NewAccountID(), m.agent, tenants.RoleAgent)
			return err
		},
	} {
		if err := m.p.InTx(ctx, do); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// Two owners who take the ownership from each other at the same moment: one of them must lose.
func TestOwnersCannotDemoteEachOther(t *testing.T) {
	t.Parallel()
	m := newTeam(t)
	ctx := context.WithoutCancel(t.Context())
	for round := range 10 {
		db := m.p
		if _, err := db.Exec(ctx, "update platform.memberships set role = 'owner' where account_id = $1", m.account); err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		errs := make([]error, 2)
		for i, user := range []tenants.UserID{m.owner, m.agent} {
			wg.Go(func() {
				errs[i] = db.InTx(ctx, func(tx *tenants.PlatformTx) error {
					return m.members.SetRole(ctx, tx, m.account, user, tenants.RoleAgent)
				})
			})
		}
		wg.Wait()
		lost := 0
		for _, err := range errs {
			if errors.Is(err, tenants.ErrLastOwner) {
				lost++
			} else if err != nil {
				t.Error(err)
			}
		}
		if lost != 1 {
			t.Fatalf("round %d: %d of 2 were refused: %v", round, lost, errs)
		}
	}
}

// An owner who is shut out cannot look after the account: it is not left to them, and they can be taken out of it.
func TestAnOwnerWhoIsShutOutDoesNotCount(t *testing.T) {
	t.Parallel()
	m := newTeam(t)
	ctx := t.Context()
	if _, err := m.p.Exec(ctx, "update platform.memberships set role = 'owner' where account_id = $1", m.account); err != nil {
		t.Fatal(err)
	}
	if _, err := m.p.Exec(ctx, "update platform.users set disabled_at = now() where user_id = $1", m.agent); err != nil {
		t.Fatal(err)
	}
	for name, step := range map[string]func(tx *tenants.PlatformTx) error{
		"removed": func(tx *tenants.PlatformTx) error { return m.members.Remove(ctx, tx, m.account, m.owner) },
		"demoted": func(tx *tenants.PlatformTx) error {
			return m.members.SetRole(ctx, tx, m.account, m.owner, tenants.RoleAgent)
		},
	} {
		if err := m.p.InTx(ctx, step); !errors.Is(err, tenants.ErrLastOwner) {
			t.Errorf("the only owner who can sign in is %s: %v", name, err)
		}
	}
	inTx(t, m.p, func(tx *tenants.PlatformTx) error { return m.members.Remove(ctx, tx, m.account, m.agent) })
}

// One of two owners leaves while the other is being shut out: whoever comes second sees what the first has done.
func TestAnOwnerLeavesWhileTheOtherIsShutOut(t *testing.T) {
	t.Parallel()
	m := newTeam(t)
	operator := newUser(t, m.p, "3")
	for sql, user := range map[string]tenants.UserID{
		"update platform.memberships set role = 'owner' where user_id = $1":    m.agent,
		"update platform.users set staff_role = 'operator' where user_id = $1": operator,
	} {
		if _, err := m.p.Exec(t.Context(), sql, user); err != nil {
			t.Fatal(err)
		}
	}
	ctx := tenants.WithPrincipal(context.WithoutCancel(t.Context()), tenants.Principal{UserID: operator, StaffRole: tenants.StaffOperator})
	shutting, left := make(chan struct{}), make(chan error, 1)
	go func() {
		<-shutting
		left <- m.p.InTx(ctx, func(tx *tenants.PlatformTx) error { return m.members.Remove(ctx, tx, m.account, m.owner) })
	}()
	err := tenants.NewInstallation(m.p).Disable(ctx, m.agent, true, func(*tenants.PlatformTx) error {
		close(shutting)
		return waitsForALock(ctx, m.p)
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := <-left; !errors.Is(err, tenants.ErrLastOwner) {
		t.Errorf("the last owner who can sign in has left: %v", err)
	}
	// Shutting out the last one is the operator's to decide; the log says what it did.
	if err := tenants.NewInstallation(m.p).Disable(ctx, m.owner, true, func(*tenants.PlatformTx) error { return nil }); err != nil {
		t.Fatal(err)
	}
	var told int
	err = m.p.QueryRow(ctx, `select count(*) from platform.audit where action = 'user.disabled' and target = $1
		and detail->'accounts_without_owner' = jsonb_build_array($2::text)`, m.owner.String(), m.account.String()).Scan(&told)
	if err != nil || told != 1 {
		t.Errorf("%d lines name the account that has no owner, %v", told, err)
	}
}

// waitsForALock returns once somebody else on the database waits for a lock.
func waitsForALock(ctx context.Context, p *tenants.Platform) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for waiting := false; !waiting; {
		err := p.QueryRow(ctx, `select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock')`).Scan(&waiting)
		if err != nil {
			return err
		}
	}
	return nil
}

// What is rolled back has not happened, and is not announced.
func TestNoEventWithoutTheChange(t *testing.T) {
	t.Parallel()
	m := newTeam(t)
	mine := errors.New("mine")
	err := m.p.InTx(t.Context(), func(tx *tenants.PlatformTx) error {
		return errors.Join(m.members.Remove(t.Context(), tx, m.account, m.agent), mine)
	})
	if !errors.Is(err, mine) {
		t.Fatal(err)
	}
	if events, err := m.p.AuthEvents(t.Context(), m.before); err != nil || len(events) != 0 {
		t.Errorf("events = %v, %v", events, err)
	}
	if got, err := m.members.Of(t.Context(), m.account, m.agent); err != nil || got.Version != 1 {
		t.Errorf("membership = %+v, %v", got, err)
	}
}

func TestASuspendedAccountIsClosedToItsMembers(t *testing.T) {
	t.Parallel()
	m := newTeam(t)
	inTx(t, m.p, func(tx *tenants.PlatformTx) error {
		return tenants.NewAccounts(m.p).SetStatus(t.Context(), tx, m.account, tenants.AccountSuspended, "")
	})
	if _, err := m.members.Of(t.Context(), m.account, m.owner); !errors.Is(err, tenants.ErrNotFound) {
		t.Errorf("err = %v, want ErrNotFound", err)
	}
}
