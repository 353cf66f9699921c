package tenants

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/riverqueue/river"
)

// PlatformTx is one transaction of the platform role. It belongs to one goroutine and to the function given to InTx.
type PlatformTx struct {
	pg   pgx.Tx
	jobs *river.Client[pgx.Tx]

	audit auditKey
}

// Query runs one statement; its rows must be closed before the next.
func (tx *PlatformTx) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	return tx.pg.Query(ctx, sql, args...)
}

// QueryRow runs one statement that answers one row.
func (tx *PlatformTx) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	return tx.pg.QueryRow(ctx, sql, args...)
}

// Exec runs one statement.
func (tx *PlatformTx) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	return tx.pg.Exec(ctx, sql, args...)
}

// Enqueue adds a job that becomes visible when the transaction commits. Its arguments are ids only.
func (tx *PlatformTx) Enqueue(ctx context.Context, args river.JobArgs, opts *river.InsertOpts) error {
	if _, err := tx.jobs.InsertTx(ctx, tx.pg, args, opts); err != nil {
		return fmt.Errorf("enqueue %s: %w", args.Kind(), err)
	}
	return nil
}

// Revoke writes an auth event that every instance learns of once the transaction commits.
func (tx *PlatformTx) Revoke(ctx context.Context, e AuthEvent) error {
	return insertAuthEvent(ctx, tx.pg, e)
}

// AuditPlatform appends to the installation's own log. The actor is the context's principal, or who the caller says (a bootstrap of the
// installation, a command of its operator) when actor is not empty; actor, action and target are ids and fixed words.
func (tx *PlatformTx) AuditPlatform(ctx context.Context, actor, action, target string, detail map[string]any) error {
	return appendPlatformAudit(ctx, tx.pg, actor, action, target, detail)
}

// AuditAccount appends to an account's own log. It enters the account for the rest of the transaction; the platform role may do nothing
// else in there. Error: ErrNotFound when the account is gone; the transaction is lost then.
func (tx *PlatformTx) AuditAccount(ctx context.Context, account AccountID, e AuditEntry) error {
	if account.IsZero() {
		return ErrNoAccount
	}
	if _, err := tx.pg.Exec(ctx, "select set_config('app.account_id', $1, true)", account.String()); err != nil {
		return fmt.Errorf("enter the account: %w", err)
	}
	err := tx.audit.append(ctx, tx.pg, account, e)
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok && pg.Code == foreignKeyViolation {
		return fmt.Errorf("%w: %w", ErrNotFound, err)
	}
	return err
}

// foreignKeyViolation is what PostgreSQL says of a row of an account that is not there.
const foreignKeyViolation = "23503"
