package auth_test

import (
	"maps"
	"net/url"
	"testing"
	"time"

	"parlor/auth"
	"parlor/instagram"
	"parlor/instagram/simulator"
	"parlor/migrations/pgtest"
	"parlor/tenants"
)

// house is every part of auth on a real database, with Instagram's stand-in behind an upstream that can misbehave.
type house struct {
	*meta
	t        testing.TB
	db       *pgtest.Database
	clock    *clock
	platform *tenants.Platform
	ring     *auth.KeyRing
	tokens   *auth.Tokens
	sessions *auth.Sessions
	flow     *auth.Flow
	accounts *tenants.Accounts
}

// plan is what differs between houses.
type plan struct {
	creation  auth.AccountCreation
	allowlist []string
	home      string          // Instagram user id of the default account
	providers []auth.Provider // none: Instagram and the password
	more      []auth.Provider // beside those
	timeout   time.Duration
}

func newHouse(t testing.TB, p plan) *house {
	t.Helper()
	h := &house{meta: newMeta(t, simulator.Shapes{}), t: t, db: pgtest.New(t), clock: &clock{at: time.Now().UTC().Truncate(time.Second)}}
	h.platform = openPlatform(t, h.db.PlatformDSN)
	h.accounts = tenants.NewAccounts(h.platform)
	app, err := tenants.Open(t.Context(), h.db.AppDSN, tenants.Options{AuditKey: make([]byte, tenants.AuditKeyBytes)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(app.Close)
	sealer, err := instagram.NewSealer(randomKey(instagram.SealingKeyBytes))
	if err != nil {
		t.Fatal(err)
	}
	if h.ring, err = auth.NewKeyRing([]auth.Key{{KID: "k1", Secret: randomKey(32)}}, h.clock.at); err != nil {
		t.Fatal(err)
	}
	if h.tokens, err = auth.NewTokens(auth.TokenOptions{Keys: h.ring, Issuer: issuer, Now: h.clock.now}); err != nil {
		t.Fatal(err)
	}
	h.sessions, err = auth.NewSessions(auth.SessionOptions{Platform: h.platform, Keys: h.ring, Tokens: h.tokens, Now: h.clock.now})
	if err != nil {
		t.Fatal(err)
	}
	if p.providers == nil {
		p.providers = []auth.Provider{auth.NewInstagram(h.client, h.clock.now), bootstrapSelf(t, h.clock.now)}
	}
	registry, err := auth.NewRegistry(h.clock.now, append(p.providers, p.more...)...)
	if err != nil {
		t.Fatal(err)
	}
	h.flow, err = auth.NewFlow(auth.FlowOptions{
		Platform: h.platform, Registry: registry, Sessions: h.sessions, Keys: h.ring, PublicURL: issuer,
		Connections: instagram.NewConnections(instagram.ConnectionOptions{
			DB: app, Platform: h.platform, Client: h.client, Sealer: sealer, CallGap: time.Millisecond,
		}),
		Creation: p.creation, Allowlist: p.allowlist, DefaultAccount: p.home, Timeout: p.timeout, Now: h.clock.now,
	})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func openPlatform(t testing.TB, dsn string) *tenants.Platform {
	t.Helper()
	p, err := tenants.OpenPlatform(t.Context(), dsn, tenants.Options{MaxConns: 4, AuditKey: make([]byte, tenants.AuditKeyBytes)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// browser is one person's cookies.
type browser struct {
	h       *house
	flows   map[string]string
	session string
}

func (h *house) browser() *browser { return &browser{h: h, flows: map[string]string{}} }

// begin starts a sign-in with Instagram and keeps the cookie.
func (b *browser) begin(returnTo string) auth.Begun {
	b.h.t.Helper()
	begun, err := b.h.flow.Begin(b.h.t.Context(), auth.BeginRequest{
		Provider: auth.InstagramID, ReturnTo: returnTo, SessionCookie: b.session, FlowCookies: b.flows,
	})
	if err != nil {
		b.h.t.Fatal(err)
	}
	for _, suffix := range begun.Drop {
		delete(b.flows, suffix)
	}
	b.flows[begun.Suffix] = begun.Cookie
	return begun
}

// request is the callback that the browser would make.
func (b *browser) request(query url.Values) auth.CallbackRequest {
	return auth.CallbackRequest{
		Method: "GET", Provider: auth.InstagramID, Query: query, FlowCookies: maps.Clone(b.flows), SessionCookie: b.session,
		Visitor: auth.Visitor{UserAgent: "test", Address: "192.0.2.1"},
	}
}

// signIn goes all the way, with the cookies that a browser sends; more is added to the consent address.
func (b *browser) signIn(more string) (auth.SignedIn, error) {
	b.h.t.Helper()
	begun := b.begin("/a/x/inbox")
	in, err := b.h.flow.Callback(b.h.t.Context(), b.crossSite(b.h.consent(b.h.t, begun.URL, more)))
	if in.DropFlow != "" {
		delete(b.flows, in.DropFlow)
	}
	if err == nil {
		b.session = in.Cookie
	}
	return in, err
}

func (b *browser) operator(password string) (auth.SignedIn, error) {
	b.h.t.Helper()
	return b.as("operator", password)
}

func (b *browser) as(user, password string) (auth.SignedIn, error) {
	b.h.t.Helper()
	in, err := b.h.flow.SignInDirect(b.h.t.Context(), auth.DirectRequest{
		Provider: auth.BootstrapID, Credential: auth.Credential{Username: user, Password: password}, SessionCookie: b.session,
	})
	if err == nil {
		b.session = in.Cookie
	}
	return in, err
}

// count returns what a query counts, as superuser.
func (h *house) count(query string, args ...any) int {
	h.t.Helper()
	var n int
	if err := h.db.Admin(h.t).QueryRow(h.t.Context(), query, args...).Scan(&n); err != nil {
		h.t.Fatal(err)
	}
	return n
}
