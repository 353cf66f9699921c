package api_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"parlor/api"
)

func TestProvidersAreListedForTheLoginPage(t *testing.T) {
	t.Parallel()
	self, proxied := newStack(t, options{}), newStack(t, options{proxy: true})
	a := self.do("GET", "/auth/providers")
	want := `{"providers":[{"id":"bootstrap","kind":"password","label":"Operator sign-in","login_url":""},` +
		`{"id":"instagram","kind":"redirect","label":"Instagram","login_url":"/auth/instagram/login"}]}`
	if a.status != 200 || strings.TrimSpace(a.body) != want || a.header.Get("Cache-Control") != "no-store" {
		t.Errorf("providers = %d %s %v", a.status, a.body, a.header)
	}
	list := read[api.ProviderList](t, proxied.do("GET", "/auth/providers"))
	if got := list.Providers[0]; got.Kind != "redirect" || got.LoginURL != "/auth/bootstrap/login" {
		t.Errorf("bootstrap behind a proxy = %+v", got)
	}
}

// hostileTargets must never be where a sign-in ends.
var hostileTargets = []string{
	"https://evil.example", "//evil.example", `/\evil.example`, `\\evil.example`, "/a/../../evil.example//x", "http:evil.example",
	"javascript:alert(1)", "data:text/html,x", "/api/v1/ui/session", "/auth/instagram/login", "/a/x\r\nSet-Cookie: a=b", "/a/\tx", "%2f%2fevil.example",
	"/%2fevil.example", "/%5cevil.example", "///evil.example", "/a//evil.example", "https:/evil.example", "@evil.example", "/login@evil.example:80", ".evil.example",
	"/.evil.example", "/webhooks/instagram", "/openapi.json", " //evil.example", "/a/x?next=//evil.example#//evil.example",
}

func TestNoSignInEndsElsewhere(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{proxy: true})
	allowed := func(location string) bool {
		u, err := url.Parse(location)
		clean := err == nil && u.Host == "" && u.Scheme == "" && !strings.ContainsAny(location, "\\\r\n\t")
		return clean && (u.Path == "/" || u.Path == "/login" || (strings.HasPrefix(u.Path, "/a/") && !strings.Contains(u.Path, "//") && !strings.Contains(u.Path, "..")))
	}
	for _, target := range hostileTargets {
		a := s.do("GET", "/auth/bootstrap/login?return_to="+url.QueryEscape(target), proxied("operator")...)
		if location := a.header.Get("Location"); a.status != http.StatusSeeOther || !allowed(location) {
			t.Errorf("return_to %q leads to %d %q", target, a.status, location)
		}
		b := s.browser()
		begun := b.do("GET", "/auth/instagram/login?return_to="+url.QueryEscape(target))
		state := must(url.Parse(begun.header.Get("Location")))(t).Query().Get("state")
		back := b.do("GET", "/auth/instagram/callback?error=access_denied&state="+url.QueryEscape(state))
		if location := back.header.Get("Location"); back.status != http.StatusSeeOther || !allowed(location) || strings.Contains(location, "evil") {
			t.Errorf("return_to %q, denied, leads to %d %q", target, back.status, location)
		}
	}
	a := s.do("GET", "/auth/bootstrap/login?return_to=/a/casalumen.studio/inbox/7", proxied("operator")...)
	if a.header.Get("Location") != "/a/casalumen.studio/inbox/7" {
		t.Errorf("an honest return_to leads to %q", a.header.Get("Location"))
	}
}

// proxied is a request as the guarded location of nginx sends it; httptest's peer is 192.0.2.1.
func proxied(user string) []change {
	return []change{with("X-Remote-User", user), with("X-Proxy-Auth", proxySecret)}
}

func TestProxySignInNeedsBothHalves(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{proxy: true})
	tests := map[string][]change{
		"straight to the app":  {with("X-Remote-User", "operator")},
		"a wrong secret":       {with("X-Remote-User", "operator"), with("X-Proxy-Auth", proxySecret[1:])},
		"an empty secret":      {with("X-Remote-User", "operator"), with("X-Proxy-Auth", "")},
		"nobody":               {with("X-Proxy-Auth", proxySecret)},
		"an empty user":        {with("X-Remote-User", ""), with("X-Proxy-Auth", proxySecret)},
		"two users":            append(proxied("helen"), with("X-Remote-User", "operator")),
		"two secrets":          append(proxied("operator"), with("X-Proxy-Auth", proxySecret)),
		"from elsewhere":       append(proxied("operator"), func(r *http.Request) { r.RemoteAddr = "203.0.113.9:1" }),
		"a claimed address":    append(proxied("operator"), func(r *http.Request) { r.RemoteAddr = "203.0.113.9:1" }, with("X-Forwarded-For", "192.0.2.1")),
		"a password with it":   {basic("operator", password)},
		"an unknown user":      proxied("mallory"),
		"underscores":          {with("X_Remote_User", "operator"), with("X-Proxy-Auth", proxySecret)},
		"a password, no proxy": {with("X-Proxy-Auth", proxySecret), basic("operator", password)},
	}
	for name, changes := range tests {
		a := s.do("GET", "/auth/bootstrap/login", changes...)
		if a.header.Get("Set-Cookie") != "" || a.header.Get("Location") == "/" || strings.Contains(a.header.Get("WWW-Authenticate"), "Basic") {
			t.Errorf("%s: %d %v", name, a.status, a.header)
		}
	}
	for _, target := range []string{"/auth/bootstrap/login/", "/auth/BOOTSTRAP/login", "/auth//bootstrap/login", "/AUTH/bootstrap/login"} {
		if a := s.do("GET", target, proxied("operator")...); a.status != 404 {
			t.Errorf("%s = %d", target, a.status)
		}
	}
	b := s.browser()
	if a := b.do("GET", "/auth/bootstrap/login", proxied("helen")...); a.status != 303 || a.header.Get("Location") != "/" {
		t.Fatalf("sign-in by proxy: %d %s", a.status, a.body)
	}
	if got := b.session(t).session; got.User.Name != "helen" || *got.StaffRole != "support" {
		t.Errorf("session = %+v", got)
	}
	s.do("POST", "/api/v1/ui/session", body("{}"), basic("operator", password)).refused(t, 404, "provider_disabled")
}

func TestDoorsThatDoNotExist(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	for _, target := range []string{"/auth/oidc/login", "/auth/bootstrap/login", "/auth/Instagram/login", "/auth/%2e%2e/login", "/auth/x%00y/login"} {
		a := s.do("GET", target, proxied("operator")...)
		if a.header.Get("Set-Cookie") != "" || a.status == 303 && a.header.Get("Location") == "/" {
			t.Errorf("%s opens: %d %v", target, a.status, a.header)
		}
	}
	s.do("GET", "/auth/oidc/login").refused(t, 404, "provider_disabled")
	s.do("GET", "/auth/oidc/nowhere").refused(t, 404, "not_found")
}

func TestCallbacksThatAreNotOurs(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	victim, attacker := s.browser(), s.browser()
	address := attacker.consent(t, "casalumen.studio")
	tests := map[string]struct {
		browser *browser
		target  string
	}{
		"another browser":   {victim, address},
		"an invented state": {attacker, "/auth/instagram/callback?code=x&state=" + strings.Repeat("a", 43)},
		"no state":          {attacker, "/auth/instagram/callback?code=x"},
		"two states":        {attacker, address + "&state=x"},
		"script as error":   {attacker, "/auth/instagram/callback?error=<script>alert(1)</script>&error_description=%0d%0aX:%20y&state=x"},
		"another provider":  {attacker, strings.Replace(address, "/instagram/", "/oidc/", 1)},
	}
	for name, tc := range tests {
		a := tc.browser.do("GET", tc.target)
		location := must(url.Parse(a.header.Get("Location")))(t)
		if a.status != http.StatusSeeOther || location.Path != "/login" || location.Query().Get("error") == "" || tc.browser.cookies["parlor_session"] != "" {
			t.Errorf("%s: %d %s", name, a.status, a.header.Get("Location"))
		}
		if strings.Contains(a.header.Get("Location"), "script") || a.header.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s: %v", name, a.header)
		}
	}
	if a := s.do("GET", "/auth/instagram/callback?code=x&state=y", with("Accept", "application/json")); a.problem(t).Code != "state_invalid" || a.status != 400 {
		t.Errorf("for a program: %d %s", a.status, a.body)
	}
}

func TestRefusedSignInsLeadToTheLoginPage(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	personal := s.browser()
	if a := personal.do("GET", personal.consent(t, "lena.unterwegs")); a.status != 303 || a.header.Get("Location") != "/login?error=personal_account&return_to=%2Fa%2Flena.unterwegs%2Finbox" {
		t.Errorf("personal account: %d %q", a.status, a.header.Get("Location"))
	}
	used := s.browser()
	address := used.consent(t, "nordkaffee")
	if a := used.do("GET", address); a.status != 303 || used.cookies["parlor_session"] == "" {
		t.Fatalf("first use: %d %v", a.status, a.header)
	}
	before := used.cookies["parlor_session"]
	if a := used.do("GET", address); !strings.HasPrefix(a.header.Get("Location"), "/login?error=state_invalid") {
		t.Errorf("second use: %d %q", a.status, a.header.Get("Location"))
	}
	if used.cookies["parlor_session"] != before {
		t.Error("a refused callback touches the session")
	}
	for name := range used.cookies {
		if strings.HasPrefix(name, "parlor_flow_") {
			t.Errorf("%s is left over", name)
		}
	}
}
