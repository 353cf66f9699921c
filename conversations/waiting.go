package conversations

import (
	"context"
	"errors"
	"time"

	"github.com/riverqueue/river"

	"parlor/instagram"
	"parlor/tenants"
)

// How long an import that failed waits before it is begun again: twice as long each time.
const (
	firstReimport = time.Hour
	lastReimport  = 24 * time.Hour
)

// lookAfter is when a waiting import is looked after again that could not be begun beside another one.
const lookAfter = time.Minute

// ReimportArgs names an account of which an import waits.
type ReimportArgs struct {
	AccountID tenants.AccountID `json:"account_id" river:"unique"`
	// Soon keeps the long waits of imports that failed from standing in the way of others.
	Soon bool `json:"soon,omitempty" river:"unique"`
}

// Kind is the job's name in the queue.
func (ReimportArgs) Kind() string { return "reimport" }

// InsertOpts keeps an account to one job at a time.
func (ReimportArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: ImportsQueue, MaxAttempts: 20, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: unfinished}}
}

func enqueueWaiting(ctx context.Context, tx *tenants.Tx, due time.Time) error {
	soon := time.Until(due) <= lookAfter+proofTime
	return tx.Enqueue(ctx, ReimportArgs{AccountID: tx.AccountID(), Soon: soon}, &river.InsertOpts{ScheduledAt: due})
}

// wantAgain has what an import left out read later, in the transaction that ends it.
func (b *Backfiller) wantAgain(ctx context.Context, tx *tenants.Tx, row backfillRow) error {
	failed, err := failures(tx)
	if err != nil {
		return err
	}
	wait := min(firstReimport<<min(max(failed-1, 0), 10), lastReimport)
	return want(ctx, tx, row.Cause, row.Since, b.o.Now().Add(wait))
}

// Reimport begins the import that waits in the account of ctx, once it is due. An account that is not connected is left alone: connecting it begins
// what waits.
func (b *Backfiller) Reimport(ctx context.Context) error {
	err := b.o.Gate.Call(ctx, func(context.Context, instagram.Secret) error { return nil }) // may it call at all?
	if errors.Is(err, instagram.ErrNotConnected) || errors.Is(err, instagram.ErrNoConnection) {
		return nil
	}
	if resting, ok := errors.AsType[*instagram.RestError](err); ok {
		return river.JobSnooze(resting.For)
	}
	if err != nil {
		return err
	}
	var wait time.Duration
	err = b.o.DB.InTenant(ctx, func(tx *tenants.Tx) (err error) {
		wait, err = b.beginDue(ctx, tx)
		return err
	})
	if err == nil && wait > 0 {
		return river.JobSnooze(wait)
	}
	return err
}

// beginDue begins the import that waits, or tells in how long to look again; 0: none waits.
func (b *Backfiller) beginDue(ctx context.Context, tx *tenants.Tx) (time.Duration, error) {
	waiting, err := importIn(tx, BackfillWaiting)
	if err != nil || waiting == nil {
		return 0, err
	}
	if waiting.DueAt != nil && b.o.Now().Before(*waiting.DueAt) {
		return max(waiting.DueAt.Sub(b.o.Now()), time.Second), nil
	}
	began, err := begin(ctx, tx)
	if err != nil || began {
		return 0, err
	}
	return lookAfter, nil
}
