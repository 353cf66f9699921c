package api_test

import (
	"net/http"
	"strings"
	"testing"
)

var methods = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions,
	http.MethodTrace, "PROPFIND",
}

// oddPaths lead under /api in one spelling or another, or next to a route.
var oddPaths = []string{
	"/api", "/api/", "/api/v1", "/api/v2/ui/session", "/api/v1/ui", "/api/v1/ui/", "/api/v1/ui/session/", "/api/v1/ui/sessionz",
	"/api/v1/ui/conversations/", "/api/v1/ui/conversations/x/y", "/api/v1/operator/nowhere", "/api/v1/conversations/", "/api/v1/nowhere",
	"//api/v1/ui/session", "/api//v1/ui/session", "/api/v1/ui/./session", "/api/v1/ui/../ui/session", "/x/../api/v1/ui/session",
	"/API/v1/ui/session", "/Api/V1/ui/conversations", "/%61pi/v1/ui/nowhere", "/api%2fv1%2fui%2fnowhere", "/api/v1/ui/session%2f",
	"/api/v1/ui/session;x=1", "/api/v1/ui/session%00", "/api/v1/ui/conversations/%2e%2e/session",
}

func TestUnlistedIsRefusedBeforeItIsMissing(t *testing.T) {
	t.Parallel()
	c := app(t)
	for _, target := range oddPaths {
		for _, method := range methods {
			a := c.do(method, target)
			if a.status != http.StatusUnauthorized {
				t.Errorf("%s %s = %d, want 401", method, target, a.status)
			}
			if strings.Contains(a.body, "<title>") {
				t.Errorf("%s %s answers with the page", method, target)
			}
		}
	}
}

func TestMethodOverrideIsNotRead(t *testing.T) {
	t.Parallel()
	c := app(t)
	for _, name := range []string{"X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"} {
		c.do("POST", "/login?_method=GET", with(name, "GET")).refused(t, 405, "method_not_allowed")
	}
	for _, name := range []string{"X-Original-URL", "X-Rewrite-URL"} {
		if a := c.do("GET", "/login", with(name, "/api/v1/ui/session")); a.status != 200 {
			t.Errorf("%s changes the answer: %d", name, a.status)
		}
		c.do("GET", "/api/v1/ui/session", with(name, "/login")).refused(t, 401, "missing_token")
	}
}

func TestExactlyOneCredential(t *testing.T) {
	t.Parallel()
	c := bare(t, nil)
	key := "parlor_abcdefgh_" + strings.Repeat("x", 32) + "_00000000"
	tests := map[string][]change{
		"two Authorization headers": {with("Authorization", "Bearer a"), with("Authorization", "Bearer a")},
		"a list in one header":      {with("Authorization", "Bearer a, Bearer b")},
		"two keys":                  {with("X-API-Key", key), with("X-API-Key", key)},
		"a token and a key":         {with("Authorization", "Bearer a"), with("X-API-Key", key)},
		"a password and a key":      {with("Authorization", "Basic YTpi"), with("X-API-Key", key)},
	}
	for name, changes := range tests {
		for _, target := range []string{"/api/v1/ui/session", "/api/v1/ui/conversations", "/api/v1/conversations", "/api/v1/nowhere"} {
			a := c.do("GET", target, changes...)
			if p := a.problem(t); a.status != 400 || p.Code != "invalid_request" {
				t.Errorf("%s at %s = %d %s", name, target, a.status, p.Code)
			}
		}
	}
}

func TestRefusalsCarryTheBearerChallengeAlone(t *testing.T) {
	t.Parallel()
	c := bare(t, nil)
	tests := map[string]struct {
		change    change
		challenge string
	}{
		"nothing sent": {with("Accept", "application/json"), `Bearer realm="api"`},
		"a password":   {with("Authorization", "Basic YTpi"), `Bearer realm="api"`},
		"a cookie":     {with("Cookie", "parlor_session=x; __Host-parlor_session=x"), `Bearer realm="api"`},
		"a key in the query": {func(r *http.Request) {
			r.URL.RawQuery = "access_token=a&api_key=parlor_x&key=parlor_x"
		}, `Bearer realm="api"`},
	}
	for name, tc := range tests {
		for _, target := range []string{"/api/v1/ui/session", "/api/v1/ui/conversations", "/api/v1/ui/events", "/api/v1/conversations", "/api/x"} {
			a := c.do("GET", target, tc.change)
			if got := a.header.Values("WWW-Authenticate"); a.status != 401 || len(got) != 1 || got[0] != tc.challenge {
				t.Errorf("%s at %s: %d %q, want 401 %q", name, target, a.status, got, tc.challenge)
			}
			if a.header.Get("Cache-Control") != "no-store" || a.header.Get("Vary") != "Authorization" {
				t.Errorf("%s at %s may be cached: %v", name, target, a.header)
			}
		}
	}
}

func TestLimitsOfSize(t *testing.T) {
	t.Parallel()
	c := app(t)
	c.do("GET", "/login", with("X-Padding", strings.Repeat("x", 17<<10))).refused(t, 431, "headers_too_large")
	c.do("GET", "/login?"+strings.Repeat("x", 17<<10)).refused(t, 431, "headers_too_large")
	if a := c.do("GET", "/login", with("X-Padding", strings.Repeat("x", 15<<10))); a.status != 200 {
		t.Errorf("15 kB of headers: %d", a.status)
	}
	c.do("POST", "/api/v1/ui/session", body(strings.Repeat(" ", 65<<10))).refused(t, 413, "body_too_large")
	c.do("POST", "/webhooks/instagram", body(strings.Repeat(" ", 5<<20))).refused(t, 413, "body_too_large")
}

func TestNoAnswerAllowsAnotherOrigin(t *testing.T) {
	t.Parallel()
	c := app(t)
	for _, from := range []string{"https://evil.example", "null", origin} {
		for _, method := range []string{"GET", "OPTIONS"} {
			for _, target := range []string{"/", "/api/v1/ui/session", "/auth/providers", "/openapi.json"} {
				a := c.do(method, target, with("Origin", from), with("Access-Control-Request-Method", "GET"), host("evil.example"))
				for name := range a.header {
					if strings.HasPrefix(name, "Access-Control-") {
						t.Errorf("%s %s for %s answers %s", method, target, from, name)
					}
				}
			}
		}
	}
}
