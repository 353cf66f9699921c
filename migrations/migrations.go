package migrations

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
)

//go:embed *.sql
var files embed.FS

// versionTable is goose's book. It must be there before the first migration is, and so must its schema.
const versionTable = "platform.schema_migrations"

// ErrBadDSN reports a database URL that cannot be read. The URL itself is left out: it may hold a password.
var ErrBadDSN = errors.New("not a PostgreSQL URL")

// Files returns the SQL files, for those who key something by their content.
func Files() fs.FS { return files }

// Migration is one numbered step of the schema.
type Migration struct {
	Version int64
	Name    string // file name
	Applied bool
}

// Up applies every pending migration, each in a transaction of its own, and returns those it applied. dsn is that of a login role which is a
// member of parlor_owner. Two callers at once wait for each other.
func Up(ctx context.Context, dsn string) ([]Migration, error) {
	var applied []Migration
	err := provide(ctx, dsn, func(p *goose.Provider, db *sql.DB) error {
		results, err := p.Up(ctx)
		if err != nil {
			err = fmt.Errorf("migrate up: %w", err)
		}
		for _, r := range results {
			applied = append(applied, Migration{Version: r.Source.Version, Name: path.Base(r.Source.Path), Applied: true})
		}
		// Also after a failure, so that the service can say what is pending.
		if _, grantErr := db.ExecContext(ctx, "grant select on "+versionTable+" to "+platformRole); grantErr != nil {
			err = errors.Join(err, fmt.Errorf("let the service see what is applied: %w", grantErr))
		}
		return err
	})
	return applied, err
}

// Down takes back every migration, newest first. It is for tests of the migrations: it drops all data. The schema platform
// stays, for the book of what is applied is in it.
func Down(ctx context.Context, dsn string) error {
	return provide(ctx, dsn, func(p *goose.Provider, _ *sql.DB) error {
		if _, err := p.DownTo(ctx, 0); err != nil {
			return fmt.Errorf("migrate down: %w", err)
		}
		return nil
	})
}

// Status lists all migrations in order. The platform role's DSN does, and so does the migrating role's.
func Status(ctx context.Context, dsn string) ([]Migration, error) {
	db, err := open(dsn, "")
	if err != nil {
		return nil, err
	}
	defer db.Close()
	applied, err := appliedVersions(ctx, db)
	if err != nil {
		return nil, err
	}
	all, err := Known()
	for i := range all {
		all[i].Applied = applied[all[i].Version]
	}
	return all, err
}

// Pending returns the migrations that have not been applied; see Status.
func Pending(ctx context.Context, dsn string) ([]Migration, error) {
	all, err := Status(ctx, dsn)
	var pending []Migration
	for _, m := range all {
		if !m.Applied {
			pending = append(pending, m)
		}
	}
	return pending, err
}

// Known lists the migrations that this binary carries, in order, none marked as applied.
func Known() ([]Migration, error) {
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return nil, fmt.Errorf("list migrations: %w", err)
	}
	known := make([]Migration, 0, len(names))
	for _, name := range names {
		version, err := goose.NumericComponent(name)
		if err != nil {
			return nil, fmt.Errorf("migration %s: %w", name, err)
		}
		known = append(known, Migration{Version: version, Name: name})
	}
	return known, nil
}

// appliedVersions reads goose's table without writing to it, as a role that could not. No table means that nothing has been applied.
func appliedVersions(ctx context.Context, db *sql.DB) (map[int64]bool, error) {
	applied := map[int64]bool{}
	var exists bool
	if err := db.QueryRowContext(ctx, "select to_regclass($1) is not null", versionTable).Scan(&exists); err != nil {
		return nil, fmt.Errorf("look for applied migrations: %w", err)
	}
	if !exists {
		return applied, nil
	}
	rows, err := db.QueryContext(ctx, "select version_id from "+versionTable+" where is_applied")
	if err != nil {
		return nil, fmt.Errorf("read applied migrations: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var v int64
		if err := rows.Scan(&v); err != nil {
			return nil, fmt.Errorf("read applied migrations: %w", err)
		}
		applied[v] = true
	}
	return applied, rows.Err()
}

// provide lets use work as the owner's role, one caller at a time.
func provide(ctx context.Context, dsn string, use func(*goose.Provider, *sql.DB) error) error {
	db, err := open(dsn, ownerRole)
	if err != nil {
		return err
	}
	defer db.Close()
	// One connection, so that the lock which keeps two migrators apart is held by the connection that works.
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(ctx, "select pg_advisory_lock($1)", migrateLock); err != nil {
		return fmt.Errorf("wait for another migration: %w", err)
	}
	_, err = db.ExecContext(ctx, "create schema if not exists platform; grant usage on schema platform to "+platformRole)
	if err != nil {
		return fmt.Errorf("make the schema of the migrations' book: %w", err)
	}
	store, err := database.NewStore(goose.DialectPostgres, versionTable)
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	p, err := goose.NewProvider("", db, files, goose.WithStore(store), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	return use(p, db)
}

// migrateLock is an arbitrary number that no other user of advisory locks in this database takes.
const migrateLock = 7_276_527_001

func open(dsn, role string) (*sql.DB, error) {
	cfg, err := pgx.ParseConfig(dsn)
	if err != nil || strings.TrimSpace(dsn) == "" {
		return nil, ErrBadDSN
	}
	if role != "" {
		cfg.RuntimeParams["role"] = role
	}
	return stdlib.OpenDB(*cfg), nil
}
