package instagram

import (
	"context"
	"database/sql/driver"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgtype"
	"gorm.io/gorm"
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

	RefreshedAt    *time.Time
	RefreshTriedAt *time.Time
	RefreshFault   string
	ProvedAt       *time.Time
	ProveTriedAt   *time.Time
	ProveFault     string
	Fields         textArray `gorm:"type:text[]"` // that Instagram listed at the last proof
	AlarmDays      int       // of the last alarm: 14, 7 or 2; 0: none since the token came

	HumanAgentConfirmedAt *time.Time
	HumanAgentConfirmedBy *tenants.UserID
}

// TableName names the table with its schema.
func (connectionRow) TableName() string { return "tenant.connections" }

// store seals the token and saves it, unless a token issued later is there already; what it saved, it audits and
// announces.
func (c *Connections) store(ctx context.Context, g Grant, again bool) error {
	err := c.o.DB.InTenant(ctx, func(tx *tenants.Tx) error {
		sealed, err := c.o.Sealer.Seal(tx.AccountID(), g.Token.Value)
		if err != nil {
			return err
		}
		result := tx.DB().Clauses(unlessOlder(g.Token.IssuedAt)).Create(&connectionRow{
			AccountID: tx.AccountID(), SealedToken: sealed, Permissions: g.Permissions,
			IssuedAt: g.Token.IssuedAt, ExpiresAt: g.Token.ExpiresAt, ConnectedAt: c.o.Now().UTC(),
		})
		if result.Error != nil || result.RowsAffected == 0 {
			return result.Error
		}
		if err := c.hears(ctx, tx, again); err != nil {
			return err
		}
		return note(ctx, tx, "connection.made", g.Profile.UserID, map[string]any{"permissions": g.Permissions})
	})
	if err != nil {
		return fmt.Errorf("store connection: %w", err)
	}
	return nil
}

// note audits a change of the connection and tells open pages.
func note(ctx context.Context, tx *tenants.Tx, action, target string, detail map[string]any) error {
	if err := tx.Audit(ctx, tenants.AuditEntry{Action: action, Target: target, Detail: detail}); err != nil {
		return err
	}
	return tx.Notify(ctx, tenants.LiveRef{Kind: tenants.LiveConnection})
}

// unlessOlder replaces the account's row by one issued later, or leaves it. The same token again changes nothing. One that was renewed here gives
// way in any case: another instance's clock may be ahead of ours, and the owner's hand counts. What was known of the former token starts anew; that the owner has confirmed the human-agent tag stays.
func unlessOlder(issuedAt time.Time) clause.OnConflict {
	return clause.OnConflict{
		Columns: []clause.Column{{Name: "account_id"}},
		DoUpdates: clause.AssignmentColumns([]string{
			"sealed_token", "permissions", "issued_at", "expires_at", "connected_at", "refreshed_at", "refresh_tried_at",
			"refresh_fault", "proved_at", "prove_tried_at", "prove_fault", "fields", "alarm_days",
		}),
		Where: clause.Where{Exprs: []clause.Expression{
			clause.Or(
				clause.Lt{Column: clause.Column{Table: "connections", Name: "issued_at"}, Value: issuedAt},
				gorm.Expr("connections.refreshed_at is not null"),
			),
		}},
	}
}

// textArray is a text[] column; nil is stored as an empty one.
type textArray []string //nolint:recvcheck // GORM asks the value for Value, and the pointer for Scan

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
