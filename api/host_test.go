package api_test

import (
	"strings"
	"testing"

	"parlor/api"
)

func TestForeignHostIsRefusedEverywhere(t *testing.T) {
	t.Parallel()
	c := app(t)
	hosts := []string{
		"evil.example", "localhost", "localhost:80", "localhost:8081", "localhost:8080.evil.example", "evil.example:8080", "", "127.0.0.2:8080",
		"localhost:8080@evil.example", "xn--localhost-:8080", "0.0.0.0:8080", "[::]:8080",
	}
	for _, name := range hosts {
		for _, target := range []string{"/", "/login", "/auth/providers", "/api/v1/ui/session", "/webhooks/instagram", "/openapi.json", "/nowhere"} {
			a := c.do("GET", target, host(name))
			a.refused(t, 421, "misdirected_request")
			if strings.Contains(a.body, "evil") || a.header.Get("Location") != "" {
				t.Errorf("Host %q shows in the answer of %s: %v %s", name, target, a.header, a.body)
			}
		}
	}
}

func TestForwardedHostIsIgnored(t *testing.T) {
	t.Parallel()
	a := app(t).do("GET", "/login", with("X-Forwarded-Host", "evil.example"), with("Forwarded", "host=evil.example"), with("X-Forwarded-Proto", "https"))
	if a.status != 200 || a.header.Get("Strict-Transport-Security") != "" {
		t.Errorf("answer = %d %v", a.status, a.header)
	}
}

func TestLoopbackAliasesLeadToThePublicOrigin(t *testing.T) {
	t.Parallel()
	c := app(t)
	tests := map[string]string{
		"/":                         origin + "/",
		"/login?error=denied":       origin + "/login?error=denied",
		"/auth/instagram/login":     origin + "/auth/instagram/login",
		"//evil.example/x":          origin + "/evil.example/x",
		"/%5cevil.example":          origin + "/%5cevil.example",
		"/a/b%2fc?return_to=//evil": origin + "/a/b%2fc?return_to=//evil",
	}
	for _, name := range []string{"127.0.0.1:8080", "[::1]:8080", "LOCALHOST:8080"} {
		for target, want := range tests {
			a := c.do("GET", target, host(name))
			if strings.EqualFold(name, "localhost:8080") {
				if a.status == 308 {
					t.Errorf("the public name itself is redirected: %s", target)
				}
				continue
			}
			if a.status != 308 || a.header.Get("Location") != want || a.header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s%s → %d %q, want 308 %q", name, target, a.status, a.header.Get("Location"), want)
			}
		}
	}
}

func TestOneHostOnHTTPS(t *testing.T) {
	t.Parallel()
	c := bare(t, func(d *api.Deps) { d.PublicURL, d.UI = mustURL(t, "https://Parlor.example"), built() })
	for _, name := range []string{"parlor.example", "PARLOR.example", "parlor.example:443"} {
		a := c.do("GET", "/login", host(name))
		if a.status != 200 || a.header.Get("Strict-Transport-Security") != "max-age=31536000" {
			t.Errorf("Host %s: %d %v", name, a.status, a.header)
		}
	}
	for _, name := range []string{"localhost", "127.0.0.1", "parlor.example:80", "www.parlor.example"} {
		c.do("GET", "/login", host(name)).refused(t, 421, "misdirected_request")
	}
}
