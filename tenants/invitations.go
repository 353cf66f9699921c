package tenants

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// InvitationState is what has become of an invitation.
type InvitationState string

// The states.
const (
	InvitationPending  InvitationState = "pending"
	InvitationAccepted InvitationState = "accepted"
	InvitationRevoked  InvitationState = "revoked"
	InvitationExpired  InvitationState = "expired"
)

// The bounds of an invitation.
const (
	MaxInvitationLife   = 14 * 24 * time.Hour
	MaxInvitationLabel  = 100 // characters
	maxOpenInvitations  = 100 // of one account
	invitationTokenSize = 32
)

// Invitation lets one person become a member. The secret of its link is not kept, only a hash.
type Invitation struct {
	ID             uuid.UUID
	AccountID      AccountID
	Role           Role
	Label          string // for whom, in the words of who invited
	CreatedByName  string
	CreatedAt      time.Time
	ExpiresAt      time.Time
	AcceptedAt     time.Time // zero: not accepted
	AcceptedByName string
	RevokedAt      time.Time // zero: not taken back
}

// State says what has become of it by now.
func (i Invitation) State(now time.Time) InvitationState {
	switch {
	case !i.AcceptedAt.IsZero():
		return InvitationAccepted
	case !i.RevokedAt.IsZero():
		return InvitationRevoked
	case !now.Before(i.ExpiresAt):
		return InvitationExpired
	}
	return InvitationPending
}

// ErrTooManyInvitations says that the account has as many open invitations as it may have.
var ErrTooManyInvitations = errors.New("too many open invitations")

// Invitations keeps the invitations of accounts. It is safe for concurrent use.
type Invitations struct{ platform *Platform }

// NewInvitations returns the store of invitations.
func NewInvitations(p *Platform) *Invitations { return &Invitations{platform: p} }

const invitationColumns = `invitation_id, account_id, role, label, created_by_name, created_at, expires_at, accepted_at, accepted_by_name, revoked_at`

// create makes an invitation of ctx's principal and returns it with the secret of its link, which is shown this once.
func (s *Invitations) create(ctx context.Context, tx *PlatformTx, account AccountID, by Principal, role Role, label string, life time.Duration) (Invitation, string, error) {
	if !role.Valid() || life <= 0 || life > MaxInvitationLife || len([]rune(label)) > MaxInvitationLabel {
		return Invitation{}, "", fmt.Errorf("invite: role %q, life %s or the label cannot be", role, life)
	}
	var open int
	err := tx.QueryRow(ctx, `select count(*) from platform.invitations
		where account_id = $1 and accepted_at is null and revoked_at is null and expires_at > $2`, account, s.platform.now()).Scan(&open)
	if err != nil {
		return Invitation{}, "", fmt.Errorf("count invitations: %w", err)
	}
	if open >= maxOpenInvitations {
		return Invitation{}, "", ErrTooManyInvitations
	}
	now := s.platform.now().UTC().Truncate(time.Microsecond)
	i := Invitation{
		ID: newID(), AccountID: account, Role: role, Label: label, CreatedByName: by.DisplayName, CreatedAt: now, ExpiresAt: now.Add(life),
	}
	token, hash := newInvitationToken()
	_, err = tx.Exec(ctx, `insert into platform.invitations
		(invitation_id, account_id, token_hash, role, label, created_by, created_by_name, created_at, expires_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		i.ID, account, hash, role, label, by.UserID, by.DisplayName, i.CreatedAt, i.ExpiresAt)
	if err != nil {
		return Invitation{}, "", fmt.Errorf("make invitation: %w", err)
	}
	return i, token, nil
}

func newInvitationToken() (token string, hash []byte) {
	var random [invitationTokenSize]byte
	_, _ = rand.Read(random[:]) // never fails: the runtime ends the process instead
	token = base64.RawURLEncoding.EncodeToString(random[:])
	return token, hashInvitation(token)
}

// hashInvitation is what is stored. The token is random, so a plain SHA-256 keeps it.
func hashInvitation(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// ByToken returns the pending invitation that the secret of a link belongs to, or ErrNotFound: unknown, used, taken back, expired, of an
// account that is closed, or of somebody who owns it no more.
func (s *Invitations) ByToken(ctx context.Context, token string) (Invitation, error) {
	if len(token) != base64.RawURLEncoding.EncodedLen(invitationTokenSize) {
		return Invitation{}, ErrNotFound
	}
	return s.pending(ctx, s.platform, `token_hash = $1`, hashInvitation(token), "")
}

// rower runs a single statement on the pool or in a transaction.
type rower interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

func (s *Invitations) pending(ctx context.Context, q rower, where string, arg any, lock string) (Invitation, error) {
	row := q.QueryRow(ctx, "select "+invitationColumns+` from platform.invitations i
		where `+where+` and accepted_at is null and revoked_at is null and expires_at > $2
		  and exists (select from platform.accounts a where a.account_id = i.account_id and a.kind = 'instagram' and a.status <> 'suspended')
		  and exists (select from platform.memberships m join platform.users u using (user_id) where m.account_id = i.account_id
		              and m.user_id = i.created_by and m.role = 'owner' and m.removed_at is null and u.disabled_at is null) `+lock,
		arg, s.platform.now())
	i, err := scanInvitation(row)
	if errors.Is(err, pgx.ErrNoRows) {
		return Invitation{}, ErrNotFound
	}
	if err != nil {
		return Invitation{}, fmt.Errorf("load invitation: %w", err)
	}
	return i, nil
}

// Accept makes the user a member by the invitation, which is used up by that: of two who come with one link, one gets in. A person who had
// been removed is let in again, for an owner has invited him; who is a member already keeps his role, and the invitation. Error: ErrNotFound.
func (s *Invitations) Accept(ctx context.Context, tx *PlatformTx, id uuid.UUID, user User) (AccountID, error) {
	i, err := s.pending(ctx, tx, `invitation_id = $1`, id, "for update")
	if err != nil {
		return AccountID{}, err
	}
	joined, err := admit(ctx, tx, i.AccountID, user.ID, i.Role)
	if err != nil || !joined {
		return i.AccountID, err
	}
	_, err = tx.Exec(ctx, `update platform.invitations set accepted_at = $2, accepted_by = $3, accepted_by_name = $4 where invitation_id = $1`,
		id, s.platform.now(), user.ID, user.DisplayName)
	if err != nil {
		return AccountID{}, fmt.Errorf("use the invitation up: %w", err)
	}
	ctx = WithPrincipal(ctx, Principal{UserID: user.ID, DisplayName: user.DisplayName, AccountID: i.AccountID})
	if err := tx.Notify(ctx, LiveRef{AccountID: i.AccountID, Kind: LiveMembers}); err != nil {
		return AccountID{}, err
	}
	return i.AccountID, tx.AuditAccount(ctx, i.AccountID, AuditEntry{
		Action: "member.joined", Target: user.ID.String(), Detail: map[string]any{"role": i.Role, "invitation": id.String()},
	})
}

// takeBackInvitations ends the open links of a member whose place changes, each with a line in the account's log: a link that they have kept must
// not lead back in.
func takeBackInvitations(ctx context.Context, tx *PlatformTx, account AccountID, user UserID, now time.Time) error {
	rows, err := tx.Query(ctx, `update platform.invitations set revoked_at = $3
		where account_id = $1 and created_by = $2 and accepted_at is null and revoked_at is null returning invitation_id`, account, user, now)
	if err != nil {
		return fmt.Errorf("take invitations back: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return fmt.Errorf("take invitations back: %w", err)
	}
	for _, id := range ids {
		if err := tx.AuditAccount(ctx, account, AuditEntry{Action: "invitation.revoked", Target: id.String()}); err != nil {
			return err
		}
	}
	return nil
}

// admit makes the membership, also again for somebody who was removed, and reports whether it was missing.
func admit(ctx context.Context, tx *PlatformTx, account AccountID, user UserID, role Role) (bool, error) {
	var version int64
	err := tx.QueryRow(ctx, `insert into platform.memberships as m (account_id, user_id, role) values ($1, $2, $3)
		on conflict (account_id, user_id) do update set role = $3, removed_at = null, version = m.version + 1 where m.removed_at is not null
		returning version`, account, user, role).Scan(&version)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("admit the member: %w", err)
	}
	return true, tx.Revoke(ctx, AuthEvent{Kind: MembershipChanged, AccountID: account, UserID: user, Version: version})
}

// list returns the newest invitations of the account.
func (s *Invitations) list(ctx context.Context, account AccountID) ([]Invitation, error) {
	rows, err := s.platform.Query(ctx, "select "+invitationColumns+` from platform.invitations
		where account_id = $1 order by created_at desc, invitation_id desc limit 200`, account)
	if err != nil {
		return nil, fmt.Errorf("list invitations: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Invitation, error) { return scanInvitation(row) })
	if err != nil {
		return nil, fmt.Errorf("list invitations: %w", err)
	}
	return list, nil
}

func scanInvitation(row pgx.Row) (i Invitation, err error) {
	var accepted, revoked *time.Time
	err = row.Scan(&i.ID, &i.AccountID, &i.Role, &i.Label, &i.CreatedByName, &i.CreatedAt, &i.ExpiresAt, &accepted, &i.AcceptedByName, &revoked)
	if accepted != nil {
		i.AcceptedAt = *accepted
	}
	if revoked != nil {
		i.RevokedAt = *revoked
	}
	return i, err
}
