package auth

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"parlor/tenants"
)

// fresh reports whether the person must prove himself anew at the provider, though he is signed in over there.
func (i Intent) fresh() bool {
	return i == IntentReconnect || i == IntentConnectAccount || i == IntentStepUp
}

// keepsSession reports whether the browser comes back to the session that it has.
func (i Intent) keepsSession() bool { return i.fresh() }

// identifies reports whether nothing is asked for but who it is.
func (r BeginRequest) identifies() bool {
	return r.Intent == IntentAcceptInvitation || r.Intent == IntentStepUp || r.Intent == IntentSignIn && r.IdentifyOnly
}

// boundTo is the account that the flow serves alone.
func (r BeginRequest) boundTo() uuid.UUID {
	if r.Intent == IntentReconnect {
		return r.By.AccountID.UUID
	}
	return uuid.Nil
}

// checkIntent refuses what cannot be begun, and by whom it cannot.
func (r BeginRequest) checkIntent() error {
	if !r.allowed() {
		return Refuse(ErrLoginFailed, "intent", nil)
	}
	return nil
}

// allowed says whether whoever asks may begin it: a stranger to sign in, a person who is known for the rest. Nobody does any of this on a
// visit of support.
func (r BeginRequest) allowed() bool {
	if r.Intent == IntentSignIn || r.Intent == IntentAcceptInvitation {
		stranger := r.By.SessionID.IsZero() && r.By.AccountID.IsZero()
		return stranger && (r.Invitation != "") == (r.Intent == IntentAcceptInvitation)
	}
	if r.By.SessionID.IsZero() || r.By.UserID.IsZero() || r.By.Grant != nil {
		return false
	}
	switch r.Intent {
	case IntentReconnect:
		return r.Provider == InstagramID && !r.By.AccountID.IsZero() && r.By.Can(tenants.ConnectionManage)
	case IntentConnectAccount:
		return r.Provider == InstagramID
	case IntentStepUp:
		return r.Provider == r.By.Provider
	}
	return false
}

// invited returns the invitation that the request's secret belongs to; none for the other intents.
func (f *Flow) invited(ctx context.Context, r BeginRequest) (uuid.UUID, error) {
	if r.Intent != IntentAcceptInvitation {
		return uuid.Nil, nil
	}
	found, err := f.invitations.ByToken(ctx, r.Invitation)
	if errors.Is(err, tenants.ErrNotFound) {
		return uuid.Nil, Refuse(ErrInvitationInvalid, "begin", nil)
	}
	return found.ID, err
}
