package api_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"parlor/api"
	"parlor/tenants"
)

func TestKeysOfAnOwner(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	owner := s.owner("casalumen.studio")
	conversation := s.converse(owner.accountID(), "amara", 1)
	made := read[api.NewKey](t, owner.do("POST", "/api/v1/ui/keys", body(`{"name":"Shop system","scopes":["conversations:read","messages:send"]}`)))
	machine := s.as(made.Text)
	if !strings.HasPrefix(made.Text, "parlor_"+made.Key.ID+"_") || made.Key.State != "live" || made.Key.CreatedByName == "" {
		t.Errorf("made %+v", made)
	}
	sent := machine.do("POST", "/api/v1/conversations/"+conversation+"/messages", body(bodies["messages"]))
	m := read[api.Message](t, sent)
	if sent.status != http.StatusCreated || sent.header.Get("Ratelimit-Policy") == "" || !strings.HasPrefix(sent.header.Get("Ratelimit"), `"key";r=599;t=`) {
		t.Errorf("reply by a key: %d %v", sent.status, sent.header)
	}
	if again := machine.do("POST", "/api/v1/conversations/"+conversation+"/messages", body(bodies["messages"])); again.status != http.StatusOK {
		t.Errorf("the same client_id: %d", again.status)
	}
	if got := read[api.Message](t, machine.do("GET", "/api/v1/messages/"+m.ID)); got.ID != m.ID {
		t.Errorf("message %+v", got)
	}
	machine.do("GET", "/api/v1/participants").refused(t, 403, "insufficient_scope")
	reader := s.as(s.key(owner.accountID(), tenants.ParticipantsRead))
	customers := read[api.CustomerPage](t, reader.do("GET", "/api/v1/participants?limit=1"))
	if len(customers.Items) != 1 || *customers.Items[0].ConversationID != conversation || *customers.Items[0].Username != "amara" {
		t.Fatalf("customers %+v", customers)
	}
	if one := read[api.Customer](t, reader.do("GET", "/api/v1/participants/"+customers.Items[0].ID)); one.ID != customers.Items[0].ID || one.IGSID == "" {
		t.Errorf("customer %+v", one)
	}

	rotated := read[api.NewKey](t, owner.do("POST", "/api/v1/ui/keys/"+made.Key.ID+"/rotate", body(`{"overlap_hours":1}`)))
	for name, c := range map[string]*client{"old": machine, "new": s.as(rotated.Text)} {
		if a := c.do("GET", "/api/v1/conversations"); a.status != http.StatusOK {
			t.Errorf("%s key during the overlap: %d", name, a.status)
		}
	}
	owner.do("POST", "/api/v1/ui/keys/"+made.Key.ID+"/rotate", body(`{"overlap_hours":1}`)).refused(t, 404, "not_found")
	if a := owner.do("DELETE", "/api/v1/ui/keys/"+made.Key.ID); a.status != http.StatusNoContent {
		t.Fatalf("%d %s", a.status, a.body)
	}
	eventually(t, "the revoked key is refused", func() bool { return machine.do("GET", "/api/v1/conversations").status == http.StatusUnauthorized })
	at := read[api.NewKey](t, owner.do("POST", "/api/v1/ui/keys/"+rotated.Key.ID+"/rotate", body(`{"overlap_hours":0}`)))
	eventually(t, "without an overlap the old key ends at once", func() bool {
		return s.as(rotated.Text).do("GET", "/api/v1/conversations").status == http.StatusUnauthorized
	})
	page := read[api.KeyPage](t, owner.do("GET", "/api/v1/ui/keys"))
	states := map[string]string{}
	for _, k := range page.Items {
		states[k.ID] = k.State
	}
	if states[made.Key.ID] != "revoked" || states[rotated.Key.ID] != "expired" || states[at.Key.ID] != "live" || len(page.Scopes) != 3 {
		t.Errorf("keys %v, scopes %v", states, page.Scopes)
	}
	for _, text := range []string{
		`{"name":"","scopes":["messages:send"]}`, `{"name":"x","scopes":["keys:manage"]}`, `{"name":"x","scopes":["messages:send","messages:send"]}`,
		`{"name":"x","scopes":["messages:send"],"expires_at":"2020-01-01T00:00:00Z"}`,
	} {
		owner.do("POST", "/api/v1/ui/keys", body(text)).refused(t, 422, "validation_failed")
	}
	raw := owner.do("GET", "/api/v1/ui/keys").body + owner.do("GET", "/api/v1/ui/audit?limit=100").body
	for _, text := range []string{made.Text, rotated.Text, at.Text} {
		if secret := strings.Split(text, "_")[2]; strings.Contains(raw, secret) {
			t.Error("a key's secret is shown again")
		}
	}
}

func TestKeyRate(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{change: func(d *api.Deps) { d.KeyRate = 6 }})
	owner := s.owner("casalumen.studio")
	one, other := s.as(s.key(owner.accountID(), tenants.ConversationsRead)), s.as(s.key(owner.accountID(), tenants.ConversationsRead))
	for range 6 {
		if a := one.do("GET", "/api/v1/conversations"); a.status != http.StatusOK {
			t.Fatalf("%d %s", a.status, a.body)
		}
	}
	a := one.do("GET", "/api/v1/conversations")
	a.refused(t, 429, "rate_limited")
	if a.header.Get("Retry-After") == "" || a.header.Get("Ratelimit-Policy") != `"key";q=6;w=60` || !strings.HasPrefix(a.header.Get("Ratelimit"), `"key";r=0;t=`) {
		t.Errorf("headers %v", a.header)
	}
	if a := other.do("GET", "/api/v1/conversations"); a.status != http.StatusOK {
		t.Errorf("another key pays for it: %d", a.status)
	}
}

func TestAuditLogOfAnOwner(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	owner, other := s.owner("casalumen.studio"), s.owner("nordkaffee")
	began := time.Now()
	for i := range 5 {
		owner.do("POST", "/api/v1/ui/keys", body(fmt.Sprintf(`{"name":"=cmd|%d","scopes":["messages:send"]}`, i)))
	}
	first := read[api.AuditPage](t, owner.do("GET", "/api/v1/ui/audit?action=api_key.created&limit=3"))
	if len(first.Items) != 3 || first.NextCursor == nil || first.Items[0].Seq < first.Items[2].Seq {
		t.Fatalf("first page %+v", first)
	}
	second := read[api.AuditPage](t, owner.do("GET", "/api/v1/ui/audit?action=api_key.created&limit=3&cursor="+*first.NextCursor))
	if len(second.Items) != 2 || second.NextCursor != nil || second.Items[0].Seq >= first.Items[2].Seq {
		t.Errorf("second page %+v", second)
	}
	me := owner.session.User.ID
	for query, want := range map[string]int{
		"actor=" + me + "&action=api_key.created": 5, "actor=" + other.session.User.ID: 0,
		"action=api_key.created&to=" + began.UTC().Format(time.RFC3339): 0, "action=api_key.created&from=" + began.Add(-time.Minute).UTC().Format(time.RFC3339): 5,
	} {
		if got := len(read[api.AuditPage](t, owner.do("GET", "/api/v1/ui/audit?"+query)).Items); got != want {
			t.Errorf("%s: %d lines, want %d", query, got, want)
		}
	}
	owner.do("GET", "/api/v1/ui/audit?cursor=x").refused(t, 422, "validation_failed")
	if got := read[api.AuditPage](t, other.do("GET", "/api/v1/ui/audit?action=api_key.created")); len(got.Items) != 0 {
		t.Errorf("another account reads %d lines", len(got.Items))
	}

	file := owner.do("GET", "/api/v1/ui/audit/export?format=csv")
	rows, err := csv.NewReader(strings.NewReader(file.body)).ReadAll()
	if err != nil || len(rows) < 7 || rows[1][5] != "audit.exported" || !strings.HasPrefix(file.header.Get("Content-Disposition"), `attachment; filename="parlor-log-`) {
		t.Fatalf("%d rows, %v, %v", len(rows), err, file.header)
	}
	for _, row := range rows[1:] {
		for _, cell := range row {
			if cell != "" && strings.ContainsAny(cell[:1], "=+-@") {
				t.Errorf("a cell that a spreadsheet would run: %s", cell)
			}
		}
	}
	lines := strings.Split(strings.TrimSpace(owner.do("GET", "/api/v1/ui/audit/export?format=jsonl").body), "\n")
	var line api.AuditLine
	if err := json.Unmarshal([]byte(lines[0]), &line); err != nil || line.Action != "audit.exported" || len(lines) != len(rows) {
		t.Errorf("%d lines of JSON for %d rows, %v, %+v", len(lines), len(rows)-1, err, line)
	}
	owner.do("GET", "/api/v1/ui/audit/export?format=xml").refused(t, 422, "validation_failed")
	owner.do("GET", "/api/v1/ui/audit/export?from=yesterday").refused(t, 422, "validation_failed")
}

// Threat 39: whoever guesses keys is told to wait, from that address; a machine beside it that was let in goes on.
func TestThreat39WrongKeysAreCounted(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	owner := s.owner("casalumen.studio")
	known, fresh := s.as(s.key(owner.accountID(), tenants.ConversationsRead)), s.as(s.key(owner.accountID(), tenants.ConversationsRead))
	read[api.ConversationPage](t, known.do("GET", "/api/v1/conversations"))
	guess := s.as("parlor_aaaaaaaa_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_00000000")
	tries := 0
	for a := guess.do("GET", "/api/v1/conversations"); a.status != http.StatusTooManyRequests; a = guess.do("GET", "/api/v1/conversations") {
		a.refused(t, 401, "invalid_key")
		if tries++; tries > 80 {
			t.Fatal("nobody counts")
		}
	}
	if tries < 60 {
		t.Errorf("refused after %d wrong keys, want 60 at least", tries)
	}
	a := fresh.do("GET", "/api/v1/conversations")
	a.refused(t, 429, "rate_limited")
	if a.header.Get("Retry-After") == "" {
		t.Error("it does not say how long to wait")
	}
	read[api.ConversationPage](t, known.do("GET", "/api/v1/conversations"))
	read[api.ConversationPage](t, owner.do("GET", "/api/v1/ui/conversations"))
}
