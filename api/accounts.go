package api

import (
	"context"
	"slices"

	"parlor/tenants"
)

// maxCounted is in how many accounts a person's unread conversations are counted for one answer.
const maxCounted = 20

type listAccountsInput struct {
	Unread bool `query:"unread" doc:"Count my unread conversations in each, in the first twenty; not on a visit of support"`
}

// accountPage lists what the person may open: the memberships, first joined first.
func (h *sessions) accountPage(ctx context.Context, in *listAccountsInput) (*accountPageOutput, error) {
	p, _ := tenants.PrincipalFrom(ctx)
	memberships, err := h.accounts.ForUser(ctx, p.UserID)
	if err != nil {
		return nil, err
	}
	out := &accountPageOutput{Body: AccountPage{Items: make([]AccountMembership, 0, len(memberships))}}
	for _, m := range memberships {
		out.Body.Items = append(out.Body.Items, AccountMembership{Account: shownAccount(m.Account), Role: string(m.Role)})
	}
	if in.Unread && p.Grant == nil {
		err = h.countUnread(ctx, p, memberships, out.Body.Items)
	}
	return out, err
}

// countUnread counts in each account as its member, behind that account's walls.
func (h *sessions) countUnread(ctx context.Context, p tenants.Principal, memberships []tenants.AccountMembership, items []AccountMembership) error {
	for i, m := range memberships[:min(len(memberships), maxCounted)] {
		member := tenants.Principal{UserID: p.UserID, AccountID: m.ID, Role: m.Role}
		n, err := h.store.Unread(tenants.WithPrincipal(ctx, member))
		if err != nil {
			return err
		}
		items[i].Unread = &n
	}
	return nil
}

// shown is the session as the app sees it; the caller adds how long its token lives.
func (h *sessions) shown(ctx context.Context, p tenants.Principal) (Session, error) {
	user, err := h.users.ByID(ctx, p.UserID)
	if err != nil {
		return Session{}, err
	}
	s := Session{
		User:      User{ID: p.UserID.String(), Name: user.DisplayName, Provider: p.Provider},
		Role:      optional(string(p.Role)),
		StaffRole: optional(string(p.StaffRole)),

		Permissions: permissionWords(p), StepUp: h.stepUp(p.Provider),
	}
	if p.Grant != nil {
		if s.Support, err = h.visit(ctx, p); err != nil {
			return Session{}, err
		}
	}
	if p.AccountID.IsZero() {
		return s, nil
	}
	account, err := h.accounts.ByID(ctx, p.AccountID)
	if err != nil {
		return Session{}, err
	}
	shown := shownAccount(account)
	s.AccountID, s.Account = &shown.AccountID, &shown
	return s, nil
}

// visit shows the visit of support that p is on.
func (h *sessions) visit(ctx context.Context, p tenants.Principal) (*SupportVisit, error) {
	_, v, err := h.support.Complete(ctx, p)
	if err != nil {
		return nil, err
	}
	return &SupportVisit{GrantID: v.ID.String(), Mode: string(v.Mode), Reason: v.Reason, OpenedAt: v.OpenedAt, ExpiresAt: v.ExpiresAt}, nil
}

// stepUp says how a person proves himself again; nil when the way that he came is closed by now.
func (h *sessions) stepUp(provider string) *StepUp {
	p, err := h.flow.Registry().Lookup(provider)
	if err != nil {
		return nil
	}
	return &StepUp{Kind: stepUpKind(p.Descriptor()), Provider: provider}
}

func permissionWords(p tenants.Principal) []string {
	words := scopeWords(p.Permissions())
	slices.Sort(words)
	return words
}

func shownAccount(a tenants.Account) Account {
	return Account{
		AccountID: a.ID.String(), Username: a.Username, Name: a.Name,
		ProfilePictureURL: a.ProfilePictureURL, Status: string(a.Status),
	}
}

// optional is null for an empty text.
func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
