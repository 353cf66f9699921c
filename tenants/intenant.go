package tenants

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/gorm"
)

// rollbackTimeout bounds the one round trip that ends a transaction whose own context may be over already.
const rollbackTimeout = 5 * time.Second

// InTenant runs fn in one transaction inside the account of ctx and commits when fn returns nil. An error, a panic
// and a Goexit roll back; a connection whose state is not known afterwards is thrown away. The account is taken from
// ctx once: a statement whose own context names another one is refused with ErrAccountChanged, one without any with
// ErrNoAccount. Without an account in ctx nothing is sent at all (ErrNoAccount).
func (d *DB) InTenant(ctx context.Context, fn func(tx *Tx) error) error {
	account, ok := AccountFrom(ctx)
	if !ok {
		return ErrNoAccount
	}
	conn, err := d.sql.Conn(ctx)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	pg, err := begin(ctx, conn, account)
	if err != nil {
		_ = conn.Close()
		return fmt.Errorf("begin inside the account: %w", err)
	}
	inner, end := context.WithCancel(ctx)
	tx := &Tx{pool: newPinned(inner, account, conn), pg: pg, jobs: d.jobs, audit: d.audit}
	tx.gorm = tx.pool.bind(d.gorm, &gorm.Session{NewDB: true, Context: tx.pool.context(), SkipDefaultTransaction: true})

	finished := false
	defer func() { // runs on a return, a panic and a Goexit alike
		tx.pool.end()
		if !finished {
			rollback(ctx, conn, pg)
		}
		end() // closes what fn left open, so that Close cannot wait for it
		_ = conn.Close()
	}()
	if err := fn(tx); err != nil {
		return err
	}
	tx.pool.end()
	if err := tx.pool.broken(); err != nil {
		return err
	}
	if err := held(conn, func() error { return pg.Commit(ctx) }); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	finished = true
	return nil
}

// begin opens the transaction and enters the account in one trip. The id is our own 36 characters, never input.
func begin(ctx context.Context, conn *sql.Conn, account AccountID) (pgx.Tx, error) {
	var c *pgx.Conn
	err := conn.Raw(func(driverConn any) error {
		std, ok := driverConn.(*stdlib.Conn)
		if !ok {
			return fmt.Errorf("driver connection is %T", driverConn)
		}
		c = std.Conn()
		return nil
	})
	if err != nil {
		return nil, err
	}
	return c.BeginTx(ctx, pgx.TxOptions{BeginQuery: "begin; set local app.account_id = '" + account.String() + "'"})
}

// rollback ends the transaction even when ctx is over. When it cannot, pgx closes the connection and the pool drops it.
func rollback(ctx context.Context, conn *sql.Conn, pg pgx.Tx) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackTimeout)
	defer cancel()
	_ = held(conn, func() error { return pg.Rollback(ctx) })
}

// held uses the pgx connection under conn only while database/sql still holds it. A cancelled query makes database/sql give a broken
// connection back at any moment, and the pool then takes it apart: there is nothing left to end, and nobody else may touch it.
func held(conn *sql.Conn, do func() error) error {
	return conn.Raw(func(any) error { return do() })
}
