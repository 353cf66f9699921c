package tenants

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
)

// Platform reaches what must be found before an account is known, or is not an account's: the schema platform. It holds the platform role's
// pool. Each named operation on it lives in the package that owns the table; no request's path inside an account comes here. Platform is safe
// for concurrent use.
type Platform struct {
	pool *pgxpool.Pool
	jobs *river.Client[pgx.Tx]
	log  *slog.Logger
	now  func() time.Time
	pace listenPace

	audit auditKey
}

// OpenPlatform prepares the pool of the platform role. It fails on a DSN that it cannot read (ErrBadDSN), but not when the database is
// down: connections are made when they are needed, and Ping tells.
func OpenPlatform(ctx context.Context, dsn string, o Options) (*Platform, error) {
	o = o.withDefaults()
	pool, err := newPool(ctx, dsn, "parlor-platform", o)
	if err != nil {
		return nil, err
	}
	jobs, err := openJobs(o.Logger)
	if err != nil {
		pool.Close()
		return nil, err
	}
	return &Platform{pool: pool, jobs: jobs, log: o.Logger, now: o.Now, pace: defaultListenPace, audit: o.AuditKey}, nil
}

// InTx runs fn in one transaction and commits when fn returns nil; an error and a panic roll back. The error of fn comes back as it is.
func (p *Platform) InTx(ctx context.Context, fn func(tx *PlatformTx) error) error {
	return pgx.BeginFunc(ctx, p.pool, func(tx pgx.Tx) error {
		return fn(&PlatformTx{pg: tx, jobs: p.jobs, audit: p.audit})
	})
}

// Query runs a single statement outside a transaction; see pgx for the rest.
func (p *Platform) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	return p.pool.Query(ctx, sql, args...)
}

// QueryRow runs a single statement outside a transaction; an error comes out of Scan, pgx.ErrNoRows when there is no row.
func (p *Platform) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	return p.pool.QueryRow(ctx, sql, args...)
}

// Exec runs a single statement outside a transaction.
func (p *Platform) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	return p.pool.Exec(ctx, sql, args...)
}

// SendBatch sends several statements in one round trip and one implicit transaction. The caller closes the results.
func (p *Platform) SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults {
	return p.pool.SendBatch(ctx, b)
}

// Ping reports whether the database answers.
func (p *Platform) Ping(ctx context.Context) error {
	if err := p.pool.Ping(ctx); err != nil {
		return fmt.Errorf("ping the platform database: %w", err)
	}
	return nil
}

// Close waits for running work and closes all connections but those of Listen, which end with their contexts.
func (p *Platform) Close() { p.pool.Close() }
