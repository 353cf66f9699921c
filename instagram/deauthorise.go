package instagram

import (
	"context"
	"errors"
	"slices"
	"time"

	"parlor/tenants"
)

// How far Meta's clock and ours may be apart, and the grain of issued_at, which is in whole seconds.
const (
	clocksApart = 10 * time.Minute
	issuedGrain = 2 * time.Second
)

// Deauthorise ends the connection of the account in ctx because its owner has removed the app in Instagram, as Meta tells with a request issued at a
// time; zero: unknown. Meta may tell late, or twice: a connection that was made clearly later is not meant by it, and where the clocks cannot say
// which came first, Instagram is asked whether the token still works.
func (c *Connections) Deauthorise(ctx context.Context, issuedAt time.Time) error {
	account, ok := tenants.AccountFrom(ctx)
	if !ok {
		return tenants.ErrNoAccount
	}
	row, err := c.load(ctx)
	if err != nil && !errors.Is(err, ErrNoConnection) {
		return err
	}
	later := row.ConnectedAt.Sub(issuedAt)
	meant := errors.Is(err, ErrNoConnection) || issuedAt.IsZero() || later <= issuedGrain
	if !meant && later <= clocksApart {
		if meant, err = c.removed(ctx, account); err != nil {
			return err // Meta tells again, and the daily proof asks too
		}
	}
	if !meant {
		c.o.Logger.InfoContext(ctx, "removal of an earlier connection ignored", "account_id", account.String())
		return nil
	}
	return c.Disconnect(ctx, Deauthorised)
}

// removed asks Instagram whether the stored token is dead. Whatever else is wrong with the connection is no removal. An error: nothing was learned.
func (c *Connections) removed(ctx context.Context, account tenants.AccountID) (bool, error) {
	bounded, cancel := context.WithTimeout(ctx, leaseBound)
	defer cancel()
	err := c.Prove(bounded)
	fault := FaultOf(err)
	switch {
	case fault == FaultReconnect:
		return true, nil
	case err == nil || errors.Is(err, ErrNotConnected) || errors.Is(err, ErrNoConnection): // it works, or has ended already
		return false, nil
	case fault == FaultTransient, fault == FaultRate, fault == FaultNone && !slices.ContainsFunc(otherwiseWrong, func(known error) bool { return errors.Is(err, known) }):
		return false, err
	}
	c.o.Logger.WarnContext(ctx, "removal not believed", "account_id", account.String(), "error", err.Error())
	return false, nil
}

// otherwiseWrong is what a proof finds with a token that works.
var otherwiseWrong = []error{ErrWrongAccount, ErrPersonalAccount, ErrNoMessagePermission, ErrNotSubscribed}
