package instagram

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"parlor/tenants"
)

// activateSQL refreshes what Instagram says of the account. A suspended account stays suspended, for only the operator ends that, and one that
// was disconnected meanwhile stays disconnected. It returns whether the status changed, and what it is.
const activateSQL = `
	update platform.accounts a
	set username = $2, name = $3, account_type = $4, profile_picture_url = nullif($5, ''),
	    instagram_app_scoped_id = nullif($6, ''), instagram_app_id = nullif($7, ''),
	    token_expires_at = $8, subscribed_at = $9, tend_at = $9,
	    status        = case when old.status in ('suspended', 'disconnected') then old.status else 'active' end,
	    status_reason = case when old.status in ('suspended', 'disconnected') then old.status_reason else '' end,
	    status_at     = case when old.status in ('suspended', 'disconnected', 'active') then old.status_at else $9 end
	from (select account_id, status, status_reason, status_at from platform.accounts where account_id = $1 for update) old
	where a.account_id = old.account_id
	returning old.status <> a.status, a.status`

// unfinishedAfter is when a sign-in that has stored a token but could not subscribe is finished without a person.
const unfinishedAfter = 5 * time.Minute

// revive takes an account that stood still, because its token died or its owner disconnected it, back to connecting: what
// is to begin with the new token may call. It returns whether the account was connected before. ErrNotConnected when its status is none of from.
func (c *Connections) revive(ctx context.Context, id tenants.AccountID, from []tenants.AccountStatus) (again bool, err error) {
	now := c.o.Now().UTC()
	err = c.o.Platform.QueryRow(ctx, `
		update platform.accounts
		set tend_at       = $3,
		    status        = case when status in ('needs_reconnect', 'disconnected') then 'connecting' else status end,
		    status_reason = case when status in ('needs_reconnect', 'disconnected') then '' else status_reason end,
		    status_at     = case when status in ('needs_reconnect', 'disconnected') then $2 else status_at end
		where account_id = $1 and (cardinality($4::text[]) = 0 or status = any ($4)) returning subscribed_at is not null`,
		id, now, now.Add(unfinishedAfter), words(from)).Scan(&again)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, ErrNotConnected
	}
	if err != nil {
		return false, fmt.Errorf("begin to connect the account: %w", err)
	}
	return again, nil
}

// activate writes down that the account is connected, and tells every instance if that is news. ErrNotConnected when it was disconnected
// meanwhile.
func (c *Connections) activate(ctx context.Context, p Profile) error {
	row, err := c.load(ctx) // a newer token may have come meanwhile: its expiry counts
	if err != nil {
		return err
	}
	return c.o.Platform.InTx(ctx, func(tx *tenants.PlatformTx) error {
		var isNews bool
		var status tenants.AccountStatus
		err := tx.QueryRow(ctx, activateSQL, row.AccountID, p.Username, p.Name, p.AccountType, p.ProfilePictureURL,
			p.AppScopedID, c.o.Client.o.AppID, row.ExpiresAt, c.o.Now().UTC()).Scan(&isNews, &status)
		if err != nil {
			return fmt.Errorf("activate account: %w", err)
		}
		if status == tenants.AccountDisconnected {
			return ErrNotConnected // the transaction ends with it: nothing was changed
		}
		if !isNews {
			return nil
		}
		return tx.Revoke(ctx, tenants.AuthEvent{Kind: tenants.AccountChanged, AccountID: row.AccountID})
	})
}

// noteFault keeps the reason on an account that never came to life, for the page that shows it. A living account keeps
// its status: one failed call is no reason to stop it.
func (c *Connections) noteFault(ctx context.Context, fault error) error {
	id, _ := tenants.AccountFrom(ctx)
	reason := string(FaultOf(fault))
	if errors.Is(fault, ErrNotSubscribed) {
		reason = faultNotSubscribed
	}
	_, err := c.o.Platform.Exec(ctx,
		`update platform.accounts set status_reason = $2 where account_id = $1 and status = 'connecting'`, id, reason)
	if err != nil {
		return fmt.Errorf("note why the account is not connected: %w", err)
	}
	return nil
}
