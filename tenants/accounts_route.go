package tenants

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Route finds the accounts that webhooks for these Instagram ids belong to, in one query of tx; ids that belong to nobody are left out, and
// accounts that are being deleted, or their deletion would never end. It runs in the caller's transaction so that a splitter needs one
// connection, never a second while it holds the first.
func (s *Accounts) Route(ctx context.Context, tx *PlatformTx, instagramUserIDs []string) (map[string]AccountID, error) {
	rows, err := tx.Query(ctx, `select instagram_user_id, account_id from platform.accounts
		where kind = 'instagram' and instagram_user_id = any($1) and (status <> $2 or status_reason <> $3)`, instagramUserIDs, AccountSuspended, Deleting)
	if err != nil {
		return nil, fmt.Errorf("route to accounts: %w", err)
	}
	routes := map[string]AccountID{}
	var instagramUserID string
	var account AccountID
	_, err = pgx.ForEachRow(rows, []any{&instagramUserID, &account}, func() error {
		routes[instagramUserID] = account
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("route to accounts: %w", err)
	}
	return routes, nil
}
