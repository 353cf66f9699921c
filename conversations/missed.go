package conversations

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"gorm.io/gorm"

	"parlor/instagram"
	"parlor/tenants"
)

// heardMargin is how far before the last sign of an account a gap is looked for: deliveries overtake each other.
const heardMargin = time.Hour

// missedSince returns since when something of the account may be missing: a while before its newest webhook, or before the newest import that was
// done, if that began later. What an import that failed was to read is still missing. nil: all of it, for no import was ever done.
func missedSince(tx *tenants.Tx) (*time.Time, error) {
	done, err := lastDone(tx)
	if err != nil || done == nil {
		return nil, err
	}
	upTo := done.StartedAt
	var newest eventRow
	err = tx.DB().Select("received_at").Order("received_at desc, delivery_id desc, item_no desc").Take(&newest).Error
	if err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, err
	}
	if newest.ReceivedAt.After(upTo) {
		upTo = newest.ReceivedAt
	}
	since := upTo.Add(-heardMargin)
	failed, err := failedSince(tx, done)
	if err != nil {
		return nil, err
	}
	for _, f := range failed {
		switch {
		case f.Since == nil:
			return nil, nil //nolint:nilnil // all of it
		case f.Since.Before(since):
			since = *f.Since
		}
	}
	return &since, nil
}

// lastDone is the import that was done last, by its beginning; nil when there is none.
func lastDone(tx *tenants.Tx) (*backfillRow, error) {
	var done backfillRow
	err := tx.DB().Where("state = ?", BackfillDone).Order("started_at desc").Take(&done).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, nil //nolint:nilnil // none is an answer
	}
	if err != nil {
		return nil, fmt.Errorf("find the last import: %w", err)
	}
	return &done, nil
}

// failedSince are the imports that failed and that no later one has made good.
func failedSince(tx *tenants.Tx, done *backfillRow) (failed []backfillRow, err error) {
	db := tx.DB().Where("state = ?", BackfillFailed)
	if done != nil {
		db = db.Where("started_at > ?", done.StartedAt)
	}
	if err := db.Find(&failed).Error; err != nil {
		return nil, fmt.Errorf("find the imports that failed: %w", err)
	}
	return failed, nil
}

// How long an import that failed waits before it is begun again: twice as long each time.
const (
	firstReimport = time.Hour
	lastReimport  = 24 * time.Hour
)

// ReimportArgs names an account whose import failed.
type ReimportArgs struct {
	AccountID tenants.AccountID `json:"account_id" river:"unique"`
}

// Kind is the job's name in the queue.
func (ReimportArgs) Kind() string { return "reimport" }

// InsertOpts keeps an account to one job at a time.
func (ReimportArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: ImportsQueue, MaxAttempts: 20, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: unfinished}}
}

// beginAgainLater has what an import left out read later, in the transaction that ends it.
func (b *Backfiller) beginAgainLater(ctx context.Context, tx *tenants.Tx) error {
	done, err := lastDone(tx)
	if err != nil {
		return err
	}
	failed, err := failedSince(tx, done)
	if err != nil {
		return err
	}
	wait := min(firstReimport<<min(max(len(failed)-1, 0), 10), lastReimport)
	return tx.Enqueue(ctx, ReimportArgs{AccountID: tx.AccountID()}, &river.InsertOpts{ScheduledAt: b.o.Now().Add(wait)})
}

// Reimport begins the import of the account in ctx again whose last one failed, unless that was made good meanwhile. An account that is not
// connected is left alone: connecting it begins an import.
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
	return b.o.DB.InTenant(ctx, func(tx *tenants.Tx) error {
		done, err := lastDone(tx)
		if err != nil {
			return err
		}
		failed, err := failedSince(tx, done)
		if err != nil || len(failed) == 0 {
			return err
		}
		since, err := missedSince(tx)
		if err != nil {
			return err
		}
		_, err = StartBackfill(ctx, tx, CauseGap, since)
		return err
	})
}
