package tenants_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"parlor/migrations/pgtest"
	"parlor/tenants"
)

// column is one way to keep an account apart; every attempt is made in each.
type column int

const (
	naive    column = iota // Where("account_id = ?") on a handle that everybody shares: the control, which must leak
	gormWall               // our handle, with a role that row security does not bind
	rlsWall                // GORM as it comes, inside a transaction that has entered the account
	bothWalls
	columns
)

var columnNames = [columns]string{"naive GORM", "GORM wall", "RLS wall", "both walls"}

// attempt tries to reach the other account. It tells the env what it saw; its error is only for the table.
type attempt struct {
	name string
	do   func(e *env) error
	// settings marks an attempt that changes the setting by SQL text of its own. Row security by a setting is a wall
	// against our own mistakes, not against whoever may send arbitrary SQL: that is what the stamp is for. Such an
	// attempt is run against the RLS wall as well, and its verdict printed, but not counted there.
	settings bool
	// alone marks an attempt that spoils the handle itself; it gets one of its own.
	alone bool
}

// env is what an attempt works with.
type env struct {
	ctx  context.Context // carries the own account
	db   *gorm.DB
	find func(dest any, build func(q *gorm.DB) *gorm.DB) error // the one-trip read where there is one
	seen strings.Builder
}

// saw records what came back from the database.
func (e *env) saw(values ...any) {
	for _, v := range values {
		text, err := json.Marshal(v)
		if err != nil {
			text = fmt.Append(nil, v)
		}
		e.seen.Write(text)
	}
}

// fresh is a handle without the conditions of e.db, as a careless caller would get it.
func (e *env) fresh() *gorm.DB { return e.db.Session(&gorm.Session{NewDB: true}) }

// find is the commonest attempt: everything that a chain finds.
func find[T any](e *env, g *gorm.DB) error {
	var rows []T
	err := g.Find(&rows).Error
	e.saw(rows)
	return err
}

// bench is one column with its database.
type bench struct {
	column column
	t      *testing.T
	pg     *pgtest.Database
	admin  *pgx.Conn
	clean  string // fingerprint of freshly seeded rows of both accounts
	theirs string // of the other account alone
	walled *tenants.DB
	plain  *gorm.DB
}

func newBench(t *testing.T, c column) *bench {
	t.Helper()
	b := &bench{column: c, t: t, pg: newLeakDatabase(t)}
	b.admin = b.pg.Admin(t)
	b.open()
	b.clean, b.theirs = b.fingerprints()
	return b
}

// open makes the handles of the column.
func (b *bench) open() {
	switch b.column {
	case naive:
		b.plain = openPlain(b.t, b.pg.BypassDSN)
	case rlsWall:
		b.plain = openPlain(b.t, b.pg.AppDSN)
	case gormWall:
		b.walled = openTenants(b.t, b.pg.BypassDSN)
	default:
		b.walled = openTenants(b.t, b.pg.AppDSN)
	}
}

func openPlain(t *testing.T, dsn string) *gorm.DB {
	t.Helper()
	g, err := gorm.Open(postgres.Open(dsn), &gorm.Config{Logger: logger.Discard})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if db, err := g.DB(); err == nil {
			_ = db.Close()
		}
	})
	return g
}

// fingerprints sums up, as a superuser, all rows of both accounts and those of the other one.
func (b *bench) fingerprints() (all, theirs string) {
	const one = `select coalesce(string_agg(%[2]s, '|' order by %[2]s), '') from tenant.%[1]s t`
	var parts, foreign []string
	for _, table := range leakTableNames {
		part := fmt.Sprintf(one, table, "t::text")
		parts = append(parts, "("+part+")")
		foreign = append(foreign, "("+part+" where account_id = '"+other.String()+"')")
	}
	err := b.admin.QueryRow(context.Background(), "select md5("+strings.Join(parts, "||'#'||")+"), md5("+strings.Join(foreign, "||'#'||")+")").
		Scan(&all, &theirs)
	if err != nil {
		b.t.Fatal(err)
	}
	return all, theirs
}

var leakTableNames = []string{
	"contacts", "deals", "tags", "contact_labels", "notes", "naive_notes", "participants", "conversations", "messages", "audit",
}

// try makes one attempt on fresh rows and judges it.
func (b *bench) try(a attempt) string {
	e := &env{ctx: tenants.WithAccount(context.Background(), own)}
	before := b.theirs
	err := b.run(e, a)
	if strings.Contains(e.seen.String(), marker) || (err != nil && strings.Contains(err.Error(), marker)) {
		b.reset()
		return "LEAK-READ"
	}
	all, theirs := b.fingerprints()
	if all != b.clean {
		b.reset()
	}
	if a.alone {
		b.open()
	}
	if theirs != before {
		return "LEAK-WRITE"
	}
	return verdict(err)
}

func (b *bench) reset() {
	if _, err := b.admin.Exec(context.Background(), leakWipe+seedSQL()); err != nil {
		b.t.Fatal(err)
	}
	b.clean, b.theirs = b.fingerprints() // times of creation are new
}

// run commits whatever the attempt managed to do, also when it ended in an error.
func (b *bench) run(e *env, a attempt) (err error) {
	guarded := func() {
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
			}
		}()
		err = a.do(e)
	}
	switch b.column {
	case naive:
		e.db = b.plain.WithContext(e.ctx).Where("account_id = ?", own).Session(&gorm.Session{})
		e.find = plainFind(e)
		guarded()
	case rlsWall:
		tx := b.plain.WithContext(e.ctx).Begin()
		defer tx.Rollback()
		if err := tx.Exec("set local app.account_id = '" + own.String() + "'").Error; err != nil {
			b.t.Fatal(err)
		}
		e.db = tx
		e.find = plainFind(e)
		guarded()
		tx.Commit()
	default:
		e.find = func(dest any, build func(*gorm.DB) *gorm.DB) error { return b.walled.Read(e.ctx, dest, build) }
		if txErr := b.walled.InTenant(e.ctx, func(tx *tenants.Tx) error {
			e.db = tx.DB()
			guarded()
			return nil
		}); err == nil {
			err = txErr
		}
	}
	return err
}

func plainFind(e *env) func(any, func(*gorm.DB) *gorm.DB) error {
	return func(dest any, build func(*gorm.DB) *gorm.DB) error { return build(e.db).Find(dest).Error }
}

var refusals = []error{
	tenants.ErrNoAccount, tenants.ErrAccountChanged, tenants.ErrForeignAccount, tenants.ErrMovesAccount, tenants.ErrUnscopable,
	tenants.ErrRawSQL, tenants.ErrFragment, tenants.ErrNotStamped, tenants.ErrTxEnded,
}

func verdict(err error) string {
	if err == nil {
		return "nothing"
	}
	for _, r := range refusals {
		if errors.Is(err, r) {
			return "refused"
		}
	}
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return "pg " + pg.Code
	}
	if strings.HasPrefix(err.Error(), "panic") {
		return "panic"
	}
	return "error"
}

// seedSQL fills both accounts with rows that differ in nothing but the account and the text.
func seedSQL() string {
	fill := func(letter, digit, text string) string {
		return strings.NewReplacer("@", letter, "#", digit, "!", text).Replace(strings.ReplaceAll(leakSeed, "@example.org", "~example.org"))
	}
	return strings.ReplaceAll(fill("a", "1", "own ")+fill("b", "2", marker+" "), "~example.org", "@example.org")
}
