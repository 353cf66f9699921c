package tenants

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"github.com/jackc/pgx/v5"
	"gorm.io/gorm"
)

// enterSQL enters the account until the end of the pipeline. It is a query rather than SET LOCAL, which PostgreSQL
// would answer with a warning outside an explicit transaction.
const enterSQL = "select set_config('app.account_id', $1, true)"

// Read does one read inside the account of ctx, in one round trip: the account is entered and the query runs in one
// pipeline, which is one implicit transaction. build adds conditions, joins and order to q and returns it without a
// finisher: Read itself finds into dest, a pointer to a slice, a struct or a single value. The query passes the same
// wall as one in InTenant.
//
// A dest that is no slice takes the first row, and gorm.ErrRecordNotFound comes back when there is none. Preload and
// models with an AfterFind hook need more than one read and are refused.
func (d *DB) Read(ctx context.Context, dest any, build func(q *gorm.DB) *gorm.DB) error {
	account, ok := AccountFrom(ctx)
	if !ok {
		return ErrNoAccount
	}
	stmt, err := d.buildRead(ctx, account, dest, build)
	if err != nil {
		return err
	}
	batch := &pgx.Batch{}
	batch.Queue(enterSQL, account.String())
	batch.Queue(stmt.SQL.String(), stmt.Vars...)
	results := d.pool.SendBatch(ctx, batch)
	return errors.Join(d.receive(stmt, results), results.Close())
}

// buildRead lets GORM and the wall write the query, without a connection.
func (d *DB) buildRead(ctx context.Context, account AccountID, dest any, build func(q *gorm.DB) *gorm.DB) (*gorm.Statement, error) {
	pool := newPinned(ctx, account, nil)
	q := build(pool.bind(d.gorm, &gorm.Session{NewDB: true, Context: ctx, DryRun: true}))
	if q == nil || q.Statement == nil || q.Statement.SQL.Len() > 0 {
		return nil, fmt.Errorf("%w: build must return the query without a finisher", ErrUnscopable)
	}
	if !wantsList(dest) {
		q = q.Limit(1)
	}
	q = q.Find(dest)
	if q.Error != nil {
		return nil, q.Error
	}
	if err := pool.admitBuilt(q.Statement); err != nil {
		return nil, err
	}
	if len(q.Statement.Preloads) > 0 || q.Statement.Schema.AfterFind && !q.Statement.SkipHooks {
		return nil, fmt.Errorf("%w: Preload and AfterFind need more than one read", ErrUnscopable)
	}
	return q.Statement, nil
}

func wantsList(dest any) bool {
	t := reflect.TypeOf(dest)
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t != nil && (t.Kind() == reflect.Slice && t.Elem().Kind() != reflect.Uint8 || t.Kind() == reflect.Array)
}

// receive takes the pipeline's two answers.
func (d *DB) receive(stmt *gorm.Statement, results pgx.BatchResults) error {
	if _, err := results.Exec(); err != nil {
		return fmt.Errorf("enter the account: %w", err)
	}
	rows, err := results.Query()
	if err != nil {
		return err
	}
	defer rows.Close()
	n, err := d.wall.scan(stmt, rows)
	if err != nil {
		return err
	}
	if n == 0 && !wantsList(stmt.Dest) {
		return gorm.ErrRecordNotFound
	}
	return nil
}
