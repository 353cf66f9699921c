package tenants_test

import (
	"context"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// SQL text of the caller's own.
var rawAttempts = []attempt{
	{name: "Raw, Scan", do: func(e *env) error {
		var rows []contact
		err := e.db.Raw("select * from tenant.contacts").Scan(&rows).Error
		e.saw(rows)
		return err
	}},
	{name: "Raw, Find", do: func(e *env) error { return find[contact](e, e.db.Raw("select * from tenant.contacts")) }},
	{name: "Raw, Rows", do: func(e *env) error {
		rows, err := e.db.Raw("select name from tenant.contacts").Rows()
		if err != nil {
			return err
		}
		return scanNames(e, rows)
	}},
	{name: "Raw, Row", do: func(e *env) error {
		var s string
		err := e.db.Raw("select string_agg(name, ',') from tenant.contacts").Row().Scan(&s)
		e.saw(s)
		return err
	}},
	{name: "Exec", do: func(e *env) error { return e.db.Exec("update tenant.contacts set name = 'taken'").Error }},
	{name: "Exec with arguments", do: func(e *env) error {
		return e.db.Exec("delete from tenant.notes where account_id = ?", other).Error
	}},
	{name: "Exec of set local", settings: true, do: func(e *env) error {
		if err := e.db.Exec("set local app.account_id = '" + other.String() + "'").Error; err != nil {
			return err
		}
		return find[contact](e, e.fresh())
	}},
	{name: "Exec of reset", settings: true, do: func(e *env) error {
		if err := e.db.Exec("reset app.account_id").Error; err != nil {
			return err
		}
		return find[contact](e, e.fresh())
	}},
	{name: "Exec of commit", do: func(e *env) error {
		if err := e.db.Exec("commit").Error; err != nil {
			return err
		}
		return find[contact](e, e.fresh())
	}},
	{name: "savepoint with SQL in its name", do: func(e *env) error {
		return e.db.SavePoint("a; update tenant.contacts set name = 'taken'").Error
	}},
	{name: "rollback to SQL", do: func(e *env) error { return e.db.RollbackTo("a; update tenant.contacts set name = 'taken'").Error }},
	{name: "Rows", do: func(e *env) error {
		rows, err := contacts(e.db).Select("name").Or("true").Rows()
		if err != nil {
			return err
		}
		return scanNames(e, rows)
	}},
	{name: "Row", do: func(e *env) error {
		var s string
		err := contacts(e.fresh()).Select("string_agg(name, ',')").Row().Scan(&s)
		e.saw(s)
		return err
	}},
	{name: "Scan", do: func(e *env) error {
		var s []string
		err := contacts(e.fresh()).Select("name").Scan(&s).Error
		e.saw(s)
		return err
	}},
	{name: "FindInBatches, starting anew inside", do: func(e *env) error {
		var rows []contact
		return e.db.FindInBatches(&rows, 2, func(tx *gorm.DB, _ int) error { return find[contact](e, tx.Session(&gorm.Session{NewDB: true})) }).Error
	}},
	{name: "Migrator: columns", do: func(e *env) error {
		types, err := e.db.Migrator().ColumnTypes(&contact{})
		e.saw(len(types))
		return err
	}},
	{name: "Migrator: drop a table", do: func(e *env) error { return e.fresh().Migrator().DropTable("tenant.notes") }},
	{name: "Migrator: migrate", do: func(e *env) error { return e.fresh().Migrator().AutoMigrate(&contact{}) }},
	{name: "Migrator: view", do: func(e *env) error {
		return e.fresh().Migrator().CreateView("leak", gorm.ViewOption{Query: contacts(e.fresh())})
	}},
	{name: "generics: find", do: func(e *env) error {
		rows, err := gorm.G[contact](e.fresh()).Where("false").Or("true").Find(e.ctx)
		e.saw(rows)
		return err
	}},
	{name: "generics: raw", do: func(e *env) error {
		rows, err := gorm.G[contact](e.db).Raw("select * from tenant.contacts").Find(e.ctx)
		e.saw(rows)
		return err
	}},
	{name: "generics: exec", do: func(e *env) error {
		return gorm.G[contact](e.db).Exec(e.ctx, "update tenant.contacts set name = 'taken'")
	}},
	{name: "generics: table", do: func(e *env) error {
		rows, err := gorm.G[map[string]any](e.fresh()).Table("tenant.contacts").Find(e.ctx)
		e.saw(rows)
		return err
	}},
	{name: "generics: join", do: func(e *env) error {
		rows, err := gorm.G[deal](e.fresh()).Joins(clause.LeftJoin.Association("Contact"), func(db gorm.JoinBuilder, _, _ clause.Table) error {
			db.Or("true")
			return nil
		}).Find(e.ctx)
		e.saw(rows)
		return err
	}},
	{name: "generics: join of a sub-query", do: func(e *env) error {
		sub := gorm.G[contact](e.fresh()).Where("true")
		rows, err := gorm.G[deal](e.fresh()).Joins(clause.LeftJoin.AssociationFrom("Contact", sub), func(db gorm.JoinBuilder, _, _ clause.Table) error {
			db.Where("true")
			return nil
		}).Find(e.ctx)
		e.saw(rows)
		return err
	}},
	{name: "generics: preload", do: func(e *env) error {
		rows, err := gorm.G[contact](e.fresh()).Preload("Notes", func(db gorm.PreloadBuilder) error { db.Or("true"); return nil }).
			Where("id = ?", sharedID).Find(e.ctx)
		e.saw(rows)
		return err
	}},
	{name: "generics: update", do: func(e *env) error {
		_, err := gorm.G[contact](e.fresh()).Where("false\nOR true").Update(e.ctx, "name", "taken")
		return err
	}},
	{name: "generics: set", do: func(e *env) error {
		_, err := gorm.G[naiveNote](e.fresh()).Where("id = 1").Set(clause.Assignment{Column: clause.Column{Name: "account_id"}, Value: other}).Update(e.ctx)
		return err
	}},
	{name: "generics: set an association", do: func(e *env) error {
		_, err := gorm.G[contact](e.fresh()).Where("id = ?", sharedID).
			Set(clause.Association{Association: "Notes", Type: clause.OpUpdate, Set: []clause.Assignment{{Column: clause.Column{Name: "body"}, Value: "taken"}}}).
			Update(e.ctx)
		return err
	}},
	{name: "generics: delete", do: func(e *env) error {
		_, err := gorm.G[note](e.fresh()).Where("true").Delete(e.ctx)
		return err
	}},
	{name: "generics: create", do: func(e *env) error { c := newForeign(); return gorm.G[contact](e.db).Create(e.ctx, &c) }},
	{name: "generics: other context", do: func(e *env) error {
		rows, err := gorm.G[contact](e.fresh()).Find(context.Background())
		e.saw(rows)
		return err
	}},
}
