package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"parlor/tenants"
)

// OIDCID is the id of the sign-in of staff by an OpenID provider.
const OIDCID = "oidc"

// OIDCOptions says which provider, and who of its people is who here. Issuer, ClientID and ClientSecret are required.
type OIDCOptions struct {
	Issuer       string // exactly as the provider names itself; https, or http on a loopback address
	ClientID     string
	ClientSecret string
	Label        string                       // of the button; default "Staff sign-in"
	Scopes       []string                     // besides openid; default profile
	GroupsClaim  string                       // that lists a person's groups; default "groups"
	Roles        map[string]tenants.StaffRole // group → staff role; the strongest of a person's counts
	StaffLife    time.Duration                // of a session of staff, since a group that is lost shows at the next sign-in; default 12 h
	Now          func() time.Time             // default time.Now
}

// OIDC signs staff in by an OpenID provider, and members who were invited. The subject is the provider's `sub`, never a name or an address. It
// uses the code flow with PKCE (S256) and a nonce, always.
type OIDC struct {
	o      OIDCOptions
	client *http.Client

	asking sync.Mutex // one discovery at a time
	found  atomic.Pointer[discovered]
}

// discovered is what the provider says of itself.
type discovered struct {
	provider  *oidc.Provider
	verifier  *oidc.IDTokenVerifier
	sendsIss  bool // it names itself in the callback (RFC 9207)
	withUsers bool // it has a userinfo endpoint
}

// signingAlgs are what an ID token may be signed with: by a key of the provider's, never by one that we share with it, never by none.
var signingAlgs = []string{oidc.RS256, oidc.RS384, oidc.RS512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.EdDSA}

// NewOIDC checks the options. It calls nobody: a provider that is down does not keep Parlor from starting.
func NewOIDC(o OIDCOptions) (*OIDC, error) {
	if o.ClientID == "" || o.ClientSecret == "" {
		return nil, errors.New("oidc: a client id and a client secret are required")
	}
	client, err := newIssuerClient(o.Issuer)
	if err != nil {
		return nil, err
	}
	if o.Label == "" {
		o.Label = "Staff sign-in"
	}
	if o.Scopes == nil {
		o.Scopes = []string{"profile"}
	}
	if o.GroupsClaim == "" {
		o.GroupsClaim = "groups"
	}
	for group, role := range o.Roles {
		if group == "" || !role.Valid() {
			return nil, fmt.Errorf("oidc: group %q has the unknown role %q", group, role)
		}
	}
	o.StaffLife = lifeOr(o.StaffLife, 12*time.Hour)
	if o.Now == nil {
		o.Now = time.Now
	}
	return &OIDC{o: o, client: client}, nil
}

// Descriptor describes the strategy. Issuer is filled once Prepare has found that the provider names itself in the callback.
func (p *OIDC) Descriptor() Descriptor {
	d := Descriptor{ID: OIDCID, Kind: KindRedirect, Label: p.o.Label, LoginURL: loginURL(OIDCID)}
	if found := p.found.Load(); found != nil && found.sendsIss {
		d.Issuer = p.o.Issuer
	}
	return d
}

// Prepare asks the provider, once, where its endpoints are. Error: ErrUpstream.
func (p *OIDC) Prepare(ctx context.Context) error {
	_, err := p.discover(ctx)
	return err
}

// discover returns what is known of the provider, and asks for it when nothing is.
func (p *OIDC) discover(ctx context.Context) (*discovered, error) {
	if found := p.found.Load(); found != nil {
		return found, nil
	}
	p.asking.Lock()
	defer p.asking.Unlock()
	if found := p.found.Load(); found != nil {
		return found, nil
	}
	ctx = oidc.ClientContext(ctx, p.client)
	provider, err := oidc.NewProvider(ctx, p.o.Issuer)
	if err != nil {
		return nil, Refuse(ErrUpstream, "discovery", bare(err))
	}
	var said struct {
		Token    string `json:"token_endpoint"`
		Auth     string `json:"authorization_endpoint"`
		Keys     string `json:"jwks_uri"`
		UserInfo string `json:"userinfo_endpoint"`
		SendsIss bool   `json:"authorization_response_iss_parameter_supported"`
	}
	if err := provider.Claims(&said); err != nil {
		return nil, Refuse(ErrUpstream, "discovery", nil)
	}
	for _, endpoint := range []string{said.Token, said.Auth, said.Keys} {
		if !usableEndpoint(endpoint, p.o.Issuer) {
			return nil, Refuse(ErrUpstream, "discovery_endpoint", nil)
		}
	}
	found := &discovered{
		provider: provider, sendsIss: said.SendsIss, withUsers: usableEndpoint(said.UserInfo, p.o.Issuer),
		verifier: oidc.NewVerifier(p.o.Issuer, newIssuerKeys(func() oidc.KeySet {
			return oidc.NewRemoteKeySet(oidc.ClientContext(context.WithoutCancel(ctx), p.client), said.Keys)
		}), &oidc.Config{ClientID: p.o.ClientID, SupportedSigningAlgs: signingAlgs, Now: p.o.Now}),
	}
	p.found.Store(found)
	return found, nil
}

// kept is what the callback must fit.
type kept struct {
	Nonce    string `json:"nonce"`
	Verifier string `json:"verifier"`
}

// Begin returns the address of the provider's sign-in. Error: ErrUpstream when the provider has never been reached.
func (p *OIDC) Begin(ctx context.Context, in BeginInput) (Beginning, error) {
	if err := ctx.Err(); err != nil {
		return Beginning{}, Refuse(ErrLoginFailed, "gone", err)
	}
	found, err := p.discover(ctx)
	if err != nil {
		return Beginning{}, err
	}
	keep := kept{Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier()}
	text, err := json.Marshal(keep)
	if err != nil {
		return Beginning{}, err
	}
	options := []oauth2.AuthCodeOption{oidc.Nonce(keep.Nonce), oauth2.S256ChallengeOption(keep.Verifier)}
	if in.Fresh {
		options = append(options, oauth2.SetAuthURLParam("prompt", "login"), oauth2.SetAuthURLParam("max_age", "0"))
	}
	return Beginning{URL: p.oauth(found, in.RedirectURI).AuthCodeURL(in.State, options...), Keep: text}, nil
}

func (p *OIDC) oauth(found *discovered, redirectURI string) *oauth2.Config {
	return &oauth2.Config{
		ClientID: p.o.ClientID, ClientSecret: p.o.ClientSecret, Endpoint: found.provider.Endpoint(), RedirectURL: redirectURI,
		Scopes: append([]string{oidc.ScopeOpenID}, p.o.Scopes...),
	}
}

// Finish exchanges the code and reads the ID token. Errors: ErrUpstream, ErrLoginFailed (a code that is used or foreign, a token that is not
// for us, not for this sign-in, or not fresh where that was asked for).
func (p *OIDC) Finish(ctx context.Context, in FinishInput) (Assertion, error) {
	var keep kept
	if json.Unmarshal(in.Keep, &keep) != nil || keep.Nonce == "" || keep.Verifier == "" {
		return Assertion{}, Refuse(ErrLoginFailed, "keep", nil)
	}
	found, err := p.discover(ctx)
	if err != nil {
		return Assertion{}, err
	}
	ctx = oidc.ClientContext(ctx, p.client)
	token, err := p.oauth(found, in.RedirectURI).Exchange(ctx, in.Code, oauth2.VerifierOption(keep.Verifier))
	if err != nil {
		return Assertion{}, exchangeRefused(err)
	}
	raw, _ := token.Extra("id_token").(string)
	if raw == "" {
		return Assertion{}, Refuse(ErrUpstream, "no_id_token", nil)
	}
	id, err := p.verify(ctx, found, raw, keep, in)
	if err != nil {
		return Assertion{}, err
	}
	return p.assert(ctx, found, id, token)
}

// idToken is what is read of an ID token and of userinfo.
type idToken struct {
	Subject  string
	Claims   map[string]any
	AuthTime time.Time
}

func (p *OIDC) verify(ctx context.Context, found *discovered, raw string, keep kept, in FinishInput) (idToken, error) {
	var failed bool
	token, err := found.verifier.Verify(context.WithValue(ctx, keysFailed{}, &failed), raw)
	if failed {
		return idToken{}, Refuse(ErrUpstream, "keys", nil)
	}
	if err != nil {
		return idToken{}, tokenRefused(err)
	}
	var claims map[string]any
	if err := token.Claims(&claims); err != nil {
		return idToken{}, Refuse(ErrUpstream, "id_token", nil)
	}
	azp, named := claims["azp"]
	at, timed := claims["auth_time"].(float64)
	now := p.o.Now()
	switch {
	case subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(keep.Nonce)) != 1:
		return idToken{}, Refuse(ErrLoginFailed, "nonce", nil)
	case named && azp != p.o.ClientID, len(token.Audience) > 1 && !named: // OpenID Connect Core 1.0, 3.1.3.7, points 4 and 5
		return idToken{}, Refuse(ErrLoginFailed, "azp", nil)
	case token.IssuedAt.After(now.Add(leeway)):
		return idToken{}, Refuse(ErrLoginFailed, "iat", nil)
	case in.Fresh && (!timed || time.Unix(int64(at), 0).Before(in.BegunAt.Add(-leeway))):
		return idToken{}, Refuse(ErrLoginFailed, "not_fresh", nil)
	}
	id := idToken{Subject: token.Subject, Claims: claims, AuthTime: now}
	switch at := time.Unix(int64(at), 0); {
	case timed && at.Before(now):
		id.AuthTime = at // the provider may have asked for the password long ago
	case !timed:
		id.AuthTime = now.Add(-StepUpLife) // or may not say when it did: then that was no fresh sign-in
	}
	return id, nil
}

// assert completes what the ID token leaves out by userinfo, and finds the staff role.
func (p *OIDC) assert(ctx context.Context, found *discovered, id idToken, token *oauth2.Token) (Assertion, error) {
	_, grouped := id.Claims[p.o.GroupsClaim]
	if found.withUsers && (!grouped || displayName(id.Claims) == "") {
		info, err := found.provider.UserInfo(ctx, oauth2.StaticTokenSource(token))
		if err != nil {
			return Assertion{}, Refuse(ErrUpstream, "userinfo", bare(err))
		}
		if info.Subject != id.Subject { // OpenID Connect Core 1.0, 5.3.2: it must not be used then
			return Assertion{}, Refuse(ErrUpstream, "userinfo_subject", nil)
		}
		var more map[string]any
		if err := info.Claims(&more); err != nil {
			return Assertion{}, Refuse(ErrUpstream, "userinfo", nil)
		}
		for name, value := range more {
			if _, said := id.Claims[name]; !said {
				id.Claims[name] = value
			}
		}
	}
	a := Assertion{
		Provider: OIDCID, Subject: p.subject(id.Subject), DisplayName: displayName(id.Claims), AuthTime: id.AuthTime,
		GivesStaff: true, StaffRole: p.role(id.Claims[p.o.GroupsClaim]),
	}
	if a.DisplayName == "" {
		a.DisplayName = "staff"
	}
	if a.StaffRole != "" {
		a.Until = p.o.Now().Add(p.o.StaffLife)
	}
	return a, nil
}

// subject is the identity's: a sub means somebody at its issuer alone (OpenID Connect Core 1.0, 2 and 5.7), and the configuration may name another
// issuer one day.
func (p *OIDC) subject(sub string) string { return p.mark() + sub }

// mark stands before the subjects of the configured issuer.
func (p *OIDC) mark() string {
	sum := sha256.Sum256([]byte(p.o.Issuer))
	return base64.RawURLEncoding.EncodeToString(sum[:12]) + ":"
}

// Issued reports whether a subject is of the issuer that the configuration names now.
func (p *OIDC) Issued(subject string) bool { return strings.HasPrefix(subject, p.mark()) }

// role returns the strongest role that the person's groups give; "" for none. The claim is a list, or one group.
func (p *OIDC) role(claim any) tenants.StaffRole {
	var groups []string
	switch v := claim.(type) {
	case string:
		groups = []string{v}
	case []any:
		for _, group := range v {
			if name, ok := group.(string); ok {
				groups = append(groups, name)
			}
		}
	}
	best := tenants.StaffRole("")
	for group, role := range p.o.Roles {
		if slices.Contains(groups, group) && len(role.Permissions()) > len(best.Permissions()) {
			best = role
		}
	}
	return best
}

const maxNameBytes = 100

// displayName is what to call the person; it names nobody.
func displayName(claims map[string]any) string {
	for _, name := range []string{"name", "preferred_username", "nickname"} {
		if text, ok := claims[name].(string); ok && text != "" {
			return firstBytes(text, maxNameBytes)
		}
	}
	return ""
}
