package conversations

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/riverqueue/river"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"parlor/instagram"
	"parlor/tenants"
)

// applyAttempts is how often a job is tried before what is left of its events is put aside as failed.
const applyAttempts = 10

// ApplyArgs names the events that a job applies: those of one delivery and account that are still pending.
type ApplyArgs struct {
	AccountID  tenants.AccountID `json:"account_id"`
	DeliveryID uuid.UUID         `json:"delivery_id"`
}

// Kind is the job's name in the queue.
func (ApplyArgs) Kind() string { return "apply_events" }

// InsertOpts bounds the tries.
func (ApplyArgs) InsertOpts() river.InsertOpts { return river.InsertOpts{MaxAttempts: applyAttempts} }

// Applier applies events. It is River's worker for ApplyArgs, safe for concurrent use.
type Applier struct {
	river.WorkerDefaults[ApplyArgs]
	db  *tenants.DB
	log *slog.Logger
	now func() time.Time
}

// NewApplier takes the walled database; log and now may be nil.
func NewApplier(db *tenants.DB, log *slog.Logger, now func() time.Time) *Applier {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	if now == nil {
		now = time.Now
	}
	return &Applier{db: db, log: log, now: now}
}

// Register adds the applier to the workers of a queue.
func (a *Applier) Register(workers *river.Workers) error { return river.AddWorkerSafely(workers, a) }

// NextRetry keeps the first retries close: what fails here mostly waits for the database.
func (a *Applier) NextRetry(job *river.Job[ApplyArgs]) time.Time {
	return a.now().Add(time.Duration(job.Attempt*job.Attempt) * time.Second)
}

// Work applies the job's events in the order of Instagram's time, each in a transaction of its own. One that fails does not hold up the
// others; the job is tried again for what is left, and at last that is put aside.
func (a *Applier) Work(ctx context.Context, job *river.Job[ApplyArgs]) error {
	err := a.Apply(ctx, job.Args)
	if err == nil || job.Attempt < job.MaxAttempts || ctx.Err() != nil {
		return err
	}
	a.log.ErrorContext(ctx, "events put aside", "account_id", job.Args.AccountID, "delivery_id", job.Args.DeliveryID, "error", err.Error())
	return a.giveUp(tenants.WithAccount(ctx, job.Args.AccountID), job.Args.DeliveryID)
}

// Apply applies what is pending of one delivery in one account.
func (a *Applier) Apply(ctx context.Context, args ApplyArgs) error {
	ctx = tenants.WithAccount(ctx, args.AccountID)
	var rows []eventRow
	err := a.db.Read(ctx, &rows, func(db *gorm.DB) *gorm.DB {
		return db.Where("delivery_id = ? and outcome = ?", args.DeliveryID, OutcomePending).Order("item_no")
	})
	if err != nil {
		return fmt.Errorf("load pending events: %w", err)
	}
	var faults []error
	for _, e := range parseEvents(rows) {
		if err := a.applyOne(ctx, e); err != nil {
			faults = append(faults, fmt.Errorf("event %s/%d: %w", e.row.DeliveryID, e.row.ItemNo, err))
		}
	}
	return errors.Join(faults...)
}

// event is a row of the ledger with what it says.
type event struct {
	row  eventRow
	item instagram.Item
}

// at is Instagram's time of the event, or when it came.
func (e event) at() time.Time {
	if e.item.At.IsZero() {
		return e.row.ReceivedAt.UTC()
	}
	return e.item.At
}

// parseEvents reads the items again and puts them in Instagram's order; the delivery's own order breaks ties.
func parseEvents(rows []eventRow) []event {
	events := make([]event, len(rows))
	for i, row := range rows {
		events[i] = parseEvent(row)
	}
	slices.SortStableFunc(events, func(x, y event) int { return cmp.Or(x.at().Compare(y.at()), x.row.ItemNo-y.row.ItemNo) })
	return events
}

// parseEvent reads one. What kind it is was decided when the whole delivery, and with it the account's own id, was at hand.
func parseEvent(row eventRow) event {
	kind := instagram.Kind(row.Kind)
	item := instagram.ParseItem(instagram.ItemContext{No: row.ItemNo, EntryTime: row.ReceivedAt, Standby: kind.Standby()}, row.Body)
	if item.Malformed == nil {
		item.Kind = kind
	}
	if item.Message != nil && kind == instagram.KindEcho {
		item.Message.IsEcho = true
	}
	return event{row: row, item: item}
}

// applyOne applies one event, or settles it as failed when the database will never take it.
func (a *Applier) applyOne(ctx context.Context, e event) error {
	err := a.db.InTenant(ctx, func(tx *tenants.Tx) error {
		fresh, err := stillPending(tx, e.row)
		if err != nil || !fresh {
			return err
		}
		result, err := a.take(ctx, tx, e)
		if err != nil {
			return err
		}
		return a.settle(tx, e.row, result)
	})
	if err == nil || !unacceptable(err) {
		return err
	}
	a.log.WarnContext(ctx, "event refused by the database", "delivery_id", e.row.DeliveryID, "item_no", e.row.ItemNo, "error", err.Error())
	return a.db.InTenant(ctx, func(tx *tenants.Tx) error {
		return a.settle(tx, e.row, result{outcome: OutcomeFailed, reason: reasonRefused, replayable: true})
	})
}

// unacceptable reports whether the database refuses the data itself, so that another try is of no use.
func unacceptable(err error) bool {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return false
	}
	class := pg.Code[:2]
	return class == "22" || class == "23"
}

// stillPending locks the event; another worker may have settled it meanwhile.
func stillPending(tx *tenants.Tx, row eventRow) (bool, error) {
	var now eventRow
	err := tx.DB().Clauses(clause.Locking{Strength: "UPDATE"}).Select("outcome").
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
	replayable bool // keeps the body
}

func (a *Applier) settle(tx *tenants.Tx, row eventRow, r result) error {
	changes := map[string]any{"outcome": r.outcome, "reason": r.reason, "replayable": r.replayable, "settled_at": a.now()}
	if !r.replayable {
		changes["body"] = nil // what it said stands in the message now; unsend then has one place less to erase
	}
	return tx.DB().Model(&eventRow{}).Where("delivery_id = ? and item_no = ? and outcome = ?", row.DeliveryID, row.ItemNo, OutcomePending).
		Updates(changes).Error
}

func (a *Applier) giveUp(ctx context.Context, deliveryID uuid.UUID) error {
	return a.db.InTenant(ctx, func(tx *tenants.Tx) error {
		return tx.DB().Model(&eventRow{}).Where("delivery_id = ? and outcome = ?", deliveryID, OutcomePending).
			Updates(map[string]any{"outcome": OutcomeFailed, "reason": reasonGaveUp, "replayable": true, "settled_at": a.now()}).Error
	})
}
