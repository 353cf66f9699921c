package tenants_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"parlor/migrations/pgtest"
	"parlor/tenants"
)

// fillEveryTable puts a row of each account into every table of schema tenant, whatever its columns: a table that a later migration adds is
// filled, too. Foreign keys and checks are out of the way for it.
func fillEveryTable(t *testing.T, db *pgtest.Database, accounts ...tenants.AccountID) (tables []string) {
	t.Helper()
	conn := db.Admin(t)
	db.Exec(t, `do $$ declare c record; begin
		for c in select conrelid::regclass as t, conname from pg_constraint where contype = 'c' and connamespace = 'tenant'::regnamespace loop
			execute format('alter table %s drop constraint %I', c.t, c.conname);
		end loop; end $$`)
	rows, err := conn.Query(t.Context(), `select c.table_name, string_agg(quote_ident(c.column_name), ', ' order by c.ordinal_position),
			string_agg(case when c.column_name = 'account_id' then '$1' when c.data_type = 'uuid' then 'gen_random_uuid()' when c.data_type = 'text' then '''x'''
				when c.data_type = 'bytea' then '''\x00''' when c.data_type like 'timestamp%' then 'now()' when c.data_type = 'jsonb' then '''{}'''
				when c.data_type = 'boolean' then 'true' when c.data_type = 'tsvector' then '''x''' when c.data_type = 'ARRAY' then '''{}''' else '1' end, ', ' order by c.ordinal_position)
		from information_schema.columns c join pg_tables p on p.schemaname = c.table_schema and p.tablename = c.table_name
		where c.table_schema = 'tenant' and (c.is_nullable = 'NO' and c.column_default is null and c.is_identity = 'NO' or c.column_name = 'account_id')
		group by c.table_name order by 1`)
	if err != nil {
		t.Fatal(err)
	}
	inserts, err := pgx.CollectRows(rows, pgx.RowToStructByPos[struct{ Table, Columns, Values string }])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), "set session_replication_role = replica"); err != nil {
		t.Fatal(err)
	}
	for _, in := range inserts {
		tables = append(tables, in.Table)
		for _, account := range accounts {
			if _, err := conn.Exec(t.Context(), fmt.Sprintf("insert into tenant.%s (%s) values (%s)", in.Table, in.Columns, in.Values), account); err != nil {
				t.Fatalf("%s: %v", in.Table, err)
			}
		}
	}
	return tables
}

// markDeleting leaves the account as a request to delete it does.
func markDeleting(t *testing.T, db *pgtest.Database, account tenants.AccountID) {
	t.Helper()
	db.Exec(t, "update platform.accounts set status = 'suspended', status_reason = $2 where account_id = $1", account, tenants.Deleting)
}

func TestEraseAccountLeavesNoTableOut(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	d := openTenants(t, db.AppDSN)
	mine, other := newAccount(t, db, "17841400000000001"), newAccount(t, db, "17841400000000002")
	tables := fillEveryTable(t, db, mine, other)
	if len(tables) < 20 {
		t.Fatalf("only %d tables: %v", len(tables), tables)
	}
	if _, err := d.EraseAccount(t.Context()); !errors.Is(err, tenants.ErrNoAccount) {
		t.Errorf("without an account: %v", err)
	}
	markDeleting(t, db, mine)
	removed, err := d.EraseAccount(tenants.WithAccount(t.Context(), mine))
	if err != nil {
		t.Fatal(err)
	}
	conn := db.Admin(t)
	for _, table := range tables {
		var left, others int64
		err := conn.QueryRow(t.Context(), "select count(*) filter (where account_id = $1), count(*) filter (where account_id = $2) from tenant."+table, mine, other).Scan(&left, &others)
		if err != nil || left != 0 || others != 1 {
			t.Errorf("%s: %d rows are left, the other account has %d, %v", table, left, others, err)
		}
		if table != "audit_heads" && removed["tenant."+table] != 1 {
			t.Errorf("%s: %d rows on the receipt", table, removed["tenant."+table])
		}
	}
	if again, err := d.EraseAccount(tenants.WithAccount(t.Context(), mine)); err != nil || again.Total() != 0 {
		t.Errorf("done again: %v, %v", again, err)
	}
}

// Nobody else can use the function that erases an account's log, and it reaches no other account.
func TestEraseAuditReachesOneAccount(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	d := openTenants(t, db.AppDSN)
	mine, other := newAccount(t, db, "17841400000000001"), newAccount(t, db, "17841400000000002")
	fillEveryTable(t, db, mine, other)
	if _, err := d.EraseAccount(tenants.WithAccount(t.Context(), mine)); err == nil || !strings.Contains(err.Error(), "not being deleted") {
		t.Errorf("the log of an account that is not being deleted: %v", err)
	}
	markDeleting(t, db, mine)
	for dsn, want := range map[string]string{db.PlatformDSN: "permission denied", db.AppDSN: "no account is entered"} {
		conn, err := pgx.Connect(t.Context(), dsn)
		if err != nil {
			t.Fatal(err)
		}
		_, err = conn.Exec(t.Context(), "select tenant.erase_audit()")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("err = %v, want %s", err, want)
		}
		_ = conn.Close(t.Context())
	}
	if _, err := d.EraseAccount(tenants.WithAccount(t.Context(), mine)); err != nil {
		t.Fatal(err)
	}
	var others, noted int
	err := db.Admin(t).QueryRow(t.Context(), `select (select count(*) from tenant.audit where account_id = $1),
		(select count(*) from platform.audit where action = 'account.audit_erased' and target = $2)`, other, mine.String()).Scan(&others, &noted)
	if err != nil || others != 1 || noted != 1 {
		t.Errorf("the other account has %d lines, the installation's log %d, %v", others, noted, err)
	}
}

// What comes late for an account that is being deleted, a request of a visit for example, makes the deletion begin again; afterwards it fails.
func TestNoLineStaysForAnAccountThatIsGone(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	d, p := openTenants(t, db.AppDSN), openPlatform(t, db)
	mine := newAccount(t, db, "17841400000000001")
	ctx := tenants.WithAccount(t.Context(), mine)
	markDeleting(t, db, mine)
	late := func(tx *tenants.PlatformTx) error {
		return tx.AuditAccount(ctx, mine, tenants.AuditEntry{Action: "support.request"})
	}
	erase := func(tx *tenants.PlatformTx) error {
		return tenants.NewAccounts(p).Erase(ctx, tx, mine, "account_deletion", tenants.Removed{})
	}
	if _, err := d.EraseAccount(ctx); err != nil {
		t.Fatal(err)
	}
	inTx(t, p, late)
	if pg, ok := errors.AsType[*pgconn.PgError](p.InTx(ctx, erase)); !ok || pg.Code != "23503" {
		t.Fatalf("a line is left, and the deletion says %v", pg)
	}
	if _, err := d.EraseAccount(ctx); err != nil {
		t.Fatal(err)
	}
	inTx(t, p, erase)
	if err := p.InTx(ctx, late); !errors.Is(err, tenants.ErrNotFound) {
		t.Errorf("a line for an account that is gone: %v", err)
	}
}

// Every table of an account leads to the account's row by foreign keys, so that nothing can come when that is gone. Lines of the log go by their
// head, which each of them touches.
func TestEveryTableHangsOnItsAccount(t *testing.T) {
	t.Parallel()
	rows, err := pgtest.New(t).Admin(t).Query(t.Context(), `
		with recursive hangs as (
			select 'platform.accounts'::regclass::oid as t
			union
			select c.conrelid from pg_constraint c join hangs h on c.confrelid = h.t where c.contype = 'f' and exists (
				select from pg_attribute a where a.attrelid = c.conrelid and a.attname = 'account_id' and a.attnum = any (c.conkey)))
		select relname from pg_class where relnamespace = 'tenant'::regnamespace and relkind in ('r', 'p') and oid not in (select t from hangs)`)
	if err != nil {
		t.Fatal(err)
	}
	loose, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(loose) != 1 || loose[0] != "audit" {
		t.Errorf("tables that hang on no account: %v, %v", loose, err)
	}
}

// Who was nothing but a member goes with the account; who is somebody elsewhere stays, out of it.
func TestErasedAccountsTakeTheirPeopleAlong(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	p := openPlatform(t, db)
	accounts, members := tenants.NewAccounts(p), tenants.NewMemberships(p)
	mine, other := newAccount(t, db, "17841400000000001"), newAccount(t, db, "17841400000000002")
	alone, both := newUser(t, p, "17841400000000001"), newUser(t, p, "2")
	ctx := t.Context()
	inTx(t, p, func(tx *tenants.PlatformTx) error {
		_, err := members.Grant(ctx, tx, mine, alone, tenants.RoleOwner)
		_, err2 := members.Grant(ctx, tx, mine, both, tenants.RoleAgent)
		_, err3 := members.Grant(ctx, tx, other, both, tenants.RoleOwner)
		return errors.Join(err, err2, err3)
	})
	before, err := p.LastAuthEvent(ctx)
	if err != nil {
		t.Fatal(err)
	}
	removed := tenants.Removed{"tenant.messages": 3}
	inTx(t, p, func(tx *tenants.PlatformTx) error { return accounts.Erase(ctx, tx, mine, "account_deletion", removed) })
	if removed["platform.memberships"] != 2 || removed["platform.accounts"] != 1 || removed["platform.users"] != 1 || removed["platform.identities"] != 1 {
		t.Errorf("removed = %v", removed)
	}
	events, err := p.AuthEvents(ctx, before)
	if err != nil {
		t.Fatal(err)
	}
	out := map[tenants.UserID]bool{}
	for _, e := range events {
		if e.Kind == tenants.MembershipRemoved && e.AccountID == mine && e.Version == 2 {
			out[e.UserID] = true
		}
	}
	if !out[alone] || !out[both] {
		t.Errorf("told to leave: %v", events)
	}
	if list, err := accounts.ForUser(ctx, both); err != nil || len(list) != 1 || list[0].ID != other {
		t.Errorf("who stays has %+v, %v", list, err)
	}
	reason, left, err := accounts.Tombstone(ctx, mine)
	if err != nil || reason != "account_deletion" || left.Total() != removed.Total() {
		t.Errorf("tombstone: %s, %v, %v", reason, left, err)
	}
	err = p.InTx(ctx, func(tx *tenants.PlatformTx) error { return accounts.Erase(ctx, tx, mine, "again", tenants.Removed{}) })
	if !errors.Is(err, tenants.ErrNotFound) {
		t.Errorf("again: %v", err)
	}
	inTx(t, p, func(tx *tenants.PlatformTx) error {
		fresh, created, err := accounts.FindOrCreate(ctx, tx, tenants.NewAccount{InstagramUserID: "17841400000000001"})
		if !created || fresh.ID == mine {
			t.Errorf("the next sign-in found %+v", fresh)
		}
		return err
	})
}

func TestAccountsAreFoundByEitherOfInstagramsIDs(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	accounts := tenants.NewAccounts(openPlatform(t, db))
	mine := newAccount(t, db, "17841400000000001")
	newAccount(t, db, "17841400000000002")
	db.Exec(t, "update platform.accounts set instagram_app_scoped_id = '9001' where account_id = $1", mine)
	for id, want := range map[string]int{"17841400000000001": 1, "9001": 1, "9002": 0, "": 0} {
		list, err := accounts.ByInstagramAnyID(t.Context(), id)
		if err != nil || len(list) != want || want == 1 && list[0].ID != mine {
			t.Errorf("%q: %+v, %v", id, list, err)
		}
	}
}
