package conversations

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
	"gorm.io/gorm"

	"parlor/instagram"
	"parlor/tenants"
)

// Bounds of the watchdog. How long an account may be silent follows from how often it usually hears: silentTimes its typical gap, but never
// less than MinSilence nor more than maxSilence.
const (
	watchEvery  = time.Minute
	silentTimes = 6
	maxSilence  = 24 * time.Hour
	typicalOf   = 50 // newest events of which the gap is taken
	watchBatch  = 100
)

// WatchArgs names the silent account that a job looks after.
type WatchArgs struct {
	AccountID tenants.AccountID `json:"account_id" river:"unique"`
}

// Kind is the job's name in the queue.
func (WatchArgs) Kind() string { return "watch_account" }

// InsertOpts bounds the tries; the next round asks again.
func (WatchArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{MaxAttempts: 3, Priority: 3, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: unfinished}}
}

// unfinished are the states in which a job makes a second one of the same arguments superfluous.
var unfinished = []rivertype.JobState{
	rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable, rivertype.JobStateRunning, rivertype.JobStateScheduled,
}

// watchRoundArgs is the periodic job that finds silent accounts.
type watchRoundArgs struct{}

// Kind is the job's name in the queue.
func (watchRoundArgs) Kind() string { return "watch_accounts" }

// WatchdogOptions holds what a Watchdog works with; DB, Platform and Prove are required.
type WatchdogOptions struct {
	DB       *tenants.DB
	Platform *tenants.Platform
	// Prove asks Instagram whether the connection of ctx's account works, and subscribes it anew.
	Prove      func(ctx context.Context) error
	MinSilence time.Duration // default 1h
	Every      time.Duration // of the rounds; default one minute, or MinSilence if that is less
	Logger     *slog.Logger
	Now        func() time.Time
}

// Watchdog notices accounts that hear nothing for longer than they use to: Instagram may have dropped their webhooks without a word. Such an
// account is proved, subscribed again, and what was missed is read. Source: webhooks of Messenger Platform, read 2026-11-22.
type Watchdog struct{ o WatchdogOptions }

// NewWatchdog fills in what has a default.
func NewWatchdog(o WatchdogOptions) *Watchdog {
	if o.MinSilence <= 0 {
		o.MinSilence = time.Hour
	}
	if o.Every <= 0 {
		o.Every = min(watchEvery, o.MinSilence)
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Watchdog{o: o}
}

// Register adds the watchdog's two jobs to the workers of a queue.
func (w *Watchdog) Register(workers *river.Workers) error {
	return errors.Join(
		river.AddWorkerSafely(workers, river.WorkFunc(func(ctx context.Context, _ *river.Job[watchRoundArgs]) error { return w.Round(ctx) })),
		river.AddWorkerSafely(workers, river.WorkFunc(func(ctx context.Context, job *river.Job[WatchArgs]) error {
			return w.Watch(tenants.WithAccount(ctx, job.Args.AccountID))
		})),
	)
}

// Periodic is the round's timetable; one instance of all works it.
func (w *Watchdog) Periodic() *river.PeriodicJob {
	return river.NewPeriodicJob(river.PeriodicInterval(w.o.Every), func() (river.JobArgs, *river.InsertOpts) {
		return watchRoundArgs{}, &river.InsertOpts{MaxAttempts: 1}
	}, nil)
}

// Round leaves each account that may be silent to a job of its own.
func (w *Watchdog) Round(ctx context.Context) error {
	before := w.o.Now().Add(-w.o.MinSilence)
	rows, err := w.o.Platform.Query(ctx, `select account_id from platform.accounts
		where kind = 'instagram' and status = 'active' and coalesce(last_webhook_at, subscribed_at, created_at) < $1 and coalesce(watch_at, '-infinity') <= $2
		order by coalesce(watch_at, '-infinity') limit $3`, before, w.o.Now().UTC(), watchBatch)
	if err != nil {
		return fmt.Errorf("find silent accounts: %w", err)
	}
	silent, err := pgx.CollectRows(rows, pgx.RowTo[tenants.AccountID])
	if err != nil || len(silent) == 0 {
		return err
	}
	return w.o.Platform.InTx(ctx, func(tx *tenants.PlatformTx) error {
		for _, id := range silent {
			if err := tx.Enqueue(ctx, WatchArgs{AccountID: id}, nil); err != nil {
				return err
			}
		}
		return nil
	})
}

// Watch looks after the account in ctx, if it is silent for its own measure.
func (w *Watchdog) Watch(ctx context.Context) error {
	account, ok := tenants.AccountFrom(ctx)
	if !ok {
		return tenants.ErrNoAccount
	}
	var heard time.Time
	var due *time.Time
	err := w.o.Platform.QueryRow(ctx, `select coalesce(last_webhook_at, subscribed_at, created_at), watch_at from platform.accounts
		where account_id = $1 and status = 'active'`, account).Scan(&heard, &due)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("ask when the account heard last: %w", err)
	}
	allowed, err := w.allowed(ctx)
	if err != nil {
		return err
	}
	now := w.o.Now()
	if due != nil && now.Before(*due) {
		return nil
	}
	if left := allowed - now.Sub(heard); left > 0 {
		return w.watchAgain(ctx, account, min(left, w.o.MinSilence)) // it may get livelier meanwhile
	}
	looked, err := w.note(ctx, heard)
	if err != nil {
		return fmt.Errorf("write down the gap: %w", err)
	}
	if looked {
		return w.watchAgain(ctx, account, w.o.MinSilence)
	}
	if err := w.o.Prove(ctx); err != nil {
		if ctx.Err() != nil {
			return err
		}
		w.o.Logger.WarnContext(ctx, "silent account could not be proved", "account_id", account.String(), "error", err.Error())
		if !errors.Is(err, instagram.ErrNotSubscribed) { // then reading works, and is all that is left
			return w.watchAgain(ctx, account, w.o.MinSilence) // the connection shows it; to read on would fail as well
		}
	}
	// Where an import is under way, what was missed waits for its end.
	if err := w.o.DB.InTenant(ctx, func(tx *tenants.Tx) error { _, err := begin(ctx, tx); return err }); err != nil {
		return fmt.Errorf("begin to fill the gap: %w", err)
	}
	w.o.Logger.InfoContext(ctx, "silent account looked after", "account_id", account.String(), "silent_for", now.Sub(heard).String())
	return w.watchAgain(ctx, account, allowed)
}

// note writes down the gap, unless an import is under way that was begun in this very silence: it reads it, and what it overtakes lies within the
// margin of the next one. Otherwise one would follow the other for as long as the silence lasts.
func (w *Watchdog) note(ctx context.Context, heard time.Time) (looked bool, err error) {
	err = w.o.DB.InTenant(ctx, func(tx *tenants.Tx) error {
		running, err := importIn(tx, BackfillRunning)
		if looked = running != nil && running.StartedAt.After(heard); err != nil || looked {
			return err
		}
		return Missed(ctx, tx)
	})
	return looked, err
}

func (w *Watchdog) watchAgain(ctx context.Context, account tenants.AccountID, in time.Duration) error {
	_, err := w.o.Platform.Exec(ctx, "update platform.accounts set watch_at = $2 where account_id = $1", account, w.o.Now().Add(in).UTC())
	if err != nil {
		return fmt.Errorf("note when the account is looked after next: %w", err)
	}
	return nil
}

// allowed is how long the account may be silent.
func (w *Watchdog) allowed(ctx context.Context) (time.Duration, error) {
	var newest []eventRow
	err := w.o.DB.Read(ctx, &newest, func(db *gorm.DB) *gorm.DB {
		return db.Select("received_at").Order("received_at desc, delivery_id desc, item_no desc").Limit(typicalOf)
	})
	if err != nil {
		return 0, fmt.Errorf("ask how often the account hears: %w", err)
	}
	if len(newest) < 2 {
		return max(w.o.MinSilence, maxSilence), nil
	}
	span := newest[0].ReceivedAt.Sub(newest[len(newest)-1].ReceivedAt)
	typical := span / time.Duration(len(newest)-1)
	return min(max(silentTimes*typical, w.o.MinSilence), max(w.o.MinSilence, maxSilence)), nil
}
