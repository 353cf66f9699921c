package tenants

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// What an operator may meet.
var (
	// ErrOwnPowers: an operator cannot shut himself out.
	ErrOwnPowers = errors.New("nobody shuts himself out")
	// ErrNotNow: the account does not stand as the change needs it.
	ErrNotNow = errors.New("the account does not stand so that this could be done")
)

// ApprovalPending is the status reason of an account that waits for the operator.
const ApprovalPending = "approval_pending"

// suspendedByOperator is the status reason of an account that the operator closed.
const suspendedByOperator = "operator"

// Approve lets an account in that waits. Its owner's next sign-in connects it. Errors: ErrNotFound, ErrNotNow, ErrNotAllowed.
func (s *Installation) Approve(ctx context.Context, id AccountID) error {
	return s.changeAccount(ctx, id, "account.approved", "", AccountConnecting, "", func(status AccountStatus, reason string) bool {
		return status == AccountSuspended && reason == ApprovalPending
	})
}

// Suspend closes an account to everybody, within two seconds; it keeps nothing but takes in messages no more. Errors as Approve.
func (s *Installation) Suspend(ctx context.Context, id AccountID, why string) error {
	return s.changeAccount(ctx, id, "account.suspended", why, AccountSuspended, suspendedByOperator, func(status AccountStatus, reason string) bool {
		return status != AccountSuspended || reason == ApprovalPending
	})
}

// Resumed is the status reason of an account that the operator opened again, until its connection is proved.
const Resumed = "resumed"

// Resume opens an account again that the operator closed. Its connection is proved with the next round, and goes on if its token still does; what
// was missed meanwhile is read then. Errors as Approve.
func (s *Installation) Resume(ctx context.Context, id AccountID) error {
	return s.changeAccount(ctx, id, "account.resumed", "", AccountNeedsReconnect, Resumed, func(status AccountStatus, reason string) bool {
		return status == AccountSuspended && reason == suspendedByOperator
	})
}

func (s *Installation) changeAccount(ctx context.Context, id AccountID, action, why string, to AccountStatus, reason string,
	possible func(status AccountStatus, reason string) bool,
) error {
	return s.platform.InTx(ctx, func(tx *PlatformTx) error {
		name, err := tx.stillStaff(ctx, InstallationManage)
		if err != nil {
			return err
		}
		var status AccountStatus
		var was string
		err = tx.QueryRow(ctx, `select status, status_reason from platform.accounts where account_id = $1 and kind = 'instagram' for update`, id).
			Scan(&status, &was)
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			return ErrNotFound
		case err != nil:
			return fmt.Errorf("look at the account: %w", err)
		case !possible(status, was):
			return ErrNotNow
		}
		if err := NewAccounts(s.platform).SetStatus(ctx, tx, id, to, reason); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `update platform.accounts set tend_at = $2 where account_id = $1`, id, s.platform.now()); err != nil {
			return fmt.Errorf("have the connection looked after: %w", err)
		}
		detail := map[string]any{}
		if why != "" {
			detail["reason"] = why
		}
		if err := tx.AuditPlatform(ctx, "", action, id.String(), detail); err != nil {
			return err
		}
		// The owner reads who it was by name: a member it is not, whom the account could name.
		p, _ := PrincipalFrom(ctx)
		p.DisplayName = name
		return tx.AuditAccount(WithPrincipal(ctx, p), id, AuditEntry{Action: action, Detail: detail})
	})
}

// Disable shuts a person out or lets him in again. end ends his sessions, in the same transaction. An operator may shut out an account's last
// owner, too: the line in the installation's log names the accounts that are left without one. Errors: ErrNotFound, ErrOwnPowers, ErrNotAllowed.
func (s *Installation) Disable(ctx context.Context, id UserID, disabled bool, end func(tx *PlatformTx) error) error {
	p, _ := PrincipalFrom(ctx)
	if p.UserID == id {
		return ErrOwnPowers
	}
	return s.platform.InTx(ctx, func(tx *PlatformTx) error {
		if _, err := tx.stillStaff(ctx, InstallationManage); err != nil {
			return err
		}
		places, err := lockPlaces(ctx, tx, id)
		if err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `update platform.users set disabled_at = case when $2 then coalesce(disabled_at, $3) end where user_id = $1`,
			id, disabled, s.platform.now())
		if err != nil {
			return fmt.Errorf("disable a person: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return ErrNotFound
		}
		if err := tx.Revoke(ctx, AuthEvent{Kind: StaffRoleChanged, UserID: id}); err != nil {
			return err
		}
		if !disabled {
			return tx.AuditPlatform(ctx, "", "user.enabled", id.String(), nil)
		}
		if err := end(tx); err != nil {
			return err
		}
		var detail map[string]any
		var ownerless []AccountID
		for _, place := range places {
			if place.OnlyOwner {
				ownerless = append(ownerless, place.AccountID)
			}
			if err := tx.memberGone(ctx, place.AccountID, id); err != nil {
				return err
			}
		}
		if len(ownerless) > 0 {
			detail = map[string]any{"accounts_without_owner": ownerless}
		}
		return tx.AuditPlatform(ctx, "", "user.disabled", id.String(), detail)
	})
}

// personsPlace is an account that a person is a member of.
type personsPlace struct {
	AccountID AccountID
	OnlyOwner bool // nobody else owns it who can sign in
}

// lockPlaces locks the person's memberships, for which changes of a team wait before they count the owners that would be left, and lists them.
func lockPlaces(ctx context.Context, tx *PlatformTx, user UserID) ([]personsPlace, error) {
	_, err := tx.Exec(ctx, `select from platform.memberships where user_id = $1 and removed_at is null order by account_id for update`, user)
	if err != nil {
		return nil, fmt.Errorf("lock a person's memberships: %w", err)
	}
	rows, err := tx.Query(ctx, `select m.account_id, m.role = 'owner' and not exists (
			select from platform.memberships o join platform.users u using (user_id)
			where o.account_id = m.account_id and o.user_id <> $1 and o.removed_at is null and o.role = 'owner' and u.disabled_at is null)
		from platform.memberships m where m.user_id = $1 and m.removed_at is null order by m.account_id`, user)
	if err != nil {
		return nil, fmt.Errorf("list a person's memberships: %w", err)
	}
	places, err := pgx.CollectRows(rows, pgx.RowToStructByPos[personsPlace])
	if err != nil {
		return nil, fmt.Errorf("list a person's memberships: %w", err)
	}
	return places, nil
}

// stillStaff returns the name of ctx's principal, and ErrNotAllowed unless he holds the permission by his staff role as of now.
func (tx *PlatformTx) stillStaff(ctx context.Context, want Permission) (name string, err error) {
	p, _ := PrincipalFrom(ctx)
	if p.UserID.IsZero() || p.Grant != nil {
		return "", ErrNotAllowed
	}
	now := Principal{UserID: p.UserID}
	err = tx.QueryRow(ctx, `select coalesce(staff_role, ''), display_name from platform.users where user_id = $1 and disabled_at is null for share`, p.UserID).
		Scan(&now.StaffRole, &name)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && !now.Can(want) {
		return "", ErrNotAllowed
	}
	if err != nil {
		return "", fmt.Errorf("look at the staff role: %w", err)
	}
	return name, nil
}
