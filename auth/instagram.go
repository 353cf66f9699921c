package auth

import (
	"context"
	"errors"
	"time"

	"parlor/instagram"
)

// InstagramID is the id of the sign-in with Instagram.
const InstagramID = "instagram"

// Instagram signs an owner in by the consent page of Instagram. The subject is Instagram's user_id, never the
// app-scoped id, the username or an address.
type Instagram struct {
	client *instagram.Client
	now    func() time.Time
}

// NewInstagram returns the strategy over a client that knows the app. A nil now is time.Now.
func NewInstagram(client *instagram.Client, now func() time.Time) *Instagram {
	if now == nil {
		now = time.Now
	}
	return &Instagram{client: client, now: now}
}

// Descriptor describes the strategy.
func (i *Instagram) Descriptor() Descriptor {
	return Descriptor{ID: InstagramID, Kind: KindRedirect, Label: "Instagram", LoginURL: loginURL(InstagramID)}
}

// Begin returns the address of the consent page.
func (i *Instagram) Begin(ctx context.Context, in BeginInput) (Beginning, error) {
	if err := ctx.Err(); err != nil {
		return Beginning{}, Refuse(ErrLoginFailed, "gone", err)
	}
	ask := instagram.AuthorizeRequest{State: in.State, RedirectURI: in.RedirectURI, ForceReauth: in.Fresh}
	if in.IdentifyOnly {
		ask.Scopes = []string{instagram.ScopeBasic}
	}
	return Beginning{URL: i.client.AuthorizeURL(ask)}, nil
}

// Finish exchanges the code for a long-lived token and asks whose it is. Where only that is wanted, the short-lived token is enough for it
// and nothing is kept. Errors: ErrUpstream (down, slow, unusable
// answers), ErrLoginFailed (code used, foreign or expired), ErrMissingPermission, ErrPersonalAccount.
func (i *Instagram) Finish(ctx context.Context, in FinishInput) (Assertion, error) {
	short, err := i.client.Exchange(ctx, instagram.Secret(in.Code), in.RedirectURI)
	if err != nil {
		return Assertion{}, upstream("exchange", err)
	}
	if in.IdentifyOnly {
		return i.identify(ctx, short.Value)
	}
	token, err := i.client.LongLived(ctx, short.Value)
	if err != nil {
		return Assertion{}, upstream("long_token", err)
	}
	profile, err := i.client.Me(ctx, token.Value)
	if err != nil {
		return Assertion{}, upstream("profile", err)
	}
	grant := instagram.Grant{Token: token, Permissions: short.Permissions, Profile: profile}
	if err := grant.Check(); err != nil {
		return Assertion{}, upstream("grant", err)
	}
	a := i.assert(profile)
	a.Grant = &grant
	return a, nil
}

// identify asks whose the token is, and nothing else.
func (i *Instagram) identify(ctx context.Context, token instagram.Secret) (Assertion, error) {
	profile, err := i.client.Me(ctx, token)
	if err != nil {
		return Assertion{}, upstream("profile", err)
	}
	return i.assert(profile), nil
}

func (i *Instagram) assert(p instagram.Profile) Assertion {
	name := p.Name
	if name == "" {
		name = p.Username
	}
	return Assertion{Provider: InstagramID, Subject: p.UserID, DisplayName: name, AuthTime: i.now()}
}

// upstream tells what can pass by itself from what the person must do again. The errors of package instagram carry
// neither token nor code.
func upstream(step string, err error) error {
	switch {
	case errors.Is(err, instagram.ErrPersonalAccount):
		return Refuse(ErrPersonalAccount, step, err)
	case errors.Is(err, instagram.ErrNoMessagePermission), errors.Is(err, instagram.ErrNotSubscribed):
		return Refuse(ErrMissingPermission, step, err)
	}
	switch instagram.FaultOf(err) {
	case instagram.FaultTransient, instagram.FaultRate, instagram.FaultBlocked:
		return Refuse(ErrUpstream, step, err)
	case instagram.FaultPermission:
		return Refuse(ErrMissingPermission, step, err)
	}
	return Refuse(ErrLoginFailed, step, err)
}
