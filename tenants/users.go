package tenants

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// ErrBadIdentity is an identity without provider or subject, which could be anybody's.
var ErrBadIdentity = errors.New("identity needs a provider and a subject")

// Identity is one way in which one provider knows a person: the provider's immutable id. Display names never find anybody.
type Identity struct {
	Provider    string
	Subject     string
	DisplayName string
}

// User is a person who signs in.
type User struct {
	ID          UserID
	DisplayName string
	StaffRole   StaffRole // empty for most
	Disabled    bool
}

// Users finds and makes users. It is safe for concurrent use.
type Users struct{ platform *Platform }

// NewUsers returns the store of users.
func NewUsers(p *Platform) *Users { return &Users{platform: p} }

const userColumns = "u.user_id, u.display_name, coalesce(u.staff_role, ''), u.disabled_at is not null"

// ByID returns one user, or ErrNotFound.
func (s *Users) ByID(ctx context.Context, id UserID) (User, error) {
	u, err := scanUser(s.platform.QueryRow(ctx, "select "+userColumns+" from platform.users u where u.user_id = $1", id))
	if errors.Is(err, pgx.ErrNoRows) {
		return User{}, ErrNotFound
	}
	if err != nil {
		return User{}, fmt.Errorf("load user: %w", err)
	}
	return u, nil
}

// FindOrCreateByIdentity returns the user behind an identity, makes both when there is none, and notes the sign-in; the user's name follows
// the provider's as long as it came from there. Two callers at once get the same user: the second waits for the first. The caller looks at
// Disabled. Error: ErrBadIdentity.
func (s *Users) FindOrCreateByIdentity(ctx context.Context, tx *PlatformTx, i Identity) (User, bool, error) {
	if err := i.lock(ctx, tx); err != nil {
		return User{}, false, err
	}
	tag, err := tx.Exec(ctx, noteSignInSQL, i.Provider, i.Subject, i.DisplayName, s.platform.now())
	if err != nil {
		return User{}, false, fmt.Errorf("note the sign-in: %w", err)
	}
	if tag.RowsAffected() == 0 {
		u, err := s.create(ctx, tx, i)
		return u, err == nil, err
	}
	u, err := i.holder(ctx, tx)
	return u, false, err
}

// noteSignInSQL compares the names as they were: both updates see the same snapshot.
const noteSignInSQL = `
	with renamed as (
		update platform.users u set display_name = $3 from platform.identities i
		where i.provider = $1 and i.subject = $2 and u.user_id = i.user_id
		  and $3 <> '' and u.display_name <> $3 and u.display_name in ('', i.display_name))
	update platform.identities set last_sign_in_at = $4, display_name = coalesce(nullif($3, ''), display_name)
	where provider = $1 and subject = $2`

func (s *Users) create(ctx context.Context, tx *PlatformTx, i Identity) (User, error) {
	u := User{ID: NewUserID(), DisplayName: i.DisplayName}
	if _, err := tx.Exec(ctx, "insert into platform.users (user_id, display_name) values ($1, $2)", u.ID, u.DisplayName); err != nil {
		return User{}, fmt.Errorf("make user: %w", err)
	}
	_, err := tx.Exec(ctx, `insert into platform.identities (provider, subject, user_id, display_name, last_sign_in_at)
		values ($1, $2, $3, $4, $5)`, i.Provider, i.Subject, u.ID, i.DisplayName, s.platform.now())
	if err != nil {
		return User{}, fmt.Errorf("make identity: %w", err)
	}
	return u, nil
}

// Link gives the identity to the user unless it is somebody's, and reports whose it is now and whether that is new. The caller has proof of
// both, and looks at Disabled. Two callers at once take turns, here and at a sign-in. Error: ErrBadIdentity.
func (s *Users) Link(ctx context.Context, tx *PlatformTx, user UserID, i Identity) (holder User, linked bool, err error) {
	if err := i.lock(ctx, tx); err != nil {
		return User{}, false, err
	}
	tag, err := tx.Exec(ctx, `insert into platform.identities (provider, subject, user_id, display_name, last_sign_in_at)
		values ($1, $2, $3, $4, $5) on conflict (provider, subject) do nothing`, i.Provider, i.Subject, user, i.DisplayName, s.platform.now())
	if err != nil {
		return User{}, false, fmt.Errorf("link identity: %w", err)
	}
	holder, err = i.holder(ctx, tx)
	return holder, tag.RowsAffected() == 1, err
}

// lock lets one caller at a time make something of the identity, for a user without an identity must never be left over.
func (i Identity) lock(ctx context.Context, tx *PlatformTx) error {
	if i.Provider == "" || i.Subject == "" {
		return ErrBadIdentity
	}
	if _, err := tx.Exec(ctx, "select pg_advisory_xact_lock(hashtextextended($1 || ':' || $2, 0))", i.Provider, i.Subject); err != nil {
		return fmt.Errorf("wait for the identity: %w", err)
	}
	return nil
}

// holder returns whose the identity is.
func (i Identity) holder(ctx context.Context, tx *PlatformTx) (User, error) {
	u, err := scanUser(tx.QueryRow(ctx, "select "+userColumns+` from platform.identities i join platform.users u using (user_id)
		where i.provider = $1 and i.subject = $2`, i.Provider, i.Subject))
	if err != nil {
		return User{}, fmt.Errorf("find user: %w", err)
	}
	return u, nil
}

// SetStaffRole gives or takes (empty) a user's staff role; when that changes something, it tells every instance and the installation's log. It
// follows what a provider or a command says, so the log names nobody as the one who did it.
func (s *Users) SetStaffRole(ctx context.Context, tx *PlatformTx, id UserID, role StaffRole) error {
	if role != "" && !role.Valid() {
		return fmt.Errorf("set staff role: role %q is unknown", role)
	}
	var before StaffRole
	err := tx.QueryRow(ctx, `with before as (select staff_role from platform.users where user_id = $1 for no key update)
		update platform.users u set staff_role = nullif($2, '') from before
		where u.user_id = $1 and before.staff_role is distinct from nullif($2, '') returning coalesce(before.staff_role, '')`,
		id, string(role)).Scan(&before)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("set staff role: %w", err)
	}
	detail := map[string]any{"role": role, "before": before}
	if err := tx.AuditPlatform(ctx, "system", "staff.role_changed", id.String(), detail); err != nil {
		return err
	}
	return tx.Revoke(ctx, AuthEvent{Kind: StaffRoleChanged, UserID: id})
}

func scanUser(row pgx.Row) (u User, err error) {
	err = row.Scan(&u.ID, &u.DisplayName, &u.StaffRole, &u.Disabled)
	return u, err
}
