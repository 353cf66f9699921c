package conversations

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"parlor/instagram"
	"parlor/tenants"
)

// event is a row of the ledger with what it says.
type event struct {
	row    eventRow
	item   instagram.Item
	erased *time.Time // its customer's last erasure, as found before it was applied
}

// clockSkew is how far Instagram's clock may be ahead of ours. A time beyond it is none: its message would stay on top for good, with an open
// reply window.
const clockSkew = 10 * time.Minute

// at is Instagram's time of the event, or when it came.
func (e event) at() time.Time {
	if e.item.At.IsZero() || e.item.At.After(e.row.ReceivedAt.Add(clockSkew)) {
		return e.row.ReceivedAt.UTC()
	}
	return e.item.At
}

// parseEvent reads an event again from its row. What kind it is was decided when the whole delivery was at hand.
func parseEvent(row eventRow, entryID string) event {
	item := instagram.ParseItem(row.context(entryID), row.Body)
	if item.Malformed == nil {
		item.Kind = instagram.Kind(row.Kind)
	}
	if item.Message != nil && item.Kind.Base() == instagram.KindEcho {
		item.Message.IsEcho = true
	}
	return event{row: row, item: item}
}

// context is what the body does not tell of itself. Rows of earlier versions do not hold the entry's id.
func (r eventRow) context(entryID string) instagram.ItemContext {
	in := instagram.ItemContext{
		No: r.ItemNo, EntryID: cmp.Or(r.EntryID, entryID), EntryTime: r.ReceivedAt, Standby: instagram.Kind(r.Kind).Standby(),
	}
	if r.At != nil {
		in.EntryTime = *r.At
	}
	return in
}

// applyAll applies events of one account in Instagram's order, each in a transaction of its own; the delivery's order breaks ties. One that
// fails does not hold up the others.
func (a *Applier) applyAll(ctx context.Context, events []event) error {
	slices.SortStableFunc(events, func(x, y event) int { return cmp.Or(x.at().Compare(y.at()), cmp.Compare(x.row.ItemNo, y.row.ItemNo)) })
	var faults []error
	for _, e := range events {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := a.applyOne(ctx, e); err != nil {
			faults = append(faults, fmt.Errorf("event %s/%d: %w", e.row.DeliveryID, e.row.ItemNo, err))
		}
	}
	return errors.Join(faults...)
}

// applyOne applies one event, or settles it as failed when no further try can help.
func (a *Applier) applyOne(ctx context.Context, e event) error {
	err := guarded(func() error {
		return a.db.InTenant(ctx, func(tx *tenants.Tx) error {
			open, err := stillPending(tx, e.row)
			if err != nil || !open {
				return err
			}
			result, err := a.take(ctx, tx, e)
			if err != nil {
				return err
			}
			return a.settle(tx, e.row, result)
		})
	})
	if err == nil || !hopeless(err) {
		return err
	}
	a.log.WarnContext(ctx, "event refused", "delivery_id", e.row.DeliveryID, "item_no", e.row.ItemNo, "error", err.Error())
	return a.db.InTenant(ctx, func(tx *tenants.Tx) error {
		return a.settle(tx, e.row, result{outcome: OutcomeFailed, reason: reasonRefused, replayable: true})
	})
}

// unacceptable reports whether the database refuses the data itself: a value, a constraint, a limit of its own. A row that is missing is not
// the data's fault: it was erased a moment ago, and the next try makes it anew.
func unacceptable(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && len(pg.Code) == 5 && slices.Contains([]string{"22", "23", "54"}, pg.Code[:2]) && pg.Code != foreignKeyViolation
}

const foreignKeyViolation = "23503"

// stillPending locks the event; another worker may have settled it meanwhile.
func stillPending(tx *tenants.Tx, row eventRow) (bool, error) {
	var now eventRow
	err := tx.DB().Clauses(clause.Locking{Strength: forUpdate}).Select("outcome").
		Where("delivery_id = ? and item_no = ?", row.DeliveryID, row.ItemNo).Take(&now).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return false, nil
	}
	return now.Outcome == OutcomePending, err
}

// result is how an event ends.
type result struct {
	outcome    Outcome
	reason     string
	replayable bool
	looked     bool // under the lock of its mid it was looked up whether the message was taken back
	gone       bool // it was
	late       bool // about what was erased: nothing is to tell whose it was
}

// settle writes down how an event ended. Its body stays for a while, unless the message was taken back.
func (a *Applier) settle(tx *tenants.Tx, row eventRow, r result) error {
	if !r.looked && row.MID != "" {
		if err := lockMID(tx, row); err != nil { // or an unsend that is under way would not find the body
			return err
		}
		gone, err := unsent(tx, row.MID)
		if err != nil {
			return err
		}
		r.gone = gone
	}
	changes := map[string]any{"outcome": r.outcome, "reason": r.reason, "replayable": r.replayable && !r.gone, "settled_at": a.now()}
	if r.gone {
		changes["body"] = nil
	}
	if r.late {
		changes["customer"], changes["mid"] = "", ""
	}
	return tx.DB().Model(&eventRow{}).Where("delivery_id = ? and item_no = ? and outcome = ?", row.DeliveryID, row.ItemNo, OutcomePending).
		Updates(changes).Error
}

// pending loads what is left of a delivery.
func (a *Applier) pending(ctx context.Context, deliveryID uuid.UUID) ([]eventRow, error) {
	var rows []eventRow
	err := a.db.Read(ctx, &rows, func(db *gorm.DB) *gorm.DB {
		return db.Where("delivery_id = ? and outcome = ?", deliveryID, OutcomePending).Order("item_no")
	})
	if err != nil {
		return nil, fmt.Errorf("load pending events: %w", err)
	}
	return rows, nil
}
