package tenants

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Installation is what staff see of all accounts and people: names, states and counts, never what is inside of an account. It is safe for
// concurrent use.
type Installation struct{ platform *Platform }

// NewInstallation returns the view of staff.
func NewInstallation(p *Platform) *Installation { return &Installation{platform: p} }

// AccountOverview is an account as staff see it.
type AccountOverview struct {
	Account
	StatusAt       time.Time
	TokenExpiresAt *time.Time
	LastWebhookAt  *time.Time
	Members        int
	OAuthConnected bool // an owner has signed in with this very Instagram account
	SupportEnabled bool
}

// AccountSearch picks accounts, newest first.
type AccountSearch struct {
	Text   string        // part of a username or name, or a whole id; empty: all
	Status AccountStatus // empty: every
	Before AccountID     // only accounts made before this one; zero: from the newest
	Limit  int
}

const overviewSQL = "select " + accountColumns + `, a.status_at, a.token_expires_at, a.last_webhook_at,
		(select count(*) from platform.memberships m where m.account_id = a.account_id and m.removed_at is null),
		exists (select from platform.identities i join platform.memberships m using (user_id)
			where i.provider = 'instagram' and i.subject = a.instagram_user_id and m.account_id = a.account_id and m.removed_at is null),
		a.support_enabled
	from platform.accounts a where a.kind = 'instagram'`

// Accounts lists accounts.
func (s *Installation) Accounts(ctx context.Context, q AccountSearch) ([]AccountOverview, error) {
	rows, err := s.platform.Query(ctx, overviewSQL+`
			and ($1 = '' or position(lower($1) in lower(a.username)) > 0 or position(lower($1) in lower(a.name)) > 0
				or a.account_id::text = $1 or a.instagram_user_id = $1)
			and ($2 = '' or a.status = $2)
			and ($3::uuid is null or (a.created_at, a.account_id) < (select b.created_at, b.account_id from platform.accounts b where b.account_id = $3))
		order by a.created_at desc, a.account_id desc limit $4`, q.Text, string(q.Status), orNull(q.Before.UUID), q.Limit)
	if err != nil {
		return nil, fmt.Errorf("list accounts: %w", err)
	}
	list, err := pgx.CollectRows(rows, scanOverview)
	if err != nil {
		return nil, fmt.Errorf("list accounts: %w", err)
	}
	return list, nil
}

// Account returns one account as staff see it, or ErrNotFound.
func (s *Installation) Account(ctx context.Context, id AccountID) (AccountOverview, error) {
	rows, err := s.platform.Query(ctx, overviewSQL+" and a.account_id = $1", id)
	if err != nil {
		return AccountOverview{}, fmt.Errorf("load account: %w", err)
	}
	a, err := pgx.CollectExactlyOneRow(rows, scanOverview)
	if errors.Is(err, pgx.ErrNoRows) {
		return AccountOverview{}, ErrNotFound
	}
	if err != nil {
		return AccountOverview{}, fmt.Errorf("load account: %w", err)
	}
	return a, nil
}

func scanOverview(row pgx.CollectableRow) (a AccountOverview, err error) {
	err = row.Scan(append(a.fields(), &a.StatusAt, &a.TokenExpiresAt, &a.LastWebhookAt, &a.Members, &a.OAuthConnected, &a.SupportEnabled)...)
	return a, err
}

// StaffMember is one of the people who have, or had, a staff role.
type StaffMember struct {
	User
	Identities   []StaffIdentity
	LiveSessions int
}

// StaffIdentity is one way in which such a person signs in.
type StaffIdentity struct {
	Provider     string     `json:"provider"`
	LastSignInAt *time.Time `json:"last_sign_in_at"`
}

// Staff lists the people with a staff role, and those who were shut out.
func (s *Installation) Staff(ctx context.Context) ([]StaffMember, error) {
	return s.staff(ctx, UserID{})
}

func (s *Installation) staff(ctx context.Context, only UserID) ([]StaffMember, error) {
	rows, err := s.platform.Query(ctx, "select "+userColumns+`,
			coalesce((select json_agg(json_build_object('provider', i.provider, 'last_sign_in_at', i.last_sign_in_at) order by i.provider)
				from platform.identities i where i.user_id = u.user_id), '[]'),
			(select count(*) from platform.sessions s where s.user_id = u.user_id and s.ended_at is null and s.expires_at > $2 and s.idle_expires_at > $2)
		from platform.users u where ($1::uuid is null and (u.staff_role is not null or u.disabled_at is not null)) or u.user_id = $1
		order by u.display_name, u.user_id`, orNull(only.UUID), s.platform.now())
	if err != nil {
		return nil, fmt.Errorf("list staff: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (m StaffMember, err error) {
		err = row.Scan(&m.ID, &m.DisplayName, &m.StaffRole, &m.Disabled, &m.Identities, &m.LiveSessions)
		return m, err
	})
	if err != nil {
		return nil, fmt.Errorf("list staff: %w", err)
	}
	return list, nil
}

// StaffMember returns one person, or ErrNotFound.
func (s *Installation) StaffMember(ctx context.Context, id UserID) (StaffMember, error) {
	found, err := s.staff(ctx, id)
	if err == nil && len(found) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return StaffMember{}, err
	}
	return found[0], nil
}

// PlatformLine is one line of the installation's own log.
type PlatformLine struct {
	Seq    int64
	At     time.Time
	Actor  string // kind:id
	Action string
	Target string
	Detail map[string]any

	ActorName  string // of a user, as it is now; empty for others
	TargetName string // of an account or a user that is still there
}

// Log returns lines of the installation's own log, newest first, before a number (0: from the newest).
func (s *Installation) Log(ctx context.Context, before int64, limit int) ([]PlatformLine, error) {
	rows, err := s.platform.Query(ctx, `
		select l.seq, l.at, l.actor, l.action, l.target, l.detail, coalesce(who.display_name, ''), coalesce('@' || a.username, u.display_name, '')
		from (select seq, at, actor, action, target, detail from platform.audit where $1 = 0 or seq < $1 order by seq desc limit $2) l
		left join platform.users who on l.actor = 'user:' || who.user_id::text
		left join platform.accounts a on l.target = a.account_id::text
		left join platform.users u on l.target = u.user_id::text
		order by l.seq desc`, before, limit)
	if err != nil {
		return nil, fmt.Errorf("read the installation's log: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[PlatformLine])
	if err != nil {
		return nil, fmt.Errorf("read the installation's log: %w", err)
	}
	return list, nil
}
