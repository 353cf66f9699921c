package conversations

import (
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"parlor/tenants"
)

// heardMargin is how far before the last sign of an account a gap is looked for: deliveries overtake each other.
const heardMargin = time.Hour

// missedSince returns since when something of the account may be missing: a while before its newest webhook, or before the newest import that was
// done, if that began later; earlier, where an import still waits that is to reach further back. nil: all of it, for no import was ever done.
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
	waiting, err := importIn(tx, BackfillWaiting)
	if err != nil || waiting == nil || waiting.Since != nil && since.Before(*waiting.Since) {
		return &since, err
	}
	return waiting.Since, nil
}

// lastDone is the import that was done last, by its beginning; nil when there is none.
func lastDone(tx *tenants.Tx) (*backfillRow, error) { return importIn(tx, BackfillDone) }

// importIn is the account's newest import in a state; nil when there is none.
func importIn(tx *tenants.Tx, state BackfillState) (*backfillRow, error) {
	var row backfillRow
	err := tx.DB().Where("state = ?", state).Order("started_at desc").Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, nil //nolint:nilnil // none is an answer
	}
	if err != nil {
		return nil, fmt.Errorf("find the newest import that is %s: %w", state, err)
	}
	return &row, nil
}

// failures counts the imports that have failed since the last one that was done.
func failures(tx *tenants.Tx) (n int64, err error) {
	done, err := lastDone(tx)
	if err != nil {
		return 0, err
	}
	db := tx.DB().Model(&backfillRow{}).Where("state = ?", BackfillFailed)
	if done != nil {
		db = db.Where("started_at > ?", done.StartedAt)
	}
	if err := db.Count(&n).Error; err != nil {
		return 0, fmt.Errorf("count the imports that failed: %w", err)
	}
	return n, nil
}
