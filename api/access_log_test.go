package api_test

import (
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"parlor/api"
	"parlor/tenants"
)

// logLines keeps what a server logs.
type logLines struct{ ch chan string }

func (l logLines) Write(p []byte) (int, error) {
	l.ch <- string(p)
	return len(p), nil
}

func TestAccessLogHasNoSecrets(t *testing.T) {
	t.Parallel()
	lines := logLines{ch: make(chan string, 100)}
	c := bare(t, func(d *api.Deps) {
		d.Logger = slog.New(slog.NewJSONHandler(lines, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	const canary = "canary-7f3a"
	c.do("GET", "/auth/"+canary+"/elsewhere?code="+canary+"&state="+canary, with("Referer", canary))
	c.do("GET", "/api/v1/ui/conversations?cursor="+canary, with("Authorization", "Basic "+canary), with("Cookie", "parlor_session="+canary))
	c.do("GET", "/"+canary, host(canary+".example"), with("X-Request-Id", canary), with("X-Forwarded-For", canary))
	close(lines.ch)
	count := 0
	for line := range lines.ch {
		count++
		if strings.Contains(line, canary) {
			t.Errorf("the log has the canary: %s", line)
		}
		if strings.Contains(line, `"http.request"`) && !strings.Contains(line, `"request_id":"`) {
			t.Errorf("no request id: %s", line)
		}
	}
	if count < 3 {
		t.Errorf("only %d lines were logged", count)
	}
}

func TestLogOfASignInHasNoSecrets(t *testing.T) {
	t.Parallel()
	lines := logLines{ch: make(chan string, 1000)}
	s := newStack(t, options{change: func(d *api.Deps) {
		d.Logger = slog.New(slog.NewJSONHandler(lines, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}})
	b := s.browser()
	address := b.consent(t, "casalumen.studio")
	secrets := []string{address, password, appSecret, verifyToken}
	keep := func() {
		for _, value := range b.cookies {
			secrets = append(secrets, value)
		}
	}
	keep()
	if a := b.do("GET", address); a.status != http.StatusSeeOther {
		t.Fatalf("callback: %d", a.status)
	}
	keep()
	p := b.session(t)
	keep()
	key := s.key(p.accountID(), tenants.ConversationsRead)
	secrets = append(secrets, p.session.Token, key)
	s.converse(p.accountID(), "a name that stays inside", 1)
	p.do("GET", inboxPath)
	p.do("GET", inboxPath, with("Authorization", "Bearer "+p.session.Token)) // two of them: refused
	s.as(p.session.Token+"x").do("GET", inboxPath)
	s.as(key).do("GET", "/api/v1/conversations?key="+key)
	s.as(key+"x").do("GET", "/api/v1/conversations")
	s.do("POST", "/api/v1/ui/session", body("{}"), basic("operator", password+"x"))
	b.do("GET", address)
	close(lines.ch)
	var written strings.Builder
	for line := range lines.ch {
		written.WriteString(line)
	}
	all := written.String()
	for _, secret := range append(secrets, "stays inside", "message 1 of") {
		if strings.Contains(all, secret) {
			t.Errorf("the log has a secret of %d bytes", len(secret))
		}
	}
	for _, want := range []string{`"auth.refused"`, `"reason":"`, `"account_id":"` + p.accountID().String() + `"`, `"route":"/auth/:provider/callback"`} {
		if !strings.Contains(all, want) {
			t.Errorf("the log lacks %s", want)
		}
	}
}
