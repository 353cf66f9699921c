package conversations

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"parlor/instagram"
	"parlor/tenants"
)

// Replay reads an event of the account in ctx again from its body and applies it, for what failed or could not be shown when it came. It
// returns the event as it stands afterwards. Errors: ErrNotFound; ErrNotPossible when it was settled for good or its body is gone.
func (i *Ingest) Replay(ctx context.Context, deliveryID uuid.UUID, itemNo int) (Event, error) {
	var e event
	err := i.o.DB.InTenant(ctx, func(tx *tenants.Tx) (err error) {
		e, err = reopen(ctx, tx, deliveryID, itemNo)
		return err
	})
	if err != nil {
		return Event{}, fmt.Errorf("replay event %s.%d: %w", deliveryID, itemNo, err)
	}
	if err := i.applier.applyOne(ctx, e); err != nil {
		i.o.Logger.WarnContext(ctx, "replayed event will be tried again", "delivery_id", deliveryID, "item_no", itemNo, "error", err.Error())
	}
	var row eventRow
	err = i.o.DB.Read(ctx, &row, func(db *gorm.DB) *gorm.DB {
		return db.Select(eventColumns).Where("delivery_id = ? and item_no = ?", deliveryID, itemNo)
	})
	if err != nil {
		return Event{}, fmt.Errorf("load replayed event: %w", err)
	}
	return row.event(), nil
}

// reopen makes an event pending again, by what a parser of today reads in it, and leaves a job behind in case this process dies.
func reopen(ctx context.Context, tx *tenants.Tx, deliveryID uuid.UUID, itemNo int) (event, error) {
	var row eventRow
	err := tx.DB().Clauses(clause.Locking{Strength: forUpdate}).Where("delivery_id = ? and item_no = ?", deliveryID, itemNo).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return event{}, ErrNotFound
	}
	if err != nil {
		return event{}, err
	}
	if !row.Replayable || row.Body == nil {
		return event{}, ErrNotPossible
	}
	item := instagram.ParseItem(row.context(row.EntryID), row.Body)
	if item.Malformed != nil {
		return event{}, ErrNotPossible // nothing was learnt since
	}
	row.Kind, row.MID, row.Variant = string(item.Kind), item.MID, item.Variant
	row.Outcome, row.Reason, row.Replayable, row.SettledAt = OutcomePending, "", false, nil
	err = tx.DB().Model(&eventRow{}).Where("delivery_id = ? and item_no = ?", deliveryID, itemNo).Updates(map[string]any{
		"kind": row.Kind, "mid": row.MID, "variant": row.Variant, "customer": item.Customer(),
		"outcome": row.Outcome, "reason": row.Reason, "replayable": row.Replayable, "settled_at": nil,
	}).Error
	if err != nil {
		return event{}, err
	}
	if err := tx.Audit(ctx, tenants.AuditEntry{Action: "event.replayed", Target: row.event().ID()}); err != nil {
		return event{}, err
	}
	args := ApplyArgs{AccountID: tx.AccountID(), EntryID: row.EntryID, DeliveryID: deliveryID}
	return event{row: row, item: item}, tx.Enqueue(ctx, args, nil)
}
