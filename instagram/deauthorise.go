package instagram

import (
	"context"
	"errors"
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
		bounded, cancel := context.WithTimeout(ctx, leaseBound)
		defer cancel()
		switch err := c.Prove(bounded); FaultOf(err) {
		case FaultTransient, FaultRate:
			return err // Meta tells again, and the daily proof asks too
		default:
			meant = err != nil
		}
	}
	if !meant {
		c.o.Logger.InfoContext(ctx, "removal of an earlier connection ignored", "account_id", account.String())
		return nil
	}
	return c.Disconnect(ctx, Deauthorised)
}
