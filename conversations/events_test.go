package conversations_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"parlor/conversations"
	"parlor/tenants"
)

// events returns all of an account's events, page by page.
func (r *rig) events(t *testing.T, account tenants.AccountID, o conversations.Outcome, limit int) (all []conversations.Event) {
	t.Helper()
	for after := ""; ; {
		p, err := r.store.Events(tenants.WithAccount(t.Context(), account), conversations.EventQuery{Outcome: o, Cursor: after, Limit: limit})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p.Items...)
		if after = p.Next; after == "" {
			return all
		}
	}
}

func TestEventsOfTheLedger(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.deliver(t, three(), three(), body(acmeUserID, 42))
	all := r.events(t, r.acme, "", 2)
	if len(all) != 7 {
		t.Fatalf("%d events, want 7", len(all))
	}
	seen := map[string]bool{}
	for n, e := range all {
		seen[e.ID()] = true
		if n > 0 && e.ReceivedAt.After(all[n-1].ReceivedAt) {
			t.Errorf("event %d is younger than the one before", n)
		}
	}
	if len(seen) != len(all) {
		t.Errorf("%d different events of %d", len(seen), len(all))
	}
	for outcome, want := range map[conversations.Outcome]int{
		conversations.OutcomeApplied: 3, conversations.OutcomeSkipped: 3, conversations.OutcomeFailed: 1, conversations.OutcomePending: 0,
	} {
		if got := r.events(t, r.acme, outcome, 100); len(got) != want {
			t.Errorf("%d events %s, want %d", len(got), outcome, want)
		}
	}
	if e := r.events(t, r.acme, conversations.OutcomeApplied, 1)[0]; e.Kind != "message" || e.MID != "mid.3" || e.At == nil || !e.At.Equal(noon.Add(-time.Minute)) || e.SettledAt == nil {
		t.Errorf("event = %+v", e)
	}
	if e := r.events(t, r.acme, conversations.OutcomeFailed, 1)[0]; e.Reason != "malformed" || !e.Replayable {
		t.Errorf("event = %+v", e)
	}
	if other := r.events(t, r.globex, "", 100); len(other) != 0 {
		t.Errorf("the other account sees %+v", other)
	}
	if _, err := r.store.Events(tenants.WithAccount(t.Context(), r.acme), conversations.EventQuery{Cursor: "x"}); !errors.Is(err, conversations.ErrBadCursor) {
		t.Errorf("bad cursor: %v", err)
	}
}

func TestAFailedEventIsReplayed(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.deliver(t, wrote("m", "hello", noon))
	ctx := r.as(t, r.acme, tenants.NewUserID())
	e := r.events(t, r.acme, "", 1)[0]
	if _, err := r.ingest.Replay(ctx, e.DeliveryID, e.ItemNo); !errors.Is(err, conversations.ErrNotPossible) {
		t.Errorf("replay of what was applied: %v", err)
	}
	// As if the parser of then had not understood it.
	r.db.Exec(t, "delete from tenant.event_keys")
	r.db.Exec(t, "delete from tenant.messages")
	r.db.Exec(t, "delete from tenant.conversations")
	r.db.Exec(t, "update tenant.ingest_events set outcome = 'failed', reason = 'malformed', kind = '', mid = '', replayable = true")
	if _, err := r.ingest.Replay(r.as(t, r.globex, tenants.NewUserID()), e.DeliveryID, e.ItemNo); !errors.Is(err, conversations.ErrNotFound) {
		t.Errorf("replay from another account: %v", err)
	}
	replayed, err := r.ingest.Replay(ctx, e.DeliveryID, e.ItemNo)
	if err != nil || replayed.Outcome != conversations.OutcomeApplied || replayed.Kind != "message" || replayed.MID != "m" || replayed.Replayable {
		t.Fatalf("replayed = %+v, %v", replayed, err)
	}
	r.workOff(t) // the job that stood by finds nothing left
	if m := r.only(t); *m.Text != "hello" {
		t.Errorf("message = %+v", m)
	}
	if l := r.ledger(t, r.acme); l.Received != 1 || l.Applied != 1 {
		t.Errorf("ledger = %+v", l)
	}
	if _, err := r.ingest.Replay(ctx, uuid.New(), 0); !errors.Is(err, conversations.ErrNotFound) {
		t.Errorf("replay of nothing: %v", err)
	}
}

func TestAReplayOfWhatIsStillUnreadableChangesNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.deliver(t, body(acmeUserID, 42))
	e := r.events(t, r.acme, "", 1)[0]
	if _, err := r.ingest.Replay(r.as(t, r.acme, tenants.NewUserID()), e.DeliveryID, e.ItemNo); !errors.Is(err, conversations.ErrNotPossible) {
		t.Errorf("replay: %v", err)
	}
	if after := r.events(t, r.acme, "", 1)[0]; after.Outcome != conversations.OutcomeFailed || !after.Replayable {
		t.Errorf("event = %+v", after)
	}
}

// TestBodiesAreKeptForAWhile: each kind of end keeps its body for its time, then the event cannot be replayed any more.
func TestBodiesAreKeptForAWhile(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.deliver(t, wrote("m", "hello", noon), wrote("m", "hello", noon), body(acmeUserID, 42), told(noon, item{"telepathy": item{}}), edited("lost", "x", 1, noon))
	kept := func() (n int) {
		r.ask(t, &n, "select count(*) from tenant.ingest_events where body is not null and account_id = $1", r.acme)
		return n
	}
	settled := func(ago time.Duration) {
		r.db.Exec(t, "update tenant.ingest_events set settled_at = $1", noon.Add(-ago))
		r.db.Exec(t, "update platform.deliveries set received_at = $1", noon.Add(-ago))
		r.db.Exec(t, "update tenant.parked_edits set parked_at = $1", noon.Add(-ago))
		if err := r.ingest.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	count := func(table string) (n int) {
		r.ask(t, &n, "select count(*) from "+table)
		return n
	}
	for _, step := range []struct {
		ago                        time.Duration
		bodies, deliveries, parked int
	}{{23 * time.Hour, 5, 5, 1}, {25 * time.Hour, 1, 5, 1}, {73 * time.Hour, 0, 5, 1}, {8 * 24 * time.Hour, 0, 0, 0}} {
		settled(step.ago)
		if b, d, p := kept(), count("platform.deliveries"), count("tenant.parked_edits"); b != step.bodies || d != step.deliveries || p != step.parked {
			t.Errorf("after %s: %d bodies, %d deliveries, %d parked edits; want %+v", step.ago, b, d, p, step)
		}
	}
	for _, e := range r.events(t, r.acme, "", 100) {
		if e.Replayable {
			t.Errorf("%s can be replayed without its body", e.ID())
		}
	}
	if l := r.ledger(t, r.acme); l.Received != 5 || l.Pending != 0 {
		t.Errorf("ledger = %+v", l)
	}
}

// TestAnEventKnowsWhoItConcerns: an erasure finds what was said by whom, also in what could not be applied.
func TestAnEventKnowsWhoItConcerns(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.deliver(t, wrote("m", "hello", noon), body(acmeUserID, answered(customer, "e", "hi", noon)), told(noon, item{"telepathy": item{}}))
	var n int
	r.ask(t, &n, "select count(*) from tenant.ingest_events where customer = $1 and entry_id = $2 and at = $3", customer, acmeUserID, noon)
	if n != 3 {
		t.Errorf("%d of 3 events name the customer", n)
	}
}

// TestAProcessThatDiesWhileReplayingLeavesAJob: the event is pending, and the queue applies it.
func TestAProcessThatDiesWhileReplayingLeavesAJob(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.deliver(t, wrote("m", "hello", noon))
	e := r.events(t, r.acme, "", 1)[0]
	r.db.Exec(t, "delete from tenant.event_keys where kind = 'message'")
	r.db.Exec(t, "delete from tenant.messages")
	r.db.Exec(t, "update tenant.ingest_events set outcome = 'failed', reason = 'gave_up', replayable = true")
	if err := conversations.Reopen(r.as(t, r.acme, tenants.NewUserID()), r.tenants, e.DeliveryID, e.ItemNo); err != nil {
		t.Fatal(err)
	}
	if l := r.ledger(t, r.acme); l.Pending != 1 {
		t.Fatalf("ledger = %+v", l)
	}
	r.workOff(t)
	if l := r.ledger(t, r.acme); l.Applied != 1 {
		t.Errorf("ledger = %+v", l)
	}
}

// TestManyAccountsAreSwept: each in a transaction of its own.
func TestManyAccountsAreSwept(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for n, user := range []string{acmeUserID, globexUserID} {
		r.deliver(t, body(user, said(user, customer, fmt.Sprint("m", n), "hello", noon)))
	}
	r.db.Exec(t, "update tenant.ingest_events set settled_at = $1", noon.Add(-25*time.Hour))
	if err := r.ingest.Sweep(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	var left int
	r.ask(t, &left, "select count(*) from tenant.ingest_events where body is not null")
	if left != 0 {
		t.Errorf("%d bodies left", left)
	}
}
