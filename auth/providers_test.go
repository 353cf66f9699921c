package auth_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"parlor/auth"
	"parlor/auth/authtest"
	"parlor/instagram"
	"parlor/instagram/simulator"
	"parlor/tenants"
)

const (
	casa       = "casalumen.studio"
	casaUserID = "17841463072915507"
	nord       = "nordkaffee"
	appSecret  = instagram.Secret("0f1e2d3c4b5a69788796a5b4c3d2e1f0")
)

// users is an htpasswd file with operator:right and support:left, read once: bcrypt is slow on purpose.
var users = sync.OnceValue(func() string {
	var t testing.T
	return "operator:" + hashOf(&t, "right horse", "$2y$", 10) + "\nsupport:" + hashOf(&t, "left horse", "$2y$", 10) +
		"\nguest:" + hashOf(&t, "no role", "$2y$", 10) + "\n"
})

func bootstrapOptions(now func() time.Time) auth.BootstrapOptions {
	return auth.BootstrapOptions{
		Staff:   map[string]tenants.StaffRole{"operator": tenants.StaffOperator, "support": tenants.StaffSupport},
		Members: map[string]tenants.Role{"operator": tenants.RoleOwner},
		Now:     now,
	}
}

func bootstrapSelf(t testing.TB, now func() time.Time) *auth.BootstrapSelf {
	t.Helper()
	file, err := auth.ReadHtpasswd(strings.NewReader(users()))
	if err != nil {
		t.Fatal(err)
	}
	return auth.NewBootstrapSelf(file, bootstrapOptions(now))
}

func TestBootstrapSelfConforms(t *testing.T) {
	t.Parallel()
	authtest.RunProvider(t, func(t *testing.T) *authtest.Subject {
		return &authtest.Subject{
			Provider: bootstrapSelf(t, nil),
			Want:     "operator",
			Secrets:  []string{"right horse", "left horse"},
			Good:     auth.Credential{Username: "operator", Password: "right horse"},
			Bad: map[string]auth.Credential{
				"password":         {Username: "operator", Password: "left horse"},
				"unknown user":     {Username: "nobody", Password: "right horse"},
				"empty password":   {Username: "operator"},
				"73 bytes":         {Username: "operator", Password: strings.Repeat("x", 73)},
				"NUL":              {Username: "operator", Password: "right horse\x00"},
				"the proxy's part": {RemoteUser: "operator", ProxySecret: proxySecret, PeerAddr: netip.MustParseAddr("127.0.0.1")},
			},
		}
	})
}

const proxySecret = "k3J9vQ2mZ7xW5tR8yB1nC4hL6pD0sF/g"

func TestBootstrapProxyConforms(t *testing.T) {
	t.Parallel()
	authtest.RunProvider(t, func(t *testing.T) *authtest.Subject {
		p, err := auth.NewBootstrapProxy(proxySecret, []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("::1/128")}, bootstrapOptions(nil))
		if err != nil {
			t.Fatal(err)
		}
		inside, outside := netip.MustParseAddr("10.1.2.3"), netip.MustParseAddr("10.2.0.1")
		return &authtest.Subject{
			Provider: p,
			Want:     "operator",
			Secrets:  []string{proxySecret},
			Good:     auth.Credential{RemoteUser: "operator", ProxySecret: proxySecret, PeerAddr: netip.MustParseAddr("::ffff:10.1.2.3")},
			Bad: map[string]auth.Credential{
				"header alone":      {RemoteUser: "operator"},
				"without a secret":  {RemoteUser: "operator", PeerAddr: inside},
				"wrong secret":      {RemoteUser: "operator", ProxySecret: proxySecret + "x", PeerAddr: inside},
				"cut secret":        {RemoteUser: "operator", ProxySecret: proxySecret[:31], PeerAddr: inside},
				"from elsewhere":    {RemoteUser: "operator", ProxySecret: proxySecret, PeerAddr: outside},
				"from nowhere":      {RemoteUser: "operator", ProxySecret: proxySecret},
				"nobody":            {ProxySecret: proxySecret, PeerAddr: inside},
				"blank user":        {RemoteUser: " ", ProxySecret: proxySecret, PeerAddr: inside},
				"colon in the user": {RemoteUser: "operator:x", ProxySecret: proxySecret, PeerAddr: inside},
				"a password alone":  {Username: "operator", Password: "right horse", PeerAddr: inside},
			},
		}
	})
}

// TestBootstrapExpires lets nobody in from the set day on, in either mode, and the login page forgets it.
func TestBootstrapExpires(t *testing.T) {
	t.Parallel()
	c := newClock()
	o := bootstrapOptions(c.now)
	o.ExpiresAt = c.at.Add(time.Hour)
	file, err := auth.ReadHtpasswd(strings.NewReader(users()))
	if err != nil {
		t.Fatal(err)
	}
	proxy, err := auth.NewBootstrapProxy(proxySecret, []netip.Prefix{netip.MustParsePrefix("::1/128")}, o)
	if err != nil {
		t.Fatal(err)
	}
	good := auth.Credential{
		Username: "operator", Password: "right horse", RemoteUser: "operator", ProxySecret: proxySecret, PeerAddr: netip.IPv6Loopback(),
	}
	for name, p := range map[string]auth.Direct{"self": auth.NewBootstrapSelf(file, o), "proxy": proxy} {
		c.at = o.ExpiresAt.Add(-time.Second)
		registry, err := auth.NewRegistry(c.now, p)
		if err != nil {
			t.Fatal(err)
		}
		if a, err := p.Verify(t.Context(), good); err != nil || !a.Until.Equal(o.ExpiresAt) {
			t.Errorf("%s, before: %v until %v", name, err, a.Until)
		}
		if len(registry.Descriptors()) != 1 {
			t.Errorf("%s, before: not shown", name)
		}
		c.at = o.ExpiresAt
		if _, err := p.Verify(t.Context(), good); !errors.Is(err, auth.ErrProviderDisabled) {
			t.Errorf("%s, on the day: %v", name, err)
		}
		if _, err := registry.Lookup(auth.BootstrapID); !errors.Is(err, auth.ErrProviderDisabled) || len(registry.Descriptors()) != 0 {
			t.Errorf("%s, on the day: still there, %v", name, err)
		}
	}
}

// TestBootstrapNeedsStaffRole lets nobody in who is in the file but in no role.
func TestBootstrapNeedsStaffRole(t *testing.T) {
	t.Parallel()
	_, err := bootstrapSelf(t, nil).Verify(t.Context(), auth.Credential{Username: "guest", Password: "no role"})
	if !errors.Is(err, auth.ErrAccountNotAllowed) {
		t.Errorf("guest: %v", err)
	}
}

func TestBootstrapProxyNeedsProof(t *testing.T) {
	t.Parallel()
	inside := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	for name, tc := range map[string]struct {
		secret  string
		trusted []netip.Prefix
	}{
		"no secret": {"", inside}, "short secret": {proxySecret[:31], inside}, "placeholder": {strings.Repeat("changeme", 8), inside},
		"no network": {proxySecret, nil}, "every address": {proxySecret, []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")}},
		"every v6 address": {proxySecret, []netip.Prefix{netip.MustParsePrefix("::/0")}}, "zero prefix": {proxySecret, []netip.Prefix{{}}},
	} {
		if _, err := auth.NewBootstrapProxy(tc.secret, tc.trusted, auth.BootstrapOptions{}); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// meta is the simulator behind an upstream that can misbehave, and a client of it.
type meta struct {
	*authtest.Upstream
	sim    *simulator.Simulator
	client *instagram.Client
}

const redirectURI = issuer + "/auth/instagram/callback"

func newMeta(t testing.TB, shapes simulator.Shapes) *meta {
	t.Helper()
	sim, err := simulator.New(simulator.Options{
		AppSecret: appSecret, RedirectURIs: []string{redirectURI}, Conversations: -1, Shapes: shapes,
	})
	if err != nil {
		t.Fatal(err)
	}
	upstream := authtest.NewUpstream(t, sim)
	client, err := instagram.NewClient(instagram.ClientOptions{
		GraphURL: upstream.URL, APIURL: upstream.URL, AuthorizeURL: upstream.URL + "/oauth/authorize",
		AppID: simulator.DefaultAppID, AppSecret: appSecret, Timeout: 10 * time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	return &meta{Upstream: upstream, sim: sim, client: client}
}

// consent goes to the consent page with further parameters and returns what the browser comes back with.
func (m *meta) consent(t testing.TB, authURL, more string) url.Values {
	t.Helper()
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := browser.Get(authURL + more)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	back, err := resp.Location()
	if err != nil {
		page, _ := io.ReadAll(resp.Body)
		t.Fatalf("consent answers %d: %s", resp.StatusCode, bytes.TrimSpace(page))
	}
	return back.Query()
}

func TestInstagramConforms(t *testing.T) {
	t.Parallel()
	authtest.RunProvider(t, func(t *testing.T) *authtest.Subject {
		m := newMeta(t, simulator.Shapes{})
		return &authtest.Subject{
			Provider:    auth.NewInstagram(m.client, nil),
			Want:        casaUserID,
			Secrets:     []string{appSecret.Reveal()},
			RedirectURI: redirectURI,
			Answer: func(t *testing.T, authURL string) string {
				return m.consent(t, authURL, "&sim_approve="+casa).Get("code")
			},
			Upstream: m.Upstream,
			Steps:    []string{"/oauth/access_token", "/access_token", "/me"},
		}
	})
}

// TestInstagramAnswers takes every shape that Instagram's pages and traffic show, and tells what is missing.
func TestInstagramAnswers(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		shapes simulator.Shapes
		more   string
		want   error
	}{
		"flat, strings":             {simulator.Shapes{}, "&sim_approve=" + casa, nil},
		"wrapped, numbers, array":   {simulator.Shapes{Wrapped: true, NumericIDs: true, Permissions: "array", LowerTypes: true}, "&sim_approve=" + casa, nil},
		"permissions not named":     {simulator.Shapes{Permissions: "absent"}, "&sim_approve=" + casa, nil},
		"creator":                   {simulator.Shapes{NumericIDs: true}, "&sim_approve=velo.werk", nil},
		"personal account":          {simulator.Shapes{}, "&sim_approve=lena.unterwegs", auth.ErrPersonalAccount},
		"message permission denied": {simulator.Shapes{}, "&sim_approve=" + casa + "&sim_scopes=instagram_business_basic", auth.ErrMissingPermission},
		"the same as an array":      {simulator.Shapes{Permissions: "array"}, "&sim_approve=" + casa + "&sim_scopes=instagram_business_basic", auth.ErrMissingPermission},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMeta(t, tc.shapes)
			p := auth.NewInstagram(m.client, nil)
			begun, err := p.Begin(t.Context(), auth.BeginInput{State: "s", RedirectURI: redirectURI})
			if err != nil {
				t.Fatal(err)
			}
			for _, suffix := range []string{"", "#_"} { // a pasted code keeps Instagram's fragment
				code := m.consent(t, begun.URL, tc.more).Get("code")
				a, err := p.Finish(t.Context(), auth.FinishInput{Code: code + suffix, RedirectURI: redirectURI})
				if !errors.Is(err, tc.want) {
					t.Fatalf("err = %v, want %v", err, tc.want)
				}
				if err == nil && (len(a.Subject) != 17 || a.Subject != a.Grant.Profile.UserID || a.Subject == a.Grant.Profile.AppScopedID) {
					t.Errorf("subject %q of profile %+v", a.Subject, a.Grant.Profile)
				}
			}
		})
	}
}
