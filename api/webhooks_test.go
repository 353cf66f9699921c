package api_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"parlor/api"
	"parlor/conversations"
	"parlor/instagram"
	"parlor/tenants"
)

const webhooks = "/webhooks/instagram"

// signed is a delivery as Meta sends it.
func signed(text string) []change {
	return []change{body(text), with("X-Hub-Signature-256", instagram.Sign([]byte(appSecret), []byte(text)))}
}

// item is one inbound text message of a delivery.
func item(sender, recipient, mid, text string) string {
	return fmt.Sprintf(`{"sender":{"id":%q},"recipient":{"id":%q},"timestamp":%d,"message":{"mid":%q,"text":%q}}`,
		sender, recipient, time.Now().UnixMilli(), mid, text)
}

func delivery(entry string, items ...string) string {
	return fmt.Sprintf(`{"object":"instagram","entry":[{"id":%q,"time":%d,"messaging":[%s]}]}`,
		entry, time.Now().UnixMilli(), strings.Join(items, ","))
}

// deliveries counts what was stored.
func (s *stack) deliveries() (n int) {
	s.t.Helper()
	if err := s.database.Admin(s.t).QueryRow(s.t.Context(), "select count(*) from platform.deliveries").Scan(&n); err != nil {
		s.t.Fatal(err)
	}
	return n
}

func TestOnlySignedWebhooksAreStored(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	text := delivery("17841463072915507", item("711", "17841463072915507", "m1", "hello"))
	right := instagram.Sign([]byte(appSecret), []byte(text))
	refused := map[string]struct {
		changes []change
		status  int
		code    string
	}{
		"unsigned":               {[]change{body(text)}, 401, "invalid_signature"},
		"signed by another":      {[]change{body(text), with("X-Hub-Signature-256", instagram.Sign([]byte("another secret"), []byte(text)))}, 401, "invalid_signature"},
		"by an empty key":        {[]change{body(text), with("X-Hub-Signature-256", instagram.Sign(nil, []byte(text)))}, 401, "invalid_signature"},
		"another body":           {[]change{body(text + " "), with("X-Hub-Signature-256", right)}, 401, "invalid_signature"},
		"a truncated body":       {[]change{body(text[:len(text)/2]), with("X-Hub-Signature-256", right)}, 401, "invalid_signature"},
		"a truncated signature":  {[]change{body(text), with("X-Hub-Signature-256", right[:40])}, 401, "invalid_signature"},
		"the old header":         {[]change{body(text), with("X-Hub-Signature", right)}, 401, "invalid_signature"},
		"no prefix":              {[]change{body(text), with("X-Hub-Signature-256", strings.TrimPrefix(right, "sha256="))}, 401, "invalid_signature"},
		"unsigned and no JSON":   {[]change{body("}{")}, 401, "invalid_signature"},
		"empty":                  {[]change{body("")}, 401, "invalid_signature"},
		"5 MB, signed":           {signed(strings.Repeat(" ", 5<<20)), 413, "body_too_large"},
		"5 MB of unknown length": {append(signed(strings.Repeat(" ", 5<<20)), func(r *http.Request) { r.ContentLength = -1 }), 413, "body_too_large"},
	}
	for name, tc := range refused {
		a := s.do("POST", webhooks, tc.changes...)
		if p := a.problem(t); p.Status != tc.status || p.Code != tc.code {
			t.Errorf("%s: %d %s, want %d %s", name, p.Status, p.Code, tc.status, tc.code)
		}
	}
	if n := s.deliveries(); n != 0 {
		t.Fatalf("%d refused deliveries were stored", n)
	}
	stored := map[string]string{
		"a message": text, "no JSON": "}{", "another object": `{"object":"page","entry":[]}`, "an unknown account": delivery("1", item("7", "1", "m2", "x")),
		"an array around": "[" + delivery("17841463072915507", item("711", "17841463072915507", "m3", "y")) + "]", "4 MiB": text + strings.Repeat(" ", 4<<20-len(text)),
	}
	for name, text := range stored {
		if a := s.do("POST", webhooks, signed(text)...); a.status != http.StatusOK {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	if n := s.deliveries(); n != len(stored) {
		t.Errorf("%d of %d deliveries were stored", n, len(stored))
	}
}

func TestWebhookBecomesAConversationDespiteABadItem(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	p := s.owner("casalumen.studio")
	const account = "17841463072915507"
	text := delivery(account, item("711", account, "m1", "first"), `"not an object"`, `{"sender":7}`, item("712", account, "m2", "second"))
	if a := s.do("POST", webhooks, signed(text)...); a.status != http.StatusOK {
		t.Fatalf("delivery: %d %s", a.status, a.body)
	}
	var inbox api.ConversationPage
	eventually(t, "both messages arrive", func() bool {
		inbox = read[api.ConversationPage](t, p.do("GET", "/api/v1/ui/conversations"))
		return len(inbox.Items) == 2
	})
	for _, c := range inbox.Items {
		if c.Unread == nil || *c.Unread != 1 || c.InboundSeq != 1 || c.Window.State != "open" || c.Window.ClosesAt == nil || c.WaitingSince == nil {
			t.Errorf("conversation = %+v", c)
		}
	}
}

func TestWebhookWithTheDatabaseAway(t *testing.T) {
	t.Parallel()
	nowhere := must(tenants.OpenPlatform(t.Context(), "postgres://parlor@127.0.0.1:1/parlor", tenants.Options{}))(t)
	defer nowhere.Close()
	c := bare(t, func(d *api.Deps) {
		d.WebhookSecrets = [][]byte{[]byte(appSecret)}
		d.Ingest = conversations.NewIngest(conversations.IngestOptions{Platform: nowhere})
	})
	text := delivery("17841463072915507", item("711", "17841463072915507", "m1", "hello"))
	a := c.do("POST", webhooks, signed(text)...)
	a.refused(t, 503, "unavailable") // so that Meta sends it again
	if a.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	c.do("POST", webhooks, body(text)).refused(t, 401, "invalid_signature")
}

func TestHandshake(t *testing.T) {
	t.Parallel()
	c := bare(t, func(d *api.Deps) { d.VerifyToken = verifyToken })
	ask := func(mode, token, challenge string) answer {
		query := url.Values{"hub.mode": {mode}, "hub.verify_token": {token}, "hub.challenge": {challenge}}
		return c.do("GET", webhooks+"?"+query.Encode())
	}
	a := ask("subscribe", verifyToken, "1158201444")
	if a.status != 200 || a.body != "1158201444" || !strings.HasPrefix(a.header.Get("Content-Type"), "text/plain") {
		t.Errorf("handshake = %d %q %v", a.status, a.body, a.header)
	}
	for name, a := range map[string]answer{
		"wrong token": ask("subscribe", "x", "1"), "no token": ask("subscribe", "", "1"), "another mode": ask("unsubscribe", verifyToken, "1"),
		"markup": ask("subscribe", verifyToken, "<script>"), "nothing": c.do("GET", webhooks),
	} {
		if p := a.problem(t); p.Status != 403 || p.Code != "handshake_refused" || strings.Contains(a.body, "script") {
			t.Errorf("%s = %d %s", name, a.status, a.body)
		}
	}
	off := bare(t, nil)
	off.do("GET", webhooks+"?hub.mode=subscribe&hub.verify_token=&hub.challenge=1").refused(t, 401, "invalid_signature")
	off.do("POST", webhooks, signed("{}")...).refused(t, 401, "invalid_signature")
}
