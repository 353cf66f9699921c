package conversations

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"parlor/instagram"
	"parlor/tenants"
)

// appliedAtOnce is how many events of one account a splitter applies by itself. A larger batch is a job, so that it holds up nobody.
const appliedAtOnce = 100

// hand records the account's events, then applies them. What does not work out now is left to a job, which tries again.
func (i *Ingest) hand(ctx context.Context, d delivery, items []instagram.Item) error {
	rows, events := make([]eventRow, len(items)), make([]event, len(items))
	for n, item := range items {
		rows[n] = newEvent(d, item)
		events[n] = event{row: rows[n], item: item}
	}
	if err := i.record(ctx, rows); err != nil {
		return err
	}
	if len(events) <= appliedAtOnce {
		err := i.applier.applyAll(ctx, events)
		if err == nil || ctx.Err() != nil {
			return err
		}
		i.o.Logger.WarnContext(ctx, "events will be tried again", "delivery_id", d.id, "error", err.Error())
	}
	return i.later(ctx, d, items[0].EntryID)
}

// record writes the account's events and counts those that are new, in one transaction of the account.
func (i *Ingest) record(ctx context.Context, rows []eventRow) error {
	err := i.o.DB.InTenant(ctx, func(tx *tenants.Tx) error {
		created := tx.DB().Clauses(clause.OnConflict{
			Columns:   []clause.Column{{Name: "account_id"}, {Name: "delivery_id"}, {Name: "item_no"}},
			DoNothing: true,
		}).CreateInBatches(&rows, rowsAtOnce)
		if created.Error != nil || created.RowsAffected == 0 {
			return created.Error // none: all of it was recorded before
		}
		return tx.DB().Clauses(counted).Create(&ledgerRow{Received: created.RowsAffected}).Error
	})
	if err != nil {
		return fmt.Errorf("record: %w", err)
	}
	return nil
}

// rowsAtOnce keeps a statement below PostgreSQL's 65,535 parameters.
const rowsAtOnce = 1000

// counted adds to the account's counter of received events.
var counted = clause.OnConflict{
	Columns:   []clause.Column{{Name: "account_id"}},
	DoUpdates: clause.Set{{Column: clause.Column{Name: "received"}, Value: gorm.Expr("ledgers.received + excluded.received")}},
}

func (i *Ingest) later(ctx context.Context, d delivery, entryID string) error {
	err := i.o.DB.InTenant(ctx, func(tx *tenants.Tx) error {
		return tx.Enqueue(ctx, ApplyArgs{AccountID: tx.AccountID(), EntryID: entryID, DeliveryID: d.id}, nil)
	})
	if err != nil {
		return fmt.Errorf("leave to a job: %w", err)
	}
	return nil
}

// newEvent is an item's row in the ledger.
func newEvent(d delivery, item instagram.Item) eventRow {
	row := eventRow{
		DeliveryID: d.id, ItemNo: item.No, EntryID: item.EntryID, Customer: item.Customer(), Kind: string(item.Kind), MID: item.MID, Variant: item.Variant, Body: item.Raw,
		Outcome: OutcomePending, ReceivedAt: d.receivedAt,
	}
	if !item.At.IsZero() {
		row.At = &item.At
	}
	return row
}

// guarded turns a panic into an error: one delivery or event that trips over a mistake of ours must not take the process down, again and
// again at every start.
func guarded(do func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", errPanicked, p)
		}
	}()
	return do()
}

var errPanicked = errors.New("panic")

// hopeless reports whether no further try can help, for every fault that err joins.
func hopeless(err error) bool {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			if !hopeless(e) {
				return false
			}
		}
		return true
	}
	return errors.Is(err, errPanicked) || unacceptable(err)
}
