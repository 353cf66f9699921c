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
	return Beginning{URL: i.client.AuthorizeURL(instagram.AuthorizeRequest{
		State: in.State, RedirectURI: in.RedirectURI, ForceReauth: in.Fresh,
	})}, nil
}

// Finish exchanges the code for a long-lived token and asks whose it is. Errors: ErrUpstream (down, slow, unusable
// answers), ErrLoginFailed (code used, foreign or expired), ErrMissingPermission, ErrPersonalAccount.
func (i *Instagram) Finish(ctx context.Context, in FinishInput) (Assertion, error) {
	short, err := i.client.Exchange(ctx, instagram.Secret(in.Code), in.RedirectURI)
	if err != nil {
		return Assertion{}, upstream("exchange", err)
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
	name := profile.Name
	if name == "" {
		name = profile.Username
	}
	return Assertion{
		Provider: InstagramID, Subject: profile.UserID, DisplayName: name, AuthTime: i.now(), Grant: &grant,
	}, nil
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
