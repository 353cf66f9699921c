package tenants_test

import (
	"context"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/callbacks"
	"gorm.io/gorm/clause"
)

func scoped(e *env, tamper func(st *gorm.Statement)) *gorm.DB {
	return e.db.Scopes(func(tx *gorm.DB) *gorm.DB { tamper(tx.Statement); return tx })
}

// The statement and the handle bent by hand.
var tamperAttempts = []attempt{
	{name: "WHERE deleted in a scope", do: func(e *env) error {
		return find[contact](e, scoped(e, func(st *gorm.Statement) { delete(st.Clauses, "WHERE") }))
	}},
	{name: "clauses chosen in a scope", do: func(e *env) error {
		return find[contact](e, scoped(e, func(st *gorm.Statement) { st.BuildClauses = []string{"SELECT", "FROM"} }))
	}},
	{name: "SQL written in a scope", do: func(e *env) error {
		return find[contact](e, scoped(e, func(st *gorm.Statement) { st.SQL.WriteString("select * from tenant.contacts") }))
	}},
	{name: "arguments written in a scope", do: func(e *env) error {
		return find[contact](e, scoped(e, func(st *gorm.Statement) { st.Vars = append(st.Vars, rewriter("x")) }))
	}},
	{name: "table changed in a scope", do: func(e *env) error {
		return find[contact](e, scoped(e, func(st *gorm.Statement) {
			st.Table, st.TableExpr = "contacts", &clause.Expr{SQL: "(select '" + own.String() + "'::uuid as account_id, id, name from tenant.contacts) contacts"}
		}))
	}},
	{name: "scope that starts anew", do: func(e *env) error {
		return find[contact](e, e.db.Scopes(func(tx *gorm.DB) *gorm.DB { return tx.Session(&gorm.Session{NewDB: true}) }))
	}},
	{name: "clause with its own builder", do: func(e *env) error {
		return find[contact](e, scoped(e, func(st *gorm.Statement) {
			st.Clauses["WHERE"] = clause.Clause{Name: "WHERE", Builder: func(clause.Clause, clause.Builder) {}}
		}))
	}},
	{name: "clause with another name", do: func(e *env) error {
		return find[contact](e, scoped(e, func(st *gorm.Statement) {
			st.Clauses["ORDER BY"] = clause.Clause{Name: "OR true ORDER BY", Expression: clause.OrderBy{Columns: []clause.OrderByColumn{{Column: clause.Column{Name: "id"}}}}}
		}))
	}},
	{name: "hint before the clause", do: func(e *env) error {
		return find[contact](e, scoped(e, func(st *gorm.Statement) {
			st.Clauses["LIMIT"] = clause.Clause{BeforeExpression: clause.Expr{SQL: "OR true"}, Expression: clause.Limit{}}
		}))
	}},
	{name: "hint after the clause", do: func(e *env) error {
		return find[contact](e, scoped(e, func(st *gorm.Statement) {
			c := st.Clauses["FROM"]
			c.Name, c.Expression, c.AfterExpression = "FROM", clause.From{}, clause.Expr{SQL: "UNION ALL select * from tenant.contacts"}
			st.Clauses["FROM"] = c
		}))
	}},
	{name: "clause of a type of its own", do: func(e *env) error { return find[contact](e, e.db.Clauses(everything{})) }},
	{name: "modifier of the statement", do: func(e *env) error { return find[contact](e, e.db.Clauses(eraser{})) }},
	{name: "builder of clauses on the handle", alone: true, do: func(e *env) error {
		e.db.ClauseBuilders["WHERE"] = func(clause.Clause, clause.Builder) {}
		return find[contact](e, e.db)
	}},
	{name: "dialect changed", do: func(e *env) error {
		g := e.db.Session(&gorm.Session{NewDB: true})
		g.Dialector = openDialect{g.Dialector}
		return find[contact](e, g.Where("account_id = ?", own))
	}},
	{name: "query callback removed", alone: true, do: func(e *env) error {
		_ = e.db.Callback().Query().Remove("gorm:query")
		_ = e.db.Callback().Query().Register("mine", callbacks.Query)
		return find[contact](e, e.fresh())
	}},
	{name: "query callback replaced", alone: true, do: func(e *env) error {
		_ = e.db.Callback().Query().Replace("gorm:query", callbacks.Query)
		return find[contact](e, e.fresh())
	}},
	{name: "query callback replaced, for a sub-query", alone: true, do: func(e *env) error {
		_ = e.db.Callback().Query().Replace("gorm:query", callbacks.Query)
		var s string
		err := contacts(e.fresh()).Select("(?)", contacts(e.fresh()).Select("string_agg(name, ',')")).Limit(1).Row().Scan(&s)
		e.saw(s)
		return err
	}},
	{name: "update callback replaced", alone: true, do: func(e *env) error {
		_ = e.db.Callback().Update().Replace("gorm:update", callbacks.Update(&callbacks.Config{}))
		return contacts(e.fresh()).Where("true").Update("name", "taken").Error
	}},
	{name: "raw callback replaced", alone: true, do: func(e *env) error {
		_ = e.db.Callback().Raw().Replace("gorm:raw", callbacks.RawExec)
		return e.fresh().Exec("update tenant.contacts set name = 'taken'").Error
	}},
	{name: "callback that deletes WHERE", alone: true, do: func(e *env) error {
		_ = e.db.Callback().Query().Before("gorm:query").Register("mine", func(tx *gorm.DB) { delete(tx.Statement.Clauses, "WHERE") })
		return find[contact](e, e.db)
	}},
	{name: "callback that sends by itself", alone: true, do: func(e *env) error {
		_ = e.db.Callback().Query().Before("gorm:query").Register("mine", func(tx *gorm.DB) { _ = namesOf(e, tx.Statement.ConnPool) })
		return find[contact](e, e.db)
	}},
	{name: "callback's clauses changed", alone: true, do: func(e *env) error {
		e.db.Callback().Query().Clauses = []string{"SELECT", "FROM"}
		return find[contact](e, e.db)
	}},
	{name: "plugin", alone: true, do: func(e *env) error {
		if err := e.db.Use(plugin{}); err != nil {
			return err
		}
		return find[contact](e, e.db)
	}},
	{name: "hook that reads by a new session", do: func(e *env) error {
		return find[curious](e, e.db.WithContext(context.WithValue(e.ctx, envKey{}, e)))
	}},
	{name: "hook that reads by the pool", do: func(e *env) error {
		return e.db.WithContext(context.WithValue(e.ctx, envKey{}, e)).Create(&curious{AccountID: own.UUID, ID: uuid.New()}).Error
	}},
	{name: "hook that moves the row", do: func(e *env) error {
		return e.db.Create(&mover{ID: 77, AccountID: own.UUID}).Error
	}},
	{name: "hook that moves the row on update", do: func(e *env) error {
		return e.db.Model(&mover{ID: 1}).Updates(map[string]any{"body": "x"}).Error
	}},
	{name: "join table swapped", do: func(e *env) error {
		if err := e.fresh().SetupJoinTable(&swapped{}, "Labels", &wrongLink{}); err != nil {
			return err
		}
		return find[swapped](e, e.db.Preload("Labels"))
	}},
}

type envKey struct{}

// curious looks around in its hooks.
type curious struct {
	AccountID uuid.UUID `gorm:"primaryKey"`
	ID        uuid.UUID `gorm:"primaryKey"`
	Name      string
}

func (curious) TableName() string { return "tenant.contacts" }

func (curious) AfterFind(tx *gorm.DB) error {
	e := tx.Statement.Context.Value(envKey{}).(*env)
	return find[contact](e, tx.Session(&gorm.Session{NewDB: true}))
}

func (curious) BeforeCreate(tx *gorm.DB) error {
	return namesOf(tx.Statement.Context.Value(envKey{}).(*env), tx.Statement.ConnPool)
}

// mover sends itself to the other account.
type mover struct {
	ID        int64 `gorm:"primaryKey"`
	AccountID uuid.UUID
	Body      string
	Slug      string
}

func (*mover) TableName() string { return "tenant.naive_notes" }

func (m *mover) BeforeCreate(*gorm.DB) error { m.AccountID = other.UUID; return nil }

func (m *mover) BeforeUpdate(tx *gorm.DB) error {
	tx.Statement.SetColumn("AccountID", other.UUID)
	return nil
}

// swapped has a many2many whose link table is swapped for one of another kind.
type swapped struct {
	AccountID uuid.UUID `gorm:"primaryKey"`
	ID        uuid.UUID `gorm:"primaryKey"`
	Labels    []label   `gorm:"many2many:tenant.contact_labels;foreignKey:AccountID,ID;joinForeignKey:AccountID,ContactID;references:AccountID,ID;joinReferences:AccountID,LabelID"`
}

func (swapped) TableName() string { return "tenant.contacts" }

type wrongLink struct {
	AccountID uuid.UUID `gorm:"primaryKey"`
	ContactID uuid.UUID `gorm:"primaryKey"`
	LabelID   uuid.UUID `gorm:"primaryKey"`
}

func (wrongLink) TableName() string { return "(select * from tenant.contact_labels)" }

// everything is a clause that takes the place of WHERE.
type everything struct{}

func (everything) Name() string                 { return "WHERE" }
func (everything) Build(b clause.Builder)       { _, _ = b.WriteString("true") }
func (everything) MergeClause(c *clause.Clause) { c.Expression = everything{} }

// eraser empties the statement that it is added to.
type eraser struct{}

func (eraser) Build(clause.Builder)               {}
func (eraser) ModifyStatement(st *gorm.Statement) { delete(st.Clauses, "WHERE") }

type openDialect struct{ gorm.Dialector }

func (openDialect) QuoteTo(w clause.Writer, s string) {
	if s == "account_id" {
		s = "account_id is not null or account_id"
	}
	_, _ = w.WriteString(s)
}

type plugin struct{}

func (plugin) Name() string { return "mine" }
func (plugin) Initialize(db *gorm.DB) error {
	return db.Callback().Query().Before("gorm:query").Register("mine:query", func(tx *gorm.DB) { delete(tx.Statement.Clauses, "WHERE") })
}
