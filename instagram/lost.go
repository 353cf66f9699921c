package instagram

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"parlor/tenants"
)

// Why an account needs to be connected again, as its row keeps it.
const (
	LostExpired      = "token_expired" // sixty days without a renewal
	LostPassword     = "password_changed"
	LostRemoved      = "app_removed"   // the owner took the app off in Instagram
	LostCheckpoint   = "checkpoint"    // Instagram wants the owner to confirm something there first
	LostToken        = "token_invalid" // refused for another reason
	LostWrongAccount = "wrong_account" // the token has come to name another account
)

// lostReasons by subcode. Source: Graph API error handling guide, read 2026-11-22.
var lostReasons = map[int]string{
	458: LostRemoved, 459: LostCheckpoint, 460: LostPassword, 463: LostExpired, 464: LostCheckpoint, 490: LostCheckpoint,
}

func lostReason(fault error) string {
	api, ok := errors.AsType[*APIError](fault)
	if !ok || lostReasons[api.Subcode] == "" {
		return LostToken
	}
	return lostReasons[api.Subcode]
}

// lose marks the account of ctx as in need of its owner, if used is the very token that is stored. The row stays locked
// until the account is marked: a reconnect at the same time comes wholly before, and this token is no longer the stored
// one, or wholly after, and makes the account active again.
func (c *Connections) lose(ctx context.Context, used Secret, reason string) error {
	return c.o.DB.InTenant(ctx, func(tx *tenants.Tx) error {
		row, stored, err := c.lock(tx)
		if errors.Is(err, ErrNoConnection) || err == nil && stored != used {
			return nil
		}
		if err != nil {
			return err
		}
		if reason == LostToken && !c.o.Now().Before(row.ExpiresAt) {
			reason = LostExpired
		}
		lost, err := c.mark(ctx, tx.AccountID(), tenants.AccountNeedsReconnect, reason, callable, nil)
		if err != nil || !lost {
			return err
		}
		c.o.Logger.WarnContext(ctx, "connection lost", "account_id", tx.AccountID().String(), "reason", reason)
		return note(ctx, tx, "connection.lost", "", map[string]any{"reason": reason})
	})
}

// unsealable marks the account of ctx as in need of its owner, whose token cannot be opened: it was sealed with a key that is gone. row is what
// could not be opened; a token that came meanwhile stays in force.
func (c *Connections) unsealable(ctx context.Context, row connectionRow) error {
	return c.o.DB.InTenant(ctx, func(tx *tenants.Tx) error {
		now, _, err := c.lock(tx)
		if !errors.Is(err, ErrUnsealable) || !bytes.Equal(now.SealedToken, row.SealedToken) {
			return nil
		}
		lost, err := c.mark(ctx, tx.AccountID(), tenants.AccountNeedsReconnect, LostToken, callable, nil)
		if err != nil || !lost {
			return err
		}
		c.o.Logger.ErrorContext(ctx, "token cannot be opened", "account_id", tx.AccountID().String())
		return note(ctx, tx, "connection.lost", "", map[string]any{"reason": LostToken})
	})
}

// lock loads the account's row for the rest of the transaction, and opens its token. ErrNoConnection when there is none.
func (c *Connections) lock(tx *tenants.Tx) (connectionRow, Secret, error) {
	var row connectionRow
	err := tx.DB().Clauses(clause.Locking{Strength: "UPDATE"}).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return row, "", ErrNoConnection
	}
	if err != nil {
		return row, "", fmt.Errorf("lock connection: %w", err)
	}
	token, err := c.o.Sealer.Open(row.AccountID, row.SealedToken)
	return row, token, err
}

// mark changes the account's status when it is one of from, tells every instance, and reports whether it did. also, unless nil, belongs to the
// change: it happens with it or not at all.
func (c *Connections) mark(
	ctx context.Context, account tenants.AccountID, status tenants.AccountStatus, reason string, from []tenants.AccountStatus,
	also func(tx *tenants.PlatformTx) error,
) (changed bool, err error) {
	err = c.o.Platform.InTx(ctx, func(tx *tenants.PlatformTx) error {
		tag, err := tx.Exec(ctx, `update platform.accounts set status = $2, status_reason = $3, status_at = $4
			where account_id = $1 and status = any ($5)`, account, string(status), reason, c.o.Now().UTC(), words(from))
		if changed = tag.RowsAffected() > 0; err != nil || !changed {
			return err
		}
		if also != nil {
			if err := also(tx); err != nil {
				return err
			}
		}
		return tx.Revoke(ctx, tenants.AuthEvent{Kind: tenants.AccountChanged, AccountID: account})
	})
	if err != nil {
		return false, fmt.Errorf("mark account %s: %w", status, err)
	}
	return changed, nil
}
