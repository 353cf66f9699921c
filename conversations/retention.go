package conversations

import (
	"context"
	"errors"
	"fmt"
	"time"

	"parlor/tenants"
)

// How long what nobody needs any more stays.
const (
	rawKeepDefault = 24 * time.Hour
	deliveriesKeep = 7 * 24 * time.Hour // rows of split deliveries; their bodies went when they were split
	parkedKeep     = 7 * 24 * time.Hour // edits whose message never came
)

// sweepAccounts blanks the bodies of settled events in every account that ever heard from Instagram. One account that cannot be swept keeps
// no other from it.
func (i *Ingest) sweepAccounts(ctx context.Context) error {
	rows, err := i.o.Platform.Query(ctx, "select account_id from platform.accounts where last_webhook_at is not null order by account_id")
	if err != nil {
		return fmt.Errorf("list accounts to sweep: %w", err)
	}
	defer rows.Close()
	var accounts []tenants.AccountID
	for rows.Next() {
		var id tenants.AccountID
		if err := rows.Scan(&id); err != nil {
			return fmt.Errorf("list accounts to sweep: %w", err)
		}
		accounts = append(accounts, id)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("list accounts to sweep: %w", err)
	}
	var faults []error
	for _, id := range accounts {
		if err := i.sweepAccount(tenants.WithAccount(ctx, id)); err != nil {
			faults = append(faults, fmt.Errorf("sweep account %s: %w", id, err))
		}
	}
	return errors.Join(faults...)
}

// sweepAccount blanks bodies of the account in ctx: of what was applied or skipped after RawKeep, of what failed after the longer of that and
// UnreadableKeep, for a failed event waits for a person. Without its body an event cannot be replayed.
func (i *Ingest) sweepAccount(ctx context.Context) error {
	now := i.o.Now()
	blank := map[string]any{"body": nil, "replayable": false}
	return i.o.DB.InTenant(ctx, func(tx *tenants.Tx) error {
		for _, old := range []struct {
			outcomes []Outcome
			keep     time.Duration
		}{
			{[]Outcome{OutcomeApplied, OutcomeSkipped}, i.o.RawKeep},
			{[]Outcome{OutcomeFailed}, max(i.o.RawKeep, i.o.UnreadableKeep)},
		} {
			err := tx.DB().Model(&eventRow{}).Where("body is not null and outcome in ? and settled_at < ?", old.outcomes, now.Add(-old.keep)).
				Updates(blank).Error
			if err != nil {
				return err
			}
		}
		return tx.DB().Where("parked_at < ?", now.Add(-parkedKeep)).Delete(&parkedEditRow{}).Error
	})
}

// sweepDeliveries drops the rows of deliveries whose items all stand in the ledger.
func (i *Ingest) sweepDeliveries(ctx context.Context) error {
	_, err := i.o.Platform.Exec(ctx, "delete from platform.deliveries where state = 'split' and received_at < $1", i.o.Now().Add(-deliveriesKeep))
	if err != nil {
		return fmt.Errorf("drop split deliveries: %w", err)
	}
	return nil
}
