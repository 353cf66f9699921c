package api_test

import (
	"compress/gzip"
	"io"
	"strings"
	"testing"
	"testing/fstest"

	"parlor/api"
)

// built is a small app as Vite leaves it.
func built() fstest.MapFS {
	script := strings.Repeat("console.log('parlor')\n", 100)
	return fstest.MapFS{
		".gitkeep":                 {},
		".vite/manifest.json":      {Data: []byte(`{"secret":"layout"}`)},
		"index.html":               {Data: []byte("<!doctype html><title>Parlor</title>")},
		"theme.js":                 {Data: []byte("document.documentElement.classList.add('dark')")},
		"assets/index-1a2b.js":     {Data: []byte(script)},
		"assets/index-1a2b.js.map": {Data: []byte("{}")},
		"push-worker.js":           {Data: []byte("addEventListener('push', tell)")},
		"favicon.svg":              {Data: []byte("<svg/>")},
	}
}

func app(t *testing.T) *client {
	t.Helper()
	return bare(t, func(d *api.Deps) { d.UI = built() })
}

func TestPagesOfTheApp(t *testing.T) {
	t.Parallel()
	c := app(t)
	for _, target := range []string{"/", "/login", "/login?error=denied", "/a/amara.bakes/inbox", "/a/casalumen/inbox/0198", "/a/velo.werk", "/staff"} {
		a := c.do("GET", target)
		if a.status != 200 || !strings.Contains(a.body, "<title>Parlor") {
			t.Errorf("GET %s = %d %.60q", target, a.status, a.body)
		}
		for name, want := range map[string]string{
			"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff",
			"Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin", "Vary": "Accept-Encoding",
		} {
			if got := a.header.Get(name); got != want {
				t.Errorf("GET %s: %s = %q, want %q", target, name, got, want)
			}
		}
	}
}

func TestPagePolicyAllowsOurOriginAlone(t *testing.T) {
	t.Parallel()
	policy := app(t).do("GET", "/").header.Get("Content-Security-Policy")
	for _, want := range []string{
		"default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "base-uri 'none'",
		"frame-ancestors 'none'", "form-action 'self'", "worker-src 'self'", "require-trusted-types-for 'script'", "trusted-types vue parlor-worker",
	} {
		if !strings.Contains(policy, want) {
			t.Errorf("policy lacks %q: %s", want, policy)
		}
	}
	for _, never := range []string{"unsafe", "http:", "https:", "*"} {
		if strings.Contains(policy, never) {
			t.Errorf("policy has %q: %s", never, policy)
		}
	}
}

// The worker goes by its own script's policy: it loads a notice's icon, asks nobody, and is never an old one.
func TestWorkerHasAPolicyOfItsOwn(t *testing.T) {
	t.Parallel()
	a := app(t).do("GET", "/push-worker.js")
	if got := a.header.Get("Content-Security-Policy"); got != "default-src 'none'; img-src 'self'; frame-ancestors 'none'" {
		t.Errorf("policy %q", got)
	}
	if a.status != 200 || a.header.Get("Cache-Control") != "no-cache" || a.header.Get("Content-Type") != "text/javascript; charset=utf-8" {
		t.Errorf("%d %v", a.status, a.header)
	}
}

func TestFilesOfTheApp(t *testing.T) {
	t.Parallel()
	c := app(t)
	tests := map[string]struct{ contentType, cache string }{
		"/assets/index-1a2b.js": {"text/javascript; charset=utf-8", "public, max-age=31536000, immutable"},
		"/theme.js":             {"text/javascript; charset=utf-8", "no-cache"},
		"/favicon.svg":          {"image/svg+xml", "no-cache"},
	}
	for target, want := range tests {
		a := c.do("GET", target)
		if a.status != 200 || a.header.Get("Content-Type") != want.contentType || a.header.Get("Cache-Control") != want.cache {
			t.Errorf("GET %s = %d %q %q", target, a.status, a.header.Get("Content-Type"), a.header.Get("Cache-Control"))
		}
	}
}

func TestWhatIsNoFileIsNeverThePage(t *testing.T) {
	t.Parallel()
	c := app(t)
	for _, target := range []string{
		"/assets/index-gone.js", "/assets/", "/assets/page", "/index-old.js", "/index.html", "/.vite/manifest.json", "/.gitkeep",
		"/assets/index-1a2b.js.map", "/login/", "//", "/a/../etc/passwd", "/./login", "/wp-login.php",
		"/healthz", "/readyz", "/metrics", "/webhooks", "/auth", "/auth/", "/webhooks/other",
	} {
		c.do("GET", target).refused(t, 404, "not_found")
	}
}

func TestCompressionAndETags(t *testing.T) {
	t.Parallel()
	c := app(t)
	plain := c.do("GET", "/assets/index-1a2b.js")
	packed := c.do("GET", "/assets/index-1a2b.js", with("Accept-Encoding", "br, gzip"))
	if packed.header.Get("Content-Encoding") != "gzip" || len(packed.body) >= len(plain.body) {
		t.Fatalf("not compressed: %v", packed.header)
	}
	r, err := gzip.NewReader(strings.NewReader(packed.body))
	if err != nil {
		t.Fatal(err)
	}
	if unpacked, err := io.ReadAll(r); err != nil || string(unpacked) != plain.body {
		t.Errorf("other content inside: %v", err)
	}
	if plain.header.Get("ETag") == packed.header.Get("ETag") {
		t.Error("both encodings have one ETag")
	}
	again := c.do("GET", "/assets/index-1a2b.js", with("If-None-Match", plain.header.Get("ETag")))
	if again.status != 304 || again.body != "" {
		t.Errorf("with the ETag: %d %q", again.status, again.body)
	}
	if refused := c.do("GET", "/theme.js", with("Accept-Encoding", "gzip;q=0")); refused.header.Get("Content-Encoding") != "" {
		t.Error("compressed though the caller refuses it")
	}
	head := c.do("HEAD", "/login")
	if head.status != 200 || head.body != "" || head.header.Get("Content-Length") == "" {
		t.Errorf("HEAD = %d %q %v", head.status, head.body, head.header)
	}
	post := c.do("POST", "/login")
	post.refused(t, 405, "method_not_allowed")
	if post.header.Get("Allow") != "GET, HEAD" {
		t.Errorf("Allow = %q", post.header.Get("Allow"))
	}
}

func TestAppThatWasNotBuilt(t *testing.T) {
	t.Parallel()
	for name, files := range map[string]fstest.MapFS{"no files": nil, "only .gitkeep": {".gitkeep": {}}} {
		c := bare(t, func(d *api.Deps) {
			if files != nil {
				d.UI = files
			}
		})
		a := c.do("GET", "/login")
		if a.status != 503 || strings.Count(a.body, "\n") != 1 || !strings.Contains(a.body, "make web") {
			t.Errorf("%s: %d %q", name, a.status, a.body)
		}
		c.do("GET", "/api/v1/ui/session").refused(t, 401, "missing_token")
		c.do("GET", "/assets/x.js").refused(t, 404, "not_found")
	}
}
