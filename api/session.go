package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"parlor/auth"
	"parlor/conversations"
	"parlor/tenants"
)

// sessions is the session endpoint: it makes tokens out of proofs, and ends sign-ins.
type sessions struct {
	flow      *auth.Flow
	sessions  *auth.Sessions
	tokens    *auth.Tokens
	accounts  *tenants.Accounts
	users     *tenants.Users
	support   *auth.Support
	emergency *auth.BreakGlass
	store     *conversations.Store
	cookies   cookies
	now       func() time.Time
}

// create signs in by password, or renews by the cookie, and opens an account.
func (h *sessions) create(ctx context.Context, in *createSessionInput) (*createSessionOutput, error) {
	session, cookie, err := h.prove(ctx, proofFrom(ctx))
	if err != nil {
		return nil, err
	}
	body, err := h.open(ctx, session, in.Body)
	if err != nil {
		return nil, h.keepCookie(err, cookie)
	}
	return &createSessionOutput{SetCookie: cookie, Body: body}, nil
}

// open issues the token for the account that was asked for, if any.
func (h *sessions) open(ctx context.Context, session auth.Session, in *SessionRequest) (NewSession, error) {
	if in != nil && in.SupportGrantID != "" {
		return h.reopen(ctx, session, in.SupportGrantID)
	}
	var want tenants.AccountID
	if in != nil && in.AccountID != "" {
		id, err := tenants.ParseAccountID(in.AccountID)
		if err != nil { // what is no id is an account that does not exist
			return NewSession{}, tenants.ErrNotFound
		}
		want = id
	}
	opening, err := h.sessions.Open(ctx, session, want)
	if err != nil {
		return NewSession{}, err
	}
	return h.opened(ctx, opening)
}

// reopen goes on with a visit of support, after a reload for example.
func (h *sessions) reopen(ctx context.Context, session auth.Session, grant string) (NewSession, error) {
	id, err := tenants.ParseGrantID(grant)
	if err != nil {
		return NewSession{}, tenants.ErrNotFound
	}
	opening, err := h.support.Reopen(ctx, session, id)
	if err != nil {
		return NewSession{}, err
	}
	return h.opened(ctx, opening)
}

// opened is the answer that carries a fresh token.
func (h *sessions) opened(ctx context.Context, o auth.Opening) (NewSession, error) {
	shown, err := h.shown(ctx, o.Principal)
	shown.ExpiresIn = seconds(o.ExpiresAt.Sub(o.IssuedAt))
	shown.AuthTime = o.AuthTime.UTC()
	return NewSession{Token: o.Token, Session: shown}, err
}

// prove finds the session of a request: a new one by password, else the one of the cookie. The cookie to set is none
// when the browser has just been given the newest one.
func (h *sessions) prove(ctx context.Context, p proof) (auth.Session, []http.Cookie, error) {
	if p.basic {
		in, err := h.flow.SignInDirect(ctx, auth.DirectRequest{
			Provider: h.passwordProvider(), Credential: p.password, SessionCookie: p.cookie, Visitor: p.visitor,
		})
		return in.Session, h.sessionCookie(in.Cookie, in.ExpiresAt), err
	}
	// A refusal leaves the cookie: another tab may have been given a new one while this request was under way, and the answer would delete that.
	renewal, err := h.sessions.Renew(ctx, p.cookie, p.visitor)
	return renewal.Session, h.sessionCookie(renewal.Cookie, renewal.ExpiresAt), err
}

func (h *sessions) sessionCookie(value string, until time.Time) []http.Cookie {
	if value == "" {
		return nil
	}
	return []http.Cookie{h.cookies.session(value, until.Sub(h.now()))}
}

// keepCookie sends the cookie with a refusal too: its secret has been rotated, and the old one would end the session.
func (h *sessions) keepCookie(err error, cookie []http.Cookie) error {
	if len(cookie) == 0 {
		return err
	}
	return problem(err).because(err).withHeader("Set-Cookie", cookie[0].String())
}

// passwordProvider is the strategy that takes a password. There is at most one; without any the flow refuses.
func (h *sessions) passwordProvider() string {
	for _, d := range h.flow.Registry().Descriptors() {
		if d.Kind == auth.KindPassword {
			return d.ID
		}
	}
	return "password"
}

// show says who the token is for.
func (h *sessions) show(ctx context.Context, _ *noInput) (*sessionOutput, error) {
	v := verified(ctx)
	shown, err := h.shown(ctx, v.Principal)
	if err != nil {
		return nil, err
	}
	shown.ExpiresIn, shown.AuthTime = seconds(v.ExpiresAt.Sub(h.now())), v.AuthTime.UTC()
	return &sessionOutput{Body: shown}, nil
}

// end signs out, by the token or by the cookie. A cookie that is no longer known is signed out already.
func (h *sessions) end(ctx context.Context, _ *noInput) (*endSessionOutput, error) {
	p := proofFrom(ctx)
	out := &endSessionOutput{SetCookie: []http.Cookie{h.cookies.noSession()}}
	v, refused := h.tokens.Verify(p.bearer, auth.TypeUI, auth.TypeStaff)
	if refused == nil {
		if err := h.sessions.End(ctx, v.Principal.SessionID, auth.EndSignOut); err != nil {
			return nil, err
		}
	}
	if p.cookie == "" {
		return out, refused
	}
	session, err := h.sessions.Peek(ctx, p.cookie)
	if errors.Is(err, auth.ErrNoSession) {
		return out, nil
	}
	if err != nil {
		return nil, err
	}
	return out, h.sessions.End(ctx, session.ID, auth.EndSignOut)
}

func seconds(d time.Duration) int { return max(0, int(d/time.Second)) }
