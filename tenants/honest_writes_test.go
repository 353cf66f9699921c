package tenants_test

import (
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

var honestWrites = []honest{
	{"create", func(e *env) error {
		c := contact{ID: uuid.New(), Name: "new"}
		return errors.Join(rowsOf(e.db.Create(&c), 1), want("account", c.AccountID, own))
	}},
	{"create with the own account", func(e *env) error { return rowsOf(e.db.Create(&contact{AccountID: own, ID: uuid.New()}), 1) }},
	{"create a batch", func(e *env) error {
		return rowsOf(e.db.Create(&[]contact{{ID: uuid.New(), Email: "1"}, {ID: uuid.New(), Email: "2"}}), 2)
	}},
	{"create in batches", func(e *env) error {
		return rowsOf(e.db.CreateInBatches([]*contact{{ID: uuid.New(), Email: "1"}, {ID: uuid.New(), Email: "2"}, {ID: uuid.New(), Email: "3"}}, 2), 3)
	}},
	{"create from a map", func(e *env) error {
		return rowsOf(contacts(e.db).Create(map[string]any{"id": uuid.New(), "name": "m"}), 1)
	}},
	{"create from maps", func(e *env) error {
		return rowsOf(contacts(e.db).Create([]map[string]any{{"id": uuid.New()}, {"id": uuid.New(), "account_id": own}}), 2)
	}},
	{"create selected columns", func(e *env) error {
		return rowsOf(e.db.Select("ID", "Name").Create(&contact{ID: uuid.New(), Name: "s"}), 1)
	}},
	{"create with children, parents and labels", func(e *env) error {
		id := uuid.New()
		c := contact{
			ID: id, Deals: []deal{{ID: uuid.New(), Title: "nested"}}, Notes: []note{{ID: uuid.New(), Body: "nested"}},
			Labels: []label{{AccountID: own, ID: ownLabel}, {ID: uuid.New(), Name: "fresh"}},
		}
		if err := e.db.Create(&c).Error; err != nil {
			return err
		}
		var back contact
		err := e.db.Preload(clause.Associations).First(&back, "id = ?", id).Error
		return errors.Join(err, want("saved", fmt.Sprint(len(back.Deals), len(back.Labels), len(back.Notes)), "1 2 1"))
	}},
	{"first or create", func(e *env) error {
		var c contact
		err := e.db.Where(contact{Email: "foc"}).Attrs(contact{ID: uuid.New(), Name: "made"}).FirstOrCreate(&c).Error
		return errors.Join(err, want("row", c.Email+c.Name, "focmade"), want("account", c.AccountID, own))
	}},
	{"update a column", func(e *env) error { return rowsOf(e.db.Model(ownRow()).Update("name", "x"), 1) }},
	{"update by a struct", func(e *env) error { return rowsOf(e.db.Model(ownRow()).Updates(contact{Name: "x", Score: 1}), 1) }},
	{"update by a map that names the own account", func(e *env) error {
		return rowsOf(e.db.Model(ownRow()).Updates(map[string]any{"name": "x", "account_id": own}), 1)
	}},
	{"update by an expression", func(e *env) error {
		return rowsOf(contacts(e.db).Where("score < ?", 8).Update("score", gorm.Expr("score + ?", 1)), 2)
	}},
	{"update by a sub-query", func(e *env) error {
		return rowsOf(e.db.Model(ownRow()).Update("score", e.db.Model(&deal{}).Select("max(amount)")), 1)
	}},
	{"update, returning", func(e *env) error {
		var rows []contact
		err := e.db.Model(&rows).Clauses(clause.Returning{}).Where("score > 5").Update("name", "r").Error
		return errors.Join(err, want("rows", len(rows), 2))
	}},
	{"save", func(e *env) error {
		var c contact
		if err := e.db.First(&c, "id = ?", ownContact).Error; err != nil {
			return err
		}
		c.Name = "saved"
		return rowsOf(e.db.Save(&c), 1)
	}},
	{"save a new row", func(e *env) error { return rowsOf(e.db.Save(&contact{AccountID: own, ID: uuid.New(), Name: "new"}), 1) }},
	{"upsert", func(e *env) error {
		c := contact{ID: ownContact, Name: "upserted"}
		if err := rowsOf(e.db.Clauses(clause.OnConflict{UpdateAll: true}).Create(&c), 1); err != nil {
			return err
		}
		return rowsOf(e.db.Where("name = 'upserted'").Find(&[]contact{}), 1)
	}},
	{"upsert with a condition that does not hold", func(e *env) error {
		return rowsOf(e.db.Clauses(clause.OnConflict{
			Columns: []clause.Column{{Name: "account_id"}, {Name: "id"}}, DoUpdates: clause.AssignmentColumns([]string{"name"}),
			Where: clause.Where{Exprs: []clause.Expression{clause.Expr{SQL: "contacts.score > ?", Vars: []any{100}}}},
		}).Create(&contact{ID: ownContact, Name: "kept"}), 0)
	}},
	{"insert unless there", func(e *env) error {
		return rowsOf(e.db.Clauses(clause.OnConflict{DoNothing: true}).Create(&contact{ID: ownContact}), 0)
	}},
	{"upsert of a row that is all key", func(e *env) error {
		return e.db.Clauses(clause.OnConflict{UpdateAll: true}).Create(&contactLabel{ContactID: ownContact, LabelID: ownLabel}).Error
	}},
	{"association: append, count, find, replace, delete, clear", func(e *env) error {
		labels := func() *gorm.Association { return e.db.Model(ownRow()).Association("Labels") }
		var found []label
		return errors.Join(
			labels().Append(&label{AccountID: own, ID: sharedID}, &label{ID: uuid.New(), Name: "made"}), want("labels", labels().Count(), 3),
			labels().Find(&found, "name like ?", "own%"), want("found", len(found), 2),
			labels().Delete(&label{AccountID: own, ID: sharedID}), want("labels", labels().Count(), 2),
			labels().Replace(&label{AccountID: own, ID: sharedID}), want("labels", labels().Count(), 1),
			labels().Clear(), want("labels", labels().Count(), 0))
	}},
	{"association: has many", func(e *env) error {
		notes := func() *gorm.Association { return e.db.Model(sharedContact()).Association("Notes") }
		return errors.Join(notes().Append(&note{ID: uuid.New(), Body: "more"}), want("notes", notes().Count(), 2))
	}},
	{"association: has many, unlinked", func(e *env) error {
		deals := e.db.Model(&contact{AccountID: own, ID: ownContact}).Association("Deals")
		return errors.Join(deals.Clear(), rowsOf(e.db.Where("contact_id IS NULL").Find(&[]deal{}), 1))
	}},
	{"soft delete", func(e *env) error {
		return errors.Join(rowsOf(e.db.Delete(&deal{ID: ownDeal}), 1), rowsOf(e.db.Find(&[]deal{}), 1),
			rowsOf(e.db.Unscoped().Find(&[]deal{}), 2), rowsOf(e.db.Unscoped().Delete(&deal{ID: ownDeal}), 1))
	}},
	{"delete by value and by list", func(e *env) error {
		return errors.Join(rowsOf(e.db.Delete(deal{ID: ownDeal}), 1), rowsOf(e.db.Delete([]note{{ID: sharedID}}), 1))
	}},
	{"delete by condition", func(e *env) error { return rowsOf(e.db.Where("body like ?", "%one").Delete(&note{}), 1) }},
	{"delete with what hangs on it", func(e *env) error {
		return rowsOf(e.db.Select("Labels").Delete(&contact{AccountID: own, ID: ownContact2}), 1)
	}},
	{"delete without a condition stays refused", func(e *env) error {
		err := e.db.Delete(&note{}).Error
		return want("refused", errors.Is(err, gorm.ErrMissingWhereClause), true)
	}},
	{"delete by the account alone stays refused", func(e *env) error {
		err := errors.Join(e.db.Delete(&note{AccountID: own}).Error)
		return want("refused", errors.Is(err, gorm.ErrMissingWhereClause), true)
	}},
	{"delete everything when told so", func(e *env) error {
		return rowsOf(e.db.Session(&gorm.Session{AllowGlobalUpdate: true}).Delete(&note{}), 2)
	}},
	{"nested transactions", func(e *env) error {
		undo := errors.New("undo")
		err := e.db.Transaction(func(tx *gorm.DB) error {
			if err := tx.Create(&note{ID: uuid.New(), Body: "kept"}).Error; err != nil {
				return err
			}
			_ = tx.Transaction(func(tx *gorm.DB) error {
				_ = tx.Create(&note{ID: uuid.New(), Body: "undone"})
				return undo
			})
			return nil
		})
		return errors.Join(err, rowsOf(e.db.Where("body IN ?", []string{"kept", "undone"}).Find(&[]note{}), 1))
	}},
	{"savepoint after an error of PostgreSQL", func(e *env) error {
		_ = e.db.Transaction(func(tx *gorm.DB) error { return tx.Create(&contact{ID: ownContact}).Error })
		return rowsOf(e.db.Find(&[]contact{}), 3)
	}},
	{"product: message and conversation", func(e *env) error {
		m := newMessage(own.UUID, ownThread)
		now := time.Now()
		return errors.Join(rowsOf(e.db.Create(m), 1),
			rowsOf(e.db.Model(&conversation{ConversationID: ownThread}).Updates(map[string]any{
				"inbound_seq": gorm.Expr("inbound_seq + 1"), "last_message_at": gorm.Expr("greatest(last_message_at, ?)", now),
			}), 1))
	}},
}
