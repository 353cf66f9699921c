package auth

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"parlor/tenants"
)

// Opening is a token for the session, and what it opens.
type Opening struct {
	Issued
	Principal tenants.Principal // AccountID zero: a staff session
	User      tenants.User
	Account   tenants.Account // zero in a staff session
	Visit     *Visit          // of support; nil: none
}

// Open issues a token for one account of the session's user: the one asked for, else the one signed in to or used
// last, else the first joined; a staff session when there is none. Errors: tenants.ErrNotFound when the account asked
// for is not the user's; ErrAccountSuspended; ErrAccountNotAllowed when there is nothing that the user may open;
// ErrNoSession when the session has ended or the user was disabled meanwhile.
func (s *Sessions) Open(ctx context.Context, session Session, want tenants.AccountID) (Opening, error) {
	user, err := s.users.ByID(ctx, session.UserID)
	if err != nil {
		return Opening{}, err
	}
	if user.Disabled {
		return Opening{}, Refuse(ErrNoSession, "disabled", nil)
	}
	mine, err := s.accounts.ForUser(ctx, user.ID)
	if err != nil {
		return Opening{}, err
	}
	place, err := choose(mine, want, session.LastAccountID)
	if err != nil {
		return Opening{}, err
	}
	staff := session.staffRole(user)
	if place.ID.IsZero() && staff == "" {
		return Opening{}, s.nothingToOpen(ctx, user.ID)
	}
	notAfter, err := s.noteOpened(ctx, session, user, place.ID)
	if err != nil {
		return Opening{}, err
	}
	p := tenants.Principal{
		UserID: user.ID, DisplayName: user.DisplayName, StaffRole: staff, SessionID: session.ID,
		Provider: session.Provider, AccountID: place.ID, Role: place.Role, Version: place.Version,
	}
	issued, err := s.o.Tokens.Issue(Subject{Principal: p, AuthTime: session.AuthTime, NotAfter: notAfter})
	if err != nil {
		return Opening{}, err
	}
	return Opening{Issued: issued, Principal: p, User: user, Account: place.Account}, nil
}

// Switch issues a token for another account of the session's user. Errors as Open; ErrNoSession when the session has ended.
func (s *Sessions) Switch(ctx context.Context, id tenants.SessionID, account tenants.AccountID) (Opening, error) {
	row, err := loadSession(ctx, s.o.Platform, id, "")
	if err != nil {
		return Opening{}, err
	}
	if now := s.o.Now(); row.ended || !now.Before(row.ExpiresAt) || !now.Before(row.idleAt) {
		return Opening{}, Refuse(ErrNoSession, "ended", nil)
	}
	if account.IsZero() {
		return Opening{}, tenants.ErrNotFound
	}
	return s.Open(ctx, row.Session, account)
}

// choose picks the account to open; the zero one when the user is in none.
func choose(mine []tenants.AccountMembership, want, last tenants.AccountID) (tenants.AccountMembership, error) {
	for _, id := range []tenants.AccountID{want, last} {
		if id.IsZero() {
			continue
		}
		i := slices.IndexFunc(mine, func(m tenants.AccountMembership) bool { return m.ID == id })
		if i >= 0 {
			return mine[i], nil
		}
		if id == want {
			return tenants.AccountMembership{}, tenants.ErrNotFound
		}
	}
	if len(mine) == 0 {
		return tenants.AccountMembership{}, nil
	}
	return mine[0], nil
}

// nothingToOpen tells a person whose accounts are suspended from one who has none.
func (s *Sessions) nothingToOpen(ctx context.Context, user tenants.UserID) error {
	var closed, waiting bool
	err := s.o.Platform.QueryRow(ctx, `
		select coalesce(bool_or(a.status_reason <> $2), false), coalesce(bool_or(a.status_reason = $2), false)
		from platform.memberships m join platform.accounts a using (account_id)
		where m.user_id = $1 and m.removed_at is null and a.status = 'suspended'`, user, approvalPending).Scan(&closed, &waiting)
	switch {
	case err != nil:
		return fmt.Errorf("look for suspended accounts: %w", err)
	case closed:
		return Refuse(ErrAccountSuspended, "open", nil)
	case waiting:
		return Refuse(ErrApprovalPending, "open", nil)
	}
	return Refuse(ErrAccountNotAllowed, "no_account", nil)
}

// noteOpened remembers what the session opened, in the log of an account that is another than before, too; it returns when the session ends.
func (s *Sessions) noteOpened(ctx context.Context, session Session, user tenants.User, account tenants.AccountID) (expiresAt time.Time, err error) {
	err = s.o.Platform.InTx(ctx, func(tx *tenants.PlatformTx) error {
		err := tx.QueryRow(ctx, `update platform.sessions set last_account_id = coalesce($2, last_account_id)
			where session_id = $1 and ended_at is null and expires_at > $3 returning expires_at`,
			session.ID, accountOrNull(account), s.o.Now().UTC()).Scan(&expiresAt)
		if errors.Is(err, pgx.ErrNoRows) {
			return Refuse(ErrNoSession, "ended", nil)
		}
		if err != nil {
			return fmt.Errorf("note the opened account: %w", err)
		}
		if account.IsZero() || account == session.LastAccountID {
			return nil
		}
		return noteEntry(ctx, tx, user, account, "session.switched", nil)
	})
	return expiresAt, err
}
