package instagram

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"parlor/tenants"
)

// Why an account is disconnected, as its row keeps it.
const (
	DisconnectedByOwner = "owner"        // in Parlor
	Deauthorised        = "deauthorised" // in Instagram: the app was removed there, and its token is dead
)

// Disconnect ends the connection of the account in ctx: Instagram is asked to send nothing more (as far as it can be
// reached; not after Deauthorised), and the token is deleted. What was received stays, and what still comes is taken in.
// A suspended account stays suspended, without its token. It may be repeated.
func (c *Connections) Disconnect(ctx context.Context, reason string) error {
	account, ok := tenants.AccountFrom(ctx)
	if !ok {
		return tenants.ErrNoAccount
	}
	before, err := c.status(ctx, account)
	if err != nil {
		return err
	}
	ended := tenants.AuditEntry{Action: "connection.ended", Detail: map[string]any{"reason": reason}}
	noted, err := c.mark(ctx, account, tenants.AccountDisconnected, reason, tended, func(tx *tenants.PlatformTx) error {
		// Should this process die now, the tender deletes the token.
		if _, err := tx.Exec(ctx, `update platform.accounts set tend_at = $2 where account_id = $1`, account, c.o.Now().Add(2*leaseBound).UTC()); err != nil {
			return fmt.Errorf("have the token deleted: %w", err)
		}
		return tx.AuditAccount(ctx, account, ended)
	})
	if err != nil {
		return err // from here on no call begins
	}
	if reason != Deauthorised {
		c.unsubscribe(ctx, account)
	}
	return c.forget(ctx, func(tx *tenants.Tx) error {
		if noted || before == tenants.AccountDisconnected {
			return nil // it was, together with the status
		}
		return tx.Audit(ctx, ended)
	})
}

// forget deletes the token of the account in ctx, and does also with it, unless that is nil. An account that was connected anew meanwhile keeps the new one.
func (c *Connections) forget(ctx context.Context, also func(tx *tenants.Tx) error) error {
	err := c.o.DB.InTenant(ctx, func(tx *tenants.Tx) error {
		err := tx.DB().Clauses(clause.Locking{Strength: "UPDATE"}).Take(&connectionRow{}).Error
		if errors.Is(err, gorm.ErrRecordNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		status, err := c.status(ctx, tx.AccountID())
		if err != nil || slices.Contains(tended, status) {
			return err
		}
		if err := tx.DB().Where("true").Delete(&connectionRow{}).Error; err != nil {
			return err
		}
		if also != nil {
			if err := also(tx); err != nil {
				return err
			}
		}
		return tx.Notify(ctx, tenants.LiveRef{Kind: tenants.LiveConnection})
	})
	if err != nil {
		return fmt.Errorf("delete the token: %w", err)
	}
	return nil
}

// ended are the states in which nothing is to be sent. An account that was connected anew meanwhile keeps its subscription.
var ended = []tenants.AccountStatus{tenants.AccountDisconnected, tenants.AccountSuspended}

// unsubscribe tries once. Instagram may be down, or the token dead: that keeps nobody connected.
func (c *Connections) unsubscribe(ctx context.Context, account tenants.AccountID) {
	_, token, err := c.open(ctx)
	if errors.Is(err, ErrNoConnection) {
		return
	}
	if err == nil {
		bounded, cancel := context.WithTimeout(ctx, leaseBound)
		defer cancel()
		err = c.turn(bounded, ended, func(ctx context.Context) error { return c.o.Client.Unsubscribe(ctx, token) })
	}
	if err != nil {
		c.o.Logger.WarnContext(ctx, "disconnected without unsubscribing", "account_id", account.String(), "error", err.Error())
	}
}
