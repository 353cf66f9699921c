package tenants

import (
	"context"
	"errors"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"gorm.io/gorm"
)

// probeContact is a table of the product, as the probe's own model.
type probeContact struct {
	AccountID     AccountID `gorm:"primaryKey"`
	ParticipantID uuid.UUID `gorm:"primaryKey;type:uuid"`
	IGSID         string    `gorm:"column:igsid"`
	Name          string
}

// TableName names the table.
func (probeContact) TableName() string { return "tenant.participants" }

// handleAs tries the first account's rows through a handle of the second one, while the setting lets PostgreSQL show
// the rows of entered: its own first account leaves the GORM wall alone.
func (p *probe) handleAs(ctx context.Context, entered AccountID, walls string) {
	if !p.enter(ctx, entered.String()) {
		return
	}
	ctx = WithAccount(ctx, ProbeAccountB)
	pool := newPinned(ctx, ProbeAccountB, p.tx.pool.conn)
	g := pool.bind(p.tx.gorm, &gorm.Session{NewDB: true, Context: ctx})
	foreign := probeContact{AccountID: ProbeAccountA, ParticipantID: p.written, IGSID: "probe", Name: "taken"}
	for _, a := range handleAttempts {
		var rows int64
		err := p.try(ctx, func(pgx.Tx) (err error) {
			rows, err = a.do(g, foreign)
			return err
		})
		p.addf(errors.Is(err, a.want) && rows == 0, "%s: the handle of another account cannot %s", walls, a.what)
	}
	pool.end()
}

// handleAttempts are what the handle of one account must not do to a row of another; want is nil where it finds nothing.
var handleAttempts = []struct {
	what string
	want error
	do   func(g *gorm.DB, foreign probeContact) (int64, error)
}{
	{"list its rows", nil, func(g *gorm.DB, _ probeContact) (int64, error) {
		r := g.Find(&[]probeContact{})
		return r.RowsAffected, r.Error
	}},
	{"find a row by its key", nil, func(g *gorm.DB, f probeContact) (int64, error) {
		r := g.Where("participant_id = ? or true", f.ParticipantID).Find(&[]probeContact{})
		return r.RowsAffected, r.Error
	}},
	{"count its rows", nil, func(g *gorm.DB, _ probeContact) (n int64, err error) {
		return n, g.Model(&probeContact{}).Count(&n).Error
	}},
	{"change its row", nil, func(g *gorm.DB, f probeContact) (int64, error) {
		r := g.Model(&probeContact{ParticipantID: f.ParticipantID}).Update("name", "taken")
		return r.RowsAffected, r.Error
	}},
	{"delete its row", nil, func(g *gorm.DB, f probeContact) (int64, error) {
		r := g.Delete(&probeContact{ParticipantID: f.ParticipantID})
		return r.RowsAffected, r.Error
	}},
	{"add a row to it", ErrForeignAccount, func(g *gorm.DB, f probeContact) (int64, error) {
		f.ParticipantID = newID()
		r := g.Create(&f)
		return r.RowsAffected, r.Error
	}},
	{"save over its row", ErrForeignAccount, func(g *gorm.DB, f probeContact) (int64, error) {
		r := g.Save(&f)
		return r.RowsAffected, r.Error
	}},
	{"move a row to it", ErrMovesAccount, func(g *gorm.DB, _ probeContact) (int64, error) {
		r := g.Model(&probeContact{}).Where("true").Update(accountColumn, ProbeAccountA)
		return r.RowsAffected, r.Error
	}},
	{"send SQL of its own", ErrRawSQL, func(g *gorm.DB, _ probeContact) (int64, error) {
		r := g.Exec("delete from tenant.participants")
		return r.RowsAffected, r.Error
	}},
}
