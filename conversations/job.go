package conversations

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/riverqueue/river"

	"parlor/tenants"
)

// applyAttempts is how often a job is tried, over an hour and a half, before what is left of its events is put aside as failed.
const applyAttempts = 25

// ApplyArgs names the events that a job applies: those of one delivery and account that are still pending.
type ApplyArgs struct {
	AccountID  tenants.AccountID `json:"account_id"`
	EntryID    string            `json:"entry_id"` // the account's id at Instagram: tells the two sides of an item apart
	DeliveryID uuid.UUID         `json:"delivery_id"`
}

// Kind is the job's name in the queue.
func (ApplyArgs) Kind() string { return "apply_events" }

// InsertOpts bounds the tries.
func (ApplyArgs) InsertOpts() river.InsertOpts { return river.InsertOpts{MaxAttempts: applyAttempts} }

// Applier applies events. It is River's worker for ApplyArgs, safe for concurrent use.
type Applier struct {
	river.WorkerDefaults[ApplyArgs]
	db     *tenants.DB
	log    *slog.Logger
	now    func() time.Time
	erased Erased
	news   News
}

// NewApplier takes the walled database; log and now may be nil.
func NewApplier(db *tenants.DB, log *slog.Logger, now func() time.Time) *Applier {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	if now == nil {
		now = time.Now
	}
	return &Applier{db: db, log: log, now: now, erased: nobodyErased, news: noNews}
}

// WithErased makes an applier that leaves out what was before its customer's erasure.
func (a *Applier) WithErased(erased Erased) *Applier {
	with := *a
	with.erased = erased
	return &with
}

// News hears of a customer's new message that counts as unread, in the transaction that adds it; at is the message's created_at.
type News func(ctx context.Context, tx *tenants.Tx, at time.Time) error

func noNews(context.Context, *tenants.Tx, time.Time) error { return nil }

// WithNews makes an applier that tells of new messages; nil tells nobody.
func (a *Applier) WithNews(news News) *Applier {
	with := *a
	if with.news = news; news == nil {
		with.news = noNews
	}
	return &with
}

// Register adds the applier to the workers of a queue.
func (a *Applier) Register(workers *river.Workers) error { return river.AddWorkerSafely(workers, a) }

// NextRetry keeps the first retries close: what fails here mostly waits for the database.
func (a *Applier) NextRetry(job *river.Job[ApplyArgs]) time.Time {
	return a.now().Add(time.Duration(job.Attempt*job.Attempt) * time.Second)
}

// Work applies the job's events. It is tried again for what is left, and at last that is put aside. A try that was cut off is
// none: what it has applied stays applied, and the next goes on from there.
func (a *Applier) Work(ctx context.Context, job *river.Job[ApplyArgs]) error {
	err := a.Apply(ctx, job.Args)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return river.JobSnooze(time.Second)
	case job.Attempt < job.MaxAttempts:
		return err
	}
	a.log.ErrorContext(ctx, "events put aside", "account_id", job.Args.AccountID, "delivery_id", job.Args.DeliveryID, "error", err.Error())
	return a.giveUp(tenants.WithAccount(ctx, job.Args.AccountID), job.Args.DeliveryID)
}

// Apply applies what is pending of one delivery in one account.
func (a *Applier) Apply(ctx context.Context, args ApplyArgs) error {
	ctx = tenants.WithAccount(ctx, args.AccountID)
	rows, err := a.pending(ctx, args.DeliveryID)
	if err != nil {
		return err
	}
	events := make([]event, len(rows))
	for i, row := range rows {
		events[i] = parseEvent(row, args.EntryID)
	}
	return a.applyAll(ctx, events)
}

// giveUp settles what is left of a delivery as failed. It can be replayed.
func (a *Applier) giveUp(ctx context.Context, deliveryID uuid.UUID) error {
	rows, err := a.pending(ctx, deliveryID)
	if err != nil {
		return err
	}
	var faults []error
	for _, row := range rows {
		faults = append(faults, a.db.InTenant(ctx, func(tx *tenants.Tx) error {
			return a.settle(tx, row, result{outcome: OutcomeFailed, reason: reasonGaveUp, replayable: true})
		}))
	}
	return errors.Join(faults...)
}
