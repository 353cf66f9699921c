package tenants_test

import (
	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

func foreignNote() *naiveNote {
	return &naiveNote{ID: 2, AccountID: own, Body: "overwritten", Slug: "s"}
}

var slug = []clause.Column{{Name: "slug"}}

// Inserts that meet a row of the other account, and what GORM saves on the side.
var upsertAttempts = []attempt{
	{name: "Save over a foreign key", do: func(e *env) error { return e.db.Save(foreignNote()).Error }},
	{name: "Save over a foreign key, anew", do: func(e *env) error { return e.fresh().Save(foreignNote()).Error }},
	{name: "Save many", do: func(e *env) error { return e.db.Save([]*naiveNote{foreignNote()}).Error }},
	{name: "Save a foreign row", do: func(e *env) error {
		return e.fresh().Save(&naiveNote{ID: 2, AccountID: other, Body: "overwritten", Slug: "s"}).Error
	}},
	{name: "upsert all", do: func(e *env) error {
		return e.db.Clauses(clause.OnConflict{UpdateAll: true}).Create(foreignNote()).Error
	}},
	{name: "upsert a column", do: func(e *env) error {
		return e.db.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "id"}}, DoUpdates: clause.AssignmentColumns([]string{"body"})}).
			Create(foreignNote()).Error
	}},
	{name: "upsert by another unique key", do: func(e *env) error {
		return e.db.Clauses(clause.OnConflict{Columns: slug, DoUpdates: clause.AssignmentColumns([]string{"body"})}).
			Create(&naiveNote{ID: 99, AccountID: own, Slug: marker + " slug", Body: "overwritten"}).Error
	}},
	{name: "upsert by a constraint", do: func(e *env) error {
		return e.db.Clauses(clause.OnConflict{OnConstraint: "naive_notes_pkey", DoUpdates: clause.AssignmentColumns([]string{"body"})}).
			Create(foreignNote()).Error
	}},
	{name: "upsert that moves", do: func(e *env) error {
		return e.db.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "id"}}, DoUpdates: clause.AssignmentColumns([]string{"account_id", "body"})}).
			Create(foreignNote()).Error
	}},
	{name: "upsert that moves an own row", do: func(e *env) error {
		return e.db.Clauses(clause.OnConflict{
			Columns: []clause.Column{{Name: "id"}}, DoUpdates: clause.Assignments(map[string]any{"account_id": other}),
		}).Create(&naiveNote{ID: 1, AccountID: own}).Error
	}},
	{name: "upsert with a condition", do: func(e *env) error {
		return e.db.Clauses(clause.OnConflict{
			Columns: []clause.Column{{Name: "id"}}, DoUpdates: clause.AssignmentColumns([]string{"body"}),
			Where: clause.Where{Exprs: []clause.Expression{clause.Expr{SQL: "false\nOR true"}}},
		}).Create(foreignNote()).Error
	}},
	{name: "upsert with a target condition", do: func(e *env) error {
		return e.db.Clauses(clause.OnConflict{
			Columns: []clause.Column{{Name: "id"}}, DoUpdates: clause.AssignmentColumns([]string{"body"}),
			TargetWhere: clause.Where{Exprs: []clause.Expression{clause.Expr{SQL: "true"}}},
		}).Create(foreignNote()).Error
	}},
	{name: "upsert with a sub-select", do: func(e *env) error {
		if err := e.db.Clauses(clause.OnConflict{
			Columns: []clause.Column{{Name: "id"}}, DoUpdates: clause.Assignments(map[string]any{"body": gorm.Expr(allNames)}),
		}).Create(&naiveNote{ID: 1, AccountID: own}).Error; err != nil {
			return err
		}
		return find[naiveNote](e, e.db.Where("id = 1"))
	}},
	{name: "upsert from a map", do: func(e *env) error {
		return e.db.Model(&naiveNote{}).Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "id"}}, DoUpdates: clause.AssignmentColumns([]string{"body"})}).
			Create(map[string]any{"id": 2, "account_id": own, "body": "overwritten"}).Error
	}},
	{name: "upsert a batch", do: func(e *env) error {
		return e.db.Clauses(clause.OnConflict{UpdateAll: true}).Create([]naiveNote{{ID: 1, AccountID: own, Slug: "a"}, *foreignNote()}).Error
	}},
	{name: "FirstOrCreate of a foreign row", do: func(e *env) error {
		var n naiveNote
		err := e.fresh().Where(naiveNote{ID: 2, AccountID: other}).Assign(naiveNote{Body: "overwritten"}).FirstOrCreate(&n).Error
		e.saw(n)
		return err
	}},
	{name: "FirstOrCreate with Assign", do: func(e *env) error {
		var n naiveNote
		err := e.db.Or("id = 2").Assign(naiveNote{Body: "overwritten"}).FirstOrCreate(&n, "id = 2").Error
		e.saw(n)
		return err
	}},
	{name: "append a foreign child", do: func(e *env) error {
		return e.fresh().Model(ownRow()).Association("Notes").Append(&note{AccountID: other, ID: otherContact, Body: "planted"})
	}},
	{name: "append to a foreign model", do: func(e *env) error {
		return e.fresh().Model(foreignContact()).Association("Notes").Append(&note{ID: uuid.New(), Body: "planted"})
	}},
	{name: "append a foreign label", do: func(e *env) error {
		return e.fresh().Model(ownRow()).Association("Labels").Append(&label{AccountID: other, ID: otherLabel, Name: "planted"})
	}},
	{name: "append a label to a foreign model", do: func(e *env) error {
		return e.fresh().Model(foreignContact()).Association("Labels").Append(&label{AccountID: other, ID: sharedID})
	}},
	{name: "replace what hangs on a bare id", do: func(e *env) error {
		return e.fresh().Model(sharedContact()).Association("Notes").Replace(&note{AccountID: own, ID: uuid.New(), Body: "new"})
	}},
	{name: "clear what hangs on a bare id", do: func(e *env) error { return e.fresh().Model(sharedContact()).Association("Notes").Clear() }},
	{name: "delete what hangs on a bare id", do: func(e *env) error {
		return e.fresh().Model(sharedContact()).Association("Notes").Unscoped().Clear()
	}},
	{name: "clear a foreign model's labels", do: func(e *env) error { return e.fresh().Model(foreignContact()).Association("Labels").Clear() }},
	{name: "delete a foreign label from an association", do: func(e *env) error {
		return e.fresh().Model(foreignContact()).Association("Labels").Delete(&label{AccountID: other, ID: otherLabel})
	}},
	{name: "clear a foreign model's deals", do: func(e *env) error {
		return e.fresh().Model(foreignContact()).Association("Deals").Unscoped().Clear()
	}},
	{name: "save a foreign parent on the side", do: func(e *env) error {
		return e.db.Session(&gorm.Session{FullSaveAssociations: true}).
			Save(&deal{AccountID: own, ID: ownDeal, Contact: &contact{AccountID: other, ID: otherContact, Name: "overwritten"}}).Error
	}},
	{name: "save a foreign child on the side", do: func(e *env) error {
		return e.db.Session(&gorm.Session{FullSaveAssociations: true}).
			Save(&contact{AccountID: own, ID: ownContact, Deals: []deal{{AccountID: other, ID: otherDeal, Title: "overwritten"}}}).Error
	}},
	{name: "update a foreign parent by a map", do: func(e *env) error {
		return e.db.Model(&deal{AccountID: own, ID: ownDeal}).Updates(map[string]any{"Contact": &contact{AccountID: other, ID: otherContact, Name: "overwritten"}}).Error
	}},
}
