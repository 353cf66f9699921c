package auth

import (
	"context"
	"errors"

	"parlor/tenants"
)

// acceptInvitation makes an identity and a membership, never an account, and a session for the one who has proved himself.
func (f *Flow) acceptInvitation(
	ctx context.Context, a Assertion, row flowRow, in SignedIn, former []tenants.SessionID, v Visitor,
) (SignedIn, error) {
	err := f.o.Platform.InTx(ctx, func(tx *tenants.PlatformTx) error {
		user, err := f.person(ctx, tx, a)
		if err != nil {
			return err
		}
		in.Account, err = f.invitations.Accept(ctx, tx, *row.invitation, user)
		if errors.Is(err, tenants.ErrNotFound) {
			return Refuse(ErrInvitationInvalid, "accept", nil)
		}
		if err != nil {
			return err
		}
		return f.enter(ctx, tx, &in, placement{user: user, account: in.Account}, a, former, v)
	})
	return in, err
}

// AcceptInvitation makes the person who is signed in a member. Errors: ErrInvitationInvalid, ErrNoSession for somebody who is not a person, or
// is one on a visit of support.
func (f *Flow) AcceptInvitation(ctx context.Context, p tenants.Principal, token string) (tenants.AccountID, error) {
	if p.UserID.IsZero() || p.Grant != nil {
		return tenants.AccountID{}, Refuse(ErrNoSession, "invitation", nil)
	}
	invitation, err := f.invitations.ByToken(ctx, token)
	var account tenants.AccountID
	if err == nil {
		err = f.o.Platform.InTx(ctx, func(tx *tenants.PlatformTx) error {
			user, err := f.users.ByID(ctx, p.UserID)
			if err == nil && user.Disabled {
				err = tenants.ErrNotFound
			}
			if err != nil {
				return err
			}
			account, err = f.invitations.Accept(ctx, tx, invitation.ID, user)
			return err
		})
	}
	if errors.Is(err, tenants.ErrNotFound) {
		return tenants.AccountID{}, Refuse(ErrInvitationInvalid, "accept", nil)
	}
	return account, err
}
