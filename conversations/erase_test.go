package conversations_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"parlor/conversations"
	"parlor/tenants"
)

// eraser keeps no files and knows no Instagram.
func (r *rig) eraser(t testing.TB) *conversations.Eraser {
	t.Helper()
	key := sha256.Sum256([]byte("erasing"))
	e, err := conversations.NewEraser(conversations.EraserOptions{
		DB: r.tenants, Platform: r.platform, Accounts: tenants.NewAccounts(r.platform), Key: key[:],
		Disconnect:  func(context.Context, string) error { return nil },
		RemoveFiles: func(context.Context) (int, error) { return 0, nil }, Now: func() time.Time { return noon },
	})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func (r *rig) participant(t *testing.T) uuid.UUID {
	t.Helper()
	return r.conversationWith(t, customer).Participant.ID
}

// holdConversation locks acme's only conversation until release is called.
func (r *rig) holdConversation(t *testing.T) (release func()) {
	t.Helper()
	tx, err := r.db.Admin(t).Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "select from tenant.conversations where account_id = $1 for update", r.acme); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := tx.Rollback(context.WithoutCancel(t.Context())); err != nil && !errors.Is(err, pgx.ErrTxClosed) {
			t.Error(err)
		}
	}
}

// waiting waits until n backends of this database wait for locks.
func (r *rig) waiting(t *testing.T, n int) {
	t.Helper()
	eventually(t, fmt.Sprintf("%d wait for a lock", n), func() bool {
		var got int
		r.ask(t, &got, "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'")
		return got >= n
	})
}

func TestARepeatedWebhookDoesNotBringBackWhatWasErased(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	e := r.eraser(t)
	once := wrote("mid.1", "secret", noon)
	r.deliver(t, once, reacted("mid.1", "👍", noon.Add(time.Second)), edited("mid.9", "secret edit of nothing", 1, noon))
	id := r.participant(t)
	receipt, err := e.Participant(r.as(t, r.acme, tenants.NewUserID()), id)
	if err != nil {
		t.Fatal(err)
	}
	for table, n := range map[string]int64{
		"tenant.participants": 1, "tenant.conversations": 1, "tenant.messages": 1, "tenant.reactions": 1, "tenant.parked_edits": 1, "tenant.ingest_events": 3,
	} {
		if receipt.Removed[table] != n {
			t.Errorf("%s: %d rows on the receipt, want %d", table, receipt.Removed[table], n)
		}
	}
	r.deliver(t, once, reacted("mid.1", "👍", noon.Add(time.Second)))
	if inbox := r.inbox(t, r.acme); len(inbox) != 0 {
		t.Errorf("inbox = %+v", inbox)
	}
	if l := r.ledger(t, r.acme); l.Received != 5 || l.Skipped != 2 {
		t.Errorf("ledger = %+v", l)
	}
	r.deliver(t, wrote("mid.2", "I am back", noon.Add(time.Minute)))
	if thread := r.thread(t, r.acme, r.conversationWith(t, customer).ID); len(thread) != 1 {
		t.Errorf("thread = %+v", thread)
	}
	if r.participant(t) == id {
		t.Error("the erased row is back")
	}
}

func TestErasingIsDoneOnceAndInItsAccount(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	e := r.eraser(t)
	r.deliver(t, wrote("mid.1", "hello", noon), body(globexUserID, said(globexUserID, customer, "mid.1", "hello", noon)))
	id := r.participant(t)
	if _, err := e.Participant(r.as(t, r.globex, tenants.NewUserID()), id); !errors.Is(err, conversations.ErrNotFound) {
		t.Errorf("from another account: %v", err)
	}
	if _, err := e.Participant(t.Context(), id); !errors.Is(err, tenants.ErrNoAccount) {
		t.Errorf("from no account: %v", err)
	}
	var wg sync.WaitGroup
	var done, missed int
	var mu sync.Mutex
	for range 6 {
		wg.Go(func() {
			_, err := e.Participant(r.as(t, r.acme, tenants.NewUserID()), id)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				done++
			case errors.Is(err, conversations.ErrNotFound):
				missed++
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if done != 1 || missed != 5 {
		t.Errorf("erased %d times, not found %d times", done, missed)
	}
	var receipts int
	r.ask(t, &receipts, "select count(*) from tenant.erasures")
	if receipts != 1 || len(r.inbox(t, r.globex)) != 1 {
		t.Errorf("%d receipts; the other account has %+v", receipts, r.inbox(t, r.globex))
	}
}

// An event that is recorded but not applied yet does not bring the customer back, whoever has read it already.
func TestErasingSettlesWhatIsNotAppliedYet(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	e := r.eraser(t)
	r.deliver(t, wrote("mid.1", "hello", noon))
	id := r.participant(t)
	if err := r.ingest.Accept(t.Context(), []byte(wrote("mid.late", "late", noon.Add(time.Second)))); err != nil {
		t.Fatal(err)
	}
	// The event is recorded by a process that dies before it applies it.
	r.refuse(t, "mid.late", "55P03", 1)
	r.splitAll(t)
	if l := r.ledger(t, r.acme); l.Pending != 1 {
		t.Fatalf("ledger = %+v", l)
	}
	if _, err := e.Participant(r.as(t, r.acme, tenants.NewUserID()), id); err != nil {
		t.Fatal(err)
	}
	r.workOff(t)
	if inbox := r.inbox(t, r.acme); len(inbox) != 0 {
		t.Errorf("inbox = %+v", inbox)
	}
	if l := r.ledger(t, r.acme); l.Received != 2 || l.Applied != 1 || l.Skipped != 1 {
		t.Errorf("ledger = %+v", l)
	}
}

// An event that is being applied while its customer is erased is waited for, and goes with them.
func TestErasingWaitsForWhatIsBeingApplied(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	e := r.eraser(t)
	r.deliver(t, wrote("mid.1", "hello", noon))
	id := r.participant(t)
	release := r.holdConversation(t)
	if err := r.ingest.Accept(t.Context(), []byte(wrote("mid.2", "right now", noon.Add(time.Second)))); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		if _, err := r.ingest.SplitNext(t.Context()); err != nil {
			t.Error(err)
		}
	})
	r.waiting(t, 1) // holding its event, for the conversation
	wg.Go(func() {
		if _, err := e.Participant(r.as(t, r.acme, tenants.NewUserID()), id); err != nil {
			t.Error(err)
		}
	})
	r.waiting(t, 2)
	release()
	wg.Wait()
	r.workOff(t)
	if inbox := r.inbox(t, r.acme); len(inbox) != 0 {
		t.Errorf("inbox = %+v", inbox)
	}
	if l := r.ledger(t, r.acme); l.Applied != 2 {
		t.Errorf("ledger = %+v", l)
	}
}

// What a customer writes while the erasure of what they wrote before is under way begins anew; it is neither lost nor refused.
func TestWhatComesDuringAnErasureBeginsAnew(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	e := r.eraser(t)
	r.deliver(t, wrote("mid.1", "hello", noon))
	id := r.participant(t)
	release := r.holdConversation(t)
	var wg sync.WaitGroup
	wg.Go(func() {
		if _, err := e.Participant(r.as(t, r.acme, tenants.NewUserID()), id); err != nil {
			t.Error(err)
		}
	})
	r.waiting(t, 1) // past the ledger's events, for the conversation
	if err := r.ingest.Accept(t.Context(), []byte(wrote("mid.2", "new", noon.Add(time.Second)))); err != nil {
		t.Fatal(err)
	}
	wg.Go(func() {
		if _, err := r.ingest.SplitNext(t.Context()); err != nil {
			t.Error(err)
		}
	})
	r.waiting(t, 2)
	release()
	wg.Wait()
	r.workOff(t)
	thread := r.thread(t, r.acme, r.conversationWith(t, customer).ID)
	if len(thread) != 1 || *thread[0].MID != "mid.2" {
		t.Errorf("thread = %+v", thread)
	}
	if l := r.ledger(t, r.acme); l.Applied != 2 || l.Failed != 0 {
		t.Errorf("ledger = %+v", l)
	}
}

// Events that name nobody in particular go when they name the customer somewhere, and only those.
func TestErasingFindsWhatNamesTheCustomerAnywhere(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	e := r.eraser(t)
	r.deliver(t, wrote("mid.1", "hello", noon),
		body(acmeUserID, `no object, but of `+customer, item{"message": item{"mid": 7, "text": "about mid.1"}}, `no object at all`))
	if err := r.ingest.Accept(t.Context(), []byte(`{"object":"instagram","entry":[{"id":"1","messaging":[{"sender":{"id":"`+customer)); err != nil {
		t.Fatal(err)
	}
	r.splitAll(t)
	receipt, err := e.Participant(r.as(t, r.acme, tenants.NewUserID()), r.participant(t))
	if err != nil || receipt.Removed["tenant.ingest_events"] != 3 || receipt.Removed["platform.deliveries"] != 1 {
		t.Errorf("receipt = %+v, %v", receipt, err)
	}
	var kept string
	r.ask(t, &kept, "select string_agg(convert_from(body, 'UTF8'), ' ') from tenant.ingest_events where body is not null")
	if kept != `"no object at all"` {
		t.Errorf("kept: %s", kept)
	}
}

// Who asked for a deletion is written down with the request, whoever carries it out later.
func TestADeletionSaysWhoAskedForIt(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	who := tenants.NewUserID()
	if _, err := r.eraser(t).Request(r.as(t, r.acme, who), conversations.DeletionByOwner); err != nil {
		t.Fatal(err)
	}
	var told int
	r.ask(t, &told, `select count(*) from platform.audit where action = 'account.deletion_requested' and actor = $1 and target = $2
		and detail->>'kind' = 'account_deletion'`, "user:"+who.String(), r.acme.String())
	if told != 1 {
		t.Errorf("%d lines tell of it", told)
	}
}

// An account is deleted while its webhooks come in: it goes whole, and what comes later belongs to nobody.
func TestAnAccountIsDeletedWhileItsEventsComeIn(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	e := r.eraser(t)
	r.deliver(t, body(globexUserID, said(globexUserID, customer, "mid.g", "stays", noon)))
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { _ = r.ingest.Run(ctx) })
	sent := make(chan struct{})
	wg.Go(func() {
		defer close(sent)
		for n := range 150 {
			b := body(acmeUserID, said(acmeUserID, fmt.Sprint("70", n%5), fmt.Sprint("mid.", n), "canarydeleted", noon.Add(time.Duration(n)*time.Second)))
			if err := r.ingest.Accept(t.Context(), []byte(b)); err != nil {
				t.Error(err)
			}
		}
	})
	eventually(t, "some have come in", func() bool { return len(r.inbox(t, r.acme)) > 2 })
	d, err := e.Account(tenants.WithAccount(t.Context(), r.acme))
	if err != nil || d.State != conversations.DeletionDone || d.Removed["tenant.messages"] == 0 || d.Removed["platform.accounts"] != 1 {
		t.Errorf("deletion = %+v, %v", d, err)
	}
	<-sent
	eventually(t, "all are split", func() bool {
		var open int
		r.ask(t, &open, "select count(*) from platform.deliveries where state = 'received'")
		return open == 0
	})
	stop()
	wg.Wait()
	var left int
	r.ask(t, &left, "select (select count(*) from tenant.messages where account_id = $1) + (select count(*) from tenant.ingest_events where account_id = $1)", r.acme)
	if left != 0 {
		t.Errorf("%d rows are left", left)
	}
	var failed int
	r.ask(t, &failed, "select count(*) from platform.deliveries where state = 'failed'")
	if failed != 0 {
		t.Errorf("%d deliveries failed", failed)
	}
	if l := r.ledger(t, r.globex); l.Applied != 1 || len(r.inbox(t, r.globex)) != 1 {
		t.Errorf("the other account: %+v", l)
	}
	if again, err := e.Deletion(t.Context(), d.Code); err != nil || again.State != conversations.DeletionDone || again.Removed.Total() != d.Removed.Total() {
		t.Errorf("its page: %+v, %v", again, err)
	}
}
