package tenants_test

import (
	"strings"
	"testing"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
	"pgregory.net/rapid"

	"parlor/tenants"
)

// chain builds random but well-formed GORM chains over contacts, in any order of calls.
type chain struct {
	t  *rapid.T
	tx *gorm.DB // a handle without conditions, for groups and sub-queries
}

var anyID = rapid.SampledFrom([]uuid.UUID{ownContact, ownContact2, otherContact, otherContact2, sharedID})

// condition draws what Where, Or and Not take.
func (c *chain) condition() (any, []any) {
	switch rapid.IntRange(0, 9).Draw(c.t, "condition") {
	case 0:
		return "score > ?", []any{rapid.IntRange(0, 10).Draw(c.t, "score")}
	case 1:
		return rapid.SampledFrom([]string{"true", "false", "1 = 1\nOR 2 = 2", "name = 'x'\tor\ttrue", "(true) or (true)", "not false"}).Draw(c.t, "text"), nil
	case 2:
		return map[string]any{"id": anyID.Draw(c.t, "id")}, nil
	case 3:
		return contact{ID: anyID.Draw(c.t, "id"), Score: rapid.IntRange(0, 9).Draw(c.t, "score")}, nil
	case 4:
		return "account_id = ?", []any{rapid.SampledFrom([]tenants.AccountID{own, other}).Draw(c.t, "account")}
	case 5:
		return "id IN ?", []any{rapid.SliceOfN(anyID, 0, 3).Draw(c.t, "ids")}
	case 6:
		return c.group(), nil
	case 7:
		return "id IN (?)", []any{c.conditions(c.tx.Model(&deal{}).Select("contact_id"), 1)}
	case 8:
		return clause.Or(clause.Eq{Column: "score", Value: 5}, clause.Expr{SQL: "true"}), nil
	default:
		return "name like @n or @yes", []any{map[string]any{"n": "%e%", "yes": true}}
	}
}

func (c *chain) group() *gorm.DB {
	g := c.tx.Where("true")
	return c.conditions(g, rapid.IntRange(0, 2).Draw(c.t, "group"))
}

func (c *chain) conditions(g *gorm.DB, n int) *gorm.DB {
	for range n {
		query, args := "true", []any(nil)
		var q any = query
		if g.Statement.Model == nil { // groups and contacts; deals have other columns
			q, args = c.condition()
		}
		switch rapid.IntRange(0, 2).Draw(c.t, "how") {
		case 0:
			g = g.Where(q, args...)
		case 1:
			g = g.Or(q, args...)
		default:
			g = g.Not(q, args...)
		}
	}
	return g
}

// decorate adds what does not choose rows.
func (c *chain) decorate(g *gorm.DB) *gorm.DB {
	for range rapid.IntRange(0, 4).Draw(c.t, "decorations") {
		switch rapid.IntRange(0, 9).Draw(c.t, "decoration") {
		case 0:
			g = g.Order("score desc, id")
		case 1:
			g = g.Limit(rapid.IntRange(1, 5).Draw(c.t, "limit"))
		case 2:
			g = g.Preload(rapid.SampledFrom([]string{"Deals", "Labels", "Notes", "Deals.Notes", "Deals.Contact.Labels", clause.Associations}).Draw(c.t, "preload"))
		case 3:
			g = g.Preload("Notes", func(tx *gorm.DB) *gorm.DB { return tx.Or("true") })
		case 4:
			g = g.Unscoped()
		case 5:
			g = g.Scopes(func(tx *gorm.DB) *gorm.DB { return tx.Or("score < 100") })
		case 6:
			g = g.Session(&gorm.Session{QueryFields: true})
		case 7:
			g = g.Distinct()
		case 8:
			g = g.Clauses(clause.Where{Exprs: []clause.Expression{clause.Or(clause.Expr{SQL: "true"})}})
		default:
			g = g.Offset(1)
		}
	}
	return g
}

// act ends the chain and returns what came back.
func (c *chain) act() (any, error) {
	build := func(g *gorm.DB) *gorm.DB {
		if rapid.Bool().Draw(c.t, "decorate first") {
			return c.conditions(c.decorate(g), rapid.IntRange(0, 3).Draw(c.t, "conditions"))
		}
		return c.decorate(c.conditions(g, rapid.IntRange(0, 3).Draw(c.t, "conditions")))
	}
	var rows []contact
	switch rapid.IntRange(0, 9).Draw(c.t, "act") {
	case 0, 1, 2:
		err := build(c.tx).Find(&rows).Error
		return rows, err
	case 3:
		var deals []deal
		on := c.conditions(c.tx, rapid.IntRange(0, 2).Draw(c.t, "on"))
		err := c.tx.Joins("Contact", on).Or("true").Find(&deals).Error
		return deals, err
	case 4:
		var names []string
		err := build(c.tx).Model(&contact{}).Pluck("name", &names).Error
		return names, err
	case 5:
		err := build(c.tx).Model(&contact{}).Update("name", "own taken").Error
		return nil, err
	case 6:
		err := build(c.tx).Model(&contact{ID: anyID.Draw(c.t, "id")}).Clauses(clause.Returning{}).Updates(map[string]any{"score": 1}).Error
		return nil, err
	case 7:
		err := build(c.tx).Select(clause.Associations).Delete(&rows).Error
		return rows, err
	case 8:
		n := note{ID: anyID.Draw(c.t, "id"), OwnerID: sharedID, Body: "own new"}
		err := c.tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&n).Error
		return n, err
	default:
		row := contact{AccountID: rapid.SampledFrom([]tenants.AccountID{own, other, {}}).Draw(c.t, "account"), ID: anyID.Draw(c.t, "id"), Email: uuid.NewString()}
		err := c.tx.Save(&row).Error
		return nil, err
	}
}

// TestRandomChains lets rapid put chains together, against each wall alone and both.
func TestRandomChains(t *testing.T) {
	t.Parallel()
	for _, col := range []column{gormWall, rlsWall, bothWalls} {
		t.Run(columnNames[col], func(t *testing.T) {
			t.Parallel()
			b := newBench(t, col)
			var worked int
			rapid.Check(t, func(rt *rapid.T) {
				got := b.try(attempt{name: "random", do: func(e *env) error {
					out, err := (&chain{t: rt, tx: e.fresh()}).act()
					e.saw(out)
					return err
				}})
				if leaked(got) || strings.HasPrefix(got, "panic") {
					rt.Fatal(got)
				}
				if got == "nothing" {
					worked++
				}
			})
			if worked < 30 {
				t.Errorf("only %d chains worked: the generator says too little", worked)
			}
		})
	}
}
