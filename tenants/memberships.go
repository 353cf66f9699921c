package tenants

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// What changes of memberships may meet.
var (
	// ErrMembershipRemoved: an owner took this membership away; nothing but an owner brings it back.
	ErrMembershipRemoved = errors.New("membership was removed")
	// ErrLastOwner: the account would be left without an owner.
	ErrLastOwner = errors.New("account would have no owner")
)

// Memberships says who belongs to which account. Every change bumps the membership's version and tells all instances, in the transaction
// that makes it. It is safe for concurrent use.
type Memberships struct{ platform *Platform }

// NewMemberships returns the store of memberships.
func NewMemberships(p *Platform) *Memberships { return &Memberships{platform: p} }

// Of returns the user's place in the account, or ErrNotFound; also for an account that is suspended.
func (s *Memberships) Of(ctx context.Context, account AccountID, user UserID) (Membership, error) {
	m := Membership{AccountID: account, UserID: user}
	err := s.platform.QueryRow(ctx, `select m.role, m.version from platform.memberships m join platform.accounts a using (account_id)
		where m.account_id = $1 and m.user_id = $2 and m.removed_at is null and a.kind = 'instagram' and a.status <> 'suspended'`,
		account, user).Scan(&m.Role, &m.Version)
	if errors.Is(err, pgx.ErrNoRows) {
		return Membership{}, ErrNotFound
	}
	if err != nil {
		return Membership{}, fmt.Errorf("load membership: %w", err)
	}
	return m, nil
}

// Grant makes the membership unless there is one; an existing one keeps its role. A removed one is ErrMembershipRemoved.
func (s *Memberships) Grant(ctx context.Context, tx *PlatformTx, account AccountID, user UserID, role Role) (Membership, error) {
	if !role.Valid() {
		return Membership{}, fmt.Errorf("grant membership: role %q is unknown", role)
	}
	_, err := tx.Exec(ctx, `insert into platform.memberships (account_id, user_id, role) values ($1, $2, $3)
		on conflict (account_id, user_id) do nothing`, account, user, role)
	if err != nil {
		return Membership{}, fmt.Errorf("grant membership: %w", err)
	}
	m := Membership{AccountID: account, UserID: user}
	var removed bool
	err = tx.QueryRow(ctx, `select role, version, removed_at is not null from platform.memberships
		where account_id = $1 and user_id = $2`, account, user).Scan(&m.Role, &m.Version, &removed)
	if err != nil {
		return Membership{}, fmt.Errorf("grant membership: %w", err)
	}
	if removed {
		return Membership{}, ErrMembershipRemoved
	}
	return m, nil
}

// SetRole changes the member's role. ErrNotFound without a membership, ErrLastOwner when nobody would own the account.
func (s *Memberships) SetRole(ctx context.Context, tx *PlatformTx, account AccountID, user UserID, role Role) error {
	if !role.Valid() {
		return fmt.Errorf("set role: role %q is unknown", role)
	}
	return s.change(ctx, tx, account, user, MembershipChanged, role,
		"update platform.memberships set role = $3, version = version + 1 where account_id = $1 and user_id = $2 returning version")
}

// Remove takes the member out of the account for good. Errors as SetRole.
func (s *Memberships) Remove(ctx context.Context, tx *PlatformTx, account AccountID, user UserID) error {
	return s.change(ctx, tx, account, user, MembershipRemoved, "",
		`update platform.memberships set removed_at = now(), version = version + 1
		where account_id = $1 and user_id = $2 and $3::text = '' returning version`)
}

// change locks all members of the account, so that two owners cannot demote each other at the same time, and writes the event beside the
// row.
func (s *Memberships) change(ctx context.Context, tx *PlatformTx, account AccountID, user UserID, kind AuthEventKind, role Role, update string) error {
	owners, before, err := lockMembers(ctx, tx, account, user)
	if err != nil {
		return err
	}
	if before == RoleOwner && role != RoleOwner && owners == 1 {
		return ErrLastOwner
	}
	var version int64
	if err := tx.QueryRow(ctx, update, account, user, role).Scan(&version); err != nil {
		return fmt.Errorf("change membership: %w", err)
	}
	return tx.Revoke(ctx, AuthEvent{Kind: kind, AccountID: account, UserID: user, Version: version})
}

func lockMembers(ctx context.Context, tx *PlatformTx, account AccountID, user UserID) (owners int, role Role, err error) {
	rows, err := tx.Query(ctx, `select user_id, role from platform.memberships
		where account_id = $1 and removed_at is null order by user_id for update`, account)
	if err != nil {
		return 0, "", fmt.Errorf("lock members: %w", err)
	}
	var member UserID
	var memberRole Role
	_, err = pgx.ForEachRow(rows, []any{&member, &memberRole}, func() error {
		if memberRole == RoleOwner {
			owners++
		}
		if member == user {
			role = memberRole
		}
		return nil
	})
	if err != nil {
		return 0, "", fmt.Errorf("lock members: %w", err)
	}
	if role == "" {
		return 0, "", ErrNotFound
	}
	return owners, role, nil
}
