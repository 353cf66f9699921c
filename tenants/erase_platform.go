package tenants

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"

	"github.com/jackc/pgx/v5"
)

// Deleting is the status reason of an account that is being deleted: suspended, so that nobody acts in it any more.
const Deleting = "deleting"

// erasePlatformSQL removes what schema platform holds of account $1, step by step; each counts for the table it names. $2 is the account's id
// at Instagram.
var erasePlatformSQL = []struct {
	table string
	both  bool // takes $2 as well
	sql   string
}{
	{"platform.api_keys", false, `delete from platform.api_keys where account_id = $1`},
	{"platform.memberships", false, `delete from platform.memberships where account_id = $1`},
	{"platform.invitations", false, `delete from platform.invitations where account_id = $1`},
	{"platform.support_grants", false, `delete from platform.support_grants where account_id = $1`},
	{"platform.graph_leases", false, `delete from platform.graph_leases where account_id = $1`},
	{"platform.sign_in_flows", false, `delete from platform.sign_in_flows where account_id = $1`},
	{"platform.river_job", false, `delete from platform.river_job where args ->> 'account_id' = $1::uuid::text and state <> 'running'`},
	{"platform.unrouted_events", true, `delete from platform.unrouted_events where $1::uuid is not null and entry_id = $2`},
	{"platform.deliveries", true, `update platform.deliveries set body = null
		where $1::uuid is not null and state = 'failed' and body is not null and position(convert_to($2, 'UTF8') in body) > 0`},
	// The identity by which the owner signed in with this very Instagram account, and the person behind it, unless there is more to them.
	{"platform.identities", true, `delete from platform.identities where $1::uuid is not null and provider = 'instagram' and subject = $2`},
}

// eraseUsersSQL removes people who were nothing but members of the account: their sessions, then they themselves.
const (
	strandedSQL = `select u.user_id from platform.users u where u.user_id = any($1) and u.staff_role is null
		and not exists (select from platform.memberships m where m.user_id = u.user_id)
		and not exists (select from platform.identities i where i.user_id = u.user_id)`
	eraseSessionsSQL = `delete from platform.sessions where user_id = any($1)`
	eraseUsersSQL    = `delete from platform.users where user_id = any($1)`
	forgetSQL        = `update platform.sessions set last_account_id = null where last_account_id = $1`
)

// Erase removes what schema platform holds of an account, after EraseAccount, and leaves a tombstone: that there was one, why it went, and how
// many rows of which table. Everybody who was in it is out within two seconds. It adds to removed what it removes. Error: ErrNotFound when
// the account is gone already; a foreign key error when rows have come meanwhile: then EraseAccount has to be called again.
func (s *Accounts) Erase(ctx context.Context, tx *PlatformTx, id AccountID, reason string, removed Removed) error {
	var instagramUserID string
	err := tx.QueryRow(ctx, "select instagram_user_id from platform.accounts where account_id = $1 and kind = 'instagram' for update", id).Scan(&instagramUserID)
	if errors.Is(err, pgx.ErrNoRows) {
		return ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("lock the account: %w", err)
	}
	users, err := s.showOut(ctx, tx, id)
	if err != nil {
		return err
	}
	for _, step := range erasePlatformSQL {
		args := []any{id}
		if step.both {
			args = append(args, instagramUserID)
		}
		tag, err := tx.Exec(ctx, step.sql, args...)
		if err != nil {
			return fmt.Errorf("erase %s: %w", step.table, err)
		}
		removed[step.table] += tag.RowsAffected()
	}
	if err := s.eraseStranded(ctx, tx, id, users, removed); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "delete from platform.accounts where account_id = $1", id); err != nil {
		return fmt.Errorf("erase the account's row: %w", err)
	}
	removed["platform.accounts"]++
	return s.bury(ctx, tx, id, reason, removed)
}

// showOut tells every instance that the members and keys of the account count no more, and returns the members.
func (s *Accounts) showOut(ctx context.Context, tx *PlatformTx, id AccountID) ([]UserID, error) {
	rows, err := tx.Query(ctx, "select user_id, version from platform.memberships where account_id = $1", id)
	if err != nil {
		return nil, fmt.Errorf("list members: %w", err)
	}
	members, err := pgx.CollectRows(rows, pgx.RowToStructByPos[struct {
		UserID  UserID
		Version int64
	}])
	if err != nil {
		return nil, fmt.Errorf("list members: %w", err)
	}
	users := make([]UserID, len(members))
	for n, m := range members {
		users[n] = m.UserID
		if err := tx.Revoke(ctx, AuthEvent{Kind: MembershipRemoved, AccountID: id, UserID: m.UserID, Version: m.Version + 1}); err != nil {
			return nil, err
		}
	}
	rows, err = tx.Query(ctx, "select key_id from platform.api_keys where account_id = $1", id)
	if err != nil {
		return nil, fmt.Errorf("list keys: %w", err)
	}
	keys, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("list keys: %w", err)
	}
	for _, key := range keys {
		if err := tx.Revoke(ctx, AuthEvent{Kind: KeyRevoked, AccountID: id, KeyID: key}); err != nil {
			return nil, err
		}
	}
	return users, nil
}

func (s *Accounts) eraseStranded(ctx context.Context, tx *PlatformTx, id AccountID, users []UserID, removed Removed) error {
	if _, err := tx.Exec(ctx, forgetSQL, id); err != nil {
		return fmt.Errorf("forget the account in sessions: %w", err)
	}
	rows, err := tx.Query(ctx, strandedSQL, users)
	if err != nil {
		return fmt.Errorf("find people who were nothing but members: %w", err)
	}
	gone, err := pgx.CollectRows(rows, pgx.RowTo[UserID])
	if err != nil || len(gone) == 0 {
		return err
	}
	for _, step := range []struct{ table, sql string }{{"platform.sessions", eraseSessionsSQL}, {"platform.users", eraseUsersSQL}} {
		tag, err := tx.Exec(ctx, step.sql, gone)
		if err != nil {
			return fmt.Errorf("erase %s: %w", step.table, err)
		}
		removed[step.table] += tag.RowsAffected()
	}
	return nil
}

func (s *Accounts) bury(ctx context.Context, tx *PlatformTx, id AccountID, reason string, removed Removed) error {
	maps.DeleteFunc(removed, func(_ string, n int64) bool { return n == 0 })
	text, err := json.Marshal(removed)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, "insert into platform.tombstones (account_id, reason, removed, deleted_at) values ($1, $2, $3, $4)", id, reason, text, s.platform.now())
	if err != nil {
		return fmt.Errorf("leave a tombstone: %w", err)
	}
	return tx.AuditPlatform(ctx, "", "account.deleted", id.String(), map[string]any{"reason": reason, "rows": removed.Total()})
}

// Tombstone is what is left of a deleted account, or ErrNotFound.
func (s *Accounts) Tombstone(ctx context.Context, id AccountID) (reason string, removed Removed, err error) {
	var text []byte
	err = s.platform.QueryRow(ctx, "select reason, removed from platform.tombstones where account_id = $1", id).Scan(&reason, &text)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", nil, ErrNotFound
	}
	if err != nil {
		return "", nil, fmt.Errorf("read the tombstone: %w", err)
	}
	return reason, removed, json.Unmarshal(text, &removed)
}

// ByInstagramAnyID returns the accounts that either of Instagram's two ids names: user_id, or the id that is scoped to the app. Meta does not
// say which of them a signed_request carries. Source: Data deletion callback, read 2026-11-22.
func (s *Accounts) ByInstagramAnyID(ctx context.Context, id string) ([]Account, error) {
	rows, err := s.platform.Query(ctx, "select "+accountColumns+` from platform.accounts a
		where a.kind = 'instagram' and (a.instagram_user_id = $1 or a.instagram_app_scoped_id = $1)`, id)
	if err != nil {
		return nil, fmt.Errorf("find accounts of an Instagram id: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Account, error) { return scanAccount(row) })
	if err != nil {
		return nil, fmt.Errorf("find accounts of an Instagram id: %w", err)
	}
	return list, nil
}
