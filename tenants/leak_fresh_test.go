package tenants_test

import (
	"context"
	"database/sql/driver"
	"reflect"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
	"gorm.io/gorm/schema"

	"parlor/tenants"
)

// What was thought of after the wall stood: types that say one thing and send another, hooks and callbacks that swap
// what was checked, and the farther corners of GORM.
var freshAttempts = []attempt{
	{name: "account of a type with its own Value", do: func(e *env) error {
		return e.db.Create(&liar{ID: 78, AccountID: liarID(own.String()), Slug: "liar"}).Error
	}},
	{name: "account of a lying type in a map", do: func(e *env) error {
		return e.db.Model(&naiveNote{}).Create(map[string]any{"id": 78, "account_id": liarID(own.String())}).Error
	}},
	{name: "account of a lying type in an update", do: func(e *env) error {
		return naiveOf(e).Updates(map[string]any{"account_id": liarID(own.String()), "body": "x"}).Error
	}},
	{name: "hook that swaps the rows", do: func(e *env) error { return e.db.Create(&swapper{ID: 78, AccountID: own.UUID, Slug: "sw"}).Error }},
	{name: "hook that swaps the destination", do: func(e *env) error {
		return e.db.Set("swap", "dest").Create(&swapper{ID: 78, AccountID: own.UUID, Slug: "sw"}).Error
	}},
	{name: "hook that adds an upsert", do: func(e *env) error {
		return e.db.Set("swap", "upsert").Create(&swapper{ID: 2, AccountID: own.UUID, Slug: "sw", Body: "overwritten"}).Error
	}},
	{name: "hook that drops the conditions", do: func(e *env) error {
		return e.fresh().Model(&swapper{ID: 1}).Updates(map[string]any{"body": "taken"}).Error
	}},
	{name: "field of an expression's type", do: func(e *env) error {
		id := uuid.New()
		if err := e.db.Create(&exprContact{AccountID: own.UUID, ID: id, Name: gorm.Expr(allNames)}).Error; err != nil {
			return err
		}
		return find[contact](e, e.db.Where("id = ?", id))
	}},
	{name: "field that is a list of anything", do: func(e *env) error {
		id := uuid.New()
		if err := e.db.Create(&listContact{AccountID: own.UUID, ID: id, Name: []any{gorm.Expr(allNames)}}).Error; err != nil {
			return err
		}
		return find[contact](e, e.db.Where("id = ?", id))
	}},
	{name: "field whose column is SQL", do: func(e *env) error {
		return find[sqlColumn](e, e.db.Session(&gorm.Session{QueryFields: true}).Or("true"))
	}},
	{name: "field that writes the account under another name", do: func(e *env) error {
		return e.db.Model(&doubled{}).Create(map[string]any{"id": 78, "Second": other.UUID}).Error
	}},
	{name: "field that moves the account under another name", do: func(e *env) error {
		return e.db.Model(&doubled{ID: 1}).Updates(map[string]any{"Second": other.UUID, "body": "x"}).Error
	}},
	{name: "field whose type adds conditions", do: func(e *env) error { return find[opened](e, e.db.Where("name <> ''")) }},
	{name: "serializer that looks around", do: func(e *env) error {
		schema.RegisterSerializer("curious", looker{})
		return find[looked](e, e.db.WithContext(context.WithValue(e.ctx, envKey{}, e)))
	}},
	{name: "callback that rewrites a built sub-query", alone: true, do: func(e *env) error {
		_ = e.db.Callback().Query().After("gorm:query").Register("mine", func(tx *gorm.DB) {
			if tx.DryRun {
				tx.Statement.SQL.Reset()
				tx.Statement.SQL.WriteString("select string_agg(name, ',') from tenant.contacts")
			}
		})
		return names(e, contacts(e.db).Select("(?) as name", contacts(e.fresh()).Select("count(*)")))
	}},
	{name: "callback that removes ours on deletes", alone: true, do: func(e *env) error {
		_ = e.db.Callback().Delete().Remove("gorm:delete")
		_ = e.db.Callback().Delete().Register("mine", func(tx *gorm.DB) {
			_, _ = tx.Statement.ConnPool.ExecContext(tx.Statement.Context, "delete from tenant.notes")
		})
		return e.fresh().Where("true").Delete(&note{}).Error
	}},
	{name: "commit through the pool", do: func(e *env) error {
		if c, ok := e.db.Statement.ConnPool.(gorm.TxCommitter); ok {
			if err := c.Commit(); err != nil {
				return err
			}
		}
		return find[contact](e, e.fresh())
	}},
	{name: "pool of another account's transaction", do: func(e *env) error {
		g := e.db.Session(&gorm.Session{NewDB: true, Context: tenants.WithAccount(e.ctx, other)})
		g.Statement.ConnPool = e.db.Statement.ConnPool
		return find[contact](e, g)
	}},
	{name: "clause as a value", do: func(e *env) error {
		return names(e, contacts(e.db).Select("(?) as name", clause.Clause{Name: "select string_agg(name, ',') from tenant.contacts --", Expression: clause.Limit{}}))
	}},
	{name: "column with SQL as a value", do: func(e *env) error {
		return names(e, contacts(e.db).Select("? as name", clause.Column{Name: allNames, Raw: true}))
	}},
	{name: "table as a value", do: func(e *env) error {
		return names(e, contacts(e.db).Select("(? ?) as name", gorm.Expr("table"), clause.Table{Name: "tenant.tags"}))
	}},
	{name: "generics: preload with a limit each", do: func(e *env) error {
		rows, err := gorm.G[contact](e.fresh()).Preload("Notes", func(db gorm.PreloadBuilder) error { db.LimitPerRecord(5); return nil }).
			Where("id = ?", sharedID).Find(e.ctx)
		e.saw(rows)
		return err
	}},
	{name: "generics: create in an association", do: func(e *env) error {
		_, err := gorm.G[contact](e.fresh()).Where("true").Set(clause.Association{
			Association: "Notes", Type: clause.OpCreate, Set: []clause.Assignment{{Column: clause.Column{Name: "account_id"}, Value: other}},
		}).Update(e.ctx)
		return err
	}},
	{name: "generics: delete in an association", do: func(e *env) error {
		_, err := gorm.G[contact](e.fresh()).Where("id = ?", sharedID).
			Set(clause.Association{Association: "Notes", Type: clause.OpDelete}).Update(e.ctx)
		return err
	}},
	{name: "generics: unlink many2many", do: func(e *env) error {
		_, err := gorm.G[contact](e.fresh()).Where("true").Set(clause.Association{Association: "Labels", Type: clause.OpUnlink}).Update(e.ctx)
		return err
	}},
	{name: "generics: a clause for everything", do: func(e *env) error {
		rows, err := gorm.G[contact](e.fresh(), clause.Where{Exprs: []clause.Expression{clause.Or(clause.Expr{SQL: "true"})}}).Find(e.ctx)
		e.saw(rows)
		return err
	}},
	{name: "FROM taken from another statement", do: func(e *env) error {
		g := e.fresh().Model(&deal{}).Select("contacts.name").Clauses(clause.From{Joins: []clause.Join{{
			Table: clause.Table{Name: "tenant.tags"}, ON: clause.Where{Exprs: []clause.Expression{clause.Expr{SQL: "true"}}},
		}}})
		_ = g.Session(&gorm.Session{}).Select("tags.name").Find(&[]string{}).Error
		from, _ := g.Statement.Clauses["FROM"].Expression.(clause.From)
		from.Joins = append(from.Joins, from.Joins[0])
		from.Joins[1].Table.Name = "tenant.contacts"
		g.Statement.Clauses["FROM"] = clause.Clause{Name: "FROM", Expression: from}
		return names(e, g)
	}},
	{name: "join to many rows", do: func(e *env) error { return find[contact](e, e.fresh().Joins("Notes", e.fresh().Or("true"))) }},
	{name: "map of columns", do: func(e *env) error {
		return find[contact](e, e.db.MapColumns(map[string]string{"account_id": "name"}).Or("true"))
	}},
	{name: "read and write in one", do: func(e *env) error {
		var out []contact
		err := e.db.Model(&out).Clauses(clause.Returning{Columns: []clause.Column{{Name: "name"}}}).Or("true").Updates(map[string]any{"score": 3}).Error
		e.saw(out)
		return err
	}},
	{name: "many2many replaced on a shared id", do: func(e *env) error {
		return e.fresh().Model(&contact{ID: sharedID}).Association("Labels").Replace(&label{ID: sharedID})
	}},
	{name: "many2many deleted on a shared id", do: func(e *env) error {
		return e.fresh().Model(&contact{ID: sharedID}).Association("Labels").Delete(&label{ID: sharedID})
	}},
	{name: "parent replaced by a foreign one", do: func(e *env) error {
		return e.fresh().Model(&deal{AccountID: own, ID: ownDeal}).Association("Contact").Replace(foreignContact())
	}},
	{name: "parent cleared, unscoped", do: func(e *env) error {
		return e.fresh().Model(&deal{AccountID: other, ID: otherDeal}).Association("Contact").Unscoped().Clear()
	}},
}

// liarID looks like the own account and is sent as the other one.
type liarID string

func (liarID) Value() (driver.Value, error) { return other.String(), nil }

type liar struct {
	ID        int64 `gorm:"primaryKey"`
	AccountID liarID
	Body      string
	Slug      string
}

func (liar) TableName() string { return "tenant.naive_notes" }

// swapper changes, in its hooks, what GORM is about to write.
type swapper struct {
	ID        int64 `gorm:"primaryKey"`
	AccountID uuid.UUID
	Body      string
	Slug      string
}

func (*swapper) TableName() string { return "tenant.naive_notes" }

func (s *swapper) BeforeCreate(tx *gorm.DB) error {
	planted := &swapper{ID: 79, AccountID: other.UUID, Slug: "planted"}
	switch how, _ := tx.Get("swap"); how {
	case "dest":
		tx.Statement.Dest = planted
	case "upsert":
		tx.Statement.AddClause(clause.OnConflict{UpdateAll: true})
	default:
		tx.Statement.ReflectValue = reflect.ValueOf(planted).Elem()
	}
	return nil
}

func (s *swapper) BeforeUpdate(tx *gorm.DB) error {
	tx.Statement.Clauses["WHERE"] = clause.Clause{Name: "WHERE", Expression: clause.Where{Exprs: []clause.Expression{clause.Expr{SQL: "true"}}}}
	tx.Statement.Model = &swapper{}
	tx.Statement.ReflectValue = reflect.ValueOf(&swapper{}).Elem()
	return nil
}

type exprContact struct {
	AccountID uuid.UUID   `gorm:"primaryKey"`
	ID        uuid.UUID   `gorm:"primaryKey"`
	Name      clause.Expr `gorm:"type:text"`
}

func (exprContact) TableName() string { return "tenant.contacts" }

type listContact struct {
	AccountID uuid.UUID `gorm:"primaryKey"`
	ID        uuid.UUID `gorm:"primaryKey"`
	Name      []any     `gorm:"type:text"`
}

func (listContact) TableName() string { return "tenant.contacts" }

type sqlColumn struct {
	AccountID uuid.UUID `gorm:"primaryKey"`
	ID        uuid.UUID `gorm:"primaryKey"`
	Name      string    `gorm:"column:name\" || (select string_agg(name, ',') from tenant.contacts) as \"name"`
}

func (sqlColumn) TableName() string { return "tenant.contacts" }

// doubled has a second field for the account.
type doubled struct {
	ID        int64 `gorm:"primaryKey"`
	AccountID uuid.UUID
	Second    uuid.UUID `gorm:"column:account_id"`
	Body      string
}

func (doubled) TableName() string { return "tenant.naive_notes" }

// openName adds a condition of its own to every query of its model.
type openName string

func (openName) QueryClauses(*schema.Field) []clause.Interface {
	return []clause.Interface{clause.Where{Exprs: []clause.Expression{clause.Or(clause.Expr{SQL: "true"})}}}
}

type opened struct {
	AccountID uuid.UUID `gorm:"primaryKey"`
	ID        uuid.UUID `gorm:"primaryKey"`
	Name      openName
}

func (opened) TableName() string { return "tenant.contacts" }

// looker is a serializer that uses the context it is given.
type looker struct{}

func (looker) Scan(ctx context.Context, _ *schema.Field, _ reflect.Value, _ any) error {
	e := ctx.Value(envKey{}).(*env)
	if rows, err := e.db.Statement.ConnPool.QueryContext(ctx, "select name from tenant.contacts"); err == nil {
		return scanNames(e, rows)
	}
	return nil
}

func (looker) Value(context.Context, *schema.Field, reflect.Value, any) (any, error) { return "", nil }

type looked struct {
	AccountID uuid.UUID `gorm:"primaryKey"`
	ID        uuid.UUID `gorm:"primaryKey"`
	Name      string    `gorm:"serializer:curious"`
}

func (looked) TableName() string { return "tenant.contacts" }
