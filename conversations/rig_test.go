package conversations_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"parlor/conversations"
	"parlor/migrations/pgtest"
	"parlor/tenants"
)

// The two businesses of every rig, and when its day is.
const (
	acmeUserID   = "17841400000000011"
	globexUserID = "17841400000000022"
)

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// rig is the package wired as in production, on a database of its own.
type rig struct {
	db       *pgtest.Database
	tenants  *tenants.DB
	platform *tenants.Platform
	store    *conversations.Store
	ingest   *conversations.Ingest
	applier  *conversations.Applier
	admin    *pgx.Conn // see ask
	acme     tenants.AccountID
	globex   tenants.AccountID
	bySQL    bool // messages were written by the test itself
}

func newRig(t testing.TB) *rig {
	t.Helper()
	r := &rig{db: pgtest.New(t)}
	r.wordsFollowTexts(t)
	r.acme, r.globex = r.account(t, acmeUserID, "acme"), r.account(t, globexUserID, "globex")
	r.start(t)
	return r
}

// start makes everything that a process holds; again, it is what the next process finds.
func (r *rig) start(t testing.TB) {
	t.Helper()
	var err error
	if r.tenants, err = tenants.Open(t.Context(), r.db.AppDSN, tenants.Options{AuditKey: make([]byte, tenants.AuditKeyBytes)}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.tenants.Close)
	if r.platform, err = tenants.OpenPlatform(t.Context(), r.db.PlatformDSN, tenants.Options{AuditKey: make([]byte, tenants.AuditKeyBytes)}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.platform.Close)
	now := func() time.Time { return noon }
	r.store = conversations.NewStore(r.tenants, now)
	r.ingest = conversations.NewIngest(conversations.IngestOptions{
		DB: r.tenants, Platform: r.platform, Accounts: tenants.NewAccounts(r.platform), Erased: r.eraser(t).ErasedAt, Now: now,
	})
	r.applier = conversations.NewApplier(r.tenants, nil, now).WithErased(r.eraser(t).ErasedAt)
}

func (r *rig) account(t testing.TB, userID, name string) tenants.AccountID {
	t.Helper()
	id, err := tenants.ParseAccountID(r.db.InsertAccount(t, userID, name))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// as returns the context of a person in an account.
func (r *rig) as(t *testing.T, account tenants.AccountID, user tenants.UserID) context.Context {
	t.Helper()
	return tenants.WithPrincipal(t.Context(), tenants.Principal{UserID: user, AccountID: account, Role: tenants.RoleOwner})
}

// deliver accepts the bodies and works everything off, through the queue.
func (r *rig) deliver(t *testing.T, bodies ...string) {
	t.Helper()
	for _, body := range bodies {
		if err := r.ingest.Accept(t.Context(), []byte(body)); err != nil {
			t.Fatal(err)
		}
	}
	r.splitAll(t)
	r.workOff(t)
}

func (r *rig) splitAll(t *testing.T) {
	t.Helper()
	for {
		found, err := r.ingest.SplitNext(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if !found {
			return
		}
	}
}

// splitByMany is splitAll by several splitters at once.
func (r *rig) splitByMany(t *testing.T, splitters int) {
	t.Helper()
	var wg sync.WaitGroup
	for range splitters {
		wg.Go(func() {
			for {
				found, err := r.ingest.SplitNext(t.Context())
				if err != nil {
					t.Error(err)
				}
				if !found || err != nil {
					return
				}
			}
		})
	}
	wg.Wait()
}

// workOff runs the real workers until no job is left.
func (r *rig) workOff(t *testing.T) {
	t.Helper()
	if r.openJobs(t) == 0 {
		return
	}
	workers := river.NewWorkers()
	if err := errors.Join(r.applier.Register(workers), conversations.PutAside{Platform: r.platform}.Register(workers)); err != nil {
		t.Fatal(err)
	}
	client, err := r.platform.Jobs(&river.Config{
		Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 4}}, Workers: workers, TestOnly: true,
		FetchCooldown: 5 * time.Millisecond, FetchPollInterval: 20 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := client.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.StopAndCancel(context.Background()) }()
	eventually(t, "all jobs are done", func() bool { return r.openJobs(t) == 0 })
}

func (r *rig) openJobs(t *testing.T) (n int) {
	t.Helper()
	if err := r.platform.QueryRow(t.Context(), "select count(*) from platform.river_job where state <> 'completed' and kind not in ('fetch_profile', 'wake_conversation', 'index_words')").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// conversationWith returns acme's conversation with a customer.
func (r *rig) conversationWith(t *testing.T, igsid string) conversations.Conversation {
	t.Helper()
	var id conversations.ID
	r.ask(t, &id.UUID, "select conversation_id from tenant.conversations join tenant.participants using (account_id, participant_id) where account_id = $1 and igsid = $2", r.acme, igsid)
	c, err := r.store.Conversation(r.as(t, r.acme, tenants.NewUserID()), id)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// ask reads one value past both walls.
func (r *rig) ask(t *testing.T, dest any, sql string, args ...any) {
	t.Helper()
	if r.admin == nil {
		r.admin = r.db.Admin(t)
	}
	if err := r.admin.QueryRow(t.Context(), sql, args...).Scan(dest); err != nil {
		t.Fatal(err)
	}
}

func (r *rig) ledger(t *testing.T, account tenants.AccountID) conversations.Ledger {
	t.Helper()
	l, err := r.store.Ledger(tenants.WithAccount(t.Context(), account))
	if err != nil {
		t.Fatal(err)
	}
	if !l.Balanced() {
		t.Errorf("ledger does not add up: %+v", l)
	}
	return l
}

func (r *rig) inbox(t *testing.T, account tenants.AccountID) []conversations.Conversation {
	t.Helper()
	p, err := r.store.Conversations(r.as(t, account, tenants.NewUserID()), conversations.ListQuery{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	return p.Items
}

func (r *rig) thread(t *testing.T, account tenants.AccountID, id conversations.ID) []conversations.Message {
	t.Helper()
	p, err := r.store.Messages(tenants.WithAccount(t.Context(), account), id, "", 100)
	if err != nil {
		t.Fatal(err)
	}
	return p.Items
}

// eventually waits for a condition; the bound is one that only a broken program reaches.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ok(); {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain until %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// item is one messaging item.
type item map[string]any

// body wraps items of one account as Instagram does.
func body(entryID string, items ...any) string {
	raw, err := json.Marshal(map[string]any{"object": "instagram", "entry": []any{map[string]any{
		"id": entryID, "time": noon.UnixMilli(), "messaging": items,
	}}})
	if err != nil {
		panic(err)
	}
	return string(raw)
}

// standby turns a body into one of the standby channel.
func standby(body string) string { return strings.Replace(body, `"messaging":`, `"standby":`, 1) }

// said is a customer's message.
func said(entryID, igsid, mid, text string, at time.Time) item {
	return item{
		"sender": item{"id": igsid}, "recipient": item{"id": entryID}, "timestamp": at.UnixMilli(),
		"message": item{"mid": mid, "text": text},
	}
}

// answered is acme's own message, as an echo.
func answered(igsid, mid, text string, at time.Time) item {
	return item{
		"sender": item{"id": acmeUserID}, "recipient": item{"id": igsid}, "timestamp": at.UnixMilli(),
		"message": item{"mid": mid, "text": text, "is_echo": true},
	}
}

// takenBack is an unsend by a customer of acme's.
func takenBack(igsid, mid string, at time.Time) item {
	return item{
		"sender": item{"id": igsid}, "recipient": item{"id": acmeUserID}, "timestamp": at.UnixMilli(),
		"message": item{"mid": mid, "is_deleted": true},
	}
}
