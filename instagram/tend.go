package instagram

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"parlor/tenants"
)

// When a connection is looked after. A token may be renewed from its 24th hour on and lives sixty days, so even a month of
// failed renewals loses nothing. Source: Business login for Instagram, read 2026-11-22.
const (
	refreshAfter = 48 * time.Hour
	youngest     = 24 * time.Hour
	proveAfter   = 24 * time.Hour
	tryAgain     = time.Hour
	soonest      = time.Minute
)

// Tend looks after the connection of the account in ctx as far as it is time: it renews the token, proves by a call that
// the token works and names this account, checks and repeats the subscription, and warns when the token runs out. Tend may
// be called at any time and by several at once. An account that needs its owner is asked for daily whether the token works
// again, as it does once a checkpoint is passed; a suspended one is left alone, and a disconnected one but for a token that it still has.
//
// What Instagram answers is kept in the connection and is no error here.
func (c *Connections) Tend(ctx context.Context) error {
	account, ok := tenants.AccountFrom(ctx)
	if !ok {
		return tenants.ErrNoAccount
	}
	due, err := c.due(ctx, account)
	if err != nil {
		return err
	}
	tomorrow := c.o.Now().Add(proveAfter)
	status := due.status
	if status == tenants.AccountDisconnected { // by a process that died before it was done
		return errors.Join(c.forget(ctx, nil), c.tendAt(ctx, account, due, tomorrow))
	}
	row, err := c.load(ctx)
	switch {
	case errors.Is(err, ErrNoConnection) && stranded(due): // a state that nothing else would mend
		_, err := c.mark(ctx, account, tenants.AccountNeedsReconnect, LostToken, []tenants.AccountStatus{status}, nil)
		return errors.Join(err, c.tendAt(ctx, account, due, tomorrow))
	case errors.Is(err, ErrNoConnection), err == nil && !slices.Contains(tended, status):
		return c.tendAt(ctx, account, due, tomorrow)
	case err != nil:
		return err
	}
	return c.tendRow(ctx, account, due, row)
}

// tendRow does what is due of a connection that has its token.
func (c *Connections) tendRow(ctx context.Context, account tenants.AccountID, due standing, row connectionRow) error {
	if due.status == tenants.AccountActive && refreshAt(row).Before(c.o.Now()) {
		c.heedTend(ctx, "renew the token", c.refresh(ctx))
	}
	var wait time.Duration
	if due.reason == tenants.Resumed || proveAt(row, due.status).Before(c.o.Now()) {
		err := c.Prove(ctx)
		c.heedTend(ctx, "prove the connection", err)
		wait = turnAgain(ctx, err)
	}
	row, err := c.alarm(ctx)
	switch {
	case errors.Is(err, ErrNoConnection):
		return nil // disconnected meanwhile
	case errors.Is(err, ErrUnsealable):
		return errors.Join(c.unsealable(ctx, row), c.tendAt(ctx, account, due, c.o.Now().Add(proveAfter)))
	case err != nil:
		return err
	case wait > 0: // nothing was learned
		return c.tendAt(ctx, account, due, c.o.Now().Add(wait))
	}
	return c.tendAt(ctx, account, due, c.nextTend(row, due.status))
}

// turnAgain is when to try again what had no turn; 0: it had one.
func turnAgain(ctx context.Context, err error) time.Duration {
	if !errors.Is(err, ErrNoTurn) || ctx.Err() != nil {
		return 0
	}
	if resting, ok := errors.AsType[*RestError](err); ok {
		return max(soonest, resting.For)
	}
	return soonest
}

// standing is how an account stands when it is looked after.
type standing struct {
	status    tenants.AccountStatus
	reason    string
	tendAt    *time.Time
	connected bool // once, at least
}

// stranded tells of an account without a token whether it should have one: it was connected, or its owner was about to connect it again.
func stranded(s standing) bool {
	return s.status == tenants.AccountActive || s.status == tenants.AccountConnecting && s.connected
}

func (c *Connections) due(ctx context.Context, account tenants.AccountID) (s standing, err error) {
	err = c.o.Platform.QueryRow(ctx, `select status, status_reason, tend_at, subscribed_at is not null from platform.accounts where account_id = $1`,
		account).Scan(&s.status, &s.reason, &s.tendAt, &s.connected)
	if errors.Is(err, pgx.ErrNoRows) {
		return s, tenants.ErrNotFound
	}
	if err != nil {
		return s, fmt.Errorf("ask how the account stands: %w", err)
	}
	return s, nil
}

// tended are the states in which a connection is looked after.
var tended = []tenants.AccountStatus{tenants.AccountActive, tenants.AccountConnecting, tenants.AccountNeedsReconnect}

// heedTend logs what a step ended with; the connection keeps it, and the next time comes by itself.
func (c *Connections) heedTend(ctx context.Context, step string, err error) {
	if err == nil || ctx.Err() != nil {
		return
	}
	account, _ := tenants.AccountFrom(ctx)
	c.o.Logger.WarnContext(ctx, "connection not looked after", "account_id", account.String(), "step", step, "error", err.Error())
}

// refreshAt is when the token is due: each account at its own hour, so that they do not come all at once.
func refreshAt(row connectionRow) time.Time {
	due := row.IssuedAt.Add(refreshAfter + jitter(row.AccountID, 24*time.Hour))
	if last := row.ExpiresAt.Add(-youngest); due.After(last) {
		due = later(row.IssuedAt.Add(youngest), last) // a token with a shorter life than promised
	}
	if row.RefreshTriedAt != nil {
		due = later(due, row.RefreshTriedAt.Add(tryAgain+jitter(row.AccountID, 15*time.Minute)))
	}
	return due
}

// proveAt is when the connection is proved next: daily, and sooner when the last try failed.
func proveAt(row connectionRow, status tenants.AccountStatus) time.Time {
	due := row.ConnectedAt.Add(jitter(row.AccountID, proveAfter))
	if status == tenants.AccountConnecting {
		due = row.ConnectedAt.Add(unfinishedAfter)
	}
	if row.ProvedAt != nil {
		due = row.ProvedAt.Add(proveAfter)
	}
	if row.ProveTriedAt != nil && row.ProveFault != "" {
		due = row.ProveTriedAt.Add(proveAgain(row.ProveFault) + jitter(row.AccountID, 15*time.Minute))
	}
	return due
}

// proveAgain is how long a failed proof waits: what only a person can mend does not change by the hour.
func proveAgain(fault string) time.Duration {
	switch fault {
	case FaultWordConnection, FaultWordPermission, LostWrongAccount, faultPersonal:
		return proveAfter
	}
	return tryAgain
}

// nextTend is the earliest of what comes next.
func (c *Connections) nextTend(row connectionRow, status tenants.AccountStatus) time.Time {
	now := c.o.Now()
	next := earlier(earlier(refreshAt(row), proveAt(row, status)), nextAlarm(row, now))
	return later(earlier(next, now.Add(proveAfter)), now.Add(soonest))
}

// tendAt notes when the account is looked after next, unless somebody has set another time since it was found due: who connects or disconnects
// it knows better.
func (c *Connections) tendAt(ctx context.Context, account tenants.AccountID, due standing, at time.Time) error {
	_, err := c.o.Platform.Exec(ctx, `update platform.accounts set tend_at = $2 where account_id = $1 and tend_at is not distinct from $3`,
		account, at.UTC(), due.tendAt)
	if err != nil {
		return fmt.Errorf("note when to look after the connection: %w", err)
	}
	return nil
}

// putOff has the account left alone for a while, if it is due.
func (c *Connections) putOff(ctx context.Context, account tenants.AccountID) error {
	now := c.o.Now().UTC()
	_, err := c.o.Platform.Exec(ctx, `update platform.accounts set tend_at = $2 where account_id = $1 and tend_at <= $3`, account, now.Add(tryAgain), now)
	if err != nil {
		return fmt.Errorf("put off looking after the connection: %w", err)
	}
	return nil
}

// jitter is a share of span that is always the same for an account.
func jitter(account tenants.AccountID, span time.Duration) time.Duration {
	sum := fnv.New32a()
	_, _ = sum.Write(account.UUID[:])
	return time.Duration(int64(sum.Sum32()) % int64(span/time.Second) * int64(time.Second))
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
