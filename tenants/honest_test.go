package tenants_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"parlor/tenants"
)

// honest is work that the walls must let through, with its right outcome. A wall that blocks it is as wrong as one
// that leaks.
type honest struct {
	name string
	do   func(e *env) error
}

func want[T comparable](what string, got, expected T) error {
	if got != expected {
		return fmt.Errorf("%s is %v, want %v", what, got, expected)
	}
	return nil
}

// rowsOf checks the number of rows that a statement found or touched.
func rowsOf(g *gorm.DB, n int64) error {
	if g.Error != nil {
		return g.Error
	}
	return want("number of rows", g.RowsAffected, n)
}

var honestReads = []honest{
	{"find", func(e *env) error { return rowsOf(e.db.Find(&[]contact{}), 3) }},
	{"find by key", func(e *env) error { return rowsOf(e.db.First(&contact{}, "id = ?", ownContact), 1) }},
	{"find by map, list and struct", func(e *env) error {
		return rowsOf(e.db.Where(map[string]any{"name": []string{"own Ann", "own Bob"}}).Where(contact{Score: 5}).Find(&[]contact{}), 1)
	}},
	{"or of groups", func(e *env) error {
		return rowsOf(e.db.Where(e.db.Where("score > ?", 8)).Or(e.db.Where("score < ?", 6)).Find(&[]contact{}), 2)
	}},
	{"not", func(e *env) error { return rowsOf(e.db.Not("score = ?", 5).Find(&[]contact{}), 2) }},
	{"named arguments", func(e *env) error {
		return rowsOf(e.db.Where("score > @low AND score < @high", map[string]any{"low": 5, "high": 9}).Find(&[]contact{}), 1)
	}},
	{"keyset page", func(e *env) error {
		return rowsOf(e.db.Where("(score, id) < (?, ?)", 9, sharedID).Order("score desc, id desc").Limit(2).Find(&[]contact{}), 2)
	}},
	{"count", func(e *env) error {
		var n int64
		return errors.Join(contacts(e.db).Where("score > 5").Count(&n).Error, want("count", n, 2))
	}},
	{"count, then find", func(e *env) error {
		var n int64
		g := contacts(e.db).Where("score > 5").Session(&gorm.Session{})
		return errors.Join(g.Count(&n).Error, want("count", n, 2), rowsOf(g.Find(&[]contact{}), 2))
	}},
	{"pluck", func(e *env) error {
		var out []string
		return errors.Join(contacts(e.db).Order("name").Pluck("name", &out).Error, want("names", fmt.Sprint(out), "[own Ann own Bob own Cid]"))
	}},
	{"distinct, group, having", func(e *env) error {
		var out []struct {
			Big bool
			N   int
		}
		err := contacts(e.db).Select("score > 6 as big, count(*) as n").Group("score > 6").Having("count(*) > ?", 1).Scan(&out).Error
		return errors.Join(err, want("groups", fmt.Sprint(out), "[{true 2}]"))
	}},
	{"functions in fragments", func(e *env) error {
		return rowsOf(e.db.Select("id, trim(both ' ' from name) as name, extract(epoch from now())::int as score").
			Where("lower(name) LIKE ? AND coalesce(email, '') IS DISTINCT FROM ?", "own%", "from; select").
			Order("nullif(name, 'selected from where') asc nulls last").Find(&[]contact{}), 3)
	}},
	{"expression in order", func(e *env) error {
		var c contact
		err := e.db.Clauses(clause.OrderBy{Expression: clause.Expr{SQL: "score = ? desc, id", Vars: []any{7}}}).Limit(1).Find(&c).Error
		return errors.Join(err, want("first", c.Name, "own Bob"))
	}},
	{"sub-query", func(e *env) error {
		return rowsOf(e.db.Where("id IN (?)", e.db.Model(&deal{}).Select("contact_id").Where("amount > ?", 15)).Find(&[]contact{}), 1)
	}},
	{"exists", func(e *env) error {
		sub := e.db.Model(&deal{}).Select("1").Where("deals.contact_id = contacts.id")
		return rowsOf(e.db.Where("exists (?)", sub).Find(&[]contact{}), 2)
	}},
	{"sub-query in Select", func(e *env) error {
		var out []int
		err := contacts(e.db).Select("(?) as n", e.db.Model(&deal{}).Select("count(*)")).Limit(1).Scan(&out).Error
		return errors.Join(err, want("deals", fmt.Sprint(out), "[2]"))
	}},
	{"smaller struct", func(e *env) error {
		var out []struct{ Name string }
		return errors.Join(contacts(e.db).Order("name").Find(&out).Error, want("rows", fmt.Sprint(out), "[{own Ann} {own Bob} {own Cid}]"))
	}},
	{"into maps", func(e *env) error {
		var out []map[string]any
		return errors.Join(contacts(e.db).Find(&out).Error, want("rows", len(out), 3))
	}},
	{"rows", func(e *env) error {
		rows, err := contacts(e.db).Select("name").Rows()
		if err != nil {
			return err
		}
		return scanNames(e, rows)
	}},
	{"row", func(e *env) error {
		var n int
		return errors.Join(contacts(e.db).Select("sum(score)").Row().Scan(&n), want("sum", n, 21))
	}},
	{"lock", func(e *env) error {
		return rowsOf(e.db.Clauses(clause.Locking{Strength: "UPDATE", Options: "SKIP LOCKED"}).Where("id = ?", ownContact).Find(&[]contact{}), 1)
	}},
	{"join", func(e *env) error {
		var out []deal
		err := e.db.Joins("Contact").Order("amount").Find(&out).Error
		if err != nil || len(out) != 2 || out[0].Contact == nil {
			return fmt.Errorf("%d deals: %w", len(out), err)
		}
		return want("contact", out[0].Contact.Name, "own Ann")
	}},
	{"inner join with a condition", func(e *env) error {
		return rowsOf(e.db.InnerJoins("Contact", e.db.Where("score > ?", 8)).Find(&[]deal{}), 1)
	}},
	{"join over two relations", func(e *env) error {
		var out []message
		err := e.db.Joins("Conversation").Joins("Conversation.Participant").Find(&out).Error
		if err != nil || len(out) != 1 || out[0].Conversation.Participant == nil {
			return fmt.Errorf("%d messages: %w", len(out), err)
		}
		return want("participant", *out[0].Conversation.Participant.Name, "own Participant")
	}},
	{"preload", func(e *env) error {
		var c contact
		err := e.db.Preload("Deals", "amount > ?", 1).Preload("Deals.Notes").Preload("Labels").Preload("Notes").First(&c, "id = ?", sharedID).Error
		return errors.Join(err, want("loaded", fmt.Sprint(len(c.Deals), len(c.Labels), len(c.Notes)), "1 1 1"), want("note", c.Deals[0].Notes[0].Body, "own note two"))
	}},
	{"preload of everything", func(e *env) error {
		var c contact
		err := e.db.Preload(clause.Associations).First(&c, "id = ?", sharedID).Error
		return errors.Join(err, want("loaded", fmt.Sprint(len(c.Deals), len(c.Labels), len(c.Notes)), "1 1 1"))
	}},
	{"find in batches", func(e *env) error {
		var rows []contact
		n := 0
		err := e.db.FindInBatches(&rows, 2, func(*gorm.DB, int) error { n += len(rows); return nil }).Error
		return errors.Join(err, want("rows", n, 3))
	}},
	{"scopes", func(e *env) error {
		rich := func(g *gorm.DB) *gorm.DB { return g.Where("score > ?", 6) }
		return rowsOf(e.db.Scopes(rich).Find(&[]contact{}), 2)
	}},
	{"one-trip read", func(e *env) error {
		var rows []contact
		err := e.find(&rows, func(q *gorm.DB) *gorm.DB { return q.Where("score > ?", 5).Order("score desc") })
		return errors.Join(err, want("rows", len(rows), 2), want("first", rows[0].Name, "own Cid"))
	}},
	{"one-trip read with a join", func(e *env) error {
		var rows []conversation
		err := e.find(&rows, func(q *gorm.DB) *gorm.DB { return q.Joins("Participant") })
		return errors.Join(err, want("rows", len(rows), 1), want("name", *rows[0].Participant.Name, "own Participant"))
	}},
	{"one-trip count", func(e *env) error {
		var n int64
		err := e.find(&n, func(q *gorm.DB) *gorm.DB { return contacts(q).Select("count(*)") })
		return errors.Join(err, want("count", n, 3))
	}},
	{"generics", func(e *env) error {
		rows, err := gorm.G[contact](e.db).Where("score > ?", 5).Preload("Deals", nil).Find(e.ctx)
		return errors.Join(err, want("rows", len(rows), 2))
	}},
}

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

// TestHonestWork runs every piece of honest work through both kinds of walled handle.
func TestHonestWork(t *testing.T) {
	t.Parallel()
	for _, c := range []column{gormWall, bothWalls} {
		b := newBench(t, c)
		for _, h := range append(append([]honest{}, honestReads...), honestWrites...) {
			e := &env{ctx: tenants.WithAccount(t.Context(), own)}
			if err := b.run(e, attempt{name: h.name, do: h.do}); err != nil {
				t.Errorf("%s: %s: %v", columnNames[c], h.name, err)
			}
			if _, theirs := b.fingerprints(); theirs != b.theirs {
				t.Errorf("%s: %s changed the other account", columnNames[c], h.name)
			}
			b.reset()
		}
	}
}
