package instagram

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"parlor/tenants"
)

// How often accounts are looked for whose connection is due, and how many go into the queue at once.
const (
	tendEvery = time.Minute
	tendBatch = 500
	// tendTime bounds one account: up to five calls, each in its turn.
	tendTime = 5 * time.Minute
)

// TendArgs names the account whose connection a job looks after.
type TendArgs struct {
	AccountID tenants.AccountID `json:"account_id" river:"unique"`
}

// Kind is the job's name in the queue.
func (TendArgs) Kind() string { return "tend_connection" }

// InsertOpts keeps an account to one job at a time; the next round asks again.
func (TendArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{MaxAttempts: 1, Priority: 2, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: unfinished}}
}

// unfinished are the states in which a job makes a second one of the same arguments superfluous.
var unfinished = []rivertype.JobState{
	rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable, rivertype.JobStateRunning, rivertype.JobStateScheduled,
}

// tendRoundArgs is the periodic job that finds the accounts that are due.
type tendRoundArgs struct{}

// Kind is the job's name in the queue.
func (tendRoundArgs) Kind() string { return "tend_connections" }

// Tender looks after all connections in the background: NewTender, Register, Periodic.
type Tender struct {
	conns    *Connections
	platform *tenants.Platform
	log      *slog.Logger
}

// NewTender works with the clock of the connections; log may be nil.
func NewTender(conns *Connections, platform *tenants.Platform, log *slog.Logger) *Tender {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Tender{conns: conns, platform: platform, log: log}
}

// Register adds the two jobs to the workers of a queue.
func (t *Tender) Register(workers *river.Workers) error {
	return errors.Join(
		river.AddWorkerSafely(workers, river.WorkFunc(func(ctx context.Context, _ *river.Job[tendRoundArgs]) error { return t.Round(ctx) })),
		river.AddWorkerSafely(workers, &tendWorker{t: t}),
	)
}

// Periodic is the timetable: one round a minute, by one instance of all.
func (t *Tender) Periodic() []*river.PeriodicJob {
	return []*river.PeriodicJob{river.NewPeriodicJob(river.PeriodicInterval(tendEvery), func() (river.JobArgs, *river.InsertOpts) {
		return tendRoundArgs{}, &river.InsertOpts{MaxAttempts: 1}
	}, nil)}
}

// Round leaves each account that is due to a job of its own.
func (t *Tender) Round(ctx context.Context) error {
	rows, err := t.platform.Query(ctx, `select account_id from platform.accounts
		where kind = 'instagram' and status = any ($1) and tend_at <= $2 order by tend_at limit $3`,
		append(words(tended), string(tenants.AccountDisconnected)), t.conns.o.Now().UTC(), tendBatch)
	if err != nil {
		return fmt.Errorf("find the connections that are due: %w", err)
	}
	due, err := pgx.CollectRows(rows, pgx.RowTo[tenants.AccountID])
	if err != nil {
		return fmt.Errorf("find the connections that are due: %w", err)
	}
	return t.platform.InTx(ctx, func(tx *tenants.PlatformTx) error {
		for _, id := range due {
			if err := tx.Enqueue(ctx, TendArgs{AccountID: id}, nil); err != nil {
				return err
			}
		}
		return nil
	})
}

// tendWorker works TendArgs.
type tendWorker struct {
	river.WorkerDefaults[TendArgs]
	t *Tender
}

// Timeout bounds one account.
func (*tendWorker) Timeout(*river.Job[TendArgs]) time.Duration { return tendTime }

// Work looks after one account. A fault of ours puts it off, so that it does not come again with every round.
func (w *tendWorker) Work(ctx context.Context, job *river.Job[TendArgs]) error {
	id := job.Args.AccountID
	err := w.t.conns.Tend(tenants.WithAccount(ctx, id))
	if err == nil || errors.Is(err, tenants.ErrNotFound) {
		return nil
	}
	w.t.log.WarnContext(ctx, "connection not looked after", "account_id", id.String(), "error", err.Error())
	return errors.Join(err, w.t.conns.putOff(context.WithoutCancel(ctx), id))
}
