package tenants

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"gorm.io/gorm"
)

// Tx is one transaction inside one account. It is valid only while the function given to InTenant runs, and belongs
// to that goroutine: it is not safe for concurrent use.
type Tx struct {
	pool *pinned
	gorm *gorm.DB
	pg   pgx.Tx
	jobs *river.Client[pgx.Tx]

	audit auditKey
}

// AccountID returns the account that the transaction has entered.
func (tx *Tx) AccountID() AccountID { return tx.pool.account }

// DB returns the scoped handle; every chain starts here. It reads and writes rows of this account alone, refuses what
// it cannot limit to it (see the errors of this package), and nests transactions by savepoints.
func (tx *Tx) DB() *gorm.DB { return tx.gorm }

// Enqueue adds a job that becomes visible when the transaction commits. The arguments hold ids only: they are
// readable by every worker and kept after the job is done.
func (tx *Tx) Enqueue(ctx context.Context, args river.JobArgs, opts *river.InsertOpts) error {
	err := tx.beside(ctx, func() error {
		_, err := tx.jobs.InsertTx(ctx, tx.pg, args, opts)
		return err
	})
	if err != nil {
		return fmt.Errorf("enqueue %s: %w", args.Kind(), err)
	}
	return nil
}

// beside runs our own SQL on the transaction's connection, beside what GORM sends: only while the transaction is on and the account of ctx
// is its own.
func (tx *Tx) beside(ctx context.Context, do func() error) error {
	if err := tx.pool.usable(ctx); err != nil {
		return err
	}
	return held(tx.pool.conn, do)
}

// openJobs makes a River client that can only insert; its tables live in schema platform.
func openJobs(log *slog.Logger) (*river.Client[pgx.Tx], error) {
	c, err := river.NewClient[pgx.Tx](riverpgxv5.New(nil), &river.Config{Schema: jobsSchema, Logger: log})
	if err != nil {
		return nil, fmt.Errorf("open the job queue: %w", err)
	}
	return c, nil
}

// jobsSchema is where River's tables live.
const jobsSchema = "platform"
