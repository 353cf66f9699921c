package instagram

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"parlor/tenants"
)

// Call runs do, which makes one call to the Graph API, in the account's turn: over all instances one caller at a time, the
// next not before the gap after the last one went out, and none while Instagram has told the account to rest. It waits for
// its turn until ctx ends; do's context ends before the turn does. No transaction is open while do runs.
//
// When Instagram refuses the very token that is stored, the account is marked needs_reconnect; a newer token that came
// meanwhile stays in force.
//
// Errors: ErrNoTurn; ErrNotConnected when the account is neither active nor connecting; ErrNoConnection, ErrUnsealable;
// tenants.ErrNotFound; otherwise what do returned.
func (c *Connections) Call(ctx context.Context, do func(ctx context.Context, token Secret) error) error {
	return c.call(ctx, callable, func(ctx context.Context, _ connectionRow, token Secret) error { return do(ctx, token) })
}

// call is Call for accounts in one of the states. It reads the token only when the turn has come: it may have been
// renewed while others called.
func (c *Connections) call(
	ctx context.Context, in []tenants.AccountStatus, do func(ctx context.Context, row connectionRow, token Secret) error,
) error {
	var used Secret
	err := c.turn(ctx, in, func(ctx context.Context) error {
		row, token, err := c.open(ctx)
		if err != nil {
			return err
		}
		used = token
		return do(ctx, row, token)
	})
	return c.heed(ctx, used, err)
}

// Send is Call without a turn, for what Instagram counts by itself: sends, reactions and sender actions.
// Source: Instagram platform overview, rate limiting, read 2026-11-22.
func (c *Connections) Send(ctx context.Context, do func(ctx context.Context, token Secret) error) error {
	account, ok := tenants.AccountFrom(ctx)
	if !ok {
		return tenants.ErrNoAccount
	}
	status, err := c.status(ctx, account)
	if err != nil {
		return err
	}
	if !slices.Contains(callable, status) {
		return ErrNotConnected
	}
	_, token, err := c.open(ctx)
	if err != nil {
		return err
	}
	return c.heed(ctx, token, do(ctx, token))
}

func (c *Connections) status(ctx context.Context, account tenants.AccountID) (tenants.AccountStatus, error) {
	var status tenants.AccountStatus
	err := c.o.Platform.QueryRow(ctx, `select status from platform.accounts where account_id = $1`, account).Scan(&status)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", tenants.ErrNotFound
	}
	if err != nil {
		return "", fmt.Errorf("ask how the account stands: %w", err)
	}
	return status, nil
}

// open loads the connection of the account in ctx and opens its token. One that cannot be opened needs its owner.
func (c *Connections) open(ctx context.Context) (connectionRow, Secret, error) {
	row, err := c.load(ctx)
	if err != nil {
		return connectionRow{}, "", err
	}
	token, err := c.o.Sealer.Open(row.AccountID, row.SealedToken)
	if errors.Is(err, ErrUnsealable) {
		err = errors.Join(err, c.unsealable(ctx, row))
	}
	return row, token, err
}

// heed marks the account when fault says that its token is dead, and returns the fault.
func (c *Connections) heed(ctx context.Context, used Secret, fault error) error {
	if FaultOf(fault) != FaultReconnect || used.IsZero() {
		return fault
	}
	ctx = context.WithoutCancel(ctx) // who called may be gone; the owner must learn of it all the same
	if err := c.lose(ctx, used, lostReason(fault)); err != nil {
		return errors.Join(fault, fmt.Errorf("mark the account: %w", err))
	}
	return fault
}
