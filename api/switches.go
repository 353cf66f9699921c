package api

import (
	"context"
	"errors"
	"time"

	"parlor/auth"
	"parlor/tenants"
)

// switches open another account in the session of a token, and end visits of support.
type switches struct {
	sessions *sessions
	support  *auth.Support
	accounts *tenants.Accounts
	now      func() time.Time
}

// open switches between one's own accounts; staff without a membership open a visit, for a reason and some minutes. Whoever is neither sees
// an account that does not exist.
func (h *switches) open(ctx context.Context, in *switchInput) (*switchOutput, error) {
	p, _ := tenants.PrincipalFrom(ctx)
	account, err := tenants.ParseAccountID(in.Body.AccountID)
	if err != nil {
		return nil, tenants.ErrNotFound
	}
	opening, err := h.sessions.sessions.Switch(ctx, p.SessionID, account)
	if errors.Is(err, tenants.ErrNotFound) && p.Can(tenants.SupportOpen) {
		opening, err = h.visit(ctx, p, account, in.Body)
	}
	if err != nil {
		return nil, err
	}
	body, err := h.sessions.opened(ctx, opening)
	return &switchOutput{Body: body}, err
}

// visit opens a visit. The account is looked for first: what does not exist needs no fresh sign-in to be missing.
func (h *switches) visit(ctx context.Context, p tenants.Principal, account tenants.AccountID, in SwitchRequest) (auth.Opening, error) {
	if _, err := h.accounts.ByID(ctx, account); err != nil {
		return auth.Opening{}, err
	}
	if !verified(ctx).Fresh(h.now()) {
		return auth.Opening{}, errStepUp
	}
	return h.support.OpenVisit(ctx, p, account, in.Reason, in.Minutes)
}

// leave ends one's own visit.
func (h *switches) leave(ctx context.Context, _ *noInput) (*struct{}, error) {
	p, _ := tenants.PrincipalFrom(ctx)
	return nil, h.support.EndByStaff(ctx, p)
}

type switchInput struct{ Body SwitchRequest }

// SwitchRequest names the account to open, and for a visit of support why and for how long.
type SwitchRequest struct {
	AccountID string `json:"account_id" maxLength:"64"`
	Reason    string `json:"reason,omitempty" maxLength:"2000" doc:"Support access: 10 to 500 characters, shown to the owner"`
	Minutes   int    `json:"minutes,omitempty" doc:"Support access: 5 to 60"`
}

type switchOutput struct{ Body NewSession }
