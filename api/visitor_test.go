package api_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"parlor/api"
	"parlor/auth"
	"parlor/tenants"
)

// browser is a client with a cookie jar, which says where its requests come from as browsers do.
type browser struct {
	*client
	cookies map[string]string
}

func (s *stack) browser() *browser { return &browser{client: s.client, cookies: map[string]string{}} }

// do sends a request as a page of ours does, and keeps the cookies of the answer.
func (b *browser) do(method, target string, changes ...change) answer {
	b.t.Helper()
	all := []change{func(r *http.Request) {
		for name, value := range b.cookies {
			r.AddCookie(&http.Cookie{Name: name, Value: value})
		}
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}}
	a := b.client.do(method, target, append(all, changes...)...)
	for _, c := range (&http.Response{Header: a.header}).Cookies() {
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		} else {
			b.cookies[c.Name] = c.Value
		}
	}
	return a
}

// consent follows a sign-in with Instagram through the stand-in's consent page and returns the callback's address.
func (b *browser) consent(tb testing.TB, username string) string {
	tb.Helper()
	begun := b.do("GET", "/auth/instagram/login?return_to=/a/"+username+"/inbox")
	if begun.status != http.StatusSeeOther {
		tb.Fatalf("sign-in does not begin: %d %s", begun.status, begun.body)
	}
	noRedirects := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := noRedirects.Get(begun.header.Get("Location") + "&sim_approve=" + url.QueryEscape(username))
	if err != nil {
		tb.Fatal(err)
	}
	defer response.Body.Close()
	back, err := response.Location()
	if err != nil {
		tb.Fatalf("consent page answers %d without a redirect", response.StatusCode)
	}
	return back.RequestURI()
}

// person is somebody signed in: a client that sends the token, and the browser with the cookie.
type person struct {
	*client
	browser *browser
	session api.NewSession
}

// owner signs in the owner of one of the stand-in's businesses.
func (s *stack) owner(username string) person {
	s.t.Helper()
	b := s.browser()
	if done := b.do("GET", b.consent(s.t, username)); done.status != http.StatusSeeOther || done.header.Get("Location") != "/a/"+username+"/inbox" {
		s.t.Fatalf("callback: %d %q %s", done.status, done.header.Get("Location"), done.body)
	}
	return b.session(s.t)
}

// session asks for a token with the cookie.
func (b *browser) session(tb testing.TB, changes ...change) person {
	tb.Helper()
	session := read[api.NewSession](tb, b.do("POST", "/api/v1/ui/session", append([]change{body("{}")}, changes...)...))
	return person{client: b.as(session.Token), browser: b, session: session}
}

// staff signs in with the bootstrap password.
func (s *stack) staff(user string) person {
	s.t.Helper()
	return s.browser().session(s.t, basic(user, password))
}

func basic(user, password string) change {
	return with("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(user+":"+password)))
}

// accountID is the account of a person's token.
func (p person) accountID() tenants.AccountID {
	return must(tenants.ParseAccountID(*p.session.AccountID))(p.t)
}

// key makes an API key of the account.
func (s *stack) key(account tenants.AccountID, scopes ...tenants.Permission) string {
	s.t.Helper()
	_, text, err := s.doors.keys.Create(s.t.Context(), auth.NewAPIKey{AccountID: account, Name: "test", Scopes: scopes})
	if err != nil {
		s.t.Fatal(err)
	}
	return text
}

// converse writes a conversation with n inbound messages into the account, past both walls, and returns its id. The
// newest one has a picture.
func (s *stack) converse(account tenants.AccountID, customer string, n int) string {
	s.t.Helper()
	id, participant := uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7())
	s.database.Exec(s.t, `insert into tenant.participants (account_id, participant_id, igsid, username, name) values ($1, $2, $3, $4, $4)`,
		account, participant, fmt.Sprintf("7%d", time.Now().UnixNano()), customer)
	begun := time.Now().Add(-time.Hour).UTC()
	s.database.Exec(s.t, `insert into tenant.conversations (account_id, conversation_id, participant_id, inbound_seq, last_message_at, last_inbound_at,
		waiting_since) values ($1, $2, $3, $4, $5, $5, $6)`, account, id, participant, n, begun.Add(time.Duration(n)*time.Minute), begun)
	for i := range n {
		s.message(account, id, customer, i+1, begun.Add(time.Duration(i+1)*time.Minute))
	}
	return id.String()
}

func (s *stack) message(account tenants.AccountID, conversation uuid.UUID, customer string, seq int, at time.Time) {
	s.t.Helper()
	id, text := uuid.Must(uuid.NewV7()), fmt.Sprintf("message %d of %s", seq, customer)
	s.database.Exec(s.t, `insert into tenant.messages (account_id, message_id, conversation_id, mid, direction, kind, text, state, inbound_seq, sent_at)
		values ($1, $2, $3, $4, 'inbound', 'attachment', $5, 'received', $6, $7)`, account, id, conversation, "mid."+id.String(), text, seq, at)
	s.database.Exec(s.t, `insert into tenant.attachments (account_id, attachment_id, message_id, position, type) values ($1, $2, $3, 0, 'image')`,
		account, uuid.Must(uuid.NewV7()), id)
	s.database.Exec(s.t, `update tenant.conversations set last_message_id = $3, last_message_text = $4, last_message_kind = 'attachment',
		last_message_direction = 'inbound' where account_id = $1 and conversation_id = $2`, account, conversation, id, text)
}

// fill puts an id in place of each parameter of a path template.
func fill(template, id string) string {
	head, rest, found := strings.Cut(template, "{")
	if !found {
		return template
	}
	_, tail, _ := strings.Cut(rest, "}")
	return head + id + fill(tail, id)
}
