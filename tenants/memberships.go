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
	// ErrLastOwner: the account would be left without an owner who can sign in.
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

// Grant makes the membership unless there is one; an existing one keeps its role. Errors: ErrMembershipRemoved when an owner has taken it
// away, ErrNotFound when there is no such account.
func (s *Memberships) Grant(ctx context.Context, tx *PlatformTx, account AccountID, user UserID, role Role) (Membership, error) {
	if !role.Valid() {
		return Membership{}, fmt.Errorf("grant membership: role %q is unknown", role)
	}
	tag, err := tx.Exec(ctx, `insert into platform.memberships (account_id, user_id, role)
		select account_id, $2, $3 from platform.accounts where account_id = $1 and kind = 'instagram'
		on conflict (account_id, user_id) do nothing`, account, user, role)
	if err != nil {
		return Membership{}, fmt.Errorf("grant membership: %w", err)
	}
	m := Membership{AccountID: account, UserID: user}
	var removed bool
	err = tx.QueryRow(ctx, `select role, version, removed_at is not null from platform.memberships
		where account_id = $1 and user_id = $2`, account, user).Scan(&m.Role, &m.Version, &removed)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return Membership{}, ErrNotFound
	case err != nil:
		return Membership{}, fmt.Errorf("grant membership: %w", err)
	case removed:
		return Membership{}, ErrMembershipRemoved
	case tag.RowsAffected() == 0:
		return m, nil
	}
	return m, tx.Revoke(ctx, AuthEvent{Kind: MembershipChanged, AccountID: account, UserID: user, Version: m.Version})
}

// SetRole changes the member's role, with a line in the account's log; the same role again changes nothing. Errors: ErrNotFound without a membership, ErrLastOwner when nobody
// would own the account.
func (s *Memberships) SetRole(ctx context.Context, tx *PlatformTx, account AccountID, user UserID, role Role) error {
	if !role.Valid() {
		return fmt.Errorf("set role: role %q is unknown", role)
	}
	m, err := lockMember(ctx, tx, account, user)
	if err != nil {
		return err
	}
	if m.role == role {
		return nil
	}
	if m.lastOwner {
		return ErrLastOwner
	}
	if err := takeBackInvitations(ctx, tx, account, user, s.platform.now()); err != nil {
		return err
	}
	if !role.answers() {
		if err := tx.memberGone(ctx, account, user); err != nil {
			return err
		}
	}
	detail := map[string]any{"role": role}
	if err := tx.AuditAccount(ctx, account, AuditEntry{Action: "member.role_changed", Target: user.String(), Detail: detail}); err != nil {
		return err
	}
	return change(ctx, tx, AuthEvent{Kind: MembershipChanged, AccountID: account, UserID: user}, "role = $3", role)
}

// Remove takes the member out of the account for good. Errors as SetRole.
func (s *Memberships) Remove(ctx context.Context, tx *PlatformTx, account AccountID, user UserID) error {
	m, err := lockMember(ctx, tx, account, user)
	if err != nil {
		return err
	}
	if m.lastOwner {
		return ErrLastOwner
	}
	if err := takeBackInvitations(ctx, tx, account, user, s.platform.now()); err != nil {
		return err
	}
	if err := tx.memberGone(ctx, account, user); err != nil {
		return err
	}
	return change(ctx, tx, AuthEvent{Kind: MembershipRemoved, AccountID: account, UserID: user}, "removed_at = $3", s.platform.now())
}

// change sets one column of a membership, bumps its version and announces both. set is SQL of ours.
func change(ctx context.Context, tx *PlatformTx, e AuthEvent, set string, value any) error {
	err := tx.QueryRow(ctx, "update platform.memberships set "+set+`, version = version + 1
		where account_id = $1 and user_id = $2 returning version`, e.AccountID, e.UserID, value).Scan(&e.Version)
	if err != nil {
		return fmt.Errorf("change membership: %w", err)
	}
	return tx.Revoke(ctx, e)
}

// lockedMember is a member whose account's members are locked.
type lockedMember struct {
	role      Role
	lastOwner bool
}

// lockMember locks all members of the account, so that two owners cannot demote each other at the same time. An owner who is shut out does not
// count: an account that is left to them is left to nobody.
func lockMember(ctx context.Context, tx *PlatformTx, account AccountID, user UserID) (lockedMember, error) {
	_, err := tx.Exec(ctx, `select from platform.memberships where account_id = $1 and removed_at is null order by user_id for update`, account)
	if err != nil {
		return lockedMember{}, fmt.Errorf("lock members: %w", err)
	}
	// A statement of its own, so that it sees what was waited for: Disable locks the memberships, too.
	var found lockedMember
	var others bool
	err = tx.QueryRow(ctx, `select m.role, exists (
			select from platform.memberships o join platform.users u using (user_id)
			where o.account_id = $1 and o.user_id <> $2 and o.removed_at is null and o.role = 'owner' and u.disabled_at is null)
		from platform.memberships m where m.account_id = $1 and m.user_id = $2 and m.removed_at is null`, account, user).Scan(&found.role, &others)
	if errors.Is(err, pgx.ErrNoRows) {
		return lockedMember{}, ErrNotFound
	}
	if err != nil {
		return lockedMember{}, fmt.Errorf("look at the members: %w", err)
	}
	found.lastOwner = found.role == RoleOwner && !others
	return found, nil
}
