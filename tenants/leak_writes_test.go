package tenants_test

import (
	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// newForeign is a row that says that it is the other account's.
func newForeign() contact { return contact{AccountID: other, ID: uuid.New(), Name: "planted"} }

// Rows planted in the other account.
var createAttempts = []attempt{
	{name: "create a foreign row", do: func(e *env) error { c := newForeign(); return e.db.Create(&c).Error }},
	{name: "create a foreign row by value", do: func(e *env) error { return e.db.Create([]contact{newForeign()}).Error }},
	{name: "create a mixed batch", do: func(e *env) error {
		return e.db.Create(&[]contact{{AccountID: own, ID: uuid.New()}, newForeign()}).Error
	}},
	{name: "create pointers", do: func(e *env) error {
		c := newForeign()
		return e.db.Create([]*contact{{AccountID: own, ID: uuid.New()}, &c}).Error
	}},
	{name: "create in batches", do: func(e *env) error {
		return e.db.CreateInBatches([]contact{{AccountID: own, ID: uuid.New()}, newForeign()}, 1).Error
	}},
	{name: "create from a map", do: func(e *env) error {
		return contacts(e.db).Create(map[string]any{"account_id": other, "id": uuid.New(), "name": "planted"}).Error
	}},
	{name: "create from a map by the field's name", do: func(e *env) error {
		return contacts(e.db).Create(map[string]any{"AccountID": other, "ID": uuid.New()}).Error
	}},
	{name: "create from a map with a quoted name", do: func(e *env) error {
		return contacts(e.db).Create(map[string]any{`"account_id"`: other, "id": uuid.New()}).Error
	}},
	{name: "create from a map, both spellings", do: func(e *env) error {
		return contacts(e.db).Create(map[string]any{"account_id": own, "AccountID": other, "id": uuid.New()}).Error
	}},
	{name: "create from maps", do: func(e *env) error {
		return contacts(e.db).Create([]map[string]any{{"account_id": own, "id": uuid.New()}, {"account_id": other, "id": uuid.New()}}).Error
	}},
	{name: "create with an expression as account", do: func(e *env) error {
		return contacts(e.db).Create(map[string]any{"account_id": gorm.Expr("?", other), "id": uuid.New()}).Error
	}},
	{name: "create with a sub-select as text", do: func(e *env) error {
		id := uuid.New()
		if err := contacts(e.db).Create(map[string]any{"account_id": own, "id": id, "name": gorm.Expr(allNames)}).Error; err != nil {
			return err
		}
		return find[contact](e, e.db.Where("id = ?", id))
	}},
	{name: "create with a foreign child", do: func(e *env) error {
		return e.db.Create(&contact{AccountID: own, ID: uuid.New(), Notes: []note{{AccountID: other, ID: uuid.New(), Body: "planted"}}}).Error
	}},
	{name: "create with a foreign parent", do: func(e *env) error {
		c := newForeign()
		return e.db.Create(&deal{AccountID: own, ID: uuid.New(), Contact: &c}).Error
	}},
	{name: "create with a foreign label", do: func(e *env) error {
		return e.db.Create(&contact{AccountID: own, ID: uuid.New(), Labels: []label{{AccountID: other, ID: otherLabel}}}).Error
	}},
	{name: "create a foreign link", do: func(e *env) error {
		return e.db.Create(&contactLabel{AccountID: other, ContactID: otherContact2, LabelID: otherLabel}).Error
	}},
	{name: "create under a foreign parent", do: func(e *env) error {
		return e.db.Create(&deal{AccountID: other, ID: uuid.New(), ContactID: &otherContact}).Error
	}},
	{name: "create without the column", do: func(e *env) error {
		return e.db.Omit("account_id").Create(&naiveNote{AccountID: other, Slug: "s"}).Error
	}},
	{name: "create with the account selected", do: func(e *env) error {
		c := newForeign()
		return e.db.Select("AccountID", "ID").Create(&c).Error
	}},
	{name: "create into another table", do: func(e *env) error {
		return e.fresh().Table("tenant.contacts").Create(map[string]any{"account_id": other, "id": uuid.New()}).Error
	}},
	{name: "create with a head of its own", do: func(e *env) error {
		return e.db.Clauses(clause.Insert{Table: clause.Table{Name: "tenant.tags"}}).Create(&contact{AccountID: own, ID: uuid.New()}).Error
	}},
	{name: "create with a modifier", do: func(e *env) error {
		return e.db.Clauses(clause.Insert{Modifier: "INTO tenant.contacts (account_id, id) VALUES ('" + other.String() + "', gen_random_uuid()) --"}).
			Create(&contact{AccountID: own, ID: uuid.New()}).Error
	}},
	{name: "create from an attribute", do: func(e *env) error {
		return e.db.Where("false").Attrs(contact{AccountID: other}).FirstOrCreate(&contact{ID: uuid.New()}).Error
	}},
	{name: "create from a foreign condition", do: func(e *env) error {
		var c contact
		return e.fresh().Where(contact{AccountID: other, ID: uuid.New()}).FirstOrCreate(&c).Error
	}},
	{name: "create, returning SQL", do: func(e *env) error {
		c := contact{AccountID: own, ID: uuid.New()}
		err := e.db.Clauses(clause.Returning{Columns: []clause.Column{{Name: allNames + " as name", Raw: true}}}).Create(&c).Error
		e.saw(c)
		return err
	}},
	{name: "a foreign row by a text account", do: func(e *env) error {
		return e.db.Create(&textContact{AccountID: other.String(), ID: uuid.New()}).Error
	}},
	{name: "a foreign row by an uuid account", do: func(e *env) error {
		return e.db.Create(&uuidContact{AccountID: &other.UUID, ID: uuid.New()}).Error
	}},
	{name: "a foreign row by a field that builds SQL", do: func(e *env) error {
		return e.db.Create(&builderContact{AccountID: own.UUID, ID: uuid.New(), Name: builder{allNames}}).Error
	}},
	{name: "a field that may be anything", do: func(e *env) error {
		id := uuid.New()
		if err := e.db.Create(&anyContact{AccountID: own.UUID, ID: id, Name: gorm.Expr(allNames)}).Error; err != nil {
			return err
		}
		return find[contact](e, e.db.Where("id = ?", id))
	}},
}

type textContact struct {
	AccountID string    `gorm:"primaryKey;type:uuid"`
	ID        uuid.UUID `gorm:"primaryKey"`
}

func (textContact) TableName() string { return "tenant.contacts" }

type uuidContact struct {
	AccountID *uuid.UUID `gorm:"primaryKey"`
	ID        uuid.UUID  `gorm:"primaryKey"`
}

func (uuidContact) TableName() string { return "tenant.contacts" }

type builderContact struct {
	AccountID uuid.UUID `gorm:"primaryKey"`
	ID        uuid.UUID `gorm:"primaryKey"`
	Name      builder   `gorm:"type:text"`
}

func (builderContact) TableName() string { return "tenant.contacts" }

type anyContact struct {
	AccountID uuid.UUID `gorm:"primaryKey"`
	ID        uuid.UUID `gorm:"primaryKey"`
	Name      any       `gorm:"type:text"`
}

func (anyContact) TableName() string { return "tenant.contacts" }

// ownRow is the model of an own row; foreignRow that of one of the other account, by the key alone.
func ownRow() *contact     { return &contact{AccountID: own, ID: ownContact} }
func foreignRow() *contact { return &contact{ID: otherContact} }

// Rows changed in the other account, or moved to it.
var updateAttempts = []attempt{
	{name: "update with OR", do: func(e *env) error { return contacts(e.db).Where("false\nOR true").Update("name", "taken").Error }},
	{name: "update with Or", do: func(e *env) error { return contacts(e.db).Where("false").Or("true").Update("name", "taken").Error }},
	{name: "update by a foreign key", do: func(e *env) error { return e.fresh().Model(foreignRow()).Update("name", "taken").Error }},
	{name: "update by a foreign model", do: func(e *env) error { return e.fresh().Model(foreignContact()).Updates(contact{Name: "taken"}).Error }},
	{name: "update of many foreign models", do: func(e *env) error {
		return e.fresh().Model([]contact{*foreignContact(), *ownRow()}).Update("name", "taken").Error
	}},
	{name: "update everything", do: func(e *env) error {
		return e.fresh().Session(&gorm.Session{AllowGlobalUpdate: true}).Model(&contact{}).Update("name", "taken").Error
	}},
	{name: "update without a condition", do: func(e *env) error { return e.fresh().Model(&contact{}).Update("name", "taken").Error }},
	{name: "update a table", do: func(e *env) error {
		return e.fresh().Table("tenant.contacts").Where("true").Update("name", "taken").Error
	}},
	{name: "update with a head of its own", do: func(e *env) error {
		return contacts(e.db).Clauses(clause.Update{Table: clause.Table{Name: "tenant.tags"}}).Where("true").Update("name", "taken").Error
	}},
	{name: "update with a modifier", do: func(e *env) error {
		return contacts(e.db).Clauses(clause.Update{Modifier: "tenant.contacts set name = 'taken' --"}).Where("true").Update("name", "x").Error
	}},
	{name: "update from another table", do: func(e *env) error {
		return contacts(e.db).Clauses(clause.From{Tables: []clause.Table{{Name: "tenant.contacts", Alias: "c2"}}}).Where("true").
			Update("name", gorm.Expr("c2.name")).Error
	}},
	{name: "move by a column", do: func(e *env) error { return e.db.Model(ownRow()).Update("account_id", other).Error }},
	{name: "move by UpdateColumn", do: func(e *env) error { return e.db.Model(ownRow()).UpdateColumn("account_id", other).Error }},
	{name: "move by UpdateColumns", do: func(e *env) error {
		return naiveOf(e).UpdateColumns(naiveNote{AccountID: other}).Error
	}},
	{name: "move by the field's name", do: func(e *env) error { return naiveOf(e).Update("AccountID", other).Error }},
	{name: "move by a quoted name", do: func(e *env) error { return naiveOf(e).Update(`"account_id"`, other).Error }},
	{name: "move by a capital name", do: func(e *env) error { return naiveOf(e).Update("ACCOUNT_ID", other).Error }},
	{name: "move by a qualified name", do: func(e *env) error { return naiveOf(e).Update("naive_notes.account_id", other).Error }},
	{name: "move by a map", do: func(e *env) error { return naiveOf(e).Updates(map[string]any{"account_id": other}).Error }},
	{name: "move by a struct", do: func(e *env) error { return naiveOf(e).Updates(naiveNote{AccountID: other}).Error }},
	{name: "move by a smaller struct", do: func(e *env) error { return naiveOf(e).Updates(struct{ AccountID uuid.UUID }{other.UUID}).Error }},
	{name: "move by an expression", do: func(e *env) error { return naiveOf(e).Update("account_id", gorm.Expr("?::uuid", other.String())).Error }},
	{name: "move by SET", do: func(e *env) error {
		return naiveOf(e).Clauses(clause.Set{{Column: clause.Column{Name: "account_id"}, Value: other}}).Updates(map[string]any{"body": "x"}).Error
	}},
	{name: "move by a raw SET", do: func(e *env) error {
		return naiveOf(e).Clauses(clause.Set{{Column: clause.Column{Name: "account_id", Raw: true}, Value: other}}).Updates(map[string]any{"body": "x"}).Error
	}},
	{name: "move by Select all", do: func(e *env) error {
		return naiveOf(e).Select("*").Updates(naiveNote{ID: 1, AccountID: other, Body: "moved", Slug: "m"}).Error
	}},
	{name: "move by Save", do: func(e *env) error {
		var n naiveNote
		if err := e.db.First(&n).Error; err != nil {
			return err
		}
		n.AccountID = other
		return e.db.Save(&n).Error
	}},
	{name: "move by Assign", do: func(e *env) error {
		var n naiveNote
		return e.db.Assign(naiveNote{AccountID: other}).FirstOrCreate(&n).Error
	}},
	{name: "move a child", do: func(e *env) error {
		return e.db.Session(&gorm.Session{FullSaveAssociations: true}).
			Updates(&contact{AccountID: own, ID: ownContact, Name: "x", Notes: []note{{AccountID: other, ID: uuid.New()}}}).Error
	}},
	{name: "sub-select as value", do: func(e *env) error {
		if err := e.db.Model(ownRow()).Update("name", gorm.Expr(allNames)).Error; err != nil {
			return err
		}
		return find[contact](e, e.db.Where("id = ?", ownContact))
	}},
	{name: "sub-query as value", do: func(e *env) error {
		sub := contacts(e.fresh()).Select("string_agg(name, ',')")
		if err := e.db.Model(ownRow()).Update("name", sub).Error; err != nil {
			return err
		}
		return find[contact](e, e.db.Where("id = ?", ownContact))
	}},
	{name: "raw sub-query as value", do: func(e *env) error {
		if err := e.db.Model(ownRow()).Updates(map[string]any{"name": e.fresh().Raw("select string_agg(name, ',') from tenant.contacts")}).Error; err != nil {
			return err
		}
		return find[contact](e, e.db.Where("id = ?", ownContact))
	}},
	{name: "value that builds SQL, in a map", do: func(e *env) error {
		if err := e.db.Model(ownRow()).Updates(map[string]any{"name": builder{allNames}}).Error; err != nil {
			return err
		}
		return find[contact](e, e.db.Where("id = ?", ownContact))
	}},
	{name: "update, returning", do: func(e *env) error {
		var rows []contact
		err := e.fresh().Model(&rows).Clauses(clause.Returning{}).Where("true").Update("score", 1).Error
		e.saw(rows)
		return err
	}},
}

func naiveOf(e *env) *gorm.DB { return e.db.Model(&naiveNote{ID: 1}) }

// Rows of the other account deleted.
var deleteAttempts = []attempt{
	{name: "delete with OR", do: func(e *env) error { return e.db.Where("false\nOR true").Delete(&note{}).Error }},
	{name: "delete with Or", do: func(e *env) error { return e.db.Where("false").Or("true").Delete(&note{}).Error }},
	{name: "delete by a foreign key", do: func(e *env) error { return e.fresh().Delete(&naiveNote{ID: 2}).Error }},
	{name: "delete by a foreign key inline", do: func(e *env) error { return e.fresh().Delete(&naiveNote{}, 2).Error }},
	{name: "delete a foreign model", do: func(e *env) error { return e.fresh().Delete(&contactLabel{other, otherContact, otherLabel}).Error }},
	{name: "delete foreign models", do: func(e *env) error {
		return e.fresh().Delete([]contactLabel{{other, otherContact, otherLabel}, {other, sharedID, sharedID}}).Error
	}},
	{name: "delete by another model's key", do: func(e *env) error { return e.fresh().Model(&naiveNote{ID: 2}).Delete(&naiveNote{}).Error }},
	{name: "delete by the account alone", do: func(e *env) error { return e.fresh().Delete(&note{AccountID: other}).Error }},
	{name: "delete everything", do: func(e *env) error {
		return e.fresh().Session(&gorm.Session{AllowGlobalUpdate: true}).Delete(&note{}).Error
	}},
	{name: "delete softly", do: func(e *env) error { return e.fresh().Where("true").Delete(&deal{}).Error }},
	{name: "delete softly deleted", do: func(e *env) error { return e.fresh().Unscoped().Where("true").Delete(&deal{}).Error }},
	{name: "delete a table", do: func(e *env) error { return e.fresh().Table("tenant.notes").Where("true").Delete(&struct{}{}).Error }},
	{name: "delete with a modifier", do: func(e *env) error {
		return e.db.Clauses(clause.Delete{Modifier: "FROM tenant.notes --"}).Where("true").Delete(&note{}).Error
	}},
	{name: "delete from another table", do: func(e *env) error {
		return e.db.Clauses(clause.From{Tables: []clause.Table{{Name: "tenant.notes"}}}).Where("true").Delete(&contactLabel{}).Error
	}},
	{name: "delete with associations", do: func(e *env) error {
		return e.fresh().Select("Notes").Delete(sharedContact()).Error
	}},
	{name: "delete with all associations", do: func(e *env) error {
		return e.fresh().Select(clause.Associations).Delete(foreignContact()).Error
	}},
	{name: "delete, returning", do: func(e *env) error {
		var rows []note
		err := e.fresh().Clauses(clause.Returning{}).Where("true").Delete(&rows).Error
		e.saw(rows)
		return err
	}},
	{name: "delete, returning SQL", do: func(e *env) error {
		var rows []note
		err := e.db.Clauses(clause.Returning{Columns: []clause.Column{{Name: allNames + " as body", Raw: true}}}).Where("true").Delete(&rows).Error
		e.saw(rows)
		return err
	}},
	{name: "delete in a sub-query", do: func(e *env) error {
		return e.db.Where("id in (?)", e.fresh().Raw("delete from tenant.notes returning id")).Delete(&note{}).Error
	}},
}
