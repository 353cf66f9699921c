package tenants_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"parlor/migrations/pgtest"
	"parlor/tenants"
)

func openPlatform(t *testing.T, db *pgtest.Database) *tenants.Platform {
	t.Helper()
	p, err := tenants.OpenPlatform(t.Context(), db.PlatformDSN, tenants.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

func TestTwoSignInsAtOnceMakeOneOfEach(t *testing.T) {
	t.Parallel()
	p := openPlatform(t, pgtest.New(t))
	accounts, users, members := tenants.NewAccounts(p), tenants.NewUsers(p), tenants.NewMemberships(p)
	var wg sync.WaitGroup
	var mu sync.Mutex
	made := map[string]int{}
	for range 8 {
		wg.Go(func() {
			err := p.InTx(context.Background(), func(tx *tenants.PlatformTx) error {
				a, newAccount, err := accounts.FindOrCreate(t.Context(), tx, tenants.NewAccount{InstagramUserID: "17841400000000001", Username: "shop"})
				if err != nil {
					return err
				}
				u, newUser, err := users.FindOrCreateByIdentity(t.Context(), tx, tenants.Identity{Provider: "instagram", Subject: "17841400000000001"})
				if err != nil {
					return err
				}
				m, err := members.Grant(t.Context(), tx, a.ID, u.ID, tenants.RoleOwner)
				mu.Lock()
				defer mu.Unlock()
				made[a.ID.String()+u.ID.String()]++
				if newAccount {
					made["account"]++
				}
				if newUser {
					made["user"]++
				}
				if m.Version != 1 {
					t.Errorf("version = %d, want 1", m.Version)
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if len(made) != 3 || made["account"] != 1 || made["user"] != 1 {
		t.Errorf("made %v, want one account, one user, one pair", made)
	}
}

func TestMembershipChanges(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	p := openPlatform(t, db)
	users, members := tenants.NewUsers(p), tenants.NewMemberships(p)
	account, err := tenants.ParseAccountID(db.InsertAccount(t, "17841400000000001", "shop"))
	if err != nil {
		t.Fatal(err)
	}
	var owner, agent tenants.User
	in := func(fn func(tx *tenants.PlatformTx) error) error { return p.InTx(t.Context(), fn) }
	err = in(func(tx *tenants.PlatformTx) (err error) {
		if owner, _, err = users.FindOrCreateByIdentity(t.Context(), tx, tenants.Identity{Provider: "instagram", Subject: "1"}); err != nil {
			return err
		}
		if agent, _, err = users.FindOrCreateByIdentity(t.Context(), tx, tenants.Identity{Provider: "instagram", Subject: "2"}); err != nil {
			return err
		}
		if _, err = members.Grant(t.Context(), tx, account, owner.ID, tenants.RoleOwner); err != nil {
			return err
		}
		_, err = members.Grant(t.Context(), tx, account, agent.ID, tenants.RoleAgent)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	before, err := p.LastAuthEvent(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	steps := []struct {
		name string
		do   func(tx *tenants.PlatformTx) error
		want error
	}{
		{"the last owner stays owner", func(tx *tenants.PlatformTx) error {
			return members.SetRole(t.Context(), tx, account, owner.ID, tenants.RoleViewer)
		}, tenants.ErrLastOwner},
		{"the last owner stays", func(tx *tenants.PlatformTx) error {
			return members.Remove(t.Context(), tx, account, owner.ID)
		}, tenants.ErrLastOwner},
		{"a role changes", func(tx *tenants.PlatformTx) error {
			return members.SetRole(t.Context(), tx, account, agent.ID, tenants.RoleViewer)
		}, nil},
		{"a member goes", func(tx *tenants.PlatformTx) error {
			return members.Remove(t.Context(), tx, account, agent.ID)
		}, nil},
		{"who is gone cannot go again", func(tx *tenants.PlatformTx) error {
			return members.Remove(t.Context(), tx, account, agent.ID)
		}, tenants.ErrNotFound},
		{"nothing revives a removed membership", func(tx *tenants.PlatformTx) error {
			_, err := members.Grant(t.Context(), tx, account, agent.ID, tenants.RoleOwner)
			return err
		}, tenants.ErrMembershipRemoved},
	}
	for _, step := range steps {
		if err := in(step.do); !errors.Is(err, step.want) {
			t.Fatalf("%s: err = %v, want %v", step.name, err, step.want)
		}
	}
	events, err := p.AuthEvents(t.Context(), before)
	if err != nil || len(events) != 2 {
		t.Fatalf("events = %v, %v; want two", events, err)
	}
	if events[0].Kind != tenants.MembershipChanged || events[0].Version != 2 || events[1].Kind != tenants.MembershipRemoved || events[1].Version != 3 {
		t.Errorf("events = %+v", events)
	}
	if _, err := members.Of(t.Context(), account, agent.ID); !errors.Is(err, tenants.ErrNotFound) {
		t.Errorf("Of a removed member: %v", err)
	}
}

func TestProbeAccountsAreHidden(t *testing.T) {
	t.Parallel()
	p := openPlatform(t, pgtest.New(t))
	if _, err := tenants.NewAccounts(p).ByID(t.Context(), tenants.ProbeAccountA); !errors.Is(err, tenants.ErrNotFound) {
		t.Errorf("err = %v, want ErrNotFound", err)
	}
}

func TestListenSurvivesACutConnection(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	p := openPlatform(t, db)
	ctx, cancel := context.WithCancel(t.Context())
	connected, heard, ended := make(chan struct{}, 8), make(chan string, 8), make(chan error, 1)
	go func() {
		ended <- p.Listen(ctx, "test_channel", tenants.ListenHandler{
			Connected: func(context.Context) error { connected <- struct{}{}; return nil },
			Notified:  func(payload string) { heard <- payload },
		})
	}()
	within(t, connected)
	for _, word := range []string{"one", "two"} {
		if _, err := p.Exec(t.Context(), "select pg_notify('test_channel', $1)", word); err != nil {
			t.Fatal(err)
		}
		if got := within(t, heard); got != word {
			t.Fatalf("heard %q, want %q", got, word)
		}
		if word == "one" {
			db.Exec(t, `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query ilike 'listen %'`)
			within(t, connected)
		}
	}
	cancel()
	if err := within(t, ended); !errors.Is(err, context.Canceled) {
		t.Errorf("Listen ended with %v", err)
	}
}

func TestOpenSaysNothingOfAPassword(t *testing.T) {
	t.Parallel()
	_, err := tenants.OpenPlatform(t.Context(), "postgres://u:hunter2@[bad/db", tenants.Options{})
	if !errors.Is(err, tenants.ErrBadDSN) || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("err = %v", err)
	}
}

// within waits for a value with a bound that only a broken program reaches.
func within[T any](t *testing.T, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(20 * time.Second):
		t.Fatal("nothing came")
		panic("unreachable")
	}
}
