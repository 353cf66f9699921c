package migrations_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"parlor/migrations/pgtest"
)

// River's own migrations run beside ours, and both schemas must come out the same.
func TestJobsTablesAreRivers(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	admin := db.Admin(t)
	db.Exec(t, "create schema river_own")
	pool, err := pgxpool.New(t.Context(), db.AdminDSN)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	theirs, err := rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{Schema: "river_own"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := theirs.Migrate(t.Context(), rivermigrate.DirectionUp, nil); err != nil {
		t.Fatal(err)
	}
	want, got := describe(t, admin, "river_own"), describe(t, admin, "platform")
	if len(want) < 60 {
		t.Fatalf("River's schema has only %d facts: %v", len(want), want)
	}
	for _, fact := range want {
		if !slices.Contains(got, fact) {
			t.Errorf("River has, and we have not: %s", fact)
		}
	}
	for _, fact := range got {
		if !slices.Contains(want, fact) {
			t.Errorf("we have, and River has not: %s", fact)
		}
	}
}

// The service's own role reads River's book and finds nothing missing.
func TestRiverFindsNothingToMigrate(t *testing.T) {
	t.Parallel()
	pool, err := pgxpool.New(t.Context(), pgtest.New(t).PlatformDSN)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	ours, err := rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{Schema: "platform"})
	if err != nil {
		t.Fatal(err)
	}
	if r, err := ours.Validate(t.Context(), nil); err != nil || !r.OK {
		t.Errorf("River says %+v, %v", r, err)
	}
}

// describe lists what can be said of River's tables in a schema: columns, constraints, indexes, the state's values, the function. The
// schema's own name is left out.
func describe(t *testing.T, conn *pgx.Conn, schema string) []string {
	t.Helper()
	rows, err := conn.Query(t.Context(), `
		with tables as (
		    select c.* from pg_class c join pg_namespace n on n.oid = c.relnamespace
		    where n.nspname = $1 and c.relname like 'river\_%' and c.relkind = 'r')
		select concat_ws(' ', 'table', relname, relpersistence) from tables
		union all
		select concat_ws(' ', 'column', t.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid))
		from tables t join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
		    left join pg_attrdef d on d.adrelid = t.oid and d.adnum = a.attnum
		union all
		select concat_ws(' ', 'constraint', t.relname, c.conname, pg_get_constraintdef(c.oid)) from tables t join pg_constraint c on c.conrelid = t.oid
		union all
		select concat_ws(' ', 'index', pg_get_indexdef(i.indexrelid)) from tables t join pg_index i on i.indrelid = t.oid
		union all
		select concat_ws(' ', 'trigger', t.relname, g.tgname) from tables t join pg_trigger g on g.tgrelid = t.oid and not g.tgisinternal
		union all
		select concat_ws(' ', 'state', e.enumlabel) from pg_enum e join pg_type y on y.oid = e.enumtypid join pg_namespace n on n.oid = y.typnamespace
		where n.nspname = $1 and y.typname = 'river_job_state'
		union all
		select concat_ws(' ', 'function', p.proname, p.provolatile, pg_get_function_arguments(p.oid), pg_get_function_result(p.oid),
		    regexp_replace(lower(p.prosrc), '[\s;]+', '', 'g'))
		from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname = $1 and p.proname like 'river\_%'`, schema)
	if err != nil {
		t.Fatal(err)
	}
	facts, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	for i, fact := range facts {
		// River renames a table on its way, which leaves a 1 behind in the name of a key.
		facts[i] = strings.ReplaceAll(strings.ReplaceAll(fact, schema+".", ""), "river_migration_pkey1", "river_migration_pkey")
	}
	slices.Sort(facts)
	return facts
}
