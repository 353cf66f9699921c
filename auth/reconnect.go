package auth

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"parlor/instagram"
	"parlor/tenants"
)

// reconnect gives the flow's account the token that its owner has just consented to. The consent must be of the very
// Instagram account; and whoever began must still be signed in, in the session that began it, and still be allowed to.
// The session itself is not touched.
func (f *Flow) reconnect(ctx, calls context.Context, a Assertion, row flowRow, cookie string) error {
	if a.Grant == nil {
		return Refuse(ErrLoginFailed, "no_grant", nil)
	}
	who, err := f.stillThere(ctx, row, cookie)
	if err != nil {
		return err
	}
	if who, err = f.stillManages(ctx, who, *row.account); err != nil {
		return err
	}
	account, err := f.accounts.ByID(ctx, *row.account)
	if err != nil {
		return gone(err)
	}
	if account.InstagramUserID != a.Grant.Profile.UserID {
		return Refuse(ErrWrongInstagram, "subject", nil)
	}
	if err := closedAccount(account); err != nil {
		return err
	}
	ctx = tenants.WithPrincipal(ctx, who)
	calls = tenants.WithPrincipal(calls, who) // the account's own log names who it was
	err = f.connect(calls, placement{account: account.ID}, *a.Grant)
	if errors.Is(err, instagram.ErrWrongAccount) {
		return Refuse(ErrWrongInstagram, "connect", err)
	}
	if err == nil {
		f.o.Logger.InfoContext(ctx, "account reconnected", "account_id", account.ID.String(), "session_id", row.session.String())
	}
	return err
}

// stillThere returns who began, if that session still is. The callback comes from another site, so the browser does not send the session's
// cookie along with it; where it does, it must be that session's.
func (f *Flow) stillThere(ctx context.Context, row flowRow, cookie string) (tenants.Principal, error) {
	if id, _, err := readCookie(cookie); cookie != "" && (err != nil || id != *row.session) {
		return tenants.Principal{}, Refuse(ErrStateInvalid, "session", nil)
	}
	who := tenants.Principal{SessionID: *row.session}
	now := f.o.Now().UTC()
	err := f.o.Platform.QueryRow(ctx, `select s.user_id, s.provider from platform.sessions s join platform.users u using (user_id)
		where s.session_id = $1 and s.ended_at is null and s.expires_at > $2 and s.idle_expires_at > $2 and u.disabled_at is null`,
		*row.session, now).Scan(&who.UserID, &who.Provider)
	if errors.Is(err, pgx.ErrNoRows) {
		return tenants.Principal{}, Refuse(ErrLoginExpired, "session_over", nil)
	}
	if err != nil {
		return tenants.Principal{}, fmt.Errorf("look for the session: %w", err)
	}
	user, err := f.users.ByID(ctx, who.UserID)
	if err != nil {
		return tenants.Principal{}, err
	}
	who.DisplayName = user.DisplayName
	return who, nil
}

// stillManages puts who into the account. A membership that was taken away meanwhile, or made smaller, counts no more.
func (f *Flow) stillManages(ctx context.Context, who tenants.Principal, account tenants.AccountID) (tenants.Principal, error) {
	place, err := f.memberships.Of(ctx, account, who.UserID)
	if err != nil {
		return tenants.Principal{}, gone(err)
	}
	who.AccountID, who.Role, who.Version = account, place.Role, place.Version
	if !who.Can(tenants.ConnectionManage) {
		return tenants.Principal{}, Refuse(ErrAccountNotAllowed, "role", nil)
	}
	return who, nil
}

// gone refuses whoever is no member (any more), or whose account is not there.
func gone(err error) error {
	if errors.Is(err, tenants.ErrNotFound) {
		return Refuse(ErrAccountNotAllowed, "removed", nil)
	}
	return err
}
