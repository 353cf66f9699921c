package conversations

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"parlor/tenants"
)

// StartBackfill has an import read what has changed since a time (nil: ever), in the transaction that made it necessary. Where one is under way the
// new one waits for its end: what that one has read may have changed again. It reports whether this call began one.
func StartBackfill(ctx context.Context, tx *tenants.Tx, cause BackfillCause, since *time.Time) (began bool, err error) {
	if err := want(ctx, tx, cause, since, time.Now().Add(proofTime)); err != nil {
		return false, err
	}
	return begin(ctx, tx)
}

// Connected begins the import of an account that was just connected, in that very transaction. Connected again, and imported before, only
// what came since its last webhook is read.
func Connected(ctx context.Context, tx *tenants.Tx, again bool) error {
	if !again {
		_, err := StartBackfill(ctx, tx, CauseConnect, nil)
		return err
	}
	since, err := missedSince(tx)
	if err != nil {
		return err
	}
	_, err = StartBackfill(ctx, tx, CauseReconnect, since)
	return err
}

// proofTime is how long an import waits for a proof that is under way, at the most.
const proofTime = 5 * time.Minute

// Missed writes down, before an account is subscribed anew whose subscription had gone, that something of it may be missing: the next webhook would
// hide since when. What begins the import is Connected, or time.
func Missed(ctx context.Context, tx *tenants.Tx) error {
	since, err := missedSince(tx)
	if err != nil {
		return err
	}
	return want(ctx, tx, CauseGap, since, time.Now().Add(proofTime))
}

// want writes down that an import is wanted, and when it is begun at the latest if nobody does so before. Of two that wait one is made, which reaches
// as far back as either.
func want(ctx context.Context, tx *tenants.Tx, cause BackfillCause, since *time.Time, due time.Time) error {
	running, err := importIn(tx, BackfillRunning)
	if err != nil {
		return err
	}
	if running != nil && reaches(running.Since, since) { // what that one has read already is all that can be missing after it
		since = new(running.StartedAt.Add(-movedMargin))
	}
	row := backfillRow{BackfillID: newID(), Cause: cause, State: BackfillWaiting, Phase: phaseList, Since: since, PageSize: pageSizeLargest, DueAt: new(due.UTC())}
	err = tx.DB().Clauses(clause.OnConflict{
		Columns:     []clause.Column{{Name: "account_id"}},
		TargetWhere: clause.Where{Exprs: []clause.Expression{gorm.Expr("state = 'waiting'")}},
		DoUpdates: clause.Assignments(map[string]any{
			"since":  gorm.Expr("case when backfills.since is not null and excluded.since is not null then least(backfills.since, excluded.since) end"),
			"due_at": gorm.Expr("least(backfills.due_at, excluded.due_at)"),
		}),
	}).Omit("StartedAt", "UpdatedAt").Create(&row).Error
	if err != nil {
		return fmt.Errorf("write down that an import is wanted: %w", err)
	}
	return enqueueWaiting(ctx, tx, due)
}

// reaches tells whether an import since one time reads all that one since another would.
func reaches(one, other *time.Time) bool {
	return one == nil || other != nil && !one.After(*other)
}

// begin makes the import that waits the one under way. It reports whether it did: not where none waits, and not beside another.
func begin(ctx context.Context, tx *tenants.Tx) (bool, error) {
	running, err := importIn(tx, BackfillRunning)
	if err != nil || running != nil {
		return false, err
	}
	var row backfillRow
	err = tx.DB().Clauses(clause.Locking{Strength: "UPDATE"}).Where("state = ?", BackfillWaiting).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("find the import that waits: %w", err)
	}
	err = tx.DB().Model(&backfillRow{}).Where("backfill_id = ?", row.BackfillID).Updates(map[string]any{
		"state": BackfillRunning, "due_at": nil, "started_at": gorm.Expr("now()"), "updated_at": gorm.Expr("now()"),
	}).Error
	if err != nil {
		return false, fmt.Errorf("begin the import: %w", err)
	}
	if err := tx.Enqueue(ctx, BackfillArgs{AccountID: tx.AccountID(), BackfillID: row.BackfillID}, nil); err != nil {
		return false, err
	}
	return true, tx.Notify(ctx, tenants.LiveRef{Kind: tenants.LiveConnection})
}
