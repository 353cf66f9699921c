package tenants_test

import (
	"errors"
	"testing"

	"gorm.io/gorm"

	"parlor/tenants"
)

// TestFragments shows which words a caller may use. The refused ones never reach PostgreSQL.
func TestFragments(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	innocent := []string{
		"extract(epoch from now()) > 0", "trim(both from name) = 'x'", "trim(leading 'x' from name) <> ''",
		"substring(name from 1 for 2) = 'ow'", "overlay(name placing 'x' from 1 for 1) <> ''", "position('w' in name) > 0",
		"name is distinct from email", "name is not distinct from 'select * from x'", "name <> 'it''s; -- no comment /* at all */'",
		`contacts."name" is not null`, `"contacts"."score" between 1 and 100`, "(score, id) > (1, '" + sharedID.String() + "')",
		"score::numeric(10,2) > 1.5", "case when score > 5 then true else false end", "name ~* '^own' and not (score % 2 = 0)",
		"now() at time zone 'utc' > '2020-01-01'", "cast(score as text) like '%5%'", "score = any(array[5,7,9])",
		"coalesce(nullif(name, ''), email, 'union') <> ''", "date_trunc('day', now()) < now() + interval '1 day'",
		"to_tsvector('simple', name) @@ websearch_to_tsquery('simple', 'ann')", "concat_ws(' ', name, email) ilike '%table%'",
		"name = 'delete from contacts' or score > 0", "jsonb_build_object('select', name) ->> 'select' is not null",
		"score > 0\nor\nscore < 0", "1.5 < score", "email like '%@example.org'",
	}
	for _, text := range innocent {
		if err := f.whereError(text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	hostile := []string{
		"exists (select 1)", "id in (select id from tenant.contacts)", "true union select 1", "true) or (true", "(true", "false)",
		"false --", "true /* */", "false; select 1", "name = $1", `name = E'\''`, "name = U&'x'", "true\x00", "`name` = 'x'", "name = 'x", `"name = 'x'`,
		"pg_sleep(1) is null", "set_config('app.account_id', '', true) = ''", "current_setting('app.account_id') = ''", "nextval('x') > 0",
		"query_to_xml('select 1', true, false, '') is null", "Query_To_XML ('select 1', true, false, '') is null",
		`"query_to_xml"('select 1', true, false, '') is null`, "pg_catalog.lower(name) = ''", "pg_read_file('x') = ''", "dblink('x', 'y') is null",
		"lo_get(1) is null", "table tenant.contacts", "values (1)", "with x as (values (1)) true", "name from tenant.contacts", "true returning *",
		"extract(epoch from now()) > 0 from tenant.contacts", "trim((select name)) = ''", "for update", "true for update", "SeLeCt 1", "select\t1",
		"lateral x", "true\nunion\nall\nselect 1", "1.union select 1", ".select", "name is not null tablesample system (1)", "true into x",
		"delete", "update x", "insert", "drop table x", "copy x", "do x", "call x()", "execute x", "grant x", "set x = 1", "begin", "listen x",
		"name distinct from tenant.contacts", "where true", "true window w as ()", "with", "join x on true", "ts_stat('select 1') is null", "has_table_privilege('x', 'y')",
	}
	for _, text := range hostile {
		if err := f.whereError(text); !errors.Is(err, tenants.ErrFragment) {
			t.Errorf("%q: err = %v, want ErrFragment", text, err)
		}
	}
}

func (f fixture) whereError(text string) error {
	return f.db.Read(f.ctx, &[]contact{}, func(q *gorm.DB) *gorm.DB { return q.Where(text) })
}
