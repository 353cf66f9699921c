package conversations

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/riverqueue/river"

	"parlor/tenants"
)

// eraseTries is how often the account's rows are erased anew when some have come meanwhile.
const eraseTries = 5

// EraseArgs names the account that a job deletes, in case the process that was asked to died.
type EraseArgs struct {
	AccountID tenants.AccountID `json:"account_id"`
	Code      string            `json:"code"` // of the request and its status page
}

// Kind is the job's name in the queue.
func (EraseArgs) Kind() string { return "delete_account" }

// InsertOpts bounds the tries.
func (EraseArgs) InsertOpts() river.InsertOpts { return river.InsertOpts{MaxAttempts: 25} }

// firstGo is how long the job of an owner's request waits: whoever was asked does it at once.
const firstGo = 20 * time.Second

// DeletionKind says who asked for a deletion.
type DeletionKind string

// The kinds.
const (
	DeletionByOwner DeletionKind = "account_deletion" // in Parlor
	DeletionByMeta  DeletionKind = "data_deletion"    // in Instagram, told by Meta's callback
)

// DeletionState is how a request stands.
type DeletionState string

// The states.
const (
	DeletionReceived DeletionState = "received"
	DeletionDone     DeletionState = "done"
	DeletionNothing  DeletionState = "nothing_held" // the id belongs to no account here
	DeletionFailed   DeletionState = "failed"       // it goes on by itself
)

// Deletion is a request to delete an account, as its status page shows it.
type Deletion struct {
	Code        string // unguessable; the page's address
	Kind        DeletionKind
	State       DeletionState
	Removed     tenants.Removed
	RequestedAt time.Time
	FinishedAt  *time.Time
}

// eraseTime is how long one try of the job may take: a large account is millions of rows.
const eraseTime = 5 * time.Minute

// Register adds the eraser's worker to the workers of a queue.
func (e *Eraser) Register(workers *river.Workers) error {
	return river.AddWorkerSafely(workers, &eraseWorker{eraser: e})
}

type eraseWorker struct {
	river.WorkerDefaults[EraseArgs]
	eraser *Eraser
}

// Timeout is longer than other jobs have.
func (*eraseWorker) Timeout(*river.Job[EraseArgs]) time.Duration { return eraseTime }

// Work deletes the account, or what was left of it.
func (w *eraseWorker) Work(ctx context.Context, job *river.Job[EraseArgs]) error {
	_, err := w.eraser.carryOut(tenants.WithAccount(ctx, job.Args.AccountID), job.Args.Code)
	return err
}

// Request takes a deletion of the account in ctx in: from now on nobody acts in it, and a job sees to it that it is carried out. Without an
// account in ctx it notes that nothing is held.
func (e *Eraser) Request(ctx context.Context, kind DeletionKind) (Deletion, error) {
	d := Deletion{Code: strings.ToLower(rand.Text()), Kind: kind, State: DeletionReceived, RequestedAt: e.o.Now().UTC()}
	account, held := tenants.AccountFrom(ctx)
	if !held {
		d.State, d.FinishedAt = DeletionNothing, &d.RequestedAt
	}
	err := e.o.Platform.InTx(ctx, func(tx *tenants.PlatformTx) error {
		if held {
			if err := e.o.Accounts.SetStatus(ctx, tx, account, tenants.AccountSuspended, tenants.Deleting); err != nil {
				return err
			}
			// In the installation's log: the account's own is erased with it, and the deletion may be carried out later, by nobody.
			if err := tx.AuditPlatform(ctx, "", "account.deletion_requested", account.String(), map[string]any{"kind": kind}); err != nil {
				return err
			}
			var opts *river.InsertOpts
			if kind == DeletionByOwner {
				opts = &river.InsertOpts{ScheduledAt: d.RequestedAt.Add(firstGo)}
			}
			if err := tx.Enqueue(ctx, EraseArgs{AccountID: account, Code: d.Code}, opts); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, `insert into platform.data_deletions (code, kind, account_id, state, requested_at, finished_at)
			values ($1, $2, nullif($3, '00000000-0000-0000-0000-000000000000'::uuid), $4, $5, $6)`, d.Code, d.Kind, account, d.State, d.RequestedAt, d.FinishedAt)
		return err
	})
	if err != nil {
		return Deletion{}, fmt.Errorf("take a deletion in: %w", err)
	}
	return d, nil
}

// Account deletes the account in ctx, now, and returns what was removed of it.
func (e *Eraser) Account(ctx context.Context) (Deletion, error) {
	// Whoever asks by the page leaves the account with it; a deletion half done must go on without them.
	ctx = context.WithoutCancel(ctx)
	if err := e.o.Disconnect(ctx, "deleted"); err != nil {
		e.o.Logger.WarnContext(ctx, "account is deleted without disconnecting", "error", err.Error())
	}
	d, err := e.Request(ctx, DeletionByOwner)
	if err != nil {
		return Deletion{}, err
	}
	return e.carryOut(ctx, d.Code)
}

// carryOut removes everything and notes it on the request. Done again, it finds what it had done.
func (e *Eraser) carryOut(ctx context.Context, code string) (Deletion, error) {
	account, ok := tenants.AccountFrom(ctx)
	if !ok {
		return Deletion{}, tenants.ErrNoAccount
	}
	removed, err := e.everything(ctx, account, code)
	if errors.Is(err, tenants.ErrNotFound) { // by another run
		_, removed, err = e.o.Accounts.Tombstone(ctx, account)
	}
	state := DeletionDone
	if err != nil {
		state = DeletionFailed
	}
	if removed == nil {
		removed = tenants.Removed{}
	}
	if err := errors.Join(err, e.noted(ctx, code, state, removed)); err != nil {
		return Deletion{}, fmt.Errorf("delete the account: %w", err)
	}
	e.o.Logger.InfoContext(ctx, "account deleted", "account_id", account.String(), "rows", removed.Total())
	return e.Deletion(ctx, code)
}

// everything removes files, rows of the inside, and rows of the platform; what is gone is noted after each part, so that the receipt is whole
// also when a process died in between. Events may come while it works; then it begins again.
func (e *Eraser) everything(ctx context.Context, account tenants.AccountID, code string) (tenants.Removed, error) {
	for try := 1; ; try++ {
		d, err := e.Deletion(ctx, code)
		if err != nil {
			return nil, err
		}
		removed := maps.Clone(d.Removed)
		files, err := e.o.RemoveFiles(ctx)
		if err != nil {
			return removed, err
		}
		if files > 0 {
			removed["files"] += int64(files)
		}
		rows, err := e.o.DB.EraseAccount(ctx)
		if crossed(err) && try < eraseTries {
			continue
		}
		if err != nil {
			return removed, err
		}
		removed.Add(rows)
		if err := e.noted(ctx, code, DeletionReceived, removed); err != nil {
			return removed, err
		}
		all := maps.Clone(removed)
		err = e.o.Platform.InTx(ctx, func(tx *tenants.PlatformTx) error { return e.o.Accounts.Erase(ctx, tx, account, string(d.Kind), all) })
		if err == nil {
			return all, nil
		}
		if !crossed(err) || try == eraseTries {
			return removed, err
		}
	}
}

// crossed reports whether somebody wrote for the account while it was erased: a row came that refers to one that went, or the two waited for
// each other.
func crossed(err error) bool {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	return ok && slices.Contains([]string{foreignKeyViolation, deadlockDetected}, pg.Code)
}

const deadlockDetected = "40P01"

// noted writes down how far a request is. One that is done stays so.
func (e *Eraser) noted(ctx context.Context, code string, state DeletionState, removed tenants.Removed) error {
	text, err := json.Marshal(removed)
	if err != nil {
		return err
	}
	_, err = e.o.Platform.Exec(ctx, `update platform.data_deletions set state = $2, removed = $3, finished_at = case when $2 = 'done' then $4::timestamptz end
		where code = $1 and state <> 'done'`, code, state, text, e.o.Now().UTC())
	if err != nil {
		return fmt.Errorf("note the deletion: %w", err)
	}
	return nil
}

// Deletion returns a request by its code, or ErrNotFound.
func (e *Eraser) Deletion(ctx context.Context, code string) (Deletion, error) {
	d := Deletion{Code: code}
	var removed []byte
	err := e.o.Platform.QueryRow(ctx, "select kind, state, removed, requested_at, finished_at from platform.data_deletions where code = $1", code).
		Scan(&d.Kind, &d.State, &removed, &d.RequestedAt, &d.FinishedAt)
	if errors.Is(err, pgx.ErrNoRows) {
		return Deletion{}, ErrNotFound
	}
	if err != nil {
		return Deletion{}, fmt.Errorf("read a deletion: %w", err)
	}
	return d, json.Unmarshal(removed, &d.Removed)
}
