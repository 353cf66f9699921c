package instagram

import (
	"context"
	"errors"
	"fmt"
	"time"

	"parlor/tenants"
)

// assumedLife is how long a token from Meta's dashboard is taken to live: the dashboard gives sixty days and no call
// tells how many are left. Source: "Get started", read 2026-11-22.
const assumedLife = 60 * 24 * time.Hour

// Default is the account of an installation that has no Instagram sign-in yet: its owner took a token from Meta's
// dashboard and the operator configured it.
type Default struct {
	UserID string // whom the token must name
	Token  Secret
}

// ConnectDefault connects the configured account at each start and returns its id; the row is made if it is missing. A
// stored token that still works is kept, for it is newer: refreshed, or from the owner's own sign-in.
//
// An account that its owner has disconnected stays so: ErrNotConnected.
//
// Errors: ErrWrongAccount when the configured token names somebody else; otherwise those of Client.Me and Connect. After
// one of kind transient call again later.
func (c *Connections) ConnectDefault(ctx context.Context, d Default) (tenants.AccountID, error) {
	profile, fault := c.whose(ctx, d)
	if fault == nil && profile.UserID != d.UserID {
		return tenants.AccountID{}, ErrWrongAccount
	}
	g, found, err := c.living(ctx, d)
	if err != nil {
		return tenants.AccountID{}, err
	}
	if !found && fault != nil {
		return tenants.AccountID{}, fault
	}
	if !found {
		issuedAt := c.o.Now().UTC()
		g = Grant{Token: Token{Value: d.Token, IssuedAt: issuedAt, ExpiresAt: issuedAt.Add(assumedLife)}, Profile: profile}
	}
	if err := g.Check(); err != nil {
		return tenants.AccountID{}, err
	}
	return c.connectDefault(ctx, g, found)
}

// whose asks whom the configured token belongs to, in the account's turn once there is one.
func (c *Connections) whose(ctx context.Context, d Default) (profile Profile, err error) {
	account, err := c.accounts.ByInstagramUserID(ctx, d.UserID)
	if errors.Is(err, tenants.ErrNotFound) {
		return c.o.Client.Me(ctx, d.Token)
	}
	if err != nil {
		return Profile{}, err
	}
	err = c.turn(tenants.WithAccount(ctx, account.ID), anyStatus, func(ctx context.Context) (err error) {
		profile, err = c.o.Client.Me(ctx, d.Token)
		return err
	})
	return profile, err
}

func (c *Connections) connectDefault(ctx context.Context, g Grant, found bool) (tenants.AccountID, error) {
	var account tenants.Account
	err := c.o.Platform.InTx(ctx, func(tx *tenants.PlatformTx) (err error) {
		account, _, err = c.accounts.FindOrCreate(ctx, tx, tenants.NewAccount{
			InstagramUserID: g.Profile.UserID, Username: g.Profile.Username, Name: g.Profile.Name,
		})
		return err
	})
	if err != nil {
		return tenants.AccountID{}, fmt.Errorf("make the default account: %w", err)
	}
	if found {
		return account.ID, c.bring(tenants.WithAccount(ctx, account.ID), g)
	}
	return account.ID, c.connect(ctx, account.ID, g, undisconnected) // it may have been disconnected since it was asked about
}

// undisconnected are the states in which a configured token may stand in for the stored one.
var undisconnected = append([]tenants.AccountStatus{tenants.AccountSuspended}, tended...)

// living returns the stored token of the default account, if there is one and Instagram still takes it.
func (c *Connections) living(ctx context.Context, d Default) (Grant, bool, error) {
	account, err := c.accounts.ByInstagramUserID(ctx, d.UserID)
	if errors.Is(err, tenants.ErrNotFound) {
		return Grant{}, false, nil
	}
	if err != nil {
		return Grant{}, false, err
	}
	if account.Status == tenants.AccountDisconnected {
		return Grant{}, false, ErrNotConnected
	}
	row, err := c.load(tenants.WithAccount(ctx, account.ID))
	if errors.Is(err, ErrNoConnection) {
		return Grant{}, false, nil
	}
	if err != nil {
		return Grant{}, false, err
	}
	token, err := c.o.Sealer.Open(account.ID, row.SealedToken)
	if err != nil {
		return Grant{}, false, nil //nolint:nilerr // sealed with a key that is gone: the configured token replaces it
	}
	var profile Profile
	err = c.turn(tenants.WithAccount(ctx, account.ID), anyStatus, func(ctx context.Context) (err error) {
		profile, err = c.o.Client.Me(ctx, token)
		return err
	})
	if FaultOf(err) == FaultReconnect {
		return Grant{}, false, nil // dead
	}
	if err != nil {
		return Grant{}, false, err
	}
	if profile.UserID != d.UserID {
		return Grant{}, false, ErrWrongAccount
	}
	stored := Token{Value: token, IssuedAt: row.IssuedAt, ExpiresAt: row.ExpiresAt}
	return Grant{Token: stored, Permissions: row.permissions(), Profile: profile}, true, nil
}

// permissions returns nil when none were stored: Instagram had not named them.
func (r connectionRow) permissions() []string {
	if len(r.Permissions) == 0 {
		return nil
	}
	return r.Permissions
}
