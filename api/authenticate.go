package api

import (
	"context"
	"errors"
	"net/http"

	"parlor/auth"
	"parlor/tenants"
)

type verifiedKey struct{}

// verified returns the token of the request, as auth accepted it.
func verified(ctx context.Context) auth.Verified {
	v, _ := ctx.Value(verifiedKey{}).(auth.Verified)
	return v
}

// admitSession lets in who sends a session token. While nothing is known of revocations yet, nobody is let in.
func (g *guard) admitSession(ctx context.Context, cred credential, staffToo bool) (context.Context, error) {
	if cred.bearer == "" {
		return ctx, auth.ErrMissingToken
	}
	if !g.revocations.Ready() {
		return ctx, errUnavailable
	}
	types := []auth.TokenType{auth.TypeUI}
	if staffToo {
		types = append(types, auth.TypeStaff)
	}
	v, err := g.tokens.Verify(cred.bearer, types...)
	if err != nil {
		return ctx, err
	}
	return tenants.WithPrincipal(context.WithValue(ctx, verifiedKey{}, v), v.Principal), nil
}

// admitKey lets in who sends an API key, in either header. A client that has sent many wrong ones is refused without another look, unless its
// key is one that this instance has let in before: machines behind one address must not lock each other out.
func (g *guard) admitKey(r *http.Request, cred credential) (context.Context, error) {
	ctx := r.Context()
	if !cred.sent() {
		return ctx, errMissingKey
	}
	if !g.revocations.Ready() {
		return ctx, errUnavailable
	}
	key := cred.bearer + cred.apiKey // one of them is empty
	client := auth.Client(clientAddress(r, g.trusted))
	if err := g.wrongKeys.exhausted(client); err != nil && !g.keys.Remembers(key) {
		return ctx, err
	}
	p, err := g.keys.Verify(ctx, key)
	if errors.Is(err, auth.ErrInvalidKey) {
		g.wrongKeys.spend(client)
	}
	if err != nil {
		return ctx, err
	}
	return tenants.WithPrincipal(ctx, p), nil
}

// proof is what a request to the session endpoint may prove itself by.
type proof struct {
	password auth.Credential
	basic    bool   // a password was sent
	cookie   string // of a session; empty: none
	bearer   string // a token, for a sign-out
	visitor  auth.Visitor
}

type proofKey struct{}

func proofFrom(ctx context.Context) proof {
	p, _ := ctx.Value(proofKey{}).(proof)
	return p
}

// admitProof hands the proofs of a request to the session endpoint, after the check that they do not come from
// another site. It is the only reader of the session cookie.
func (g *guard) admitProof(r *http.Request, cred credential) (context.Context, error) {
	p := proof{cookie: cookieValue(r, g.cookies.sessionName()), bearer: cred.bearer, visitor: g.visitor(r)}
	if crossSite(r, g.origin, p.cookie != "") {
		return r.Context(), errCrossSite
	}
	p.password.Username, p.password.Password, p.basic = r.BasicAuth()
	p.password.PeerAddr, p.password.ClientAddr = peerAddress(r), clientAddress(r, g.trusted)
	switch {
	case r.URL.Path == sessionPath+"/break-glass": // proved by the link in the body
	case r.Method == http.MethodPost && !p.basic && p.cookie == "":
		return r.Context(), auth.ErrNoSession
	case r.Method == http.MethodDelete && p.bearer == "" && p.cookie == "":
		return r.Context(), auth.ErrMissingToken
	}
	return context.WithValue(r.Context(), proofKey{}, p), nil
}

// visitor describes the device of a request, for a person's own list of sign-ins.
func (g *guard) visitor(r *http.Request) auth.Visitor {
	agent := r.UserAgent()
	return auth.Visitor{UserAgent: agent[:min(len(agent), 200)], Address: clientAddress(r, g.trusted).String()}
}

func cookieValue(r *http.Request, name string) string {
	c, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return c.Value
}
