package tenants_test

import (
	"database/sql"
	"errors"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// What a second reader thought of: text that the lexer and GORM cut differently, values that are checked in one place and used in another.
var secondAttempts = []attempt{
	{name: "UNION behind an @ that is no name", do: func(e *env) error {
		return names(e, contacts(e.db).Select("name").Group("name").
			Having("count(*) > ? or 1 > @1\tunion\tall\tselect\tname\tfrom\ttenant.contacts", 0))
	}},
	{name: "UNION behind an unknown named argument", do: func(e *env) error {
		return names(e, contacts(e.db).Select("name").Group("name").
			Having("count(*) > @n or 1 > @1\tunion\tall\tselect\tname\tfrom\ttenant.contacts", sql.Named("n", 0)))
	}},
	{name: "FROM behind an @ in SET", do: func(e *env) error {
		err := contacts(e.db).Where("true").Update("name", gorm.Expr("o.name || ? || @1\tfrom\ttenant.contacts\to", "")).Error
		return errors.Join(err, find[contact](e, e.fresh()))
	}},
	{name: "DISTINCT as a label before FROM", do: func(e *env) error {
		return names(e, contacts(e.db).Select("name distinct from tenant.contacts, lateral (values (1)) x"))
	}},
	{name: "serialized field set by SQL", do: func(e *env) error {
		err := e.db.Model(&sealedContact{}).Where("true").Updates(map[string]any{"name": gorm.Expr(allNames)}).Error
		return errors.Join(err, find[contact](e, e.fresh()))
	}},
	{name: "serialized field created by SQL", do: func(e *env) error {
		id := uuid.New()
		err := e.db.Model(&sealedContact{}).Create(map[string]any{"account_id": own, "id": id, "email": "x", "name": gorm.Expr(allNames)}).Error
		return errors.Join(err, find[contact](e, e.fresh()))
	}},
	{name: "relation's name as a column set by SQL", do: func(e *env) error {
		err := contacts(e.db).Where("true").Updates(map[string]any{"Deals": gorm.Expr(allNames), "name": "x"}).Error
		return errors.Join(err, find[contact](e, e.fresh()))
	}},
	{name: "one-trip read with arguments of its own", do: func(e *env) error {
		var rows []contact
		err := e.find(&rows, func(q *gorm.DB) *gorm.DB {
			q = q.Where("true")
			q.Statement.Vars = append(q.Statement.Vars, rewriter("select * from tenant.contacts"))
			return q
		})
		e.saw(rows)
		return err
	}},
	{name: "one-trip read with arguments written in a scope", do: func(e *env) error {
		var rows []contact
		err := e.find(&rows, func(q *gorm.DB) *gorm.DB {
			return q.Scopes(func(tx *gorm.DB) *gorm.DB {
				tx.Statement.Vars = append(tx.Statement.Vars, rewriter("select * from tenant.contacts"))
				return tx
			})
		})
		e.saw(rows)
		return err
	}},
	{name: "clauses added to the model in a scope", alone: true, do: func(e *env) error {
		_ = find[bentContact](e, e.db.Limit(0))
		return find[bentContact](e, scoped(e, func(st *gorm.Statement) {
			if st.Parse(&bentContact{}) == nil {
				st.Schema.QueryClauses = append(st.Schema.QueryClauses, clause.Where{Exprs: []clause.Expression{clause.Or(clause.Expr{SQL: "true"})}})
			}
		}))
	}},
	{name: "table of the model changed in a scope", alone: true, do: func(e *env) error {
		_ = find[bentContact](e, e.db.Limit(0))
		return find[bentContact](e, scoped(e, func(st *gorm.Statement) {
			if st.Parse(&bentContact{}) == nil {
				st.Schema.Table = `(select account_id, id, '' email, (select string_agg(name, ',') from tenant.contacts) as name, 0 score from tenant.contacts)`
				st.Table, st.TableExpr = st.Schema.Table, &clause.Expr{SQL: st.Schema.Table + " x"}
			}
		}))
	}},
	{name: "smaller destination whose column is SQL", do: func(e *env) error {
		var rows []sqlDest
		err := contacts(e.db).Find(&rows).Error
		e.saw(rows)
		return err
	}},
	{name: "one-trip read into a column that is SQL", do: func(e *env) error {
		var rows []sqlDest
		err := e.find(&rows, func(q *gorm.DB) *gorm.DB { return q.Model(&contact{}) })
		e.saw(rows)
		return err
	}},
	{name: "nested joins by bare ids", do: func(e *env) error {
		return find[looseNote](e, e.db.Joins("Deal.Contact").Where("true"))
	}},
	{name: "nested joins by bare ids, the inner one first", do: func(e *env) error {
		return find[looseNote](e, e.db.InnerJoins("Deal").Joins("Deal.Contact", e.fresh().Where("1 = 1")))
	}},
	{name: "nested preload by bare ids", do: func(e *env) error {
		return find[looseNote](e, e.db.Preload("Deal.Contact", func(tx *gorm.DB) *gorm.DB { return tx.Or("true") }))
	}},
	{name: "pool wrapped by another type", do: func(e *env) error {
		g := e.fresh()
		g.Statement.ConnPool = struct{ gorm.ConnPool }{g.Statement.ConnPool}
		return find[contact](e, g)
	}},
	{name: "callback that sends a row query of its own", alone: true, do: func(e *env) error {
		_ = e.db.Callback().Row().Before("gorm:row").Register("mine", func(tx *gorm.DB) {
			tx.Statement.SQL.WriteString("select string_agg(name, ',') from tenant.contacts")
		})
		var s string
		err := contacts(e.fresh()).Select("name").Row().Scan(&s)
		e.saw(s)
		return err
	}},
	{name: "arguments of a sub-query written in a scope", do: func(e *env) error {
		sub := contacts(e.fresh()).Select("count(*)").Scopes(func(tx *gorm.DB) *gorm.DB {
			tx.Statement.Vars = append([]any{rewriter("x")}, tx.Statement.Vars...)
			return tx
		})
		return names(e, contacts(e.db).Select("(?)::text as name", sub))
	}},
}

// looseContact is what they refer to.
type looseContact struct {
	AccountID uuid.UUID `gorm:"primaryKey;type:uuid"`
	ID        uuid.UUID `gorm:"primaryKey;type:uuid"`
	Name      string
}

func (looseContact) TableName() string { return "tenant.contacts" }

// looseDeal and looseNote refer to their parents by an id alone, which another account may have as well.
type looseDeal struct {
	AccountID uuid.UUID  `gorm:"primaryKey;type:uuid"`
	ID        uuid.UUID  `gorm:"primaryKey;type:uuid"`
	ContactID *uuid.UUID `gorm:"type:uuid"`
	Title     string
	Contact   *looseContact `gorm:"foreignKey:ContactID;references:ID"`
}

func (looseDeal) TableName() string { return "tenant.deals" }

type looseNote struct {
	AccountID uuid.UUID  `gorm:"primaryKey;type:uuid"`
	ID        uuid.UUID  `gorm:"primaryKey;type:uuid"`
	OwnerID   uuid.UUID  `gorm:"type:uuid"`
	Deal      *looseDeal `gorm:"foreignKey:OwnerID;references:ID"`
}

func (looseNote) TableName() string { return "tenant.notes" }

// sealedContact keeps its name serialized, as a sealed token would be.
type sealedContact struct {
	AccountID uuid.UUID `gorm:"primaryKey;type:uuid"`
	ID        uuid.UUID `gorm:"primaryKey;type:uuid"`
	Email     string
	Name      string `gorm:"serializer:json"`
}

func (sealedContact) TableName() string { return "tenant.contacts" }

// bentContact is a model that an attempt bends.
type bentContact struct {
	AccountID uuid.UUID `gorm:"primaryKey;type:uuid"`
	ID        uuid.UUID `gorm:"primaryKey;type:uuid"`
	Name      string
}

func (bentContact) TableName() string { return "tenant.contacts" }

// sqlDest is a destination smaller than the model.
type sqlDest struct {
	ID   uuid.UUID
	Name string `gorm:"column:. || (select string_agg(name, ',') from tenant.contacts) as name, ."`
}
