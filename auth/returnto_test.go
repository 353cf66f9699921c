package auth_test

import (
	"strings"
	"testing"

	"parlor/auth"
)

// TestCleanReturnToDropsHostileTargets goes home instead of anywhere that is not plainly a page of the app.
func TestCleanReturnToDropsHostileTargets(t *testing.T) {
	t.Parallel()
	hostile := []string{
		"", "https://evil.example", "http://evil.example/a/x", "//evil.example", "///evil.example", "////evil.example",
		`/\evil.example`, `\/evil.example`, `\\evil.example`, `/\/evil.example`, "/%2f/evil.example", "/%5cevil.example",
		"/a//evil.example", "/a/x//y", "https:evil.example", "https:/evil.example", "javascript:alert(1)", "JavaScript:alert(1)",
		"data:text/html,x", "vbscript:x", "mailto:x@evil.example", "/javascript:alert(1)", "/a/javascript:alert(1)",
		" /a/x", "/a/x ", "\t/a/x", "/\t/evil.example", "/a/x\r\nSet-Cookie: x=y", "/a/x\n", "/a/\x00", "/a/x\x7f",
		"/a/../api/v1/ui/session", "/a/./x", "/a/..", "/a/.", "/../a/x", "/a/%2e%2e/x", "/a/x%00", "/a/x%0d%0a",
		"/api/v1/ui/session", "/auth/instagram/login", "/auth/bootstrap/login", "/webhooks/instagram", "/media/x", "/docs", "/openapi.json",
		"/logout", "/login/../api", "/login?error=denied", "/staff/x", "/login/", "/a", "/a/", "/a/x/", "/A/x", "/b/x",
		"/a/x#https://evil.example", "/a/x@evil.example", "/@evil.example", "/a/x;evil", "/a/x?next=https://evil.example", "/a/x?a=b%2f",
		"/a/x?y=<script>", "/a/x?y=a b", "/a/x\u2028y", "/a/ｅvil", "/a/x\u202e", "．/a/x", "/a/" + strings.Repeat("x", 512), "a/x", "?a=b", "#x", ".", "..",
		"//a/x", "/a/x??", "/login\\", "http:///a/x", "/a/x?\\", "/a/~/..",
	}
	for _, target := range hostile {
		if got := auth.CleanReturnTo(target); got != "/" {
			t.Errorf("%q: went to %q", target, got)
		}
	}
	if len(hostile) < 40 {
		t.Errorf("%d targets", len(hostile))
	}
}

// TestCleanReturnToKeepsPages keeps the app's own pages as they are.
func TestCleanReturnToKeepsPages(t *testing.T) {
	t.Parallel()
	for _, page := range []string{
		"/", "/login", "/staff", "/a/casalumen/inbox", "/a/casa.lumen_2/inbox/0193a1b2-0000-7000-8000-000000000001", "/a/x/inbox?unread=true&cursor=a-b_c.~",
	} {
		if got := auth.CleanReturnTo(page); got != page {
			t.Errorf("%q: went to %q", page, got)
		}
	}
}
