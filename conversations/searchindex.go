package conversations

import (
	"context"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"parlor/tenants"
)

// IndexArgs names an account whose older messages are made findable.
type IndexArgs struct {
	AccountID tenants.AccountID `json:"account_id" river:"unique"`
}

// Kind is the job's name in the queue.
func (IndexArgs) Kind() string { return "index_words" }

// InsertOpts keeps an account to one job at a time.
func (IndexArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: ImportsQueue, Priority: 3, MaxAttempts: 20, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: unfinished}}
}

type indexPhase string

const (
	indexMessages indexPhase = "messages" // the newest first
	indexPeople   indexPhase = "people"
	indexDone     indexPhase = "done"
)

// Bounds of the work: of a step, which is a transaction, and of a job's turn, so that one large account does not keep the others waiting.
const (
	indexBatch = 500
	indexTurn  = 10 * time.Second
)

// Indexer makes findable what was there before its account was first searched. It is River's worker for IndexArgs; each step writes down how far it
// is, so a run that was killed goes on there. It is safe for concurrent use.
type Indexer struct {
	river.WorkerDefaults[IndexArgs]
	db *tenants.DB
}

// NewIndexer works on what db reaches.
func NewIndexer(db *tenants.DB) *Indexer { return &Indexer{db: db} }

// Register adds the indexer to the workers of a queue.
func (x *Indexer) Register(workers *river.Workers) error { return river.AddWorkerSafely(workers, x) }

// Work goes on for a turn.
func (x *Indexer) Work(ctx context.Context, job *river.Job[IndexArgs]) error {
	ctx = tenants.WithAccount(ctx, job.Args.AccountID)
	for until := time.Now().Add(indexTurn); time.Now().Before(until); {
		if done, err := x.Step(ctx); done || err != nil {
			return err
		}
	}
	return river.JobSnooze(0)
}

// Step makes some hundreds of messages or customers of the account in ctx findable; done when there were none left.
func (x *Indexer) Step(ctx context.Context) (done bool, err error) {
	err = x.db.InTenant(ctx, func(tx *tenants.Tx) error {
		var at progressRow
		err := tx.DB().Clauses(clause.Locking{Strength: forUpdate}).Take(&at).Error
		if err != nil {
			return err
		}
		var rows []wordsRow
		switch at.Phase {
		case indexMessages:
			rows, err = olderMessages(tx, &at)
		case indexPeople:
			rows, err = nextPeople(tx, &at)
		case indexDone:
			done = true
		}
		if err != nil || done {
			return err
		}
		if len(rows) > 0 { // what has been written since is right already
			if err := tx.DB().Clauses(clause.OnConflict{DoNothing: true}).CreateInBatches(&rows, indexBatch).Error; err != nil {
				return err
			}
		}
		return tx.DB().Model(&progressRow{}).Where("true").Updates(map[string]any{"phase": at.Phase, "at": at.At, "entry_id": at.EntryID}).Error
	})
	if err != nil {
		return false, fmt.Errorf("make messages findable: %w", err)
	}
	return done, nil
}

// olderMessages are the next ones, and moves at behind them.
func olderMessages(tx *tenants.Tx, at *progressRow) (rows []wordsRow, err error) {
	var found []messageRow
	err = from(tx.DB().Select("message_id", "text", "sent_at"), at, "(sent_at, message_id) < (?, ?)").
		Order("sent_at desc, message_id desc").Limit(indexBatch).Find(&found).Error
	if err != nil {
		return nil, err
	}
	for _, m := range found {
		at.At, at.EntryID = &m.SentAt, &m.MessageID
		if text(m.Text) != "" {
			rows = append(rows, wordsOfMessage(tx.AccountID(), m))
		}
	}
	if len(found) < indexBatch {
		at.Phase, at.At, at.EntryID = indexPeople, nil, nil
	}
	return rows, nil
}

// nextPeople are the next customers, and moves at behind them.
func nextPeople(tx *tenants.Tx, at *progressRow) (rows []wordsRow, err error) {
	var found []participantRow
	err = from(tx.DB().Select("participant_id", "username", "name", "created_at"), at, "(created_at, participant_id) > (?, ?)").
		Order("created_at, participant_id").Limit(indexBatch).Find(&found).Error
	if err != nil {
		return nil, err
	}
	for _, p := range found {
		at.At, at.EntryID = &p.CreatedAt, &p.ParticipantID
		rows = append(rows, wordsOfPerson(tx.AccountID(), p))
	}
	if len(found) < indexBatch {
		at.Phase, at.At, at.EntryID = indexDone, nil, nil
	}
	return rows, nil
}

// from goes on behind where at is, if anywhere.
func from(db *gorm.DB, at *progressRow, behind string) *gorm.DB {
	if at.At == nil {
		return db
	}
	return db.Where(behind, *at.At, *at.EntryID)
}
