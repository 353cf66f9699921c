package migrations_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"parlor/migrations"
	"parlor/migrations/pgtest"
)

func TestInitRolesRepeatsAndTakesPowersBack(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	db.InsertAccount(t, "17841400000000001", "kept")
	app, platform := pgtest.LoginName(db.AppDSN), pgtest.LoginName(db.PlatformDSN)
	db.Exec(t, "alter role "+app+" bypassrls createdb createrole superuser replication noinherit")
	db.Exec(t, "grant parlor_owner, parlor_platform to "+app)
	db.Exec(t, "alter role "+platform+" password 'forgotten'")
	l := migrations.Logins{App: db.AppDSN, Platform: db.PlatformDSN, Migrate: db.MigrateDSN}
	for range 2 {
		if err := migrations.InitRoles(t.Context(), db.AdminDSN, l); err != nil {
			t.Fatal(err)
		}
	}
	var powers, others int
	err := db.Admin(t).QueryRow(t.Context(), `select rolsuper::int + rolbypassrls::int + rolcreatedb::int + rolcreaterole::int + rolreplication::int
			+ (not rolinherit)::int,
		(select count(*) from pg_auth_members m where m.member = r.oid and m.roleid <> 'parlor_app'::regrole)
		from pg_roles r where rolname = $1`, app).Scan(&powers, &others)
	if err != nil || powers != 0 || others != 0 {
		t.Errorf("left: %d powers, %d groups, %v", powers, others, err)
	}
	if pending, err := migrations.Pending(t.Context(), db.PlatformDSN); err != nil || len(pending) != 0 {
		t.Errorf("the password is not set again, or the data is gone: %v, %v", pending, err)
	}
}

// Passwords of every kind let in, and none of them is sent: a server may log the statement.
func TestPasswordsAreSentAsVerifiers(t *testing.T) {
	t.Parallel()
	db := pgtest.NewEmpty(t)
	for _, password := range []string{"plain", `quote ' back\ slash " $1`, "pässwörd ☃", strings.Repeat("x", 200)} {
		l := migrations.Logins{App: withPassword(t, db.AppDSN, password), Platform: db.PlatformDSN, Migrate: db.MigrateDSN}
		if err := migrations.InitRoles(t.Context(), db.AdminDSN, l); err != nil {
			t.Fatal(err)
		}
		conn, err := pgx.Connect(t.Context(), l.App)
		if err != nil {
			t.Errorf("%q does not let in: %v", password, err)
			continue
		}
		_ = conn.Close(t.Context())
		var kept string
		err = db.Admin(t).QueryRow(t.Context(), "select rolpassword from pg_authid where rolname = $1", pgtest.LoginName(l.App)).Scan(&kept)
		if err != nil || !strings.HasPrefix(kept, "SCRAM-SHA-256$4096:") {
			t.Errorf("kept %q, %v", kept, err)
		}
	}
	wrong := withPassword(t, db.AppDSN, "wrong")
	if conn, err := pgx.Connect(t.Context(), wrong); err == nil {
		_ = conn.Close(t.Context())
		t.Error("a wrong password lets in")
	}
}

func withPassword(t *testing.T, dsn, password string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(u.User.Username(), password)
	return u.String()
}

// A managed database gives no superuser away: a role that may create roles and databases must do.
func TestInitRolesWithoutASuperuser(t *testing.T) {
	t.Parallel()
	db := pgtest.NewEmpty(t)
	name := pgtest.LoginName(db.AppDSN) + "_managed"
	db.Exec(t, "create role "+name+" login createrole createdb password 'for-tests-only'")
	admin := withDatabase(t, db.AppDSN, name, "postgres")
	l := migrations.Logins{
		App: withDatabase(t, db.AppDSN, name+"_a", name), Platform: withDatabase(t, db.AppDSN, name+"_p", name),
		Migrate: withDatabase(t, db.AppDSN, name+"_m", name),
	}
	t.Cleanup(func() {
		db.Exec(t, "drop database if exists "+name+" with (force)")
		db.Exec(t, "drop role if exists "+strings.Join([]string{name, name + "_a", name + "_p", name + "_m"}, ", "))
	})
	if err := migrations.InitRoles(t.Context(), admin, l); err != nil {
		t.Fatal(err)
	}
	applied, err := migrations.Up(t.Context(), l.Migrate)
	if err != nil || len(applied) == 0 {
		t.Fatalf("migrate: %v, %v", applied, err)
	}
	if pending, err := migrations.Pending(t.Context(), l.Platform); err != nil || len(pending) != 0 {
		t.Errorf("pending = %v, %v", pending, err)
	}
}

// withDatabase returns dsn for another user, with the tests' password, and another database.
func withDatabase(t *testing.T, dsn, user, database string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	password, _ := u.User.Password()
	u.User, u.Path = url.UserPassword(user, password), "/"+database
	return u.String()
}

// What PostgreSQL gives to everybody is taken back, and what the group roles get is what the design says.
func TestEverybodyHasNothing(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	outsider := pgtest.LoginName(db.AppDSN) + "_outsider"
	db.Exec(t, "create role "+outsider+" login password 'for-tests-only'")
	t.Cleanup(func() { db.Exec(t, "drop role "+outsider) })
	rows, err := db.Admin(t).Query(t.Context(), `
		select 'database ' || p from unnest(array['CONNECT', 'TEMPORARY', 'CREATE']) p where has_database_privilege($1, current_database(), p)
		union all
		select n || ' ' || p from unnest(array['tenant', 'platform', 'public']) n, unnest(array['USAGE', 'CREATE']) p where has_schema_privilege($1, n, p)
		union all
		select p.oid::regprocedure::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace
		where n.nspname in ('tenant', 'platform') and has_function_privilege($1, p.oid, 'EXECUTE')
		union all
		select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
		where n.nspname in ('tenant', 'platform') and c.relkind in ('r', 'v') and has_table_privilege($1, c.oid, 'SELECT, INSERT, UPDATE, DELETE')`, outsider)
	if err != nil {
		t.Fatal(err)
	}
	may, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(may) != 0 {
		t.Errorf("everybody may: %v, %v", may, err)
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
