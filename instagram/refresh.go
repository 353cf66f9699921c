package instagram

import (
	"context"
	"errors"
	"fmt"

	"parlor/tenants"
)

// refresh renews the account's token in its turn, and keeps what came of it before the turn ends: of two that come at
// once the second finds the work done.
func (c *Connections) refresh(ctx context.Context) error {
	err := c.call(ctx, callable, func(ctx context.Context, row connectionRow, token Secret) error {
		if !refreshAt(row).Before(c.o.Now()) {
			return nil
		}
		fresh, err := c.o.Client.Refresh(ctx, token)
		ctx = context.WithoutCancel(ctx) // the old token may be gone: the new one must be kept
		if err != nil {
			return errors.Join(err, c.change(ctx, func(row *connectionRow, stored Secret) []string {
				if stored != token {
					return nil // the failure is not the new token's
				}
				row.RefreshTriedAt, row.RefreshFault = new(c.o.Now().UTC()), connectionFault(err)
				return []string{"refresh_tried_at", "refresh_fault"}
			}))
		}
		if err := c.renewed(ctx, token, fresh); err != nil {
			return fmt.Errorf("store the renewed token: %w", err)
		}
		c.o.Logger.InfoContext(ctx, "token renewed", "account_id", row.AccountID.String(), "expires_at", fresh.ExpiresAt)
		return nil
	})
	if errors.Is(err, ErrNotConnected) {
		return nil // lost or disconnected meanwhile
	}
	return err
}

// renewed stores the token that came for the one that was used; a newer one by the owner's hand stays. An account that
// was declared lost over the old token is none now.
func (c *Connections) renewed(ctx context.Context, used Secret, fresh Token) error {
	return c.o.DB.InTenant(ctx, func(tx *tenants.Tx) error {
		row, stored, err := c.lock(tx)
		if errors.Is(err, ErrNoConnection) || err == nil && stored != used {
			return nil
		}
		if err != nil {
			return err
		}
		if row.SealedToken, err = c.o.Sealer.Seal(tx.AccountID(), fresh.Value); err != nil {
			return err
		}
		now := c.o.Now().UTC()
		row.IssuedAt, row.ExpiresAt, row.AlarmDays = fresh.IssuedAt, fresh.ExpiresAt, 0
		row.RefreshedAt, row.RefreshTriedAt, row.RefreshFault = &now, &now, ""
		if fresh.Permissions != nil {
			row.Permissions = fresh.Permissions
		}
		if err := save(tx, &row, "sealed_token", "issued_at", "expires_at", "alarm_days", "refreshed_at", "refresh_tried_at",
			"refresh_fault", "permissions"); err != nil {
			return err
		}
		if err := c.expires(ctx, row); err != nil {
			return err
		}
		lost := []tenants.AccountStatus{tenants.AccountNeedsReconnect}
		back, err := c.mark(ctx, tx.AccountID(), tenants.AccountActive, "", lost, nil)
		if err != nil {
			return err
		}
		if back {
			if err := c.hears(ctx, tx, true); err != nil {
				return err
			}
		}
		return note(ctx, tx, "connection.renewed", "", map[string]any{"expires_at": fresh.ExpiresAt})
	})
}

// expires copies the token's end to where the installation's own pages find it.
func (c *Connections) expires(ctx context.Context, row connectionRow) error {
	_, err := c.o.Platform.Exec(ctx, `update platform.accounts set token_expires_at = $2 where account_id = $1`, row.AccountID, row.ExpiresAt)
	return err
}

// change edits the account's row under its lock; edit returns the columns that it has set, none to leave it as it is. An
// account without a connection is left alone.
func (c *Connections) change(ctx context.Context, edit func(row *connectionRow, token Secret) []string) error {
	err := c.o.DB.InTenant(ctx, func(tx *tenants.Tx) error {
		row, token, err := c.lock(tx)
		if errors.Is(err, ErrNoConnection) {
			return nil
		}
		if err != nil {
			return err
		}
		columns := edit(&row, token)
		if len(columns) == 0 {
			return nil
		}
		if err := save(tx, &row, columns...); err != nil {
			return err
		}
		return tx.Notify(ctx, tenants.LiveRef{Kind: tenants.LiveConnection})
	})
	if err != nil {
		return fmt.Errorf("note how the connection stands: %w", err)
	}
	return nil
}

func save(tx *tenants.Tx, row *connectionRow, columns ...string) error {
	return tx.DB().Model(&connectionRow{}).Where("true").Select(columns).Updates(row).Error
}

// What a proof finds besides the words of ReplyFault.
const (
	faultNotSubscribed = "not_subscribed"   // Instagram takes the subscription and does not list it
	faultPersonal      = "personal_account" // the account is no longer a professional one
)

// connectionFault says in one word why a renewal or a proof failed.
func connectionFault(err error) string {
	switch {
	case errors.Is(err, ErrWrongAccount):
		return LostWrongAccount
	case errors.Is(err, ErrPersonalAccount):
		return faultPersonal
	case errors.Is(err, ErrNoMessagePermission):
		return FaultWordPermission
	case errors.Is(err, ErrNotSubscribed):
		return faultNotSubscribed
	}
	return ReplyFault(err)
}
