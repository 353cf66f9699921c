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
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"parlor/instagram"
	"parlor/tenants"
)

// delivery is one open row of platform.deliveries.
type delivery struct {
	id         uuid.UUID
	body       []byte
	receivedAt time.Time
}

// SplitNext splits the oldest open delivery, if there is one that no other splitter holds. The row is locked for the while, so a process
// that dies gives it back; done over, every step finds its own traces and adds nothing.
func (i *Ingest) SplitNext(ctx context.Context) (found bool, err error) {
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
		return i.split(ctx, tx, d)
	})
	if err != nil && found && ctx.Err() == nil {
		return found, errors.Join(err, i.postpone(ctx, d.id))
	}
	return found, err
}

// postpone puts a delivery behind the others, and aside for good after too many tries. Its body stays.
func (i *Ingest) postpone(ctx context.Context, id uuid.UUID) error {
	_, err := i.o.Platform.Exec(ctx, `update platform.deliveries set attempts = attempts + 1,
		state = case when attempts + 1 >= $2 then 'failed' else state end,
		reason = case when attempts + 1 >= $2 then $3 else reason end
		where delivery_id = $1 and state = 'received'`, id, splitAttempts, reasonGaveUp)
	if err != nil {
		return fmt.Errorf("postpone delivery: %w", err)
	}
	return nil
}

func (i *Ingest) split(ctx context.Context, tx *tenants.PlatformTx, d delivery) error {
	items, err := instagram.ParseDelivery(d.body)
	if err != nil {
		_, err := tx.Exec(ctx, "update platform.deliveries set state = 'failed', reason = $2, split_at = now() where delivery_id = $1", d.id, reasonUnreadable)
		return err
	}
	byEntry := map[string][]instagram.Item{}
	for _, item := range items {
		byEntry[item.EntryID] = append(byEntry[item.EntryID], item)
	}
	routes, err := i.o.Accounts.Route(ctx, tx, slices.Collect(maps.Keys(byEntry)))
	if err != nil {
		return err
	}
	for entry, items := range byEntry {
		if err := i.hand(ctx, tx, d, routes[entry], items); err != nil {
			return err
		}
	}
	_, err = tx.Exec(ctx, "update platform.deliveries set state = 'split', body = null, items = $2, split_at = now() where delivery_id = $1", d.id, len(items))
	return err
}

// hand gives the items of one entry to its account, or notes that there is none.
func (i *Ingest) hand(ctx context.Context, tx *tenants.PlatformTx, d delivery, account tenants.AccountID, items []instagram.Item) error {
	if account.IsZero() {
		return unrouted(ctx, tx, d, items)
	}
	if err := i.record(tenants.WithAccount(ctx, account), d, items); err != nil {
		return fmt.Errorf("record events of account %s: %w", account, err)
	}
	_, err := tx.Exec(ctx, "update platform.accounts set last_webhook_at = greatest(last_webhook_at, $2) where account_id = $1", account, d.receivedAt)
	return err
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

// record writes the account's events and the job that applies them, in one transaction of the account.
func (i *Ingest) record(ctx context.Context, d delivery, items []instagram.Item) error {
	rows := make([]eventRow, len(items))
	for n, item := range items {
		rows[n] = newEvent(d, item, i.o.Now())
	}
	return i.o.DB.InTenant(ctx, func(tx *tenants.Tx) error {
		created := tx.DB().Clauses(clause.OnConflict{
			Columns:   []clause.Column{{Name: "account_id"}, {Name: "delivery_id"}, {Name: "item_no"}},
			DoNothing: true,
		}).Create(&rows)
		if created.Error != nil {
			return created.Error
		}
		if created.RowsAffected == 0 {
			return nil // all of it was recorded before
		}
		if err := tx.DB().Clauses(counted).Create(&ledgerRow{Received: created.RowsAffected}).Error; err != nil {
			return err
		}
		return tx.Enqueue(ctx, ApplyArgs{AccountID: tx.AccountID(), DeliveryID: d.id}, nil)
	})
}

// counted adds to the account's counter of received events.
var counted = clause.OnConflict{
	Columns:   []clause.Column{{Name: "account_id"}},
	DoUpdates: clause.Set{{Column: clause.Column{Name: "received"}, Value: gorm.Expr("ledgers.received + excluded.received")}},
}

func newEvent(d delivery, item instagram.Item, now time.Time) eventRow {
	row := eventRow{
		DeliveryID: d.id, ItemNo: item.No, Kind: string(item.Kind), MID: item.MID, Variant: item.Variant, Body: item.Raw,
		Outcome: OutcomePending, ReceivedAt: d.receivedAt,
	}
	if item.Malformed != nil {
		row.Outcome, row.Reason, row.Replayable, row.SettledAt = OutcomeFailed, reasonMalformed, true, &now
	}
	return row
}
