package pgtest_test

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"parlor/migrations/pgtest"
)

func connect(tb testing.TB, dsn string) *pgx.Conn {
	tb.Helper()
	conn, err := pgx.Connect(context.Background(), dsn)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func TestEachTestHasItsOwnDatabase(t *testing.T) {
	t.Parallel()
	one, two := pgtest.New(t), pgtest.New(t)
	one.InsertAccount(t, "17841400000000001", "shop")
	for dsn, want := range map[string]int{one.PlatformDSN: 1, two.PlatformDSN: 0} {
		var n int
		err := connect(t, dsn).QueryRow(t.Context(), "select count(*) from platform.accounts where kind = 'instagram'").Scan(&n)
		if err != nil || n != want {
			t.Errorf("accounts = %d, %v; want %d", n, err, want)
		}
	}
	foreign, err := pgx.ParseConfig(one.AppDSN)
	if err != nil {
		t.Fatal(err)
	}
	foreign.Database = connect(t, two.AppDSN).Config().Database
	// Both are members of parlor_app, which may connect to either: the separation of tests is by name, not by privilege.
	if conn, err := pgx.ConnectConfig(t.Context(), foreign); err != nil {
		t.Errorf("a login role of one test in the database of another: %v", err)
	} else {
		_ = conn.Close(t.Context())
	}
}

func TestLoginRolesHaveNoPowers(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	for name, tc := range map[string]struct {
		dsn    string
		powers int // of superuser, bypassrls, createdb, createrole, replication
	}{
		"app": {db.AppDSN, 0}, "platform": {db.PlatformDSN, 0}, "migrate": {db.MigrateDSN, 0}, "bypass": {db.BypassDSN, 1},
	} {
		conn := connect(t, tc.dsn)
		var powers int
		err := conn.QueryRow(t.Context(), `select rolsuper::int + rolbypassrls::int + rolcreatedb::int + rolcreaterole::int + rolreplication::int
			from pg_roles where rolname = current_user`).Scan(&powers)
		if err != nil || powers != tc.powers {
			t.Errorf("%s: powers = %d, %v; want %d", name, powers, err, tc.powers)
		}
		if name == "migrate" {
			continue // the owner makes tables
		}
		for _, statement := range []string{
			"create table tenant.x (a int)", "create table platform.x (a int)", "create table public.x (a int)",
			"create temporary table x (a int)", "create schema x",
		} {
			_, err := conn.Exec(t.Context(), statement)
			if pgErr := (*pgconn.PgError)(nil); !errors.As(err, &pgErr) || pgErr.Code != "42501" {
				t.Errorf("%s: %s: err = %v, want insufficient privilege", name, statement, err)
			}
		}
	}
}

func TestNothingIsLeftBehind(t *testing.T) {
	t.Parallel()
	var role, database string
	admin := pgtest.New(t).Admin(t)
	t.Run("a test that ends with open connections", func(t *testing.T) {
		conn, err := pgx.Connect(t.Context(), pgtest.New(t).AppDSN)
		if err != nil {
			t.Fatal(err)
		}
		role, database = conn.Config().User, conn.Config().Database
	})
	var left int
	err := admin.QueryRow(t.Context(), `select (select count(*) from pg_database where datname = $1)
		+ (select count(*) from pg_roles where rolname = $2 or rolname like $1 || '%')`, database, role).Scan(&left)
	if err != nil || left != 0 || role == "" {
		t.Errorf("left behind of %q: %d, %v", database, left, err)
	}
}

// BenchmarkNew is what a database costs a test; its removal comes after the measurement.
func BenchmarkNew(b *testing.B) {
	pgtest.New(b) // starts the cluster and makes the template
	for b.Loop() {
		pgtest.New(b)
	}
}
