package instagram

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
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

// ConnectionOptions holds what Connections work with. DB, Platform, Client and Sealer are required.
type ConnectionOptions struct {
	DB       *tenants.DB
	Platform *tenants.Platform
	Client   *Client
	Sealer   *Sealer
	// Connected runs in the transaction that stores an owner's new token, or notes that an account works or hears again; again is true when the account was connected
	// before. It must call nobody outside of the database. May be nil.
	Connected func(ctx context.Context, tx *tenants.Tx, again bool) error
	// Missed runs in a transaction of its own before an account is subscribed anew whose subscription had gone: what came meanwhile is missing, and
	// Connected follows once the subscription stands. The same holds for it; may be nil.
	Missed     func(ctx context.Context, tx *tenants.Tx) error
	HumanAgent bool             // Instagram has approved the human-agent permission for this installation's app
	CallGap    time.Duration    // between the starts of two calls for an account; default DefaultCallGap
	Logger     *slog.Logger     // default: discards
	Now        func() time.Time // default time.Now; the waiting between calls goes by the database's clock
}

// DefaultCallGap keeps an account under the two calls a second that Instagram allows, also when one of three is held up on its way by a fifth of a
// second.
// Source: Instagram platform overview, rate limiting, read 2026-11-22.
const DefaultCallGap = 600 * time.Millisecond

// Connections keeps each account's connection to Instagram: its sealed token, its subscription, and its right to call.
type Connections struct {
	o        ConnectionOptions
	accounts *tenants.Accounts
}

// NewConnections takes what it works with.
func NewConnections(o ConnectionOptions) *Connections {
	if o.CallGap <= 0 {
		o.CallGap = DefaultCallGap
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Connections{o: o, accounts: tenants.NewAccounts(o.Platform)}
}

// Connect seals and stores the grant's token, subscribes the account, checks that Instagram lists the subscription, and
// marks the account active. Every step may be repeated and two callbacks may run at once: the token issued last stays.
// No transaction is open during a call to Instagram.
//
// Errors: those of Grant.Check before anything is done; tenants.ErrNotFound; ErrWrongAccount when the account's row names another Instagram
// account; afterwards ErrNotSubscribed, ErrNoMessagePermission or what the Client answers, with the token stored and the
// account not yet active.
func (c *Connections) Connect(ctx context.Context, id tenants.AccountID, g Grant) error {
	return c.connect(ctx, id, g, anyStatus)
}

// connect is Connect for an account in one of the states; ErrNotConnected in another.
func (c *Connections) connect(ctx context.Context, id tenants.AccountID, g Grant, from []tenants.AccountStatus) error {
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
	if err := c.rest(ctx, id); err != nil {
		return err
	}
	again, err := c.revive(ctx, id, from)
	if err != nil {
		return err
	}
	if err := c.store(ctx, g, again); err != nil {
		return err
	}
	return c.bring(ctx, g)
}

// bring subscribes the account of ctx with its stored token and marks it active.
func (c *Connections) bring(ctx context.Context, g Grant) error {
	if _, err := c.subscribe(ctx); err != nil {
		return errors.Join(err, c.noteFault(ctx, err))
	}
	return c.activate(ctx, g.Profile)
}

// subscribe subscribes the account of ctx and returns what Instagram lists then, each call in the account's turn and with the token that is stored
// at its time: what was disconnected meanwhile stays so.
func (c *Connections) subscribe(ctx context.Context) ([]string, error) {
	err := c.call(ctx, tended, func(ctx context.Context, _ connectionRow, token Secret) error {
		return c.o.Client.Subscribe(ctx, token)
	})
	if FaultOf(err) == FaultPermission {
		return nil, fmt.Errorf("%w: %w", ErrNoMessagePermission, err)
	}
	if err != nil {
		return nil, err
	}
	fields, err := c.listed(ctx)
	if err == nil && !slices.Contains(fields, fieldMessages) {
		return nil, ErrNotSubscribed
	}
	return fields, err
}

// listed asks in the account's turn which fields Instagram lists.
func (c *Connections) listed(ctx context.Context) (fields []string, err error) {
	err = c.call(ctx, tended, func(ctx context.Context, _ connectionRow, token Secret) (err error) {
		fields, err = c.o.Client.Subscriptions(ctx, token)
		return err
	})
	return fields, err
}

// Token opens the stored token of the account in ctx. ErrNoConnection when there is none, ErrUnsealable when the sealing
// key has changed.
func (c *Connections) Token(ctx context.Context) (Secret, error) {
	row, err := c.load(ctx)
	if err != nil {
		return "", err
	}
	return c.o.Sealer.Open(row.AccountID, row.SealedToken)
}

func (c *Connections) load(ctx context.Context) (connectionRow, error) {
	var row connectionRow
	err := c.o.DB.Read(ctx, &row, func(q *gorm.DB) *gorm.DB { return q })
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return connectionRow{}, ErrNoConnection
	}
	if err != nil {
		return connectionRow{}, fmt.Errorf("load connection: %w", err)
	}
	return row, nil
}
