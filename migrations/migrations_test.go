package migrations_test

import (
	"errors"

	"strings"
	"testing"

	"parlor/migrations"
	"parlor/migrations/pgtest"
)

func TestUpDownUp(t *testing.T) {
	t.Parallel()
	db := pgtest.NewEmpty(t)
	known, err := migrations.Known()
	if err != nil {
		t.Fatal(err)
	}
	for round := range 2 {
		pending, err := migrations.Pending(t.Context(), db.PlatformDSN)
		if err != nil || len(pending) != len(known) {
			t.Fatalf("round %d: pending before = %d of %d, %v", round, len(pending), len(known), err)
		}
		applied, err := migrations.Up(t.Context(), db.MigrateDSN)
		if err != nil || len(applied) != len(known) {
			t.Fatalf("round %d: applied %d of %d, %v", round, len(applied), len(known), err)
		}
		if pending, err := migrations.Pending(t.Context(), db.PlatformDSN); err != nil || len(pending) != 0 {
			t.Fatalf("round %d: pending after = %v, %v", round, pending, err)
		}
		if round == 0 {
			if err := migrations.Down(t.Context(), db.MigrateDSN); err != nil {
				t.Fatalf("down: %v", err)
			}
		}
	}
}

func TestEverythingBelongsToTheOwner(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	rows, err := db.Admin(t).Query(t.Context(), `select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
		where n.nspname in ('tenant', 'platform') and pg_get_userbyid(c.relowner) <> 'parlor_owner' and c.relkind <> 't'`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		t.Errorf("%s does not belong to parlor_owner", name)
	}
}

func TestInitRolesRepeatsAndTakesPowersBack(t *testing.T) {
	t.Parallel()
	db := pgtest.NewEmpty(t)
	app := pgtest.LoginName(db.AppDSN)
	db.Exec(t, "alter role "+app+" bypassrls createdb superuser")
	l := migrations.Logins{App: db.AppDSN, Platform: db.PlatformDSN, Migrate: db.MigrateDSN}
	if err := migrations.InitRoles(t.Context(), db.AdminDSN, l); err != nil {
		t.Fatal(err)
	}
	var powers int
	err := db.Admin(t).QueryRow(t.Context(), `select rolsuper::int + rolbypassrls::int + rolcreatedb::int + rolcreaterole::int + rolreplication::int
		from pg_roles where rolname = $1`, app).Scan(&powers)
	if err != nil || powers != 0 {
		t.Fatalf("powers left = %d, %v", powers, err)
	}
}

func TestInitRolesRefusesWhatCannotHold(t *testing.T) {
	t.Parallel()
	good := migrations.Logins{App: "postgres://a:x@h/db", Platform: "postgres://p:x@h/db", Migrate: "postgres://m:x@h/db"}
	tests := map[string]struct {
		change func(*migrations.Logins)
		says   string
	}{
		"no URL":            {func(l *migrations.Logins) { l.App = "" }, "PARLOR_DATABASE_URL"},
		"not a URL":         {func(l *migrations.Logins) { l.Platform = "host=%zz://secret" }, "PARLOR_PLATFORM_DATABASE_URL"},
		"another database":  {func(l *migrations.Logins) { l.Migrate = "postgres://m:x@h/other" }, "different databases"},
		"one user for both": {func(l *migrations.Logins) { l.Platform = l.App }, "three different users"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := good
			tc.change(&l)
			err := migrations.InitRoles(t.Context(), "postgres://nobody:nothing@127.0.0.1:1/none", l)
			if err == nil || !strings.Contains(err.Error(), tc.says) || strings.Contains(err.Error(), "secret") {
				t.Errorf("err = %v, want one that names %q", err, tc.says)
			}
		})
	}
}

func TestABadURLIsNamedWithoutItsPassword(t *testing.T) {
	t.Parallel()
	_, err := migrations.Up(t.Context(), "postgres://u:hunter2@[bad/db")
	if !errors.Is(err, migrations.ErrBadDSN) || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("err = %v", err)
	}
}
