package conversations

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"gorm.io/gorm"

	"parlor/tenants"
)

// Bounds of a round: what it leaves is left to the next ones, which ask the accounts in another order.
const (
	chainsEvery    = 2 * time.Minute
	chainsAccounts = 1000
	chainsBatch    = 200 // conversations of an account
)

// chainRoundArgs is the periodic job that finds replies without a job.
type chainRoundArgs struct{}

// Kind is the job's name in the queue.
func (chainRoundArgs) Kind() string { return "resume_replies" }

// Chains gives a job to the attempt whose turn it is where it has none. That must not happen: each attempt is enqueued with the end of the one
// before. But if it does, a conversation's replies would wait for ever, and nobody would be told. It is safe for concurrent use.
type Chains struct {
	db       *tenants.DB
	platform *tenants.Platform
	log      *slog.Logger
}

// NewChains takes both sides of the database; log may be nil.
func NewChains(db *tenants.DB, platform *tenants.Platform, log *slog.Logger) *Chains {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Chains{db: db, platform: platform, log: log}
}

// Register adds the round to the workers of a queue.
func (c *Chains) Register(workers *river.Workers) error {
	return river.AddWorkerSafely(workers, river.WorkFunc(func(ctx context.Context, _ *river.Job[chainRoundArgs]) error { return c.Round(ctx) }))
}

// Periodic is the round's timetable; one instance of all works it.
func (c *Chains) Periodic() *river.PeriodicJob {
	return river.NewPeriodicJob(river.PeriodicInterval(chainsEvery), func() (river.JobArgs, *river.InsertOpts) {
		return chainRoundArgs{}, &river.InsertOpts{MaxAttempts: 1}
	}, nil)
}

// Round looks through the accounts. One that cannot be asked keeps no other from it.
func (c *Chains) Round(ctx context.Context) error {
	rows, err := c.platform.Query(ctx, "select account_id from platform.accounts where kind = 'instagram' order by random() limit $1", chainsAccounts)
	if err != nil {
		return fmt.Errorf("list accounts for their replies: %w", err)
	}
	accounts, err := pgx.CollectRows(rows, pgx.RowTo[tenants.AccountID])
	if err != nil {
		return fmt.Errorf("list accounts for their replies: %w", err)
	}
	var faults []error
	for _, id := range accounts {
		if err := c.resume(tenants.WithAccount(ctx, id), id); err != nil {
			faults = append(faults, fmt.Errorf("replies without a job in account %s: %w", id, err))
		}
	}
	return errors.Join(faults...)
}

// resume enqueues what stands still in one account. The attempts are read before the jobs: each got its job in the transaction that made it the
// first, so one without a job now has either lost it or is closed by now, which the lock tells.
func (c *Chains) resume(ctx context.Context, account tenants.AccountID) error {
	var first []attemptRow
	err := c.db.Read(ctx, &first, func(db *gorm.DB) *gorm.DB {
		return db.Select("distinct on (conversation_id) attempt_id, conversation_id").
			Where("state in ?", []AttemptState{AttemptQueued, AttemptSending, AttemptSettling}).Order("conversation_id, seq").Limit(chainsBatch)
	})
	if err != nil || len(first) == 0 {
		return err
	}
	live, err := c.live(ctx, account)
	if err != nil {
		return err
	}
	for _, a := range first {
		if live[a.AttemptID] {
			continue
		}
		if err := c.enqueue(ctx, a); err != nil {
			return err
		}
	}
	return nil
}

// live are the attempts of an account that have a job.
func (c *Chains) live(ctx context.Context, account tenants.AccountID) (map[uuid.UUID]bool, error) {
	rows, err := c.platform.Query(ctx, `select (args ->> 'attempt_id')::uuid from platform.river_job
		where queue = $1 and kind = $2 and state not in ('completed', 'cancelled', 'discarded') and args ->> 'account_id' = $3::uuid::text`,
		SendsQueue, SendArgs{}.Kind(), account)
	if err != nil {
		return nil, err
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	live := make(map[uuid.UUID]bool, len(ids))
	for _, id := range ids {
		live[id] = true
	}
	return live, err
}

func (c *Chains) enqueue(ctx context.Context, a attemptRow) error {
	found := false
	err := c.db.InTenant(ctx, func(tx *tenants.Tx) error {
		if _, err := lockedConversation(tx, a.ConversationID); err != nil {
			return err
		}
		now, err := firstOpen(tx, a.ConversationID)
		if found = err == nil && now != nil && now.AttemptID == a.AttemptID; !found {
			return err
		}
		return tx.Enqueue(ctx, SendArgs{AccountID: tx.AccountID(), AttemptID: a.AttemptID}, nil)
	})
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil // erased meanwhile
	}
	if err == nil && found {
		c.log.WarnContext(ctx, "reply had no job and was enqueued again", "attempt_id", a.AttemptID.String(), "conversation_id", a.ConversationID.String())
	}
	return err
}
