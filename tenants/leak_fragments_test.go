package tenants_test

import (
	"context"
	"database/sql/driver"

	"github.com/jackc/pgx/v5"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"parlor/tenants"
)

const allNames = "(select string_agg(name, ',') from tenant.contacts)"

// names finds one text column under the name that contact gives it.
func names(e *env, g *gorm.DB) error {
	var out []string
	err := g.Find(&out).Error
	e.saw(out)
	return err
}

func contacts(g *gorm.DB) *gorm.DB { return g.Model(&contact{}) }

// SQL text and expressions in every place that takes them.
var fragmentAttempts = []attempt{
	{name: "sub-select in Select", do: func(e *env) error { return names(e, contacts(e.db).Select(allNames+" as name")) }},
	{name: "sub-select among columns", do: func(e *env) error { return find[contact](e, e.db.Select([]string{"id", allNames + " as name"})) }},
	{name: "sub-select with arguments", do: func(e *env) error {
		return names(e, contacts(e.db).Select("coalesce(?, "+allNames+") as name", nil))
	}},
	{name: "FROM in Select", do: func(e *env) error {
		return names(e, contacts(e.db).Select("c.name from tenant.contacts c, tenant.contacts"))
	}},
	{name: "UNION in Select", do: func(e *env) error {
		return names(e, contacts(e.db).Select("name from tenant.contacts union select name"))
	}},
	{name: "UNION in Having", do: func(e *env) error {
		return names(e, contacts(e.db).Select("name").Group("name").Having("true union select name from tenant.contacts"))
	}},
	{name: "UNION in Group", do: func(e *env) error {
		return names(e, contacts(e.db).Select("name").Group("name union select name from tenant.contacts"))
	}},
	{name: "UNION in Where", do: func(e *env) error {
		return names(e, contacts(e.db).Select("name").Where("true) union (select name from tenant.contacts"))
	}},
	{name: "WITH in Where", do: func(e *env) error {
		return names(e, contacts(e.db).Select("(with x as (select * from tenant.contacts) select string_agg(name, ',') from x) as name"))
	}},
	{name: "TABLE command", do: func(e *env) error {
		return names(e, contacts(e.db).Select("(select string_agg(x.name, ',') from (table tenant.contacts) x) as name"))
	}},
	{name: "sub-select in Order", do: func(e *env) error {
		return find[contact](e, e.db.Or("true").Order("(select 1 from tenant.contacts limit 1)"))
	}},
	{name: "order expression", do: func(e *env) error {
		return find[contact](e, e.db.Or("true").Clauses(clause.OrderBy{Expression: clause.Expr{SQL: "(select 1)"}}))
	}},
	{name: "Pluck of a sub-select", do: func(e *env) error {
		var out []string
		err := contacts(e.db).Pluck(allNames+" as name", &out).Error
		e.saw(out)
		return err
	}},
	{name: "Distinct sub-select", do: func(e *env) error { return names(e, contacts(e.db).Distinct(allNames)) }},
	{name: "raw column in Select", do: func(e *env) error {
		return names(e, contacts(e.db).Clauses(clause.Select{Columns: []clause.Column{{Name: allNames, Raw: true}}}))
	}},
	{name: "raw alias in Select", do: func(e *env) error {
		return names(e, contacts(e.db).Clauses(clause.Select{Columns: []clause.Column{{Name: "name", Alias: "n, " + allNames + " as name", Raw: true}}}))
	}},
	{name: "raw table of a column", do: func(e *env) error {
		return names(e, contacts(e.db).Clauses(clause.Select{Columns: []clause.Column{{Table: "(select c from tenant.contacts c limit 1)", Name: "name", Raw: true}}}))
	}},
	{name: "Select expression clause", do: func(e *env) error {
		return names(e, contacts(e.db).Clauses(clause.Select{Expression: clause.Expr{SQL: allNames}}))
	}},
	{name: "comma expression", do: func(e *env) error {
		return names(e, contacts(e.db).Clauses(clause.Select{Expression: clause.CommaExpression{Exprs: []clause.Expression{clause.Expr{SQL: allNames}}}}))
	}},
	{name: "query_to_xml", do: func(e *env) error {
		return names(e, contacts(e.db).Select("query_to_xml('select name from tenant.contacts', true, false, '')::text as name"))
	}},
	{name: "table_to_xml", do: func(e *env) error {
		return names(e, contacts(e.db).Select("table_to_xml('tenant.contacts', true, true, '')::text as name"))
	}},
	{name: "quoted function", do: func(e *env) error {
		return names(e, contacts(e.db).Select(`"query_to_xml"('select name from tenant.contacts', true, true, '')::text as name`))
	}},
	{name: "qualified function", do: func(e *env) error {
		return names(e, contacts(e.db).Select(`pg_catalog.query_to_xml('select name from tenant.contacts', true, true, '')::text as name`))
	}},
	{name: "ts_stat", do: func(e *env) error {
		return names(e, contacts(e.db).Select("(ts_stat('select to_tsvector(name) from tenant.contacts')).word as name"))
	}},
	{name: "set_config in Select", settings: true, do: func(e *env) error {
		return names(e, contacts(e.db).Select("set_config('app.account_id', '"+other.String()+"', true) || name as name").Or("true"))
	}},
	{name: "set_config, then find", settings: true, do: func(e *env) error {
		if err := names(e, contacts(e.db).Select("set_config('app.account_id', '"+other.String()+"', true)")); err != nil {
			return err
		}
		return find[contact](e, e.fresh())
	}},
	{name: "expression as argument", do: func(e *env) error { return names(e, contacts(e.db).Select("? as name", gorm.Expr(allNames))) }},
	{name: "expression within an expression", do: func(e *env) error {
		return names(e, contacts(e.db).Select("? as name", gorm.Expr("upper(?)", gorm.Expr(allNames))))
	}},
	{name: "expression behind a name", do: func(e *env) error {
		return names(e, contacts(e.db).Select("@x as name", map[string]any{"x": gorm.Expr(allNames)}))
	}},
	{name: "expression in a struct of names", do: func(e *env) error {
		return names(e, contacts(e.db).Select("@X as name", struct{ X any }{gorm.Expr(allNames)}))
	}},
	{name: "expression in a list", do: func(e *env) error {
		return names(e, contacts(e.db).Select("concat(?) as name", []any{"", gorm.Expr(allNames)}))
	}},
	{name: "sub-select put together from clauses", do: func(e *env) error {
		return names(e, contacts(e.db).Select("(? ?) as name",
			clause.Select{Expression: clause.Expr{SQL: "string_agg(name, ',')"}},
			clause.From{Tables: []clause.Table{{Name: "tenant.contacts"}}}))
	}},
	{name: "words glued together", do: func(e *env) error {
		return names(e, contacts(e.db).Select("(se? string_agg(name, ',') fr? tenant.contacts) as name", gorm.Expr("lect"), gorm.Expr("om")))
	}},
	{name: "comment glued together", do: func(e *env) error {
		return find[contact](e, e.db.Where("1 = -? (\n) OR (true", gorm.Expr("-1")))
	}},
	{name: "call glued together", do: func(e *env) error {
		return names(e, contacts(e.db).Select("? ('select name from tenant.contacts', true, true, '')::text as name", gorm.Expr("query_to_xml")))
	}},
	{name: "call glued the other way", do: func(e *env) error {
		return names(e, contacts(e.db).Select("query_to_xml ?", gorm.Expr("('select name from tenant.contacts', true, true, '')")))
	}},
	{name: "quotes around a placeholder", do: func(e *env) error {
		return find[contact](e, e.db.Where("name <> '?'", e.fresh().Model(&contact{}).Select("name").Where("name <> ' ) OR true OR ( '")).Or("true"))
	}},
	{name: "expression of a type of its own", do: func(e *env) error { return find[contact](e, e.db.Where(anything{"true OR true"}).Or("true")) }},
	{name: "pointer to an expression", do: func(e *env) error {
		return names(e, contacts(e.db).Select("? as name", &clause.Expr{SQL: allNames}))
	}},
	{name: "value that builds SQL", do: func(e *env) error { return names(e, contacts(e.db).Select("? as name", builder{allNames})) }},
	{name: "driver value that is an expression", do: func(e *env) error {
		return find[contact](e, e.db.Where(valuer{clause.Expr{SQL: "true OR true"}}).Or("true"))
	}},
	{name: "value that rewrites the query", do: func(e *env) error {
		return names(e, contacts(e.db).Select("coalesce(?, '') as name", rewriter("x")))
	}},
	{name: "execution mode as a value", do: func(e *env) error {
		return find[contact](e, e.db.Where("? is not null", pgx.QueryExecModeSimpleProtocol).Or("true"))
	}},
	{name: "sub-query with SQL of its own", do: func(e *env) error {
		return names(e, contacts(e.db).Select("(?) as name", e.fresh().Raw("select string_agg(name, ',') from tenant.contacts")))
	}},
	{name: "sub-query", do: func(e *env) error {
		return names(e, contacts(e.db).Select("(?) as name", contacts(e.fresh()).Select("string_agg(name, ',')")))
	}},
	{name: "sub-query over a table's name", do: func(e *env) error {
		return names(e, contacts(e.db).Select("(?) as name", e.fresh().Table("tenant.contacts").Select("string_agg(name, ',')")))
	}},
	{name: "sub-query of the other account", do: func(e *env) error {
		g := e.db.Session(&gorm.Session{NewDB: true, Context: tenants.WithAccount(e.ctx, other)})
		return names(e, contacts(e.db).Select("(?) as name", contacts(g).Select("string_agg(name, ',')")))
	}},
	{name: "sub-query within a sub-query", do: func(e *env) error {
		inner := e.fresh().Model(&note{}).Select("(?)", contacts(e.fresh()).Select("string_agg(name, ',')")).Limit(1)
		return names(e, contacts(e.db).Select("(?) as name", inner))
	}},
	{name: "sub-query hidden in a struct", do: func(e *env) error {
		type hidden struct{ *gorm.DB }
		return names(e, contacts(e.db).Select("(?) as name", hidden{e.fresh().Raw("select string_agg(name, ',') from tenant.contacts")}))
	}},
	{name: "statement as a value", do: func(e *env) error {
		return names(e, contacts(e.db).Select("(?) as name", e.fresh().Raw("select string_agg(name, ',') from tenant.contacts").Statement))
	}},
	{name: "exists", do: func(e *env) error {
		return find[contact](e, e.db.Where("exists (?)", e.fresh().Model(&note{}).Where("notes.owner_id = contacts.id")).Or("true"))
	}},
	{name: "name of a constraint with SQL", do: func(e *env) error {
		return e.db.Clauses(clause.OnConflict{OnConstraint: "x do update set name = 'taken' --", DoNothing: true}).Create(&contact{ID: otherContact}).Error
	}},
	{name: "lock of another table", do: func(e *env) error {
		return find[contact](e, e.db.Or("true").Clauses(clause.Locking{Strength: "UPDATE", Table: clause.Table{Name: "contacts; select 1", Raw: true}}))
	}},
	{name: "lock strength with SQL", do: func(e *env) error {
		return names(e, contacts(e.db).Select("name").Clauses(clause.Locking{Strength: "UPDATE; select name from tenant.contacts"}))
	}},
}

// anything is an expression that nobody knows.
type anything struct{ sql string }

func (a anything) Build(b clause.Builder) { _, _ = b.WriteString(a.sql) }

// builder is a value that GORM asks for SQL.
type builder struct{ sql string }

func (b builder) GormValue(context.Context, *gorm.DB) clause.Expr { return clause.Expr{SQL: b.sql} }

// valuer is a driver value of whatever kind.
type valuer struct{ v any }

func (v valuer) Value() (driver.Value, error) { return v.v, nil }

// rewriter looks like a text but makes pgx send another query.
type rewriter string

func (rewriter) RewriteQuery(context.Context, *pgx.Conn, string, []any) (string, []any, error) {
	return "select name from tenant.contacts", nil, nil
}
