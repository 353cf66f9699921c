package auth

import (
	"context"
	"fmt"

	"parlor/tenants"
)

// connectAccount gives the person of the session one more account: the Instagram account that has just consented. Who may bring a new one is
// the same question as at a sign-in. The identity goes to the person when it is nobody's yet; nothing else is ever linked.
func (f *Flow) connectAccount(ctx, calls context.Context, a Assertion, row flowRow, cookie string) (tenants.AccountID, error) {
	if a.Grant == nil {
		return tenants.AccountID{}, Refuse(ErrLoginFailed, "no_grant", nil)
	}
	who, err := f.stillThere(ctx, row, cookie)
	if err != nil {
		return tenants.AccountID{}, err
	}
	ctx, calls = tenants.WithPrincipal(ctx, who), tenants.WithPrincipal(calls, who)
	var at placement
	err = f.o.Platform.InTx(ctx, func(tx *tenants.PlatformTx) error {
		user, err := f.users.ByID(ctx, who.UserID)
		if err != nil {
			return err
		}
		if err := f.link(ctx, tx, user, a); err != nil {
			return err
		}
		at, err = f.placeOwner(ctx, tx, user, a.Grant.Profile)
		return err
	})
	if err == nil {
		err = at.refused
	}
	if err == nil {
		err = f.connect(calls, at, *a.Grant)
	}
	if err != nil {
		return tenants.AccountID{}, err
	}
	_, err = f.o.Platform.Exec(ctx, `update platform.sessions set last_account_id = $2 where session_id = $1 and ended_at is null`,
		who.SessionID, at.account)
	if err != nil {
		return tenants.AccountID{}, fmt.Errorf("note the account: %w", err)
	}
	return at.account, nil
}

// link gives the identity to the person, unless it is somebody's. Both have just been proved: the session by a fresh sign-in, the identity by
// consent.
func (f *Flow) link(ctx context.Context, tx *tenants.PlatformTx, user tenants.User, a Assertion) error {
	holder, linked, err := f.users.Link(ctx, tx, user.ID, tenants.Identity{Provider: a.Provider, Subject: a.Subject, DisplayName: a.DisplayName})
	if err == nil && holder.Disabled { // who was shut out does not come back as somebody else
		err = Refuse(ErrAccountNotAllowed, "disabled", nil)
	}
	if err != nil || !linked {
		return err
	}
	return tx.AuditPlatform(ctx, actor(user.ID), "identity.linked", user.ID.String(), map[string]any{"provider": a.Provider})
}
