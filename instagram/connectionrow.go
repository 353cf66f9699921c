package instagram

import (
	"context"
	"database/sql/driver"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgtype"
	"gorm.io/gorm/clause"

	"parlor/tenants"
)

// connectionRow is a row of tenant.connections.
type connectionRow struct {
	AccountID   tenants.AccountID `gorm:"primaryKey"`
	SealedToken []byte
	Permissions textArray `gorm:"type:text[]"`
	IssuedAt    time.Time
	ExpiresAt   time.Time
	ConnectedAt time.Time
}

// TableName names the table with its schema.
func (connectionRow) TableName() string { return "tenant.connections" }

// store seals the token and saves it, unless a token issued later is there already; it reports whether it saved.
func (c *Connections) store(ctx context.Context, g Grant) (bool, error) {
	stored := false
	err := c.db.InTenant(ctx, func(tx *tenants.Tx) error {
		sealed, err := c.sealer.Seal(tx.AccountID(), g.Token.Value)
		if err != nil {
			return err
		}
		row := connectionRow{
			AccountID: tx.AccountID(), SealedToken: sealed, Permissions: g.Permissions,
			IssuedAt: g.Token.IssuedAt, ExpiresAt: g.Token.ExpiresAt, ConnectedAt: c.now().UTC(),
		}
		result := tx.DB().Clauses(clause.OnConflict{
			Columns:   []clause.Column{{Name: "account_id"}},
			DoUpdates: clause.AssignmentColumns([]string{"sealed_token", "permissions", "issued_at", "expires_at", "connected_at"}),
			Where: clause.Where{Exprs: []clause.Expression{
				clause.Lte{Column: clause.Column{Table: "connections", Name: "issued_at"}, Value: row.IssuedAt},
			}},
		}).Create(&row)
		stored = result.RowsAffected == 1
		return result.Error
	})
	if err != nil {
		return false, fmt.Errorf("store connection: %w", err)
	}
	return stored, nil
}

// textArray is a text[] column; nil is stored as an empty one.
type textArray []string

// Value gives PostgreSQL's text form of the array.
func (a textArray) Value() (driver.Value, error) {
	text, err := pgtype.NewMap().Encode(pgtype.TextArrayOID, pgtype.TextFormatCode, append([]string{}, a...), nil)
	return string(text), err
}

// Scan reads PostgreSQL's text form, as database/sql hands it over, and its binary form, as pgx hands it to a Scanner.
func (a *textArray) Scan(source any) error {
	types := pgtype.NewMap()
	if binary, ok := source.([]byte); ok {
		return types.Scan(pgtype.TextArrayOID, pgtype.BinaryFormatCode, binary, (*[]string)(a))
	}
	return types.SQLScanner((*[]string)(a)).Scan(source)
}
