package tenants_test

import (
	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

func foreignContact() *contact { return &contact{AccountID: other, ID: otherContact} }

// sharedContact has an id that both accounts have, so that a reference by a bare id is ambiguous.
func sharedContact() *contact { return &contact{AccountID: own, ID: sharedID} }

// Second tables: joins, preloads, associations, other targets.
var joinAttempts = []attempt{
	{name: "raw join", do: func(e *env) error {
		return names(e, contacts(e.fresh()).Select("c2.name").Joins("JOIN tenant.contacts c2 ON true"))
	}},
	{name: "raw join with arguments", do: func(e *env) error {
		return names(e, contacts(e.fresh()).Select("c2.name").Joins("LEFT JOIN tenant.contacts c2 ON c2.score > ?", 0))
	}},
	{name: "raw lateral join", do: func(e *env) error {
		return names(e, contacts(e.fresh()).Select("x.name").Joins("CROSS JOIN LATERAL (select * from tenant.contacts) x"))
	}},
	{name: "join to notes by a bare id", do: func(e *env) error {
		return names(e, contacts(e.fresh()).Select("n.body").Joins("JOIN tenant.notes n ON n.owner_id = contacts.id"))
	}},
	{name: "relation with OR in its ON", do: func(e *env) error {
		return find[deal](e, e.fresh().Joins("Contact", e.fresh().Where("true").Or("true")))
	}},
	{name: "relation with a fragment in its ON", do: func(e *env) error {
		return find[deal](e, e.fresh().InnerJoins("Contact", e.fresh().Where("false\nOR true")))
	}},
	{name: "relation with a closed parenthesis in its ON", do: func(e *env) error {
		return find[deal](e, e.fresh().Joins("Contact", e.fresh().Where("true) OR (true")))
	}},
	{name: "relation of a relation", do: func(e *env) error {
		return find[message](e, e.fresh().Joins("Conversation.Participant", e.fresh().Or("true")))
	}},
	{name: "polymorphic relation joined", do: func(e *env) error {
		return find[contactWithNote](e, e.fresh().Joins("Note").Where("contacts.id = ?", sharedID))
	}},
	{name: "join with a sub-select as alias", do: func(e *env) error {
		return find[deal](e, e.fresh().Clauses(clause.From{Joins: []clause.Join{{
			Type: clause.LeftJoin, Table: clause.Table{Name: "(select * from tenant.contacts)", Alias: "x", Raw: true},
			ON: clause.Where{Exprs: []clause.Expression{clause.Expr{SQL: "true"}}},
		}}}))
	}},
	{name: "FROM join to a table", do: func(e *env) error {
		return names(e, e.fresh().Model(&deal{}).Select("contacts.name").Clauses(clause.From{Joins: []clause.Join{{
			Table: clause.Table{Name: "tenant.contacts"}, ON: clause.Where{Exprs: []clause.Expression{clause.Expr{SQL: "true"}}},
		}}}))
	}},
	{name: "FROM join with an expression", do: func(e *env) error {
		return names(e, contacts(e.fresh()).Select("c2.name").Clauses(clause.From{Joins: []clause.Join{{
			Expression: clause.Expr{SQL: "JOIN tenant.contacts c2 ON true"},
		}}}))
	}},
	{name: "FROM join of an own kind", do: func(e *env) error {
		return names(e, contacts(e.fresh()).Select("c2.name").Clauses(clause.From{Joins: []clause.Join{{
			Type: "CROSS JOIN tenant.contacts c2 LEFT", Table: clause.Table{Name: "tenant.tags"},
			ON: clause.Where{Exprs: []clause.Expression{clause.Expr{SQL: "true"}}},
		}}}))
	}},
	{name: "FROM another table", do: func(e *env) error {
		return names(e, contacts(e.fresh()).Select("c2.name").Clauses(clause.From{Tables: []clause.Table{{Name: "tenant.contacts"}, {Name: "tenant.contacts", Alias: "c2"}}}))
	}},
	{name: "Table into maps", do: func(e *env) error { return find[map[string]any](e, e.fresh().Table("tenant.contacts")) }},
	{name: "Table with an alias", do: func(e *env) error { return find[contact](e, e.fresh().Table("tenant.contacts AS contacts")) }},
	{name: "Table of a raw sub-select", do: func(e *env) error {
		return find[contact](e, e.db.Table("(select '"+own.String()+"'::uuid as account_id, id, name from tenant.contacts) AS contacts"))
	}},
	{name: "Table of a sub-query", do: func(e *env) error {
		sub := contacts(e.fresh()).Select("? as account_id, id, name", own)
		return find[contact](e, e.db.Table("(?) AS contacts", sub))
	}},
	{name: "Table of another model", do: func(e *env) error { return find[contact](e, e.fresh().Table("tenant.tags")) }},
	{name: "Table of the platform", do: func(e *env) error { return find[map[string]any](e, e.fresh().Table("platform.accounts")) }},
	{name: "model of the platform", do: func(e *env) error { return find[platformAccount](e, e.fresh()) }},
	{name: "model without an account", do: func(e *env) error { return find[bareContact](e, e.fresh()) }},
	{name: "model whose account is computed", do: func(e *env) error { return find[readOnlyContact](e, e.db.Or("true")) }},
	{name: "preload by a bare id", do: func(e *env) error {
		return find[contact](e, e.db.Preload("Notes").Where("id = ?", sharedID))
	}},
	{name: "preload of a preload", do: func(e *env) error {
		return find[contact](e, e.db.Preload("Deals.Notes").Where("id = ?", sharedID))
	}},
	{name: "preload of everything", do: func(e *env) error {
		return find[contact](e, e.db.Preload(clause.Associations).Where("id = ?", sharedID))
	}},
	{name: "preload with conditions", do: func(e *env) error {
		return find[contact](e, e.db.Preload("Notes", "true\nOR true").Where("id = ?", sharedID))
	}},
	{name: "preload with a function", do: func(e *env) error {
		return find[contact](e, e.db.Preload("Notes", func(tx *gorm.DB) *gorm.DB { return tx.Or("true") }).Where("id = ?", sharedID))
	}},
	{name: "preload with a function that starts anew", do: func(e *env) error {
		return find[contact](e, e.db.Preload("Notes", func(tx *gorm.DB) *gorm.DB {
			return tx.Session(&gorm.Session{NewDB: true}).Where("owner_id = ?", sharedID)
		}).Where("id = ?", sharedID))
	}},
	{name: "many2many preload", do: func(e *env) error { return find[contact](e, e.db.Preload("Labels").Or("true")) }},
	{name: "preload into a foreign model", do: func(e *env) error {
		rows := []contact{*foreignContact()}
		err := e.fresh().Preload("Deals").Preload("Labels").Find(&rows).Error
		e.saw(rows)
		return err
	}},
	{name: "association by a bare id", do: func(e *env) error { return association[note](e, e.fresh().Model(sharedContact()), "Notes") }},
	{name: "association of a foreign model", do: func(e *env) error { return association[deal](e, e.fresh().Model(foreignContact()), "Deals") }},
	{name: "many2many association of a foreign model", do: func(e *env) error {
		return association[label](e, e.fresh().Model(foreignContact()), "Labels")
	}},
	{name: "association with a condition", do: func(e *env) error {
		return association[label](e, e.fresh().Model(sharedContact()).Or("true"), "Labels", "true\nOR true")
	}},
	{name: "association counted", do: func(e *env) error {
		if e.fresh().Model(sharedContact()).Association("Notes").Count() > 1 {
			e.saw(marker)
		}
		return nil
	}},
}

func association[T any](e *env, g *gorm.DB, name string, conds ...any) error {
	var rows []T
	err := g.Association(name).Find(&rows, conds...)
	e.saw(rows)
	return err
}

// contactWithNote declares its note by the bare id, as a careless model would.
type contactWithNote struct {
	AccountID uuid.UUID `gorm:"primaryKey"`
	ID        uuid.UUID `gorm:"primaryKey"`
	Name      string
	Note      *note `gorm:"foreignKey:OwnerID;references:ID"`
}

func (contactWithNote) TableName() string { return "tenant.contacts" }

type platformAccount struct {
	AccountID uuid.UUID `gorm:"primaryKey"`
	Username  string
}

func (platformAccount) TableName() string { return "platform.accounts" }

// bareContact is the same table without its account.
type bareContact struct {
	ID   uuid.UUID `gorm:"primaryKey"`
	Name string
}

func (bareContact) TableName() string { return "tenant.contacts" }

// readOnlyContact has an account that cannot be written.
type readOnlyContact struct {
	ID        uuid.UUID `gorm:"primaryKey"`
	AccountID uuid.UUID `gorm:"->"`
	Name      string
}

func (readOnlyContact) TableName() string { return "tenant.contacts" }
