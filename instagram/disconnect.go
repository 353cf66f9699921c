package instagram

import (
	"context"
	"errors"
	"fmt"

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
	if _, err := c.status(ctx, account); err != nil {
		return err
	}
	if _, err := c.mark(ctx, account, tenants.AccountDisconnected, reason, tended); err != nil {
		return err // from here on no call begins
	}
	if reason != Deauthorised {
		c.unsubscribe(ctx, account)
	}
	err := c.o.DB.InTenant(ctx, func(tx *tenants.Tx) error {
		gone := tx.DB().Where("true").Delete(&connectionRow{})
		if gone.Error != nil || gone.RowsAffected == 0 {
			return gone.Error
		}
		return note(ctx, tx, "connection.ended", "", map[string]any{"reason": reason})
	})
	if err != nil {
		return fmt.Errorf("delete the token: %w", err)
	}
	return nil
}

// unsubscribe tries once. Instagram may be down, or the token dead: that keeps nobody connected.
func (c *Connections) unsubscribe(ctx context.Context, account tenants.AccountID) {
	_, token, err := c.open(ctx)
	if errors.Is(err, ErrNoConnection) {
		return
	}
	if err == nil {
		bounded, cancel := context.WithTimeout(ctx, leaseBound)
		defer cancel()
		err = c.turn(bounded, anyStatus, func(ctx context.Context) error { return c.o.Client.Unsubscribe(ctx, token) })
	}
	if err != nil {
		c.o.Logger.WarnContext(ctx, "disconnected without unsubscribing", "account_id", account.String(), "error", err.Error())
	}
}
