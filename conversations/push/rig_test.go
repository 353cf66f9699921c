package push_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"parlor/auth"
	"parlor/conversations"
	"parlor/conversations/push"
	"parlor/migrations/pgtest"
	"parlor/tenants"
)

const (
	acmeUserID   = "17841400000000011"
	globexUserID = "17841400000000022"
	customer     = "1234567890123456"
)

// rig is the package wired as in production, on a database of its own, with a push service.
type rig struct {
	t            *testing.T
	admin        *pgx.Conn
	db           *tenants.DB
	platform     *tenants.Platform
	sessions     *auth.Sessions
	push         *push.Push
	ingest       *conversations.Ingest
	store        *conversations.Store
	service      *service
	acme, globex tenants.AccountID
	mids         int
}

func newRig(t *testing.T, change func(*push.Options)) *rig {
	t.Helper()
	database := pgtest.New(t)
	r := &rig{t: t, admin: database.Admin(t), service: newService(t)}
	r.acme = must(tenants.ParseAccountID(database.InsertAccount(t, acmeUserID, "acme")))(t)
	r.globex = must(tenants.ParseAccountID(database.InsertAccount(t, globexUserID, "globex")))(t)
	r.db = must(tenants.Open(t.Context(), database.AppDSN, tenants.Options{AuditKey: make([]byte, tenants.AuditKeyBytes)}))(t)
	t.Cleanup(r.db.Close)
	r.platform = must(tenants.OpenPlatform(t.Context(), database.PlatformDSN, tenants.Options{AuditKey: make([]byte, tenants.AuditKeyBytes)}))(t)
	t.Cleanup(r.platform.Close)
	secret := sha256.Sum256([]byte(t.Name()))
	ring := must(auth.NewKeyRing([]auth.Key{{KID: "k1", Secret: secret[:]}}, time.Now()))(t)
	revocations := auth.NewRevocations(auth.RevocationOptions{Platform: r.platform})
	tokens := must(auth.NewTokens(auth.TokenOptions{Keys: ring, Issuer: "https://inbox.example", Revocations: revocations}))(t)
	r.sessions = must(auth.NewSessions(auth.SessionOptions{Platform: r.platform, Keys: ring, Tokens: tokens}))(t)
	o := push.Options{
		DB: r.db, Members: tenants.NewMembers(r.platform), Stands: r.sessions.Stands, Key: secret[:], SealingKey: secret[:],
		PublicURL: &url.URL{Scheme: "https", Host: "inbox.example"}, Transport: r.service.transport(t),
		Gather: time.Second, Settle: time.Millisecond,
	}
	if change != nil {
		change(&o)
	}
	r.push = must(push.New(o))(t)
	r.store = conversations.NewStore(r.db, nil)
	r.ingest = conversations.NewIngest(conversations.IngestOptions{
		DB: r.db, Platform: r.platform, Accounts: tenants.NewAccounts(r.platform), News: r.push.News,
	})
	return r
}

// member is a person with one sign-in, in an account.
func (r *rig) member(account tenants.AccountID, role tenants.Role) context.Context {
	r.t.Helper()
	p := tenants.Principal{AccountID: account, Role: role}
	err := r.platform.InTx(r.t.Context(), func(tx *tenants.PlatformTx) error {
		user, _, err := tenants.NewUsers(r.platform).FindOrCreateByIdentity(r.t.Context(), tx, tenants.Identity{
			Provider: "oidc", Subject: uuid.NewString(), DisplayName: "Noa",
		})
		if err != nil {
			return err
		}
		p.UserID = user.ID
		_, err = tenants.NewMemberships(r.platform).Grant(r.t.Context(), tx, account, user.ID, role)
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return r.anotherSignIn(tenants.WithPrincipal(r.t.Context(), p))
}

// anotherSignIn is the same person at another device.
func (r *rig) anotherSignIn(ctx context.Context) context.Context {
	r.t.Helper()
	p, _ := tenants.PrincipalFrom(ctx)
	p.SessionID = tenants.NewSessionID()
	r.exec(`insert into platform.sessions (session_id, user_id, provider, subject, auth_time, expires_at, idle_expires_at, secret_hash)
		values ($1, $2, 'oidc', '', now(), now() + '1 day', now() + '1 day', '')`, p.SessionID, p.UserID)
	return tenants.WithPrincipal(ctx, p)
}

// subscribe makes a browser and has it told.
func (r *rig) subscribe(ctx context.Context, name string) *browser {
	r.t.Helper()
	b := newBrowser(r.t, name)
	if err := r.push.Subscribe(ctx, b.subscription()); err != nil {
		r.t.Fatal(err)
	}
	return b
}

// write has a customer write to acme: by a webhook, through the splitter.
func (r *rig) write(from string) {
	r.t.Helper()
	r.mids++
	now := time.Now().UnixMilli()
	raw := must(json.Marshal(map[string]any{"object": "instagram", "entry": []any{map[string]any{"id": acmeUserID, "time": now, "messaging": []any{map[string]any{
		"sender": map[string]any{"id": from}, "recipient": map[string]any{"id": acmeUserID}, "timestamp": now,
		"message": map[string]any{"mid": "mid." + strconv.Itoa(r.mids), "text": "My address is Ringstrasse 1"},
	}}}}}))(r.t)
	if err := r.ingest.Accept(r.t.Context(), raw); err != nil {
		r.t.Fatal(err)
	}
	for found := true; found; {
		found = must(r.ingest.SplitNext(r.t.Context()))(r.t)
	}
}

// workOff runs the real workers until each job is done, or waits for its next try.
func (r *rig) workOff() {
	r.t.Helper()
	workers := river.NewWorkers()
	waker := conversations.NewWaker(r.db, tenants.NewMembers(r.platform), nil).WithGone(r.push.Left)
	for _, add := range []func(*river.Workers) error{r.push.Register, waker.Register} {
		if err := add(workers); err != nil {
			r.t.Fatal(err)
		}
	}
	client := must(r.platform.Jobs(&river.Config{
		Queues:  map[string]river.QueueConfig{push.Queue: {MaxWorkers: 4}, river.QueueDefault: {MaxWorkers: 2}},
		Workers: workers, TestOnly: true, FetchCooldown: 5 * time.Millisecond, FetchPollInterval: 20 * time.Millisecond,
	}))(r.t)
	if err := client.Start(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = client.StopAndCancel(context.Background()) }()
	for deadline := time.Now().Add(20 * time.Second); r.count(`select count(*) from platform.river_job
		where kind in ('push_announce', 'push_send', 'member_gone') and state not in ('completed', 'retryable', 'discarded')`) > 0; {
		if time.Now().After(deadline) {
			r.t.Fatal("jobs are left")
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// hasten lets what waits for its next try begin it now.
func (r *rig) hasten() {
	r.t.Helper()
	r.exec(`update platform.river_job set state = 'available', scheduled_at = now() where state = 'retryable'`)
}

func (r *rig) exec(sql string, args ...any) {
	r.t.Helper()
	if _, err := r.admin.Exec(r.t.Context(), sql, args...); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) count(sql string) (n int) {
	r.t.Helper()
	if err := r.admin.QueryRow(r.t.Context(), sql).Scan(&n); err != nil {
		r.t.Fatal(err)
	}
	return n
}

func (r *rig) subscriptions() int {
	r.t.Helper()
	return r.count("select count(*) from tenant.push_subscriptions")
}

func (r *rig) subscribed(ctx context.Context) bool {
	r.t.Helper()
	return must(r.push.Subscribed(ctx))(r.t)
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(tb testing.TB) T {
		tb.Helper()
		if err != nil {
			tb.Fatal(err)
		}
		return v
	}
}
