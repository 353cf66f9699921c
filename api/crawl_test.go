package api_test

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"parlor/api"
	"parlor/tenants"
)

var parameter = regexp.MustCompile(`\{[^}]+\}`)

var requestIDs = regexp.MustCompile(`"request_id":"[^"]+"`)

// bytesOf is an answer as bytes, without what differs in every answer: the request id.
func (a answer) bytesOf() string {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(a.header)) {
		if name != "X-Request-Id" && name != "Date" && name != "Ratelimit" { // the last counts the caller's own requests
			lines = append(lines, name+": "+strings.Join(a.header[name], ", "))
		}
	}
	return http.StatusText(a.status) + "\n" + strings.Join(lines, "\n") + "\n\n" + requestIDs.ReplaceAllString(a.body, `"request_id":"…"`)
}

// callers returns who may call each kind of route in an account: a session token and an API key of it.
func (s *stack) callers(p person) map[string]*client {
	key := s.key(p.accountID(), tenants.KeyScopes()...)
	return map[string]*client{"session": p.client, "person": p.client, "key": s.as(key), "staff": s.staff("operator").client}
}

// bodies are the honest bodies of routes that take one, by the end of the path.
var bodies = map[string]string{
	"{conversation_id}": `{"read_seq":1}`, "messages": `{"client_id":"0190a7a0-0000-7000-8000-0000000000c1","text":"Thank you"}`,
	"{user_id}": `{"role":"viewer"}`, "staff {user_id}": `{"disabled":false}`, "{account_id}": `{}`, "rotate": `{"overlap_hours":1}`,
	"labels": `{"name":"Urgent","colour":"red"}`, "{label_id}": `{"name":"Big order","colour":"blue"}`,
	"notes": `{"client_id":"0190a7a0-0000-7000-8000-0000000000c2","text":"VIP"}`, "drafts": `{"mode":"reply","text":"Tha","revision":0}`, "presence": `{"state":"typing"}`,
	"saved-replies": `{"name":"Opening hours","text":"We are open from 9 to 5."}`, "{saved_reply_id}": `{"name":"Hours","text":"From 9 to 5."}`,
	"connection": `{"human_agent":false}`, "activity": `{"action":"typing_on"}`, "reactions": `{"emoji":"👍"}`, "retry": `{}`, "mark-sent": `{}`,
}

func call(c *client, row api.Row, id string) answer {
	var changes []change
	last := row.Path[strings.LastIndex(row.Path, "/")+1:]
	if text := cmp.Or(bodies[row.Who+" "+last], bodies[last]); text != "" && row.Method != http.MethodGet {
		changes = append(changes, body(text))
	}
	return c.do(row.Method, fill(row.Path, id), changes...)
}

// The crawl of the contract: another account's id, on every route that takes one, is answered like a missing one.
func TestForeignIDsAreMissingIDs(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	mine, theirs := s.owner("casalumen.studio"), s.owner("nordkaffee")
	ours := s.converse(mine.accountID(), "amara", 3)
	foreign := s.converse(theirs.accountID(), "bruno", 3)
	rows := map[string]struct{ ours, foreign string }{
		"{conversation_id}": {ours, foreign},
		"{message_id}":      {s.messageOf(mine, ours), s.messageOf(theirs, foreign)},
		"{participant_id}":  {s.participantOf(mine, s.converse(mine.accountID(), "carla", 1)), s.participantOf(theirs, foreign)},
		"{event_id}":        {s.eventOf(mine), s.eventOf(theirs)},
		"{user_id}":         {s.memberOf(mine), s.memberOf(theirs)},
		"{invitation_id}":   {s.invitationOf(mine), s.invitationOf(theirs)},
		"{key_id}":          {s.keyOf(mine), s.keyOf(theirs)},
		"{grant_id}":        {s.visitTo(mine), s.visitTo(theirs)},
		"{label_id}":        {s.labelOf(mine), s.labelOf(theirs)},
		"{note_id}":         {s.noteOf(mine, ours), s.noteOf(theirs, foreign)},
		"{saved_reply_id}":  {s.savedReplyOf(mine), s.savedReplyOf(theirs)},
		"{session_id}":      {s.sessionOf(s.owner("casalumen.studio")), s.sessionOf(theirs)},
	}
	callers := s.callers(mine)
	missing := map[string]string{
		"never made": uuid.Must(uuid.NewV7()).String(), "nil": uuid.Nil.String(), "no id": "x", "upper case": strings.ToUpper(ours),
		"in braces": "%7B" + ours + "%7D", "a word": "bulk", "an account": theirs.accountID().String(), "another row": mine.accountID().String(),
	}
	crawled := 0
	for _, row := range s.server.Rows() {
		if !strings.HasPrefix(row.Path, "/api/") || !strings.Contains(row.Path, "{") {
			continue
		}
		if row.Who == "staff" {
			continue // there is no foreign account for staff; TestStaffMissesWhatIsNotThere
		}
		ids, known := rows[parameter.FindString(row.Path)]
		if !known || strings.Count(row.Path, "{") != 1 {
			t.Errorf("%s %s takes an id of which this test has no foreign one", row.Method, row.Path)
			continue
		}
		crawled++
		c := callers[row.Who]
		want := call(c, row, ids.foreign)
		want.refused(t, http.StatusNotFound, "not_found")
		if strings.Contains(want.body, "bruno") || strings.Contains(want.body, ids.foreign) {
			t.Errorf("%s %s shows the foreign row: %s", row.Method, row.Path, want.body)
		}
		for name, id := range missing {
			if got := call(c, row, id); got.bytesOf() != want.bytesOf() {
				t.Errorf("%s %s: %s answers otherwise than a foreign id:\n%s\n---\n%s", row.Method, row.Path, name, got.bytesOf(), want.bytesOf())
			}
		}
		if a := call(c, row, ids.ours); a.status == http.StatusNotFound || a.status == http.StatusUnprocessableEntity {
			t.Errorf("%s %s with our own id: %d %s", row.Method, row.Path, a.status, a.body)
		}
	}
	if crawled < 5 {
		t.Errorf("only %d routes take an id", crawled)
	}
	if a := call(theirs.client, api.Row{Method: "GET", Path: "/api/v1/ui/conversations/{id}"}, foreign); a.status != http.StatusOK {
		t.Errorf("its own account does not see the row: %d", a.status)
	}
}

// participantOf returns the customer of a person's conversation.
func (s *stack) participantOf(p person, conversation string) string {
	s.t.Helper()
	var c struct {
		Participant struct {
			ID string `json:"id"`
		} `json:"participant"`
	}
	a := p.do(http.MethodGet, "/api/v1/ui/conversations/"+conversation)
	if err := json.Unmarshal([]byte(a.body), &c); err != nil || c.Participant.ID == "" {
		s.t.Fatalf("the conversation is %d %s", a.status, a.body)
	}
	return c.Participant.ID
}

// messageOf returns the newest message of a person's conversation.
func (s *stack) messageOf(p person, conversation string) string {
	s.t.Helper()
	var page struct {
		Items []struct {
			ID string `json:"id"`
		} `json:"items"`
	}
	a := p.do(http.MethodGet, "/api/v1/ui/conversations/"+conversation+"/messages")
	if err := json.Unmarshal([]byte(a.body), &page); err != nil || len(page.Items) == 0 {
		s.t.Fatalf("the thread is %d %s", a.status, a.body)
	}
	return page.Items[0].ID
}

// needed is what a list does not answer without.
var needed = map[string]string{"/api/v1/ui/search": "?q=bowl", "/api/v1/ui/insights": "?from=2026-11-01&to=2026-11-30&zone=Europe/Berlin"}

func TestListsShowOneAccountAlone(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	mine, theirs := s.owner("casalumen.studio"), s.owner("nordkaffee")
	s.converse(mine.accountID(), "amara", 1)
	s.converse(theirs.accountID(), "bruno", 1)
	callers := s.callers(mine)
	for _, row := range s.server.Rows() {
		if row.Method != http.MethodGet || strings.Contains(row.Path, "{") || callers[row.Who] == nil || row.Who == "staff" || strings.HasSuffix(row.Path, "/events") {
			continue
		}
		path := row.Path + needed[row.Path]
		a := callers[row.Who].do(row.Method, path)
		if strings.HasSuffix(row.Path, "/export") { // which stands in the log that it shows
			continue
		}
		if a.status != http.StatusOK || a.header.Get("Cache-Control") != "no-store" || a.header.Get("Vary") != "Authorization" {
			t.Errorf("%s = %d %v %s", row.Path, a.status, a.header, a.body)
		}
		for _, never := range []string{"bruno", "nordkaffee", theirs.accountID().String()} {
			if strings.Contains(a.body, never) {
				t.Errorf("%s shows %q of another account", row.Path, never)
			}
		}
		// Whatever a caller says of the account is not listened to.
		for _, try := range []change{
			with("X-Account-Id", theirs.accountID().String()), with("X-Tenant", "nordkaffee"),
			func(r *http.Request) { r.URL.RawQuery += "&account_id=" + theirs.accountID().String() },
		} {
			if b := callers[row.Who].do(row.Method, path, try); b.body != a.body && !strings.Contains(row.Path, "session") {
				t.Errorf("%s depends on what the caller says: %s", row.Path, b.body)
			}
		}
	}
}

func TestEveryRouteRefusesWithoutItsCredential(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	p := s.owner("casalumen.studio")
	id := s.converse(p.accountID(), "amara", 1)
	key := s.key(p.accountID(), tenants.ConversationsRead)
	jar := s.browser()
	jar.cookies = maps.Clone(p.browser.cookies)
	wrong := map[string]func(api.Row) answer{
		"nothing":    func(row api.Row) answer { return call(s.client, row, id) },
		"the cookie": func(row api.Row) answer { return jar.do(row.Method, fill(row.Path, id), body(bodies[row.Method])) },
		"the other kind": func(row api.Row) answer {
			if row.Who == "key" {
				return call(p.client, row, id)
			}
			return call(s.as(key), row, id)
		},
		"a password": func(row api.Row) answer {
			return s.do(row.Method, fill(row.Path, id), basic("operator", password), body(bodies[row.Method]))
		},
		"junk": func(row api.Row) answer { return call(s.as("junk"), row, id) },
	}
	for _, row := range s.server.Rows() {
		if !strings.HasPrefix(row.Path, "/api/") || row.Who == "proof" || row.Who == "anyone" {
			continue
		}
		for name, try := range wrong {
			if a := try(row); a.problem(t).Status != http.StatusUnauthorized {
				t.Errorf("%s %s by %s: %d %s", row.Method, row.Path, name, a.status, a.body)
			}
		}
	}
}

// besides names the path with a parameter that a path of words stands beside: there the word is an id, and none that exists.
var besides = map[string]string{"/api/v1/ui/conversations/bulk": "/api/v1/ui/conversations/{conversation_id}"}

// Every method on every path: the table's are answered, all others are 401 without a token and 405 with one.
func TestEveryMethodOfEveryRoute(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	p := s.owner("casalumen.studio")
	id := s.converse(p.accountID(), "amara", 1)
	callers := s.callers(p)
	listed, who := map[string]bool{}, map[string]string{}
	for _, row := range s.server.Rows() {
		listed[row.Method+" "+row.Path] = true
		who[row.Path] = strings.Replace(row.Who, "proof", "person", 1)
	}
	for path, kind := range who {
		for _, method := range methods {
			if listed[method+" "+path] || listed[method+" "+besides[path]] {
				continue
			}
			if !strings.HasPrefix(path, "/api/") {
				s.do(method, fill(path, id)).refused(t, http.StatusMethodNotAllowed, "method_not_allowed")
				continue
			}
			if kind == "anyone" {
				kind = "person"
			}
			if a := s.do(method, fill(path, id)); a.status != http.StatusUnauthorized {
				t.Errorf("%s %s without a token = %d", method, path, a.status)
			}
			a := callers[kind].do(method, fill(path, id))
			a.refused(t, http.StatusMethodNotAllowed, "method_not_allowed")
			if a.header.Get("Allow") == "" {
				t.Errorf("%s %s does not say what is allowed", method, path)
			}
		}
	}
	for _, target := range oddPaths {
		if a := p.do("GET", target); a.status != http.StatusNotFound && a.status != http.StatusUnauthorized {
			t.Errorf("GET %s with a token = %d", target, a.status)
		}
	}
	s.server.Mount("GET", "/api/v1/ui/backdoor/:id", func(c *gin.Context) { c.Status(http.StatusOK) })
	p.do("GET", "/api/v1/ui/backdoor/7").refused(t, http.StatusNotFound, "not_found")
	p.do("GET", "/api/v1/ui/nowhere").refused(t, http.StatusNotFound, "not_found")
	callers["key"].do("GET", "/api/v1/nowhere").refused(t, http.StatusNotFound, "not_found")
}
