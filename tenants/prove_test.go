package tenants_test

import (
	"strings"
	"testing"

	"parlor/migrations/pgtest"
	"parlor/tenants"
)

func openTenants(tb testing.TB, dsn string) *tenants.DB {
	tb.Helper()
	d, err := tenants.Open(tb.Context(), dsn, tenants.Options{AuditKey: make([]byte, tenants.AuditKeyBytes)})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(d.Close)
	return d
}

func prove(t *testing.T, dsn string) tenants.Proof {
	t.Helper()
	p, err := openTenants(t, dsn).ProveIsolation(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestProveIsolation(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	p := prove(t, db.AppDSN)
	if !p.OK() {
		t.Errorf("a fresh database is not proved:\n%s", p)
	}
	if len(p.Lines) < 100 || !strings.Contains(p.String(), "Isolation holds") {
		t.Errorf("%d lines:\n%s", len(p.Lines), p)
	}
	var left int
	err := db.Admin(t).QueryRow(t.Context(), "select count(*) from tenant.participants").Scan(&left)
	if err != nil || left != 0 {
		t.Errorf("the probe left %d rows behind, %v", left, err)
	}
}

// Each fault is made on a database of its own, and the report must name it.
func TestProveIsolationNamesFaults(t *testing.T) {
	t.Parallel()
	faults := map[string]struct{ sql, want string }{
		"table without FORCE": {
			`alter table tenant.messages no force row level security`, "row security is not forced: tenant.messages",
		},
		"row security off": {
			`alter table tenant.messages disable row level security`, "row security is not enabled: tenant.messages",
		},
		"second policy": {
			`create policy second on tenant.messages using (true)`, "not exactly one policy: tenant.messages has 2",
		},
		"policy for one role": {
			`alter policy account_rows on tenant.messages to parlor_app`,
			"policy is not permissive, for all commands and for public: tenant.messages account_rows",
		},
		"wider policy": {
			`alter policy account_rows on tenant.messages using (true)`, "policy says something else: tenant.messages account_rows",
		},
		"wider check": {
			`alter policy account_rows on tenant.messages with check (true)`, "policy says something else: tenant.messages account_rows",
		},
		"no policy": {`drop policy account_rows on tenant.messages`, "not exactly one policy: tenant.messages has 0"},
		"app role owns a table": {
			`grant create on schema tenant to APP; alter table tenant.messages owner to APP; revoke create on schema tenant from APP`,
			"table is owned by a service role: tenant.messages by APP",
		},
		"app role is a member of the owner": {`grant parlor_owner to APP`, "app role can become a stronger role: parlor_owner"},
		"app role is a superuser":           {`alter role APP superuser`, "app role is a superuser: APP"},
		"app role bypasses":                 {`alter role APP bypassrls`, "app role bypasses row security: APP"},
		"app role may create":               {`grant create on schema tenant to APP`, "app role may create in a schema: tenant"},
		"app role may make temporary tables": {
			`do $$ begin execute format('grant temporary on database %I to APP', current_database()); end $$`,
			"app role may create in the database: TEMPORARY",
		},
		"app role reads sessions":     {`grant select on platform.sessions to APP`, "app role has a privilege too many: platform.sessions SELECT"},
		"app role reads one column":   {`grant select (subject) on platform.identities to APP`, "app role has a column privilege too many: platform.identities SELECT(subject)"},
		"app role rewrites the audit": {`grant update on tenant.audit to APP`, "app role has a privilege too many: tenant.audit UPDATE"},
		"app role truncates":          {`grant truncate on tenant.messages to APP`, "app role has a privilege too many: tenant.messages TRUNCATE"},
		"key without account_id": {
			`alter table tenant.messages add constraint by_mid unique (mid)`, "key does not lead with account_id: tenant.messages by_mid",
		},
		"foreign key without account_id": {
			`create unique index on tenant.participants (participant_id); alter table tenant.conversations add constraint loose
				foreign key (participant_id) references tenant.participants (participant_id)`,
			"key does not lead with account_id: tenant.conversations loose",
		},
		"unique index without account_id": {
			`create unique index loose on tenant.messages (mid)`, "unique index does not lead with account_id: tenant.loose",
		},
		"table on no list": {`create table tenant.extra (account_id uuid)`, "table on no list: tenant.extra"},
		"view":             {`create view tenant.peek as select * from tenant.messages`, "view on no list: tenant.peek"},
		"definer function": {
			`create function public.peek() returns bigint language sql security definer as 'select count(*) from tenant.messages'`,
			"security definer function on no list: public.peek",
		},
		"trigger": {
			`create function platform.noop() returns trigger language plpgsql as 'begin return new; end';
				create trigger spy before insert on tenant.messages for each row execute function platform.noop()`,
			"trigger or rule on no list: tenant.messages.spy",
		},
		"view in another schema": {
			`create view public.peek as select * from tenant.messages; grant select on public.peek to APP`,
			"app role has a privilege too many: public.peek SELECT",
		},
		"materialised view in another schema": {
			`create materialized view public.kept as select * from tenant.messages; grant select on public.kept to public`,
			"app role has a privilege too many: public.kept SELECT",
		},
		"materialised view": {`create materialized view tenant.kept as select * from tenant.messages`, "view on no list: tenant.kept"},
		"rule": {
			`create rule double as on insert to tenant.messages do also select 1`, "trigger or rule on no list: tenant.messages.double",
		},
		"inherited table": {`create table tenant.child () inherits (tenant.messages)`, "table on no list: tenant.child"},
		"grant to public": {
			`grant select on tenant.messages to public`, "somebody else has a privilege on an account's table: tenant.messages SELECT to public",
		},
		"grant of a column to public": {
			`grant select (text) on tenant.messages to public`, "somebody else has a privilege on an account's table: tenant.messages SELECT to public",
		},
		"grant to the platform role": {
			`grant select on tenant.messages to PLATFORM`, "somebody else has a privilege on an account's table: tenant.messages SELECT to PLATFORM",
		},
		"function before the built-in one": {
			`create function public.set_config(text, text, boolean) returns text language sql as 'select $2';
				alter role APP set search_path = public, pg_catalog`,
			"search path puts other schemas before pg_catalog: public, pg_catalog",
		},
		"account preset for the database": {
			`do $$ begin execute format('alter database %I set app.account_id = %L', current_database(),
				'00000000-0000-7000-8000-00000000000a'); end $$`, "an account is set outside a transaction: database",
		},
		"nullable account": {
			`alter table tenant.messages drop constraint messages_pkey cascade; alter table tenant.messages alter account_id drop not null`,
			"account_id is missing, nullable or no uuid: tenant.messages",
		},
		"table outside the schemas": {
			`create table public.copied (x text); grant select on public.copied to APP`, "app role has a privilege too many: public.copied SELECT",
		},
		"account preset for the role": {
			`alter role APP set app.account_id = '00000000-0000-7000-8000-00000000000a'`, "an account is set outside a transaction: connection",
		},
		"role preset":               {`create role other_APP; grant other_APP to APP; alter role APP set role = other_APP`, "connection does not act as the role"},
		"row security switched off": {`alter role APP set row_security = off`, "row_security is switched off: off"},
	}
	for name, f := range faults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := pgtest.New(t)
			app := pgtest.LoginName(db.AppDSN)
			names := strings.NewReplacer("APP", app, "PLATFORM", pgtest.LoginName(db.PlatformDSN))
			db.Exec(t, names.Replace(f.sql))
			p := prove(t, db.AppDSN)
			want := "FAIL  catalogue: " + names.Replace(f.want)
			if p.OK() || !strings.Contains(p.String(), want) {
				t.Errorf("want %q in\n%s", want, p)
			}
			if strings.Contains(f.sql, "create role") {
				db.Exec(t, strings.ReplaceAll("alter role APP reset role; drop role other_APP", "APP", app))
			}
		})
	}
}
