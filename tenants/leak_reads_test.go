package tenants_test

import (
	"context"
	"database/sql"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"parlor/tenants"
)

// Conditions that talk the predicate away, or name rows of the other account.
var conditionAttempts = []attempt{
	{name: "or with blanks", do: func(e *env) error { return find[contact](e, e.db.Where("name = ? OR 1 = 1", "x")) }},
	{name: "or after a newline", do: func(e *env) error { return find[contact](e, e.db.Where("name = 'x'\nOR\n1 = 1")) }},
	{name: "or after a tab", do: func(e *env) error { return find[contact](e, e.db.Where("name = 'x'\tOR\t1 = 1")) }},
	{name: "Or", do: func(e *env) error { return find[contact](e, e.db.Where("score > ?", 100).Or("1 = 1")) }},
	{name: "Or first", do: func(e *env) error { return find[contact](e, e.db.Or("true")) }},
	{name: "Or with a map", do: func(e *env) error { return find[contact](e, e.db.Or(map[string]any{"id": otherContact})) }},
	{name: "Or with a struct", do: func(e *env) error { return find[contact](e, e.db.Or(contact{ID: otherContact})) }},
	{name: "Or of a group", do: func(e *env) error {
		return find[contact](e, e.db.Or(e.fresh().Where("score > 0").Or("true")))
	}},
	{name: "group within a group", do: func(e *env) error {
		return find[contact](e, e.db.Where(e.fresh().Where("false").Or(e.fresh().Where("true").Or("false"))).Or("true"))
	}},
	{name: "Not", do: func(e *env) error { return find[contact](e, e.db.Not("name = 'x' AND false\nOR false").Or("true")) }},
	{name: "Not with a map", do: func(e *env) error {
		return find[contact](e, e.db.Not(map[string]any{"account_id": own}))
	}},
	{name: "parenthesis closed early", do: func(e *env) error { return find[contact](e, e.db.Where("1 = 1) OR (1 = 1")) }},
	{name: "parenthesis closed early, newline", do: func(e *env) error {
		return find[contact](e, e.db.Where("true\n)\nOR\n(\ntrue"))
	}},
	{name: "trailing comment", do: func(e *env) error { return find[contact](e, e.db.Where("false OR true --")) }},
	{name: "block comment", do: func(e *env) error { return find[contact](e, e.db.Where("true /*").Or("true */")) }},
	{name: "second statement", do: func(e *env) error { return find[contact](e, e.db.Where("true; select * from tenant.contacts")) }},
	{name: "foreign account in a struct", do: func(e *env) error {
		return find[contact](e, e.fresh().Where(&contact{AccountID: other}))
	}},
	{name: "foreign account in a map", do: func(e *env) error {
		return find[contact](e, e.db.Or(map[string]any{"account_id": other}))
	}},
	{name: "foreign account in words", do: func(e *env) error { return find[contact](e, e.db.Or("account_id = ?", other)) }},
	{name: "foreign key inline", do: func(e *env) error {
		var c contact
		err := e.fresh().First(&c, "id = ?", otherContact).Error
		e.saw(c)
		return err
	}},
	{name: "foreign key in the destination", do: func(e *env) error {
		c := contact{AccountID: other, ID: otherContact}
		err := e.fresh().Take(&c).Error
		e.saw(c)
		return err
	}},
	{name: "list of foreign keys", do: func(e *env) error {
		return find[contact](e, e.fresh().Where("id IN ?", []uuid.UUID{otherContact, otherContact2, sharedID}))
	}},
	{name: "key that both have", do: func(e *env) error { return find[contact](e, e.fresh().Where("id", sharedID)) }},
	{name: "Unscoped", do: func(e *env) error { return find[deal](e, e.db.Unscoped().Or("true")) }},
	{name: "column name with SQL in a map", do: func(e *env) error {
		return find[contact](e, e.db.Where(map[string]any{`name" = 'x' OR "name" <> "name" OR "name`: "y"}).Or("true"))
	}},
	{name: "column name in words", do: func(e *env) error { return find[contact](e, e.db.Where("name) OR (name <>", "x")) }},
	{name: "named arguments", do: func(e *env) error {
		return find[contact](e, e.db.Where("name = @n\nOR @t", sql.Named("n", "x"), sql.Named("t", true)))
	}},
	{name: "named arguments in a map", do: func(e *env) error {
		return find[contact](e, e.db.Where("name = @n\nOR 1 = 1", map[string]any{"n": "x"}))
	}},
	{name: "Clauses Where Or", do: func(e *env) error {
		return find[contact](e, e.db.Clauses(clause.Where{Exprs: []clause.Expression{clause.Or(clause.Expr{SQL: "true"})}}))
	}},
	{name: "Clauses expression", do: func(e *env) error {
		return find[contact](e, e.db.Clauses(clause.Or(clause.Eq{Column: "account_id", Value: other})))
	}},
	{name: "raw column in a comparison", do: func(e *env) error {
		return find[contact](e, e.db.Where(clause.Neq{Column: clause.Column{Name: "true OR name", Raw: true}, Value: "x"}).Or("true"))
	}},
	{name: "non-ASCII blank before OR", do: func(e *env) error { return find[contact](e, e.db.Where("true\u00a0OR\u2003true").Or("1 = 1")) }},
	{name: "escape string", do: func(e *env) error {
		return find[contact](e, e.db.Where(`name = E'\' OR true OR name = \''`).Or("true"))
	}},
	{name: "dollar quotes", do: func(e *env) error { return find[contact](e, e.db.Where("name <> $x$ ) -- $x$").Or("true")) }},
	{name: "count", do: func(e *env) error { return countContacts(e, e.db.Model(&contact{}).Or("true")) }},
	{name: "count without conditions", do: func(e *env) error { return countContacts(e, e.fresh().Model(&contact{})) }},
	{name: "statement used again", do: func(e *env) error {
		g := e.db.Where("score > 0")
		if err := find[contact](e, g.Or("false")); err != nil {
			return err
		}
		return find[contact](e, g.Or("true"))
	}},
	{name: "FirstOrInit", do: func(e *env) error {
		c := contact{ID: otherContact}
		err := e.db.Or("true").FirstOrInit(&c, contact{ID: otherContact}).Error
		e.saw(c.Name)
		return err
	}},
	{name: "one-trip read with Or", do: func(e *env) error {
		var rows []contact
		err := e.find(&rows, func(q *gorm.DB) *gorm.DB { return q.Where("false").Or("true") })
		e.saw(rows)
		return err
	}},
	{name: "one-trip read of the foreign account", do: func(e *env) error {
		var row contact
		err := e.find(&row, func(q *gorm.DB) *gorm.DB { return q.Or("account_id = ?", other) })
		e.saw(row)
		return err
	}},
	{name: "one-trip read of another handle", do: func(e *env) error {
		var rows []contact
		err := e.find(&rows, func(*gorm.DB) *gorm.DB { return e.fresh().Where("true") })
		e.saw(rows)
		return err
	}},
	{name: "one-trip read with SQL of its own", do: func(e *env) error {
		var rows []contact
		err := e.find(&rows, func(q *gorm.DB) *gorm.DB { return q.Raw("select * from tenant.contacts") })
		e.saw(rows)
		return err
	}},
}

// countContacts reports a number beyond the own three as if it were the text.
func countContacts(e *env, g *gorm.DB) error {
	var n int64
	err := g.Count(&n).Error
	if n > 3 {
		e.saw(marker)
	}
	return err
}

// Contexts, sessions and pools that leave the account.
var sessionAttempts = []attempt{
	{name: "new session", do: func(e *env) error { return find[contact](e, e.fresh()) }},
	{name: "new session, other context", do: func(e *env) error {
		return find[contact](e, e.db.Session(&gorm.Session{NewDB: true, Context: tenants.WithAccount(e.ctx, other)}))
	}},
	{name: "new session, empty context", do: func(e *env) error {
		return find[contact](e, e.db.Session(&gorm.Session{NewDB: true, Context: context.Background()}))
	}},
	{name: "context of the other account", do: func(e *env) error {
		return find[contact](e, e.db.WithContext(tenants.WithAccount(e.ctx, other)).Or("true"))
	}},
	{name: "context set on the statement", do: func(e *env) error {
		g := e.db.Where("score > 0")
		g.Statement.Context = tenants.WithAccount(e.ctx, other)
		return find[contact](e, g.Or("true"))
	}},
	{name: "prepared statements", do: func(e *env) error {
		return find[contact](e, e.db.Session(&gorm.Session{PrepareStmt: true, NewDB: true}))
	}},
	{name: "SkipHooks", do: func(e *env) error { return find[contact](e, e.db.Session(&gorm.Session{SkipHooks: true}).Or("true")) }},
	{name: "QueryFields", do: func(e *env) error { return find[contact](e, e.db.Session(&gorm.Session{QueryFields: true}).Or("true")) }},
	{name: "Debug", do: func(e *env) error { return find[contact](e, e.fresh().Debug()) }},
	{name: "the pool beneath", do: func(e *env) error {
		db, err := e.db.DB()
		if err != nil {
			return err
		}
		return namesOf(e, db)
	}},
	{name: "the statement's pool", do: func(e *env) error { return namesOf(e, e.db.Statement.ConnPool) }},
	{name: "the configuration's pool", do: func(e *env) error { return namesOf(e, e.db.ConnPool) }},
	{name: "the pool's single row", do: func(e *env) error {
		var s string
		err := e.db.Statement.ConnPool.QueryRowContext(e.ctx, "select string_agg(name, ',') from tenant.contacts").Scan(&s)
		e.saw(s)
		return err
	}},
	{name: "the pool's Exec", do: func(e *env) error {
		_, err := e.db.Statement.ConnPool.ExecContext(e.ctx, "update tenant.contacts set name = 'taken'")
		return err
	}},
	{name: "the pool's Prepare", do: func(e *env) error {
		st, err := e.db.ConnPool.PrepareContext(e.ctx, "update tenant.contacts set name = 'taken'")
		if err != nil {
			return err
		}
		defer st.Close()
		_, err = st.ExecContext(e.ctx)
		return err
	}},
	{name: "Connection", do: func(e *env) error {
		return e.fresh().Connection(func(tx *gorm.DB) error { return find[contact](e, tx) })
	}},
	{name: "Begin", do: func(e *env) error {
		tx := e.fresh().Begin()
		defer tx.Rollback()
		return find[contact](e, tx)
	}},
	{name: "Transaction", do: func(e *env) error {
		return e.fresh().Transaction(func(tx *gorm.DB) error { return find[contact](e, tx) })
	}},
	{name: "Rollback, then on", do: func(e *env) error {
		if err := e.fresh().Rollback().Error; err != nil {
			return err
		}
		return find[contact](e, e.fresh())
	}},
	{name: "Commit, then on", do: func(e *env) error {
		if err := e.fresh().Commit().Error; err != nil {
			return err
		}
		return find[contact](e, e.fresh())
	}},
	{name: "pool swapped on the statement", do: func(e *env) error {
		g := e.db.Session(&gorm.Session{NewDB: true, Context: e.ctx})
		g.Statement.ConnPool = passThrough{g.Statement.ConnPool}
		return find[contact](e, g)
	}},
	{name: "SQL by DryRun, sent by hand", do: func(e *env) error {
		st := e.fresh().Session(&gorm.Session{DryRun: true}).Find(&[]contact{}).Statement
		rows, err := st.ConnPool.QueryContext(e.ctx, "select name from tenant.contacts")
		if err != nil {
			return err
		}
		return scanNames(e, rows)
	}},
	{name: "the stamped context, used again", do: func(e *env) error {
		var stolen context.Context
		g := e.fresh().Scopes(func(tx *gorm.DB) *gorm.DB { stolen = tx.Statement.Context; return tx })
		if err := find[contact](e, g); err != nil {
			return err
		}
		rows, err := g.Statement.ConnPool.QueryContext(stolen, "select name from tenant.contacts")
		if err != nil {
			return err
		}
		return scanNames(e, rows)
	}},
}

// passThrough is a pool around a pool.
type passThrough struct{ gorm.ConnPool }

func namesOf(e *env, pool gorm.ConnPool) error {
	rows, err := pool.QueryContext(e.ctx, "select name from tenant.contacts")
	if err != nil {
		return err
	}
	return scanNames(e, rows)
}

func scanNames(e *env, rows *sql.Rows) error {
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return err
		}
		e.saw(s)
	}
	return rows.Err()
}
