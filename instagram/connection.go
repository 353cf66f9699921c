package instagram

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"parlor/tenants"
)

// Grant is what an owner's consent gave: a long-lived token, its permissions and whose it is.
type Grant struct {
	Token       Token
	Permissions []string // nil when Instagram did not say
	Profile     Profile
}

// Check reports what makes a grant useless for an inbox: ErrPersonalAccount or ErrNoMessagePermission. Permissions that
// Instagram did not name are taken as given; subscribing shows the truth.
func (g Grant) Check() error {
	if !g.Profile.Professional() {
		return ErrPersonalAccount
	}
	if g.Permissions != nil && !slices.Contains(g.Permissions, ScopeManageMessages) {
		return ErrNoMessagePermission
	}
	return nil
}

// Connections keeps each account's connection to Instagram: its sealed token and its subscription.
type Connections struct {
	db       *tenants.DB
	platform *tenants.Platform
	accounts *tenants.Accounts
	client   *Client
	sealer   *Sealer
	now      func() time.Time
}

// NewConnections takes what it works with; now may be nil for time.Now.
func NewConnections(db *tenants.DB, platform *tenants.Platform, client *Client, sealer *Sealer, now func() time.Time) *Connections {
	if now == nil {
		now = time.Now
	}
	return &Connections{
		db: db, platform: platform, accounts: tenants.NewAccounts(platform), client: client, sealer: sealer, now: now,
	}
}

// Connect seals and stores the grant's token, subscribes the account, checks that Instagram lists the subscription, and
// marks the account active. Every step may be repeated and two callbacks may run at once: the token issued last stays.
// No transaction is open during a call to Instagram.
//
// Errors: those of Grant.Check before anything is done; tenants.ErrNotFound; ErrWrongAccount when the account's row names another Instagram
// account; afterwards ErrNotSubscribed, ErrNoMessagePermission or what the Client answers, with the token stored and the
// account not yet active.
func (c *Connections) Connect(ctx context.Context, id tenants.AccountID, g Grant) error {
	if err := g.Check(); err != nil {
		return err
	}
	ctx = tenants.WithAccount(ctx, id)
	account, err := c.accounts.ByID(ctx, id)
	if err != nil {
		return err
	}
	if account.InstagramUserID != g.Profile.UserID {
		return ErrWrongAccount // no token may stand behind another account's row
	}
	if err := c.store(ctx, g); err != nil {
		return err
	}
	return c.bring(ctx, g)
}

// bring subscribes the account of ctx with its stored token and marks it active.
func (c *Connections) bring(ctx context.Context, g Grant) error {
	if err := c.subscribe(ctx, g.Token.Value); err != nil {
		return errors.Join(err, c.noteFault(ctx, err))
	}
	return c.activate(ctx, g.Profile)
}

func (c *Connections) subscribe(ctx context.Context, token Secret) error {
	if err := c.client.Subscribe(ctx, token); err != nil {
		if FaultOf(err) == FaultPermission {
			return fmt.Errorf("%w: %w", ErrNoMessagePermission, err)
		}
		return err
	}
	fields, err := c.client.Subscriptions(ctx, token)
	if err != nil {
		return err
	}
	if !slices.Contains(fields, fieldMessages) {
		return ErrNotSubscribed
	}
	return nil
}

// Token opens the stored token of the account in ctx. ErrNoConnection when there is none, ErrUnsealable when the sealing
// key has changed.
func (c *Connections) Token(ctx context.Context) (Secret, error) {
	row, err := c.load(ctx)
	if err != nil {
		return "", err
	}
	return c.sealer.Open(row.AccountID, row.SealedToken)
}

func (c *Connections) load(ctx context.Context) (connectionRow, error) {
	var row connectionRow
	err := c.db.Read(ctx, &row, func(q *gorm.DB) *gorm.DB { return q })
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return connectionRow{}, ErrNoConnection
	}
	if err != nil {
		return connectionRow{}, fmt.Errorf("load connection: %w", err)
	}
	return row, nil
}
