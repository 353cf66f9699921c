package auth_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"

	"parlor/auth"
	"parlor/auth/authtest"
	"parlor/auth/oidctest"
	"parlor/tenants"
)

// desk is a strategy over an OpenID provider that is not ours, reached through an upstream that can misbehave.
type desk struct {
	*authtest.Upstream
	t        testing.TB
	server   *oidctest.Server
	provider *auth.OIDC
}

const oidcRedirect = issuer + "/auth/oidc/callback"

func newDesk(t testing.TB) *desk {
	t.Helper()
	d := &desk{t: t}
	var inner http.Handler // set when the address is known
	d.Upstream = authtest.NewUpstream(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { inner.ServeHTTP(w, r) }))
	d.server = oidctest.New(d.URL, oidcRedirect)
	inner = d.server
	d.server.SetUser("sub-1", "Rosa Diaz", "parlor-operators", "others")
	d.server.SetUser("sub-2", "Sam Poe", "parlor-support")
	d.server.SetUser("sub-3", "Nobody Here", "others")
	d.provider = d.strategy(nil)
	if err := d.provider.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *desk) strategy(now func() time.Time) *auth.OIDC {
	d.t.Helper()
	p, err := auth.NewOIDC(auth.OIDCOptions{
		Issuer: d.URL, ClientID: oidctest.ClientID, ClientSecret: oidctest.ClientSecret, Now: now,
		Roles: map[string]tenants.StaffRole{"parlor-operators": tenants.StaffOperator, "parlor-support": tenants.StaffSupport},
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return p
}

// logIn goes through the provider's pages as that user and returns what its redirect sends back.
func (d *desk) logIn(authURL, user string) url.Values {
	d.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		d.t.Fatal(err)
	}
	client := &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.String(), oidcRedirect) {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	page, err := client.Get(authURL)
	if err != nil {
		d.t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, page.Body)
	_ = page.Body.Close()
	form := url.Values{"username": {user}, "password": {oidctest.Password}, "id": {page.Request.URL.Query().Get("authRequestID")}}
	done, err := client.PostForm(d.URL+"/login/username", form)
	if err != nil {
		d.t.Fatal(err)
	}
	_ = done.Body.Close()
	back, err := done.Location()
	if err != nil {
		d.t.Fatalf("the provider does not send %s back: %d at %s", user, done.StatusCode, done.Request.URL.Path)
	}
	return back.Query()
}

func TestOIDCConforms(t *testing.T) {
	t.Parallel()
	authtest.RunProvider(t, func(t *testing.T) *authtest.Subject {
		d := newDesk(t)
		return &authtest.Subject{
			Provider: d.provider, Want: d.subject("sub-1"), Secrets: []string{oidctest.ClientSecret}, RedirectURI: oidcRedirect,
			Answer:   func(_ *testing.T, authURL string) string { return d.logIn(authURL, "sub-1").Get("code") },
			Upstream: d.Upstream, Steps: []string{"/oauth/token", "/keys", "/userinfo"},
		}
	})
}

// subject is how an identity of this provider is kept: its issuer and its sub.
func (d *desk) subject(sub string) string {
	sum := sha256.Sum256([]byte(d.URL))
	return base64.RawURLEncoding.EncodeToString(sum[:12]) + ":" + sub
}

// staffIn signs in through the whole flow.
func (d *desk) staffIn(h *house, user string) (auth.SignedIn, error) {
	d.t.Helper()
	begun, err := h.flow.Begin(d.t.Context(), auth.BeginRequest{Provider: auth.OIDCID})
	if err != nil {
		return auth.SignedIn{}, err
	}
	query := d.logIn(begun.URL, user)
	return h.flow.Callback(d.t.Context(), auth.CallbackRequest{
		Method: "GET", Provider: auth.OIDCID, Query: query, FlowCookies: map[string]string{begun.Suffix: begun.Cookie},
	})
}

func staffHouse(t *testing.T) (*house, *desk) {
	t.Helper()
	d := newDesk(t)
	return newHouse(t, plan{providers: []auth.Provider{d.provider}}), d
}

// TestStaffByOIDC: the group gives the role, at each sign-in anew; who is in none and no member is nobody here.
func TestStaffByOIDC(t *testing.T) {
	t.Parallel()
	h, d := staffHouse(t)
	role := func(in auth.SignedIn) tenants.StaffRole {
		return h.opened(in.Session, tenants.AccountID{}).Principal.StaffRole
	}
	rosa, err := d.staffIn(h, "sub-1")
	if err != nil || role(rosa) != tenants.StaffOperator || rosa.Session.Provider != "oidc" || rosa.Session.Subject != d.subject("sub-1") {
		t.Fatalf("rosa: %+v, %v", rosa, err)
	}
	if left := rosa.Session.ExpiresAt.Sub(h.clock.at); left > 12*time.Hour+time.Minute {
		t.Errorf("a session of staff lives %s", left)
	}
	sam, err := d.staffIn(h, "sub-2")
	if err != nil || role(sam) != tenants.StaffSupport {
		t.Errorf("sam: %v", err)
	}
	if _, err := d.staffIn(h, "sub-3"); !errors.Is(err, auth.ErrAccountNotAllowed) || auth.ReasonOf(err) != "stranger" {
		t.Errorf("nobody: %v", err)
	}
	if n := h.count(`select count(*) from platform.users`); n != 2 {
		t.Errorf("%d people", n)
	}
	d.server.SetUser("sub-1", "Rosa Diaz", "parlor-support")
	again, err := d.staffIn(h, "sub-1")
	if err != nil || again.Session.UserID != rosa.Session.UserID || role(again) != tenants.StaffSupport {
		t.Errorf("with another group: %v", err)
	}
	d.server.SetUser("sub-1", "Rosa Diaz")
	if _, err := d.staffIn(h, "sub-1"); !errors.Is(err, auth.ErrAccountNotAllowed) {
		t.Errorf("without a group: %v", err)
	}
}

// TestAnotherIssuer: the same sub of another issuer is another person, and sessions of the former issuer end when the configuration names another.
func TestAnotherIssuer(t *testing.T) {
	t.Parallel()
	h, d := staffHouse(t)
	rosa, err := d.staffIn(h, "sub-1")
	if err != nil {
		t.Fatal(err)
	}
	next := newDesk(t)
	registry, err := auth.NewRegistry(h.clock.now, next.provider)
	if err != nil {
		t.Fatal(err)
	}
	h.flow, err = auth.NewFlow(auth.FlowOptions{
		Platform: h.platform, Registry: registry, Sessions: h.sessions, Keys: h.ring, PublicURL: issuer, Now: h.clock.now,
	})
	if err != nil {
		t.Fatal(err)
	}
	other, err := next.staffIn(h, "sub-1")
	if err != nil || other.Session.UserID == rosa.Session.UserID {
		t.Fatalf("is the person of the other issuer: %v", err)
	}
	if n, err := h.sessions.Reconcile(t.Context(), registry, false); err != nil || n != 1 {
		t.Errorf("%d sessions ended, %v", n, err)
	}
	if _, err := h.renew(rosa.Cookie); !errors.Is(err, auth.ErrNoSession) {
		t.Errorf("the session of the former issuer: %v", err)
	}
	if _, err := h.renew(other.Cookie); err != nil {
		t.Error(err)
	}
}

// TestInvitedByOIDC: who was invited is a member, without any group.
func TestInvitedByOIDC(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	h := newHouse(t, plan{providers: []auth.Provider{d.provider}})
	account, err := tenants.ParseAccountID(h.db.InsertAccount(t, casaUserID, casa))
	if err != nil {
		t.Fatal(err)
	}
	owner := h.memberOf(account, tenants.RoleOwner)
	_, token := h.invite(owner, tenants.RoleAgent)
	begun, err := h.flow.Begin(t.Context(), auth.BeginRequest{Provider: auth.OIDCID, Intent: auth.IntentAcceptInvitation, Invitation: token})
	if err != nil {
		t.Fatal(err)
	}
	in, err := h.flow.Callback(t.Context(), auth.CallbackRequest{
		Method: "GET", Provider: auth.OIDCID, Query: d.logIn(begun.URL, "sub-3"), FlowCookies: map[string]string{begun.Suffix: begun.Cookie},
	})
	if err != nil || in.Account != account {
		t.Fatalf("%+v, %v", in, err)
	}
	if _, err := d.staffIn(h, "sub-3"); err != nil {
		t.Errorf("the member comes back: %v", err)
	}
}

// memberOf makes a member and returns who he is.
func (h *house) memberOf(account tenants.AccountID, role tenants.Role) tenants.Principal {
	h.t.Helper()
	var user tenants.User
	err := h.platform.InTx(h.t.Context(), func(tx *tenants.PlatformTx) (err error) {
		user, _, err = tenants.NewUsers(h.platform).FindOrCreateByIdentity(h.t.Context(), tx, tenants.Identity{Provider: "bootstrap", Subject: "owner of " + account.String()})
		if err == nil {
			_, err = tenants.NewMemberships(h.platform).Grant(h.t.Context(), tx, account, user.ID, role)
		}
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return tenants.Principal{UserID: user.ID, AccountID: account, Role: role, Version: 1}
}

// TestThreat22IDTokens: a nonce of another sign-in, a code of another flow, a token for another client, of another time, of other keys.
func TestThreat22IDTokens(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	begin := func(p *auth.OIDC, in auth.BeginInput) (auth.Beginning, url.Values) {
		t.Helper()
		in.State, in.RedirectURI = "s", oidcRedirect
		begun, err := p.Begin(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		return begun, d.logIn(begun.URL, "sub-1")
	}
	finish := func(p *auth.OIDC, code string, keep []byte) error {
		_, err := p.Finish(t.Context(), auth.FinishInput{Code: code, RedirectURI: oidcRedirect, Keep: keep, BegunAt: time.Now()})
		return err
	}
	one, answer := begin(d.provider, auth.BeginInput{})
	other, _ := begin(d.provider, auth.BeginInput{})
	if err := finish(d.provider, answer.Get("code"), other.Keep); !errors.Is(err, auth.ErrLoginFailed) {
		t.Errorf("a code of another flow: %v", err)
	}
	if err := finish(d.provider, answer.Get("code"), nil); !errors.Is(err, auth.ErrLoginFailed) {
		t.Errorf("without what was kept: %v", err)
	}
	asked, err := url.Parse(one.URL)
	if err != nil || asked.Query().Get("code_challenge_method") != "S256" || asked.Query().Get("nonce") == "" || strings.Contains(one.URL, string(one.Keep)) {
		t.Errorf("asked %s, %v", one.URL, err)
	}
	// The PKCE verifier of this flow with the nonce of another.
	again, answer := begin(d.provider, auth.BeginInput{})
	mixed := strings.Replace(string(again.Keep), `"nonce":"`, `"nonce":"X`, 1)
	if err := finish(d.provider, answer.Get("code"), []byte(mixed)); !errors.Is(err, auth.ErrLoginFailed) || auth.ReasonOf(err) != "nonce" {
		t.Errorf("another nonce: %v (%s)", err, auth.ReasonOf(err))
	}
	late := d.strategy(func() time.Time { return time.Now().Add(48 * time.Hour) })
	keep, answer := begin(late, auth.BeginInput{})
	if err := finish(late, answer.Get("code"), keep.Keep); auth.ReasonOf(err) != "id_token_expired" {
		t.Errorf("expired: %v", err)
	}
	d.server.RotateKey() // keys are fetched again when one is unknown
	keep, answer = begin(d.provider, auth.BeginInput{})
	if err := finish(d.provider, answer.Get("code"), keep.Keep); err != nil {
		t.Errorf("after the provider changed its key: %v", err)
	}
	d.server.Tamper(func(info *oidc.UserInfo) { info.Subject = "sub-2" })
	keep, answer = begin(d.provider, auth.BeginInput{})
	if err := finish(d.provider, answer.Get("code"), keep.Keep); auth.ReasonOf(err) != "userinfo_subject" {
		t.Errorf("userinfo of somebody else: %v", err)
	}
	d.server.Tamper(nil)
	foreign, err := auth.NewOIDC(auth.OIDCOptions{Issuer: d.URL, ClientID: "another", ClientSecret: oidctest.ClientSecret})
	if err != nil {
		t.Fatal(err)
	}
	keep, answer = begin(foreign, auth.BeginInput{})
	if err := finish(d.provider, answer.Get("code"), keep.Keep); !errors.Is(err, auth.ErrLoginFailed) {
		t.Errorf("a code of another client: %v", err)
	}
}

// TestFreshOIDC: where the password must be asked for again, an old sign-in at the provider is not enough.
func TestFreshOIDC(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	begun, err := d.provider.Begin(t.Context(), auth.BeginInput{State: "s", RedirectURI: oidcRedirect, Fresh: true})
	if err != nil || !strings.Contains(begun.URL, "prompt=login") || !strings.Contains(begun.URL, "max_age=0") {
		t.Fatalf("%s, %v", begun.URL, err)
	}
	for name, tc := range map[string]struct {
		begunAt time.Time
		want    string
	}{"just now": {time.Now(), ""}, "before this began": {time.Now().Add(time.Hour), "not_fresh"}} {
		begun, err := d.provider.Begin(t.Context(), auth.BeginInput{State: "s", RedirectURI: oidcRedirect, Fresh: true})
		if err != nil {
			t.Fatal(err)
		}
		_, err = d.provider.Finish(t.Context(), auth.FinishInput{
			Code: d.logIn(begun.URL, "sub-1").Get("code"), RedirectURI: oidcRedirect, Keep: begun.Keep, Fresh: true, BegunAt: tc.begunAt,
		})
		if auth.ReasonOf(err) != tc.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSilentSignInIsNotFresh: a provider that does not say when it asked for the password has not shown that it did.
func TestSilentSignInIsNotFresh(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for name, withTime := range map[string]bool{"with auth_time": true, "without": false} {
		d.server.Untimed(!withTime)
		begun, err := d.provider.Begin(t.Context(), auth.BeginInput{State: "s", RedirectURI: oidcRedirect})
		if err != nil {
			t.Fatal(err)
		}
		a, err := d.provider.Finish(t.Context(), auth.FinishInput{
			Code: d.logIn(begun.URL, "sub-1").Get("code"), RedirectURI: oidcRedirect, Keep: begun.Keep, BegunAt: time.Now(),
		})
		if err != nil {
			t.Fatal(err)
		}
		if fresh := (auth.Verified{AuthTime: a.AuthTime}).Fresh(time.Now()); fresh != withTime {
			t.Errorf("%s: fresh %v", name, fresh)
		}
	}
}

// TestThreat56IssuerAddresses: only https, nothing hidden in the address, and no endpoint inside of our own network.
func TestThreat56IssuerAddresses(t *testing.T) {
	t.Parallel()
	good := auth.OIDCOptions{Issuer: "https://login.example.com/realm", ClientID: "c", ClientSecret: "s"}
	if _, err := auth.NewOIDC(good); err != nil {
		t.Error(err)
	}
	for _, issuer := range []string{"", "http://login.example.com", "http://10.0.0.1", "ftp://localhost", "https://", "https://a@b", "https://x/?q=1", "https://x/#f", "login.example.com"} {
		bad := good
		bad.Issuer = issuer
		if _, err := auth.NewOIDC(bad); err == nil {
			t.Errorf("%q is taken", issuer)
		}
	}
	bad := good
	bad.Roles = map[string]tenants.StaffRole{"g": "root"}
	if _, err := auth.NewOIDC(bad); err == nil {
		t.Error("an unknown role is taken")
	}
	// A discovery document that points elsewhere.
	var called sync.Map
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called.Store("inside", true) }))
	t.Cleanup(inside.Close)
	insideURL := strings.Replace(inside.URL, "127.0.0.1", "localhost", 1) // another host than the issuer's, at a private address
	for name, endpoint := range map[string]string{"a private address": insideURL + "/token", "plain http": "http://login.example.com/token", "a file": "file:///etc/passwd"} {
		var self string
		site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"issuer":"`+self+`","authorization_endpoint":"`+self+`/auth","jwks_uri":"`+self+`/keys","token_endpoint":"`+endpoint+`",
				"id_token_signing_alg_values_supported":["RS256"]}`)
		}))
		t.Cleanup(site.Close)
		self = site.URL
		o := good
		o.Issuer = self
		p, err := auth.NewOIDC(o)
		if err != nil {
			t.Fatal(err)
		}
		begun, err := p.Begin(t.Context(), auth.BeginInput{State: "s", RedirectURI: oidcRedirect})
		if err == nil {
			_, err = p.Finish(t.Context(), auth.FinishInput{Code: "c", RedirectURI: oidcRedirect, Keep: begun.Keep})
		}
		if !errors.Is(err, auth.ErrUpstream) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, was := called.Load("inside"); was {
		t.Error("a private address was called")
	}
}

// TestOIDCThatIsDown lets Parlor start, and is there when it comes back.
func TestOIDCThatIsDown(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	p := d.strategy(nil)
	d.Misbehave("/openid-configuration", authtest.Misbehaviours()["503 as JSON"])
	if _, err := p.Begin(t.Context(), auth.BeginInput{State: "s", RedirectURI: oidcRedirect}); !errors.Is(err, auth.ErrUpstream) {
		t.Errorf("down: %v", err)
	}
	if d := p.Descriptor(); d.ID != "oidc" || d.Label == "" {
		t.Errorf("descriptor %+v", d)
	}
	d.Behave()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if err := p.Prepare(ctx); err != nil {
		t.Errorf("up again: %v", err)
	}
}
