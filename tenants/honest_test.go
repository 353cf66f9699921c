package tenants_test

import (
	"errors"
	"fmt"
	"testing"

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
