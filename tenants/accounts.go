package tenants

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// AccountStatus is how an account's connection to Instagram stands.
type AccountStatus string

// The states. A suspended account is closed to everybody; the others keep taking in messages.
const (
	AccountConnecting     AccountStatus = "connecting"
	AccountActive         AccountStatus = "active"
	AccountNeedsReconnect AccountStatus = "needs_reconnect"
	AccountDisconnected   AccountStatus = "disconnected"
	AccountSuspended      AccountStatus = "suspended"
)

// Account is the tenant. The probe accounts of the isolation check never appear as one.
type Account struct {
	ID                AccountID
	InstagramUserID   string // Instagram's professional account id: routes webhooks, and is an identity's subject
	Username          string // may be taken over by somebody else on Instagram; never a key
	Name              string
	ProfilePictureURL *string
	Status            AccountStatus
	StatusReason      string
	CreatedAt         time.Time
}

// NewAccount is what must be known to make an account.
type NewAccount struct {
	InstagramUserID string
	Username        string
	Name            string
}

// Membership is a user's place in an account.
type Membership struct {
	AccountID AccountID
	UserID    UserID
	Role      Role
	Version   int64 // the `mv` of tokens; grows with every change
}

// AccountMembership is an account together with one user's place in it.
type AccountMembership struct {
	Account
	Role    Role
	Version int64
}

// Accounts finds and makes accounts. It is safe for concurrent use.
type Accounts struct{ platform *Platform }

// NewAccounts returns the store of accounts.
func NewAccounts(p *Platform) *Accounts { return &Accounts{platform: p} }

const accountColumns = `a.account_id, coalesce(a.instagram_user_id, ''), a.username, a.name, a.profile_picture_url, a.status, a.status_reason, a.created_at`

// ByID returns one account, or ErrNotFound.
func (s *Accounts) ByID(ctx context.Context, id AccountID) (Account, error) {
	return s.one(ctx, "a.account_id = $1", id)
}

// ByInstagramUserID returns the account that webhooks for this Instagram id belong to, or ErrNotFound.
func (s *Accounts) ByInstagramUserID(ctx context.Context, instagramUserID string) (Account, error) {
	return s.one(ctx, "a.instagram_user_id = $1", instagramUserID)
}

func (s *Accounts) one(ctx context.Context, where string, arg any) (Account, error) {
	row := s.platform.QueryRow(ctx, "select "+accountColumns+" from platform.accounts a where a.kind = 'instagram' and "+where, arg)
	a, err := scanAccount(row)
	if errors.Is(err, pgx.ErrNoRows) {
		return Account{}, ErrNotFound
	}
	if err != nil {
		return Account{}, fmt.Errorf("load account: %w", err)
	}
	return a, nil
}

// All lists every account, the first made first. It is for what the installation does about each; requests never need it.
func (s *Accounts) All(ctx context.Context) ([]Account, error) {
	rows, err := s.platform.Query(ctx, "select "+accountColumns+" from platform.accounts a where a.kind = 'instagram' order by a.created_at, a.account_id")
	if err != nil {
		return nil, fmt.Errorf("list accounts: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Account, error) { return scanAccount(row) })
	if err != nil {
		return nil, fmt.Errorf("list accounts: %w", err)
	}
	return list, nil
}

// WithMembers returns the accounts that somebody is a member of, or was.
func (s *Accounts) WithMembers(ctx context.Context) (map[AccountID]bool, error) {
	rows, err := s.platform.Query(ctx, "select distinct account_id from platform.memberships")
	if err != nil {
		return nil, fmt.Errorf("list accounts with members: %w", err)
	}
	found := map[AccountID]bool{}
	var id AccountID
	if _, err := pgx.ForEachRow(rows, []any{&id}, func() error { found[id] = true; return nil }); err != nil {
		return nil, fmt.Errorf("list accounts with members: %w", err)
	}
	return found, nil
}

// ForUser returns the accounts that the user is a member of and that are not suspended, the first joined first.
func (s *Accounts) ForUser(ctx context.Context, user UserID) ([]AccountMembership, error) {
	rows, err := s.platform.Query(ctx, "select "+accountColumns+`, m.role, m.version
		from platform.memberships m join platform.accounts a using (account_id)
		where m.user_id = $1 and m.removed_at is null and a.kind = 'instagram' and a.status <> 'suspended'
		order by m.created_at, m.account_id`, user)
	if err != nil {
		return nil, fmt.Errorf("list accounts of a user: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (am AccountMembership, err error) {
		err = row.Scan(append(am.fields(), &am.Role, &am.Version)...)
		return am, err
	})
	if err != nil {
		return nil, fmt.Errorf("list accounts of a user: %w", err)
	}
	return list, nil
}

// FindOrCreate returns the account of an Instagram id and whether this call made it. Two callers at once get the same one.
func (s *Accounts) FindOrCreate(ctx context.Context, tx *PlatformTx, n NewAccount) (Account, bool, error) {
	tag, err := tx.Exec(ctx, `insert into platform.accounts (account_id, instagram_user_id, username, name) values ($1, $2, $3, $4)
		on conflict (instagram_user_id) do nothing`, NewAccountID(), n.InstagramUserID, n.Username, n.Name)
	if err != nil {
		return Account{}, false, fmt.Errorf("make account: %w", err)
	}
	a, err := scanAccount(tx.QueryRow(ctx, "select "+accountColumns+" from platform.accounts a where a.instagram_user_id = $1", n.InstagramUserID))
	if err != nil {
		return Account{}, false, fmt.Errorf("load account: %w", err)
	}
	return a, tag.RowsAffected() == 1, nil
}

// SetStatus changes how the account stands, with the cause, and tells every instance. The same status again changes nothing. Error:
// ErrNotFound.
func (s *Accounts) SetStatus(ctx context.Context, tx *PlatformTx, id AccountID, status AccountStatus, reason string) error {
	var same bool
	err := tx.QueryRow(ctx, `select status = $2 and status_reason = $3 from platform.accounts
		where account_id = $1 and kind = 'instagram' for no key update`, id, status, reason).Scan(&same)
	if errors.Is(err, pgx.ErrNoRows) {
		return ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("read account status: %w", err)
	}
	if same {
		return nil
	}
	_, err = tx.Exec(ctx, `update platform.accounts set status = $2, status_reason = $3, status_at = $4 where account_id = $1`,
		id, status, reason, s.platform.now())
	if err != nil {
		return fmt.Errorf("set account status: %w", err)
	}
	return tx.Revoke(ctx, AuthEvent{Kind: AccountChanged, AccountID: id})
}

func scanAccount(row pgx.Row) (a Account, err error) {
	err = row.Scan(a.fields()...)
	return a, err
}

// fields are where a row of accountColumns goes.
func (a *Account) fields() []any {
	return []any{&a.ID, &a.InstagramUserID, &a.Username, &a.Name, &a.ProfilePictureURL, &a.Status, &a.StatusReason, &a.CreatedAt}
}
