package tenants_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"parlor/migrations/pgtest"
	"parlor/tenants"
)

func openPlatform(tb testing.TB, db *pgtest.Database) *tenants.Platform {
	tb.Helper()
	p, err := tenants.OpenPlatform(tb.Context(), db.PlatformDSN, tenants.Options{AuditKey: make([]byte, tenants.AuditKeyBytes)})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(p.Close)
	return p
}

// inTx runs fn in a platform transaction that must commit.
func inTx(tb testing.TB, p *tenants.Platform, fn func(tx *tenants.PlatformTx) error) {
	tb.Helper()
	if err := p.InTx(tb.Context(), fn); err != nil {
		tb.Fatal(err)
	}
}

func newAccount(tb testing.TB, db *pgtest.Database, instagramUserID string) tenants.AccountID {
	tb.Helper()
	id, err := tenants.ParseAccountID(db.InsertAccount(tb, instagramUserID, "shop_"+instagramUserID))
	if err != nil {
		tb.Fatal(err)
	}
	return id
}

// dial opens a connection that closes with the test.
func dial(tb testing.TB, dsn string) *pgx.Conn {
	tb.Helper()
	conn, err := pgx.Connect(tb.Context(), dsn)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func isDenied(err error) bool {
	pgErr := (*pgconn.PgError)(nil)
	return errors.As(err, &pgErr) && pgErr.Code == "42501"
}

func TestOpenPlatformSaysNothingOfAPassword(t *testing.T) {
	t.Parallel()
	for _, dsn := range []string{"", "postgres://u:hunter2@[bad/db", "host=x password=hunter2 port=none", "postgres://u:hunter2@h/db?sslmode=no"} {
		_, err := tenants.OpenPlatform(t.Context(), dsn, tenants.Options{AuditKey: make([]byte, tenants.AuditKeyBytes)})
		if !errors.Is(err, tenants.ErrBadDSN) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: err = %v, want ErrBadDSN", dsn, err)
		}
	}
}

// A database that is away is no reason not to start, and one that comes back is used again.
func TestPlatformOutlivesItsDatabase(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	x := newProxy(t, db.PlatformDSN)
	x.down(true)
	db.Exec(t, "alter role "+pgtest.LoginName(db.PlatformDSN)+" password 'hunter2'")
	dsn, err := url.Parse(x.through(t, db.PlatformDSN))
	if err != nil {
		t.Fatal(err)
	}
	dsn.User = url.UserPassword(dsn.User.Username(), "hunter2")
	p, err := tenants.OpenPlatform(t.Context(), dsn.String(), tenants.Options{AuditKey: make([]byte, tenants.AuditKeyBytes)})
	if err != nil {
		t.Fatalf("a database that is down stops the start: %v", err)
	}
	t.Cleanup(p.Close)
	err = p.Ping(t.Context())
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("Ping of a database that is down: %v", err)
	}
	x.down(false)
	if err := p.Ping(t.Context()); err != nil {
		t.Errorf("Ping after it came up: %v", err)
	}
	x.down(true)
	if err := p.Ping(t.Context()); err == nil {
		t.Error("Ping does not notice that the database went away")
	}
	x.down(false)
	if err := p.Ping(t.Context()); err != nil {
		t.Errorf("Ping after it came back: %v", err)
	}
}

func TestPlatformBoundsItsStatements(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	for dsn, want := range map[string]string{
		db.PlatformDSN: "parlor-platform 30s 10s 1min",
		db.PlatformDSN + "&statement_timeout=5000": "parlor-platform 5s 10s 1min",
	} {
		p, err := tenants.OpenPlatform(t.Context(), dsn, tenants.Options{AuditKey: make([]byte, tenants.AuditKeyBytes)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(p.Close)
		var got string
		var now time.Time
		err = p.QueryRow(t.Context(), `select concat_ws(' ', current_setting('application_name'), current_setting('statement_timeout'),
			current_setting('lock_timeout'), current_setting('idle_in_transaction_session_timeout')), now()`).Scan(&got, &now)
		if err != nil || got != want {
			t.Errorf("settings = %q, %v; want %q", got, err, want)
		}
		if now.Location() != time.UTC {
			t.Errorf("times come in %s", now.Location())
		}
	}
}

func TestInTxRollsBack(t *testing.T) {
	t.Parallel()
	p := openPlatform(t, pgtest.New(t))
	insert := func(tx *tenants.PlatformTx) error {
		_, err := tx.Exec(t.Context(), "insert into platform.users (user_id) values ($1)", tenants.NewUserID())
		return err
	}
	mine := errors.New("mine")
	if err := p.InTx(t.Context(), func(tx *tenants.PlatformTx) error { return errors.Join(insert(tx), mine) }); !errors.Is(err, mine) {
		t.Errorf("err = %v, want the function's own", err)
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic is swallowed")
			}
		}()
		_ = p.InTx(t.Context(), func(tx *tenants.PlatformTx) error {
			if err := insert(tx); err != nil {
				t.Error(err)
			}
			panic("on purpose")
		})
	}()
	if n := countUsers(t, p); n != 0 {
		t.Errorf("%d users are left", n)
	}
	inTx(t, p, insert)
	if n := countUsers(t, p); n != 1 {
		t.Errorf("%d users after a commit, want 1", n)
	}
}

func countUsers(t *testing.T, p *tenants.Platform) (n int) {
	t.Helper()
	batch := &pgx.Batch{}
	batch.Queue("select count(*) from platform.users").QueryRow(func(row pgx.Row) error { return row.Scan(&n) })
	if err := p.SendBatch(t.Context(), batch).Close(); err != nil {
		t.Fatal(err)
	}
	return n
}

// The platform role is no way around the walls: of an account's inside it has the log alone, and that only to add to and to read.
func TestPlatformRoleHasNothingOfTheInside(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	p := openPlatform(t, db)
	rows, err := p.Query(t.Context(), `select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
		where n.nspname = 'tenant' and c.relkind = 'r' and c.relname not in ('audit', 'audit_heads')`)
	if err != nil {
		t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(tables) < 9 {
		t.Fatalf("tables = %v, %v", tables, err)
	}
	for _, table := range tables {
		if _, err := p.Exec(t.Context(), "select from tenant."+table); !isDenied(err) {
			t.Errorf("reading tenant.%s: err = %v, want denied", table, err)
		}
	}
	for _, statement := range []string{
		"update tenant.audit set action = ''", "delete from tenant.audit", "truncate tenant.audit", "delete from tenant.audit_heads",
		"update platform.audit set action = ''", "delete from platform.audit", "truncate platform.audit",
	} {
		if _, err := p.Exec(t.Context(), statement); !isDenied(err) {
			t.Errorf("%s: err = %v, want denied", statement, err)
		}
	}
}
