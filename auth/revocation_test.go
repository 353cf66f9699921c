package auth_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"parlor/auth"
	"parlor/tenants"
)

// instance is one more process on the database: its own pool, its own listening connection, its own memory.
type instance struct {
	*auth.Revocations
	tokens *auth.Tokens
	keys   *auth.APIKeys
}

// start runs an instance with the poll given, until the test ends.
func (h *house) start(poll time.Duration) *instance {
	h.t.Helper()
	platform := openPlatform(h.t, h.db.PlatformDSN)
	r := auth.NewRevocations(auth.RevocationOptions{Platform: platform, Poll: poll})
	tokens, err := auth.NewTokens(auth.TokenOptions{Keys: h.ring, Issuer: issuer, Revocations: r})
	if err != nil {
		h.t.Fatal(err)
	}
	keys, err := auth.NewAPIKeys(auth.APIKeyOptions{Platform: platform, Revocations: r})
	if err != nil {
		h.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(h.t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := r.Run(ctx); err != nil {
			h.t.Error(err)
		}
	}()
	h.t.Cleanup(func() { cancel(); <-ended })
	eventually(h.t, 5*time.Second, "an instance is ready", r.Ready)
	return &instance{Revocations: r, tokens: tokens, keys: keys}
}

// eventually polls a condition; it returns how long that took.
func eventually(t testing.TB, within time.Duration, what string, holds func() bool) time.Duration {
	t.Helper()
	startedAt := time.Now()
	for !holds() {
		if time.Since(startedAt) > within {
			t.Fatalf("not within %s: %s", within, what)
		}
		time.Sleep(2 * time.Millisecond)
	}
	return time.Since(startedAt)
}

func (i *instance) refuses(token string) func() bool {
	return func() bool {
		_, err := i.tokens.Verify(token, auth.TypeUI, auth.TypeStaff)
		return errors.Is(err, auth.ErrInvalidToken)
	}
}

// TestRevocationReachesOtherInstances tells an instance within two seconds of everything that ends a token on another.
func TestRevocationReachesOtherInstances(t *testing.T) {
	t.Parallel()
	memberships := func(h *house) *tenants.Memberships { return tenants.NewMemberships(h.platform) }
	for name, revoke := range map[string]func(h *house, tx *tenants.PlatformTx, o auth.Opening) error{
		"sign-out": func(h *house, _ *tenants.PlatformTx, o auth.Opening) error {
			return h.sessions.End(h.t.Context(), o.Principal.SessionID, auth.EndSignOut)
		},
		"another role": func(h *house, tx *tenants.PlatformTx, o auth.Opening) error {
			if _, err := tx.Exec(h.t.Context(), `insert into platform.users (user_id) values ('00000000-0000-7000-8000-0000000000ff')`); err != nil {
				return err
			}
			other, err := tenants.ParseUserID("00000000-0000-7000-8000-0000000000ff")
			if err != nil {
				return err
			}
			if _, err := memberships(h).Grant(h.t.Context(), tx, o.Account.ID, other, tenants.RoleOwner); err != nil {
				return err
			}
			return memberships(h).SetRole(h.t.Context(), tx, o.Account.ID, o.User.ID, tenants.RoleAgent)
		},
		"account suspended": func(h *house, tx *tenants.PlatformTx, o auth.Opening) error {
			return h.accounts.SetStatus(h.t.Context(), tx, o.Account.ID, tenants.AccountSuspended, "")
		},
		"provider disabled": func(h *house, _ *tenants.PlatformTx, _ auth.Opening) error {
			registry, err := auth.NewRegistry(nil, bootstrapSelf(h.t, nil))
			if err == nil {
				_, err = h.sessions.Reconcile(h.t.Context(), registry, false)
			}
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t)
			in, err := h.browser().signIn(approve)
			if err != nil {
				t.Fatal(err)
			}
			h.hearsOf(h.opened(in.Session, tenants.AccountID{}), revoke)
		})
	}
}

// TestStaffRoleReachesOtherInstances: the tokens of staff end with their role.
func TestStaffRoleReachesOtherInstances(t *testing.T) {
	t.Parallel()
	h := open(t)
	in, err := h.browser().operator("right horse")
	if err != nil {
		t.Fatal(err)
	}
	h.hearsOf(h.opened(in.Session, tenants.AccountID{}), func(h *house, tx *tenants.PlatformTx, o auth.Opening) error {
		return tenants.NewUsers(h.platform).SetStaffRole(h.t.Context(), tx, o.User.ID, tenants.StaffSupport)
	})
}

// hearsOf lets something end a token, and waits until every other instance refuses it.
func (h *house) hearsOf(o auth.Opening, revoke func(h *house, tx *tenants.PlatformTx, o auth.Opening) error) {
	h.t.Helper()
	other, deaf := h.start(time.Hour), h.start(200*time.Millisecond) // one lives by NOTIFY alone
	for _, i := range []*instance{other, deaf} {
		if _, err := i.tokens.Verify(o.Token, auth.TypeUI, auth.TypeStaff); err != nil {
			h.t.Fatal(err)
		}
	}
	watched := other.Watch(h.t.Context(), o.Principal)
	err := h.platform.InTx(h.t.Context(), func(tx *tenants.PlatformTx) error { return revoke(h, tx, o) })
	if err != nil {
		h.t.Fatal(err)
	}
	took := eventually(h.t, 2*time.Second, "the other instance refuses", other.refuses(o.Token))
	eventually(h.t, 2*time.Second, "the polling instance refuses", deaf.refuses(o.Token))
	select {
	case <-watched:
	case <-time.After(2 * time.Second):
		h.t.Error("the open stream was not told")
	}
	later := h.start(time.Hour) // one that starts afterwards knows it too
	if !later.refuses(o.Token)() {
		h.t.Error("a later instance accepts the token")
	}
	h.t.Logf("refused after %s", took)
}

// TestRevocationSurvivesCutConnection refuses within two seconds though the listening connection was cut just before.
func TestRevocationSurvivesCutConnection(t *testing.T) {
	t.Parallel()
	h := open(t)
	other := h.start(time.Second)
	for round := range 3 {
		in, err := h.browser().signIn(approve)
		if err != nil {
			t.Fatal(err)
		}
		o := h.opened(in.Session, tenants.AccountID{})
		if _, err := other.tokens.Verify(o.Token, auth.TypeUI); err != nil {
			t.Fatal(err)
		}
		const listeners = `from pg_stat_activity where datname = current_database() and query ilike '%listen%' and pid <> pg_backend_pid()`
		eventually(t, 10*time.Second, "somebody listens", func() bool { return h.count("select count(*) "+listeners) > 0 })
		h.db.Exec(t, "select pg_terminate_backend(pid) "+listeners)
		if err := h.sessions.End(t.Context(), in.Session.ID, auth.EndSignOut); err != nil {
			t.Fatal(err)
		}
		took := eventually(t, 2*time.Second, "the ended session is refused", other.refuses(o.Token))
		t.Logf("round %d: refused after %s", round, took)
	}
}

// TestLateCommit finds an event whose number is lower than one already read: numbers are given before the commit.
func TestLateCommit(t *testing.T) {
	t.Parallel()
	h := open(t)
	in, err := h.browser().signIn(approve)
	if err != nil {
		t.Fatal(err)
	}
	o := h.opened(in.Session, tenants.AccountID{})
	slow, err := h.db.Admin(t).Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	const insert = `insert into platform.auth_events (kind, session_id) values ('session_ended', $1)`
	if _, err := slow.Exec(t.Context(), insert, in.Session.ID); err != nil { // takes its number, and waits
		t.Fatal(err)
	}
	h.db.Exec(t, insert, tenants.NewSessionID()) // a higher number, committed before
	other := h.start(50 * time.Millisecond)
	marker := owner()
	h.db.Exec(t, insert, marker.SessionID)
	eventually(t, 5*time.Second, "the higher number is read", func() bool { return other.Revoked(marker) })
	if other.refuses(o.Token)() {
		t.Fatal("refused before the commit")
	}
	if err := slow.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	eventually(t, 2*time.Second, "the late event is read", other.refuses(o.Token))
}

// TestNotReadyNotStale admits nobody before the first load, and forbids changes when nothing has been read for long.
func TestNotReadyNotStale(t *testing.T) {
	t.Parallel()
	h := open(t)
	in, err := h.browser().signIn(approve)
	if err != nil {
		t.Fatal(err)
	}
	o := h.opened(in.Session, tenants.AccountID{})
	unread := auth.NewRevocations(auth.RevocationOptions{Platform: h.platform})
	tokens, err := auth.NewTokens(auth.TokenOptions{Keys: h.ring, Issuer: issuer, Revocations: unread})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tokens.Verify(o.Token, auth.TypeUI); !errors.Is(err, auth.ErrNotReady) || unread.Ready() || !unread.Stale() {
		t.Errorf("before the first load: %v, ready %v, stale %v", err, unread.Ready(), unread.Stale())
	}
	now := &clock{at: time.Now()}
	r := auth.NewRevocations(auth.RevocationOptions{Platform: openPlatform(t, h.db.PlatformDSN), Poll: time.Hour, Now: now.now})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); _ = r.Run(ctx) }()
	eventually(t, 5*time.Second, "ready", r.Ready)
	cancel()
	<-done
	now.at = now.at.Add(10 * time.Second)
	if r.Stale() {
		t.Error("stale after 10 s")
	}
	now.at = now.at.Add(time.Millisecond)
	if !r.Stale() {
		t.Error("not stale after more than 10 s")
	}
}

// TestWatchForgets closes at once for who counts no more already, and never after its request has ended.
func TestWatchForgets(t *testing.T) {
	t.Parallel()
	h := open(t)
	in, err := h.browser().signIn(approve)
	if err != nil {
		t.Fatal(err)
	}
	p := h.opened(in.Session, tenants.AccountID{}).Principal
	i := h.start(50 * time.Millisecond)
	ctx, cancel := context.WithCancel(t.Context())
	ended := i.Watch(ctx, p)
	cancel()
	stays := i.Watch(t.Context(), owner())
	if err := h.sessions.End(t.Context(), in.Session.ID, auth.EndSignOut); err != nil {
		t.Fatal(err)
	}
	eventually(t, 2*time.Second, "revoked", func() bool { return i.Revoked(p) })
	select {
	case <-i.Watch(t.Context(), p):
	default:
		t.Error("not closed at once")
	}
	select {
	case <-stays:
		t.Error("somebody else's stream was closed")
	case <-ended:
		t.Error("a stream that had ended was told")
	default:
	}
}

// BenchmarkVerifyWithRevocations is an accepted token against 100,000 ended sessions; the budget is 20 µs.
func BenchmarkVerifyWithRevocations(b *testing.B) {
	h := newHouse(b, plan{creation: auth.CreateOpen})
	h.db.Exec(b, `insert into platform.auth_events (kind, session_id) select 'session_ended', gen_random_uuid() from generate_series(1, 100000)`)
	i := h.start(time.Second)
	in, err := h.browser().signIn(approve)
	if err != nil {
		b.Fatal(err)
	}
	o := h.opened(in.Session, tenants.AccountID{})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := i.tokens.Verify(o.Token, auth.TypeUI, auth.TypeStaff); err != nil {
			b.Fatal(err)
		}
	}
}
