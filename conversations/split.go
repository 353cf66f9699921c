package conversations

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"parlor/instagram"
	"parlor/tenants"
)

// delivery is one open row of platform.deliveries.
type delivery struct {
	id         uuid.UUID
	body       []byte
	receivedAt time.Time
}

// SplitNext splits the oldest open delivery, if there is one that no other splitter holds, and applies its events. The row is locked for the
// while, so a process that dies gives it back at once; done over, every step finds its own traces and adds nothing. What it has begun it
// finishes, whether or not ctx ends meanwhile.
func (i *Ingest) SplitNext(ctx context.Context) (found bool, err error) {
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), splitTimeout)
	defer cancel()
	var d delivery
	err = i.o.Platform.InTx(ctx, func(tx *tenants.PlatformTx) error {
		err := tx.QueryRow(ctx, `select delivery_id, body, received_at from platform.deliveries where state = 'received'
			order by attempts, received_at limit 1 for update skip locked`).Scan(&d.id, &d.body, &d.receivedAt)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("claim a delivery: %w", err)
		}
		found = true
		return guarded(func() error { return i.split(ctx, tx, d) })
	})
	if err != nil && found {
		return found, errors.Join(err, i.postpone(context.WithoutCancel(ctx), d.id, hopeless(err)))
	}
	return found, err
}

// postpone puts a delivery behind the others. One that no further try can help is put aside after some; one that waits for the database is
// tried until it is split, for it was promised. The body stays, unless it is to be forgotten.
func (i *Ingest) postpone(ctx context.Context, id uuid.UUID, hopeless bool) error {
	_, err := i.o.Platform.Exec(ctx, `update platform.deliveries set attempts = attempts + 1,
		state = case when $2 and attempts + 1 >= $3 then 'failed' else state end,
		reason = case when $2 and attempts + 1 >= $3 then $4 else reason end,
		body = case when $2 and attempts + 1 >= $3 and forget then null else body end
		where delivery_id = $1 and state = 'received'`, id, hopeless, splitAttempts, reasonGaveUp)
	if err != nil {
		return fmt.Errorf("postpone delivery: %w", err)
	}
	return nil
}

// split hands each account its items. One account that cannot take them does not keep them from the others.
func (i *Ingest) split(ctx context.Context, tx *tenants.PlatformTx, d delivery) error {
	items, err := instagram.ParseDelivery(d.body)
	if err != nil {
		_, err := tx.Exec(ctx, `update platform.deliveries set state = 'failed', reason = $2, split_at = now(),
			body = case when forget then null else body end where delivery_id = $1`, d.id, reasonMalformed)
		return err
	}
	byEntry := map[string][]instagram.Item{}
	for _, item := range items {
		byEntry[item.EntryID] = append(byEntry[item.EntryID], item)
	}
	entries := slices.Sorted(maps.Keys(byEntry)) // everybody locks accounts in this order
	routes, err := i.o.Accounts.Route(ctx, tx, entries)
	if err != nil {
		return err
	}
	var faults []error
	for _, entry := range entries {
		if account := routes[entry]; !account.IsZero() {
			if err := i.hand(tenants.WithAccount(ctx, account), d, byEntry[entry]); err != nil {
				faults = append(faults, fmt.Errorf("events of account %s: %w", account, err))
			}
		}
	}
	if len(faults) > 0 {
		return errors.Join(faults...)
	}
	for _, entry := range entries {
		if err := noted(ctx, tx, d, routes[entry], byEntry[entry]); err != nil {
			return err
		}
	}
	_, err = tx.Exec(ctx, "update platform.deliveries set state = 'split', body = null, items = $2, split_at = now() where delivery_id = $1", d.id, len(items))
	return err
}

// noted keeps when the account last heard from Instagram, to ten seconds, or that there is no such account.
func noted(ctx context.Context, tx *tenants.PlatformTx, d delivery, account tenants.AccountID, items []instagram.Item) error {
	if account.IsZero() {
		return unrouted(ctx, tx, d, items)
	}
	_, err := tx.Exec(ctx, `update platform.accounts set last_webhook_at = $2
		where account_id = $1 and (last_webhook_at is null or last_webhook_at < $2::timestamptz - interval '10 seconds')`, account, d.receivedAt)
	if err != nil {
		return fmt.Errorf("note the last webhook: %w", err)
	}
	return nil
}

func unrouted(ctx context.Context, tx *tenants.PlatformTx, d delivery, items []instagram.Item) error {
	for _, item := range items {
		_, err := tx.Exec(ctx, `insert into platform.unrouted_events (delivery_id, item_no, entry_id, reason, body) values ($1, $2, left($3, 64), $4, $5)
			on conflict do nothing`, d.id, item.No, item.EntryID, reasonUnknown, []byte(item.Raw))
		if err != nil {
			return fmt.Errorf("note an event of an unknown account: %w", err)
		}
	}
	return nil
}
