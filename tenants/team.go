package tenants

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// ErrNotAllowed says that the membership of who asks does not let him do this, as of now; his token may still say otherwise.
var ErrNotAllowed = errors.New("not allowed to do this")

// Team is what the owner of an account does about its people: who they are, what they may do, who comes and who goes. Each change looks again,
// in its own transaction, whether whoever asks may make it, and leaves a line in the account's log. The account and whoever asks come from the
// context. It is safe for concurrent use.
type Team struct {
	platform    *Platform
	memberships *Memberships
	invitations *Invitations
}

// NewTeam returns the account's people.
func NewTeam(p *Platform) *Team {
	return &Team{platform: p, memberships: NewMemberships(p), invitations: NewInvitations(p)}
}

// Member is one of an account's people.
type Member struct {
	UserID     UserID
	Name       string
	Role       Role
	JoinedAt   time.Time
	LastSeenAt time.Time // zero: not since sessions are kept
}

// Members lists the account's people, the first joined first.
func (t *Team) Members(ctx context.Context) ([]Member, error) {
	return t.members(ctx, UserID{})
}

func (t *Team) members(ctx context.Context, only UserID) ([]Member, error) {
	account, ok := AccountFrom(ctx)
	if !ok {
		return nil, ErrNoAccount
	}
	rows, err := t.platform.Query(ctx, `select m.user_id, u.display_name, m.role, m.created_at,
			(select max(s.last_seen_at) from platform.sessions s where s.user_id = m.user_id)
		from platform.memberships m join platform.users u using (user_id)
		where m.account_id = $1 and m.removed_at is null and ($2::uuid is null or m.user_id = $2)
		order by m.created_at, m.user_id`, account, orNull(only.UUID))
	if err != nil {
		return nil, fmt.Errorf("list members: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (m Member, err error) {
		var seen *time.Time
		err = row.Scan(&m.UserID, &m.Name, &m.Role, &m.JoinedAt, &seen)
		if seen != nil {
			m.LastSeenAt = *seen
		}
		return m, err
	})
	if err != nil {
		return nil, fmt.Errorf("list members: %w", err)
	}
	return list, nil
}

// SetRole changes what a member may do; every instance knows within two seconds. Errors: ErrNotFound, ErrLastOwner, ErrNotAllowed.
func (t *Team) SetRole(ctx context.Context, user UserID, role Role) (Member, error) {
	err := t.change(ctx, MembersManage, func(tx *PlatformTx, account AccountID) error {
		return t.memberships.SetRole(ctx, tx, account, user, role)
	})
	if err != nil {
		return Member{}, err
	}
	found, err := t.members(ctx, user)
	if err == nil && len(found) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return Member{}, err
	}
	return found[0], nil
}

// Remove takes somebody else out of the account. Errors as SetRole.
func (t *Team) Remove(ctx context.Context, user UserID) error {
	return t.change(ctx, MembersManage, func(tx *PlatformTx, account AccountID) error {
		return t.remove(ctx, tx, account, user, "member.removed")
	})
}

// Leave takes whoever asks out of the account. Errors: ErrLastOwner, ErrNotAllowed.
func (t *Team) Leave(ctx context.Context) error {
	p, _ := PrincipalFrom(ctx)
	return t.change(ctx, AccountLeave, func(tx *PlatformTx, account AccountID) error {
		return t.remove(ctx, tx, account, p.UserID, "member.left")
	})
}

func (t *Team) remove(ctx context.Context, tx *PlatformTx, account AccountID, user UserID, action string) error {
	if err := t.memberships.Remove(ctx, tx, account, user); err != nil {
		return err
	}
	return tx.AuditAccount(ctx, account, AuditEntry{Action: action, Target: user.String()})
}

// Invitations lists the newest invitations of the account.
func (t *Team) Invitations(ctx context.Context) ([]Invitation, error) {
	account, ok := AccountFrom(ctx)
	if !ok {
		return nil, ErrNoAccount
	}
	return t.invitations.list(ctx, account)
}

// Invite makes an invitation, and returns it with the secret of its link, which is shown this once. life is at most MaxInvitationLife. Errors:
// ErrTooManyInvitations, ErrNotAllowed.
func (t *Team) Invite(ctx context.Context, role Role, label string, life time.Duration) (i Invitation, token string, err error) {
	p, _ := PrincipalFrom(ctx)
	err = t.change(ctx, MembersManage, func(tx *PlatformTx, account AccountID) (err error) {
		i, token, err = t.invitations.create(ctx, tx, account, p, role, strings.TrimSpace(label), life)
		if err != nil {
			return err
		}
		return tx.AuditAccount(ctx, account, AuditEntry{Action: "invitation.created", Target: i.ID.String(), Detail: map[string]any{"role": role}})
	})
	return i, token, err
}

// RevokeInvitation takes an invitation back. One that is over already is no error. Errors: ErrNotFound, ErrNotAllowed.
func (t *Team) RevokeInvitation(ctx context.Context, id uuid.UUID) error {
	return t.change(ctx, MembersManage, func(tx *PlatformTx, account AccountID) error {
		var open bool
		err := tx.QueryRow(ctx, `select accepted_at is null and revoked_at is null from platform.invitations
			where account_id = $1 and invitation_id = $2 for update`, account, id).Scan(&open)
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			return ErrNotFound
		case err != nil:
			return fmt.Errorf("find the invitation: %w", err)
		case !open:
			return nil
		}
		if _, err := tx.Exec(ctx, `update platform.invitations set revoked_at = $2 where invitation_id = $1`, id, t.platform.now()); err != nil {
			return fmt.Errorf("take the invitation back: %w", err)
		}
		return tx.AuditAccount(ctx, account, AuditEntry{Action: "invitation.revoked", Target: id.String()})
	})
}

// change runs do in a transaction in which whoever asks still holds the permission by a membership, and tells the account's open pages.
func (t *Team) change(ctx context.Context, want Permission, do func(tx *PlatformTx, account AccountID) error) error {
	return t.platform.InTx(ctx, func(tx *PlatformTx) error {
		// One change at a time: two owners who demote each other would else wait for each other's memberships.
		in, _ := AccountFrom(ctx)
		if _, err := tx.Exec(ctx, "select pg_advisory_xact_lock(hashtextextended('team:' || $1::uuid, 0))", in); err != nil {
			return fmt.Errorf("wait for other changes of the team: %w", err)
		}
		account, err := tx.Still(ctx, want)
		if err != nil {
			return err
		}
		if err := do(tx, account); err != nil {
			return err
		}
		return tx.Notify(ctx, LiveRef{AccountID: account, Kind: LiveMembers})
	})
}

// Still returns the account of ctx when its principal, a person, holds the permission there by a membership as of now, and keeps that so until
// the transaction ends. Error: ErrNotAllowed.
func (tx *PlatformTx) Still(ctx context.Context, want Permission) (AccountID, error) {
	p, ok := PrincipalFrom(ctx)
	if !ok || p.IsKey() || p.Grant != nil || p.AccountID.IsZero() {
		return AccountID{}, ErrNotAllowed
	}
	err := tx.QueryRow(ctx, `select m.role from platform.memberships m
			join platform.accounts a using (account_id) join platform.users u using (user_id)
		where m.account_id = $1 and m.user_id = $2 and m.removed_at is null and a.status <> 'suspended' and u.disabled_at is null
		for share of m`, p.AccountID, p.UserID).Scan(&p.Role)
	if errors.Is(err, pgx.ErrNoRows) {
		return AccountID{}, ErrNotAllowed
	}
	if err != nil {
		return AccountID{}, fmt.Errorf("look at the membership: %w", err)
	}
	if p.StaffRole = ""; !p.Can(want) {
		return AccountID{}, ErrNotAllowed
	}
	return p.AccountID, nil
}
