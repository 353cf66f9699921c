package api_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"parlor/api"
	"parlor/instagram/simulator"
	"parlor/tenants"
)

const (
	deauthorizePath = "/auth/instagram/deauthorize"
	deletionPath    = "/auth/instagram/data-deletion"
	accountPath     = "/api/v1/ui/account"
)

// fromMeta is a signed_request that names a person.
func fromMeta(id, secret string) []change { return issued(time.Now(), id, secret) }

// issued is a signed_request of another time.
func issued(at time.Time, id, secret string) []change {
	payload := base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, `{"user_id":%q,"algorithm":"HMAC-SHA256","issued_at":%d}`, id, at.Unix()))
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(payload))
	text := base64.RawURLEncoding.EncodeToString(mac.Sum(nil)) + "." + payload
	return form(url.Values{"signed_request": {text}}.Encode())
}

func form(text string) []change {
	return []change{with("Content-Type", "application/x-www-form-urlencoded"), with("Sec-Fetch-Site", "cross-site"), body(text)}
}

func (s *stack) business(username string) simulator.Business {
	s.t.Helper()
	for _, b := range s.sim.Businesses() {
		if b.Username == username {
			return b
		}
	}
	s.t.Fatalf("no business %s", username)
	return simulator.Business{}
}

// count is the number that a query gives, past both walls.
func (s *stack) count(query string, args ...any) (n int) {
	s.t.Helper()
	conn := s.database.Admin(s.t)
	if err := conn.QueryRow(s.t.Context(), query, args...).Scan(&n); err != nil {
		s.t.Fatal(err)
	}
	return n
}

func TestACustomerIsErased(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	p := s.owner("casalumen.studio")
	id := s.converse(p.accountID(), "amara", 3)
	kept := s.converse(p.accountID(), "bruno", 1)
	path := "/api/v1/ui/participants/" + s.participantOf(p, id)
	stream := s.listen(listening(t, s.server.HTTPServer("")), p.session.Token)
	stream.want(t, "hello")
	receipt := read[api.Receipt](t, p.do("DELETE", path))
	if receipt.ID == "" || receipt.ErasedAt.IsZero() || receipt.Removed["tenant.messages"] != 3 || receipt.Removed["tenant.participants"] != 1 {
		t.Errorf("receipt = %+v", receipt)
	}
	if got := stream.want(t, "conversation"); !strings.Contains(got.data, id) {
		t.Errorf("the pages are told %+v", got)
	}
	p.do("GET", inboxPath+"/"+id).refused(t, 404, "not_found")
	p.do("GET", inboxPath+"/"+id+"/messages").refused(t, 404, "not_found")
	p.do("DELETE", path).refused(t, 404, "not_found")
	if page := read[api.ConversationPage](t, p.do("GET", inboxPath)); len(page.Items) != 1 || page.Items[0].ID != kept {
		t.Errorf("inbox = %+v", page.Items)
	}
}

// Whoever was in a deleted account is out within two seconds, by whatever they came, and a new sign-in begins from nothing.
func TestAnAccountIsDeleted(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	p, other := s.owner("casalumen.studio"), s.owner(s.sim.Businesses()[1].Username)
	colleague := s.staff("operator") // a member of the default account, which is this one
	if colleague.accountID() != p.accountID() {
		t.Fatal("the colleague is in another account")
	}
	old := p.accountID()
	user := p.connection().InstagramUserID
	s.receive(p, item("711", user, "m1", "hello"), odd)
	s.converse(other.accountID(), "bruno", 1)
	key := s.as(s.key(old, tenants.ConversationsRead))
	read[api.ConversationPage](t, key.do("GET", "/api/v1/conversations"))
	stream := s.listen(listening(t, s.server.HTTPServer("")), p.session.Token)
	stream.want(t, "hello")

	for _, wrong := range []string{`{"confirm":""}`, `{"confirm":"casalumen"}`, `{"confirm":"` + old.String() + `"}`} {
		p.do("DELETE", accountPath, body(wrong)).refused(t, 422, "validation_failed")
	}
	begun := time.Now()
	receipt := read[api.Receipt](t, p.do("DELETE", accountPath, body(`{"confirm":"@CasaLumen.studio"}`)))
	if receipt.ID != old.String() || receipt.Removed["tenant.messages"] != 1 || receipt.Removed["platform.accounts"] != 1 || receipt.Removed["tenant.audit"] == 0 {
		t.Errorf("receipt = %+v", receipt)
	}
	eventually(t, "token, colleague and key are refused", func() bool {
		for caller, path := range map[*client]string{p.client: inboxPath, colleague.client: inboxPath, key: "/api/v1/conversations"} {
			if caller.do("GET", path).status != http.StatusUnauthorized {
				return false
			}
		}
		return true
	})
	if took := time.Since(begun); took > 4*time.Second { // the work itself, and two seconds for the news
		t.Errorf("all are out after %v", took)
	}
	stream.wantEnd(t, 2*time.Second)
	if a := p.browser.do("POST", "/api/v1/ui/session", body("{}")); a.status != http.StatusUnauthorized {
		t.Errorf("the cookie still opens something: %d %s", a.status, a.body)
	}
	if n := s.count("select count(*) from platform.tombstones where account_id = $1", old); n != 1 {
		t.Errorf("%d tombstones", n)
	}

	if a := s.do("POST", webhooks, signed(delivery(user, item("711", user, "m2", "anybody there?")))...); a.status != http.StatusOK {
		t.Fatalf("webhook: %d", a.status)
	}
	eventually(t, "the webhook belongs to nobody", func() bool {
		return s.count("select count(*) from platform.unrouted_events where entry_id = $1 and reason = 'unknown_account'", user) == 1
	})
	again := s.owner("casalumen.studio")
	if again.accountID() == old {
		t.Error("the old account is back")
	}
	if page := read[api.ConversationPage](t, again.do("GET", inboxPath)); len(page.Items) != 0 {
		t.Errorf("the new account has %+v", page.Items)
	}
	if page := read[api.ConversationPage](t, other.do("GET", inboxPath)); len(page.Items) != 1 {
		t.Errorf("the other account has %+v", page.Items)
	}
}

func TestMetaAsksForDeletion(t *testing.T) {
	t.Parallel()
	for name, id := range map[string]func(simulator.Business) string{
		"by the id of the app": func(b simulator.Business) string { return b.AppScopedID },
		"by the account's id":  func(b simulator.Business) string { return b.UserID },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStack(t, options{})
			p := s.owner("casalumen.studio")
			old := p.accountID()
			s.converse(old, "amara", 2)
			answer := read[struct {
				URL  string `json:"url"`
				Code string `json:"confirmation_code"`
			}](t, s.do("POST", deletionPath, fromMeta(id(s.business("casalumen.studio")), appSecret)...))
			if !regexp.MustCompile(`^[a-z2-7]{26}$`).MatchString(answer.Code) || answer.URL != origin+"/data-deletion/"+answer.Code {
				t.Errorf("answer = %+v", answer)
			}
			path := strings.TrimPrefix(answer.URL, origin)
			if page := s.do("GET", path); page.status != http.StatusOK {
				t.Errorf("the page at once: %d", page.status)
			}
			var page statusPage
			eventually(t, "the page says that it is done", func() bool {
				page = statusPage(s.do("GET", path))
				return strings.Contains(page.body, "Done.")
			})
			page.readable(t)
			if !strings.Contains(page.body, "tenant.messages") || strings.Contains(page.body, "casalumen") {
				t.Errorf("page: %s", page.body)
			}
			if n := s.count("select count(*) from platform.accounts where account_id = $1", old); n != 0 {
				t.Error("the account is still there")
			}
			if a := p.do("GET", inboxPath); a.status != http.StatusUnauthorized {
				t.Errorf("its owner is still in: %d", a.status)
			}
		})
	}
}

// A request that is older than the account is about one that was here before: come late, or sent again by whoever has seen it, it must not
// touch what the person has begun since.
func TestAnOldRequestDoesNotTouchANewAccount(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	p := s.owner("nordkaffee")
	user := s.business("nordkaffee").UserID
	for _, path := range []string{deauthorizePath, deletionPath} {
		if a := s.do("POST", path, issued(time.Now().Add(-time.Hour), user, appSecret)...); a.status != http.StatusOK {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
	}
	if c := p.connection(); c.Status != "active" {
		t.Errorf("the account is %s %s", c.Status, c.StatusReason)
	}
	if n := s.count("select count(*) from platform.data_deletions where state = 'nothing_held'"); n != 1 {
		t.Errorf("%d requests are noted", n)
	}
	read[map[string]string](t, s.do("POST", deletionPath, issued(time.Now().Add(-time.Minute), user, appSecret)...)) // two clocks
	eventually(t, "the account is gone", func() bool {
		return s.count("select count(*) from platform.tombstones where account_id = $1", p.accountID()) == 1
	})
}

// An id that is one account's for the app and another one's own names one person, not two.
func TestADeletionNamesOnePerson(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	mine, other := s.owner("casalumen.studio"), s.owner("nordkaffee")
	id := s.business("nordkaffee").UserID
	s.database.Exec(t, "update platform.accounts set instagram_app_scoped_id = $2 where account_id = $1", mine.accountID(), id)
	read[map[string]string](t, s.do("POST", deletionPath, fromMeta(id, appSecret)...))
	eventually(t, "the account is gone", func() bool {
		return s.count("select count(*) from platform.tombstones where account_id = $1", mine.accountID()) == 1
	})
	if c := other.connection(); c.Status != "active" {
		t.Errorf("the other account is %s %s", c.Status, c.StatusReason)
	}
}

// statusPage is an answer that is a page for people.
type statusPage answer

// readable checks what the status page must be whoever looks: HTML without script, from our origin alone, kept by nobody.
func (a statusPage) readable(tb testing.TB) {
	tb.Helper()
	if kind := a.header.Get("Content-Type"); !strings.HasPrefix(kind, "text/html") {
		tb.Errorf("Content-Type = %q", kind)
	}
	policy := a.header.Get("Content-Security-Policy") // the page's style is a file of ours
	if a.header.Get("Cache-Control") != "no-store" || a.header.Get("X-Robots-Tag") != "noindex" ||
		!strings.HasPrefix(policy, "default-src 'none'; style-src 'self'; ") || strings.Contains(policy, "script") {
		tb.Errorf("headers = %v", a.header)
	}
	if !strings.HasPrefix(a.body, "<!doctype html>") || strings.Contains(a.body, "<script") || strings.Contains(a.body, "http") {
		tb.Errorf("page: %s", a.body)
	}
}

func TestWhoIsNobodyHereGetsACodeToo(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	p := s.owner("casalumen.studio")
	got := read[map[string]string](t, s.do("POST", deletionPath, fromMeta("31337", appSecret)...))
	page := statusPage(s.do("GET", "/data-deletion/"+got["confirmation_code"]))
	page.readable(t)
	if page.status != http.StatusOK || !strings.Contains(page.body, "Nothing is held") {
		t.Errorf("page: %d %s", page.status, page.body)
	}
	missing := statusPage(s.do("GET", "/data-deletion/aaaaaaaaaaaaaaaaaaaaaaaaaa"))
	missing.readable(t)
	if missing.status != http.StatusNotFound || !strings.Contains(missing.body, "no request with this code") {
		t.Errorf("page: %d %s", missing.status, missing.body)
	}
	for _, hostile := range []string{"%3Cscript%3E", "%00", "%ff", "%C3%28", got["confirmation_code"] + "%00", strings.ToUpper(got["confirmation_code"])} {
		if a := s.do("GET", "/data-deletion/"+hostile); a.status != http.StatusNotFound || a.body != missing.body {
			t.Errorf("%s: %d %s", hostile, a.status, a.body)
		}
	}
	if a := s.do("POST", deauthorizePath, fromMeta("31337", appSecret)...); a.status != http.StatusOK {
		t.Errorf("deauthorize: %d", a.status)
	}
	if c := p.connection(); c.Status != "active" {
		t.Errorf("the other account is %s", c.Status)
	}
}

func TestDeauthorizeDisconnectsAndKeepsWhatIsHeld(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	p := s.owner("casalumen.studio")
	id := s.converse(p.accountID(), "amara", 2)
	for range 2 {
		if a := s.do("POST", deauthorizePath, fromMeta(s.business("casalumen.studio").AppScopedID, appSecret)...); a.status != http.StatusOK {
			t.Fatalf("deauthorize: %d %s", a.status, a.body)
		}
	}
	if c := p.connection(); c.Status != "disconnected" || c.StatusReason != "deauthorised" {
		t.Errorf("connection = %s %s", c.Status, c.StatusReason)
	}
	if n := s.count("select count(*) from tenant.connections where account_id = $1", p.accountID()); n != 0 {
		t.Error("the token is still there")
	}
	read[api.Conversation](t, p.do("GET", inboxPath+"/"+id))
}

func TestWhatIsNotFromMetaIsRefused(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	p := s.owner("casalumen.studio")
	id := s.business("casalumen.studio").UserID
	for _, path := range []string{deauthorizePath, deletionPath} {
		for name, tc := range map[string]struct {
			changes []change
			status  int
		}{
			"another secret":      {fromMeta(id, "ffffffffffffffffffffffffffffffff"), 401},
			"no signed_request":   {form("x=1"), 401},
			"an empty body":       {form(""), 401},
			"no form":             {[]change{body(`{"signed_request":"x.y"}`)}, 415},
			"a form that is none": {form("signed_request=%zz"), 400},
			"too much":            {form("signed_request=" + strings.Repeat("a", 64<<10)), 413},
		} {
			if a := s.do("POST", path, tc.changes...); a.status != tc.status || strings.Contains(a.body, id) {
				t.Errorf("%s, %s: %d %s, want %d", path, name, a.status, a.body, tc.status)
			}
		}
		for _, method := range []string{"GET", "PUT", "DELETE"} {
			if a := s.do(method, path, fromMeta(id, appSecret)...); a.status/100 != 4 {
				t.Errorf("%s %s: %d", method, path, a.status)
			}
		}
		if a := s.do("POST", path+"?"+url.Values{"signed_request": {"x.y"}}.Encode(), form("")...); a.status != 401 {
			t.Errorf("%s, in the address: %d", path, a.status)
		}
	}
	if c := p.connection(); c.Status != "active" {
		t.Errorf("the account is %s", c.Status)
	}
	if n := s.count("select count(*) from platform.data_deletions"); n != 0 {
		t.Errorf("%d requests are noted", n)
	}
}
