package api_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"parlor/api"
	"parlor/tenants"
)

const connectionPath = "/api/v1/ui/connection"

// odd is an event of a kind that nobody knows yet.
const odd = `{"sender":{"id":"711"},"recipient":{"id":"1"},"timestamp":1795000000000,"hologram":{}}`

// connection reads how a person's account is connected.
func (p person) connection() api.Connection {
	p.t.Helper()
	return read[api.Connection](p.t, p.do("GET", connectionPath))
}

// receive delivers items for a person's account and waits until each is settled.
func (s *stack) receive(p person, items ...string) {
	s.t.Helper()
	before := p.connection().Ledger.Received
	if a := s.do("POST", webhooks, signed(delivery(p.connection().InstagramUserID, items...))...); a.status != http.StatusOK {
		s.t.Fatalf("webhook: %d %s", a.status, a.body)
	}
	eventually(s.t, "the ledger is settled", func() bool {
		c := p.connection() // the delivery is noted last
		return c.Ledger.Received == before+int64(len(items)) && c.Ledger.Pending == 0 && c.LastWebhookAt != nil
	})
}

// eventOf is an event of the person's account.
func (s *stack) eventOf(p person) string {
	s.t.Helper()
	s.receive(p, odd)
	return read[api.LedgerEventPage](s.t, p.do("GET", connectionPath+"/events")).Items[0].ID
}

// lose is what happens when Instagram refuses the account's token.
func (s *stack) lose(p person) {
	s.t.Helper()
	s.database.Exec(s.t, `update platform.accounts set status = 'needs_reconnect', status_reason = 'token_expired', status_at = now()
		where account_id = $1`, p.accountID())
}

func TestConnectionIsShown(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	p := s.owner("casalumen.studio")
	user := p.connection().InstagramUserID
	s.receive(p, item("711", user, "m1", "hello"), item("711", user, "m1", "hello"), odd)
	c := p.connection()
	if c.Status != "active" || c.StatusReason != "" || c.Username != "casalumen.studio" || !c.Subscribed || !c.CanReconnect || c.LastWebhookAt == nil {
		t.Errorf("shown: %+v", c)
	}
	if c.DaysLeft == nil || *c.DaysLeft < 58 || c.Alarm != 0 || len(c.Permissions) != 2 || len(c.MissingPermissions) != 0 || c.HumanAgent.Allowed {
		t.Errorf("shown: %+v", c)
	}
	if c.Ledger != (api.Ledger{Received: 3, Applied: 1, Skipped: 2}) {
		t.Errorf("ledger %+v", c.Ledger)
	}
	raw := p.do("GET", connectionPath).body
	for _, want := range []string{`"missing_permissions":[]`, `"subscribed_fields":[`, `"human_agent":{"allowed":false,"confirmed":false}`, `"backfill":null`, `"proof_fault":""`} {
		if !strings.Contains(raw, want) {
			t.Errorf("lacks %s: %s", want, raw)
		}
	}
	if strings.Contains(raw, "IGAA") {
		t.Error("a token is shown")
	}
}

// TestEventsAndReplay lists what came, by its outcome, and applies one again.
func TestEventsAndReplay(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	p := s.owner("casalumen.studio")
	user := p.connection().InstagramUserID
	s.receive(p, item("711", user, "m1", "hello"), item("711", user, "m1", "hello"), "7", odd)
	for outcome, want := range map[string]int{"applied": 1, "skipped": 2, "failed": 1, "pending": 0} {
		page := read[api.LedgerEventPage](t, p.do("GET", connectionPath+"/events?outcome="+outcome))
		if len(page.Items) != want {
			t.Errorf("%s: %+v", outcome, page.Items)
		}
		for _, e := range page.Items {
			if e.Outcome != outcome || e.SettledAt == nil {
				t.Errorf("%s: %+v", outcome, e)
			}
		}
	}
	all := read[api.LedgerEventPage](t, p.do("GET", connectionPath+"/events?limit=3"))
	rest := read[api.LedgerEventPage](t, p.do("GET", connectionPath+"/events?limit=3&cursor="+*all.NextCursor))
	if len(all.Items) != 3 || len(rest.Items) != 1 || rest.NextCursor != nil {
		t.Errorf("pages %+v, %+v", all, rest)
	}
	p.do("GET", connectionPath+"/events?outcome=lost").refused(t, 422, "validation_failed")
	one := func(outcome string) api.LedgerEvent {
		return read[api.LedgerEventPage](t, p.do("GET", connectionPath+"/events?outcome="+outcome)).Items[0]
	}
	skipped := one("skipped")
	again := read[api.LedgerEvent](t, p.do("POST", connectionPath+"/events/"+skipped.ID+"/replay"))
	if !skipped.Replayable || again.ID != skipped.ID || again.Outcome != "skipped" || again.Reason != skipped.Reason {
		t.Errorf("replayed: %+v, was %+v", again, skipped)
	}
	for _, e := range []api.LedgerEvent{one("applied"), one("failed")} { // settled for good; as unreadable as before
		p.do("POST", connectionPath+"/events/"+e.ID+"/replay").refused(t, 409, "not_possible")
	}
	applied := one("applied")
	for _, id := range []string{"x", applied.ID + "0", strings.ToUpper(applied.ID), strings.Replace(applied.ID, ".", ".0", 1), strings.Replace(applied.ID, ".", ".-", 1)} {
		p.do("POST", connectionPath+"/events/"+url.PathEscape(id)+"/replay").refused(t, 404, "not_found")
	}
}

// TestReconnectFromThePage: an expired token is shown, messages keep coming, and the owner's consent mends it without a
// new session.
func TestReconnectFromThePage(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	p := s.owner("casalumen.studio")
	s.lose(p)
	if c := p.connection(); c.Status != "needs_reconnect" || c.StatusReason != "token_expired" || c.Subscribed {
		t.Errorf("shown: %+v", c)
	}
	s.receive(p, item("711", p.connection().InstagramUserID, "m1", "still here"))
	if page := read[api.ConversationPage](t, p.do("GET", inboxPath)); len(page.Items) != 1 {
		t.Errorf("without a token %d conversations came", len(page.Items))
	}

	session := p.browser.cookies["parlor_session"]
	back := s.reconsent(p, "casalumen.studio")
	done := p.browser.do("GET", back, crossSite(p.browser))
	if done.status != http.StatusSeeOther || done.header.Get("Location") != "/a/casalumen.studio/connection" {
		t.Fatalf("callback: %d %q", done.status, done.header.Get("Location"))
	}
	if p.browser.cookies["parlor_session"] != session || strings.Contains(strings.Join(done.header.Values("Set-Cookie"), ";"), "parlor_session") {
		t.Error("the session's cookie was touched")
	}
	if c := p.connection(); c.Status != "active" || c.StatusReason != "" || *c.DaysLeft < 58 || !c.Subscribed {
		t.Errorf("afterwards: %+v", c)
	}
}

// TestReconnectAsSomebodyElse is refused in words, on the page that began.
func TestReconnectAsSomebodyElse(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	p := s.owner("casalumen.studio")
	s.lose(p)
	done := p.browser.do("GET", s.reconsent(p, "nordkaffee"), crossSite(p.browser))
	if want := "/a/casalumen.studio/connection?error=wrong_instagram_account"; done.status != http.StatusSeeOther || done.header.Get("Location") != want {
		t.Errorf("callback: %d %q, want %q", done.status, done.header.Get("Location"), want)
	}
	if c := p.connection(); c.Status != "needs_reconnect" {
		t.Errorf("afterwards: %+v", c)
	}
	// Nobody begins a reconnection by a link.
	begun := s.browser().do("GET", "/auth/instagram/login?intent=reconnect")
	if !strings.HasPrefix(begun.header.Get("Location"), "/login?error=login_failed") {
		t.Errorf("by a link: %d %q", begun.status, begun.header.Get("Location"))
	}
}

// reconsent begins to reconnect and goes through the stand-in's consent page as the business; it returns the way back.
func (s *stack) reconsent(p person, business string) string {
	s.t.Helper()
	begun := p.browser.do("POST", connectionPath+"/reconnect", with("Authorization", p.header.Get("Authorization")),
		body(`{"return_to":"/a/casalumen.studio/connection"}`))
	target := read[api.Location](s.t, begun).Location
	noRedirects := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := noRedirects.Get(target + "&sim_approve=" + url.QueryEscape(business))
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	back, err := response.Location()
	if err != nil {
		s.t.Fatalf("consent page answers %d without a redirect", response.StatusCode)
	}
	return back.RequestURI()
}

// crossSite leaves away the session's cookie, as browsers do with a strict one on the way from another site.
func crossSite(b *browser) change {
	return func(r *http.Request) {
		r.Header.Del("Cookie")
		for name, value := range b.cookies {
			if name != "parlor_session" {
				r.AddCookie(&http.Cookie{Name: name, Value: value})
			}
		}
		r.Header.Set("Sec-Fetch-Site", "cross-site")
	}
}

func TestDisconnectFromThePage(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	p := s.owner("casalumen.studio")
	for range 2 {
		if a := p.do("POST", connectionPath+"/disconnect"); a.status != http.StatusNoContent {
			t.Fatalf("disconnect: %d %s", a.status, a.body)
		}
	}
	if c := p.connection(); c.Status != "disconnected" || c.StatusReason != "owner" || c.ExpiresAt != nil {
		t.Errorf("shown: %+v", c)
	}
	s.receive(p, item("711", p.connection().InstagramUserID, "m1", "still here"))
	if page := read[api.ConversationPage](t, p.do("GET", inboxPath)); len(page.Items) != 1 {
		t.Errorf("disconnected, %d conversations came", len(page.Items))
	}
	p.do("PATCH", connectionPath, body(`{"human_agent":true}`)).refused(t, 409, "human_agent_not_allowed")
	p.do("PATCH", connectionPath, body(`{"human_agent":false}`)).refused(t, 409, "not_connected")
}

// TestOnlyOwnersManageTheConnection; everybody in the account may see it.
func TestOnlyOwnersManageTheConnection(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	p := s.owner("casalumen.studio")
	for _, role := range []tenants.Role{tenants.RoleAgent, tenants.RoleViewer} {
		s.database.Exec(t, `update platform.memberships set role = $1, version = version + 1 where account_id = $2`, role, p.accountID())
		member := p.browser.session(t)
		if c := member.connection(); c.Status != "active" {
			t.Errorf("%s sees %+v", role, c)
		}
		for call, text := range map[string]string{
			"PATCH ": `{"human_agent":false}`, "POST /reconnect": "{}", "POST /disconnect": "", "GET /events": "", "POST /events/x/replay": "",
		} {
			method, path, _ := strings.Cut(call, " ")
			changes := []change{}
			if text != "" {
				changes = append(changes, body(text))
			}
			member.do(method, connectionPath+path, changes...).refused(t, 403, "forbidden")
		}
	}
}
