package conversations

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/riverqueue/river"
	"gorm.io/gorm"

	"parlor/instagram"
	"parlor/tenants"
)

// ImportsQueue is the queue of the jobs that import.
const ImportsQueue = "imports"

// Bounds of an import. A job works for a part of a job's time and then gives its place to the next one, so that one large account does not
// keep the others waiting and a job that was killed is soon noticed.
const (
	backfillTries   = 100_000 // of the job: what becomes of an import is decided here
	backfillSlice   = 15 * time.Second
	backfillFaults  = 50 // in a row, over about forty minutes
	listPageSize    = 50
	pageSizeLargest = 10
	fewThreads      = 10 // from so few on, several in a call are not worth it
)

// importID stands in the place of a delivery where an import takes a lock.
var importID = uuid.UUID{15: 1}

// BackfillArgs names the import that a job works on.
type BackfillArgs struct {
	AccountID  tenants.AccountID `json:"account_id"`
	BackfillID uuid.UUID         `json:"backfill_id"`
}

// Kind is the job's name in the queue.
func (BackfillArgs) Kind() string { return "backfill" }

// InsertOpts names the queue.
func (BackfillArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: ImportsQueue, MaxAttempts: backfillTries, Priority: 2}
}

// BackfillerOptions holds what a Backfiller works with; all but Logger and Now are required.
type BackfillerOptions struct {
	DB       *tenants.DB
	Gate     Gate
	Client   *instagram.Client
	Importer *Importer
	Logger   *slog.Logger
	Now      func() time.Time
}

// Backfiller imports what Instagram holds of an account's conversations: all of them after it was connected, the changed ones of a gap. It is
// River's worker for BackfillArgs; every step is one call and is written down, so a run that was killed goes on where it was. It is safe for
// concurrent use.
type Backfiller struct {
	river.WorkerDefaults[BackfillArgs]
	o BackfillerOptions
}

// NewBackfiller fills in what has a default.
func NewBackfiller(o BackfillerOptions) *Backfiller {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Backfiller{o: o}
}

// Register adds the backfiller to the workers of a queue.
func (b *Backfiller) Register(workers *river.Workers) error {
	return errors.Join(river.AddWorkerSafely(workers, b), river.AddWorkerSafely(workers, river.WorkFunc(
		func(ctx context.Context, job *river.Job[ReimportArgs]) error {
			return b.Reimport(tenants.WithAccount(ctx, job.Args.AccountID))
		})))
}

// NextRetry keeps retries close: what fails here waits for the database.
func (b *Backfiller) NextRetry(job *river.Job[BackfillArgs]) time.Time {
	return b.o.Now().Add(min(time.Duration(job.Attempt)*time.Second, 10*time.Second))
}

// Work imports for a while. What is left goes on at once, in another job's turn.
func (b *Backfiller) Work(ctx context.Context, job *river.Job[BackfillArgs]) error {
	ctx = tenants.WithAccount(ctx, job.Args.AccountID)
	for until := b.o.Now().Add(backfillSlice); b.o.Now().Before(until) && ctx.Err() == nil; {
		row, err := b.load(ctx, job.Args.BackfillID)
		if errors.Is(err, gorm.ErrRecordNotFound) || err == nil && row.State != BackfillRunning {
			return nil
		}
		if err != nil {
			return err
		}
		if err := b.step(ctx, row); err != nil {
			return b.trouble(ctx, row, err)
		}
	}
	return river.JobSnooze(0)
}

func (b *Backfiller) load(ctx context.Context, id uuid.UUID) (backfillRow, error) {
	var row backfillRow
	err := b.o.DB.Read(ctx, &row, func(db *gorm.DB) *gorm.DB { return db.Where("backfill_id = ?", id) })
	return row, err
}

// step makes one call and keeps what it brought.
func (b *Backfiller) step(ctx context.Context, row backfillRow) error {
	switch row.Phase {
	case phaseList:
		return b.list(ctx, row)
	case phaseAgain:
		return b.listAgain(ctx, row)
	case phasePages:
		return b.page(ctx, row)
	}
	return b.rest(ctx, row)
}

// trouble decides what a fault means for the import. It goes on later, as long as that may help.
func (b *Backfiller) trouble(ctx context.Context, row backfillRow, fault error) error {
	wait := min(time.Second<<min(row.Tries, 6), time.Minute)
	var over bool
	switch instagram.FaultOf(fault) {
	case instagram.FaultReconnect:
		over = true // connected again, the account is imported again
	case instagram.FaultPermission:
		over = row.Phase != phaseRest // of one conversation it may be that one's
	case instagram.FaultNone:
		over = errors.Is(fault, instagram.ErrNotConnected) || errors.Is(fault, instagram.ErrNoConnection)
		if !over && ctx.Err() == nil {
			return fault // of the database: the queue tries again
		}
	case instagram.FaultTransient:
		if row.Phase == phasePages && row.PageSize > 1 { // too much in one answer, perhaps
			row.PageSize = max(1, row.PageSize/2)
		}
	}
	if ctx.Err() != nil {
		return river.JobSnooze(time.Second)
	}
	if resting, ok := errors.AsType[*instagram.RestError](fault); ok {
		return river.JobSnooze(resting.For) // nothing was tried
	}
	b.o.Logger.WarnContext(ctx, "import step failed", "account_id", row.AccountID.String(), "phase", string(row.Phase), "tries", row.Tries+1, "error", fault.Error())
	if over = over || row.Tries+1 >= backfillFaults; over {
		return b.end(ctx, row, BackfillFailed, string(instagram.FaultOf(fault)))
	}
	changes := map[string]any{"tries": row.Tries + 1, "page_size": row.PageSize, "fault": string(instagram.FaultOf(fault))}
	if err := b.note(ctx, row, changes); err != nil {
		return err
	}
	return river.JobSnooze(wait)
}

// note writes down how far the import is.
func (b *Backfiller) note(ctx context.Context, row backfillRow, changes map[string]any) error {
	return b.o.DB.InTenant(ctx, func(tx *tenants.Tx) error { return b.noteIn(ctx, tx, row, changes) })
}

func (b *Backfiller) noteIn(ctx context.Context, tx *tenants.Tx, row backfillRow, changes map[string]any) error {
	changes["updated_at"] = b.o.Now().UTC()
	if _, failed := changes["tries"]; !failed {
		changes["tries"], changes["fault"] = 0, ""
	}
	err := tx.DB().Model(&backfillRow{}).Where("backfill_id = ? and state = ?", row.BackfillID, BackfillRunning).Updates(changes).Error
	if err != nil {
		return fmt.Errorf("note the import's progress: %w", err)
	}
	return tx.Notify(ctx, tenants.LiveRef{Kind: tenants.LiveConnection})
}

// end closes the import; its list of threads goes.
func (b *Backfiller) end(ctx context.Context, row backfillRow, state BackfillState, fault string) error {
	err := b.o.DB.InTenant(ctx, func(tx *tenants.Tx) error {
		err := tx.DB().Where("backfill_id = ?", row.BackfillID).Delete(&backfillThreadRow{}).Error
		if err != nil {
			return err
		}
		if err := b.noteIn(ctx, tx, row, map[string]any{"state": state, "cursor": "", "finished_at": b.o.Now().UTC(), "tries": 0, "fault": fault}); err != nil {
			return err
		}
		if err := b.next(ctx, tx, row, state); err != nil {
			return err
		}
		return tx.Audit(ctx, tenants.AuditEntry{
			Action: "backfill." + string(state), Target: row.BackfillID.String(),
			Detail: map[string]any{"cause": row.Cause, "conversations": row.Seen, "messages": row.Messages, "recovered": row.Recovered},
		})
	})
	if err != nil {
		return fmt.Errorf("end the import: %w", err)
	}
	b.o.Logger.InfoContext(ctx, "import ended", "account_id", row.AccountID.String(), "cause", string(row.Cause), "state", string(state),
		"conversations", row.Seen, "messages", row.Messages, "recovered", row.Recovered)
	return nil
}

// next sees to what comes after an import: what a failed one left out later, and at once what has waited for one that was done.
func (b *Backfiller) next(ctx context.Context, tx *tenants.Tx, row backfillRow, state BackfillState) error {
	if state == BackfillFailed {
		return b.wantAgain(ctx, tx, row)
	}
	_, err := begin(ctx, tx)
	return err
}
