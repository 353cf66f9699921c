package tenants

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/riverqueue/river"
	"gorm.io/gorm"
)

// Options holds what differs between processes; the zero value is usable.
type Options struct {
	MaxConns int32            // connections of the pool; 0 = pgx's default (4, or the number of CPUs if more)
	Logger   *slog.Logger     // default: discards
	Now      func() time.Time // default: time.Now
	AuditKey []byte           // chains the accounts' logs, 32 bytes; without it nothing can be written into them
}

func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// DB is the only way to the rows of an account. It holds the app's connection pool and the scoped GORM handle, and
// hands out neither: work goes through InTenant, single reads through Read. Models name their tables with the schema
// (`tenant.conversations`) and have a column account_id. DB is safe for concurrent use.
type DB struct {
	pool *pgxpool.Pool
	sql  *sql.DB // the same connections, seen through database/sql, which GORM needs
	wall *wall
	gorm *gorm.DB // has no pool: every use of it pins one first
	jobs *river.Client[pgx.Tx]
	log  *slog.Logger
	now  func() time.Time

	audit auditKey
}

// Open prepares the pool of the app role and both walls. It fails on a DSN it cannot read, but not when the
// database is down: connections are made when they are needed, and Ping tells.
func Open(ctx context.Context, dsn string, o Options) (*DB, error) {
	o = o.withDefaults()
	pool, err := newPool(ctx, dsn, "parlor", o)
	if err != nil {
		return nil, err
	}
	d := &DB{pool: pool, sql: stdlib.OpenDBFromPool(pool), wall: newWall(), log: o.Logger, now: o.Now, audit: o.AuditKey}
	if d.gorm, err = d.wall.open(o.Now); err != nil {
		d.Close()
		return nil, fmt.Errorf("open the scoped handle: %w", err)
	}
	if d.jobs, err = openJobs(o.Logger); err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

// Ping reports whether the database answers. It enters no account.
func (d *DB) Ping(ctx context.Context) error {
	if err := d.pool.Ping(ctx); err != nil {
		return fmt.Errorf("ping the app database: %w", err)
	}
	return nil
}

// Close waits for running work and closes all connections. The DB must not be used afterwards.
func (d *DB) Close() {
	_ = d.sql.Close()
	d.pool.Close()
}
