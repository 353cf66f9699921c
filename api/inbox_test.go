package api_test

import (
	"fmt"
	"strings"
	"testing"

	"parlor/api"
	"parlor/tenants"
)

const inboxPath = "/api/v1/ui/conversations"

func TestInboxIsPaged(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	p := s.owner("casalumen.studio")
	for i := range 5 {
		s.converse(p.accountID(), fmt.Sprintf("customer%d", i), i+1)
	}
	var seen []string
	for target := inboxPath + "?limit=2"; target != ""; {
		page := read[api.ConversationPage](t, p.do("GET", target))
		for _, c := range page.Items {
			seen = append(seen, *c.Participant.Name)
		}
		if target = ""; page.NextCursor != nil {
			target = inboxPath + "?limit=2&cursor=" + *page.NextCursor
		}
	}
	if got := strings.Join(seen, " "); got != "customer4 customer3 customer2 customer1 customer0" {
		t.Errorf("newest first, once each: %s", got)
	}
}

func TestConversationAndThreadShapes(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	p := s.owner("casalumen.studio")
	id := s.converse(p.accountID(), "amara", 3)
	raw := p.do("GET", inboxPath+"/"+id).body
	for _, want := range []string{
		`"id":"` + id + `"`, `"participant":{"id":"`, `"name":"amara"`, `"unread":3`, `"inbound_seq":3`, `"waiting_since":"`, `"window":{"state":"open","closes_at":"`,
		`"last_message":{"id":"`, `"text":"message 3 of amara","direction":"inbound","kind":"attachment","sent_at":"`,
	} {
		if !strings.Contains(raw, want) {
			t.Errorf("conversation lacks %s: %s", want, raw)
		}
	}
	thread := read[api.MessagePage](t, p.do("GET", inboxPath+"/"+id+"/messages?limit=2"))
	if len(thread.Items) != 2 || *thread.Items[0].Text != "message 3 of amara" || thread.NextCursor == nil {
		t.Errorf("thread = %+v", thread)
	}
	rest := read[api.MessagePage](t, p.do("GET", inboxPath+"/"+id+"/messages?limit=2&cursor="+*thread.NextCursor))
	if len(rest.Items) != 1 || rest.NextCursor != nil || len(rest.Items[0].Attachments) != 1 || rest.Items[0].Attachments[0].Type != "image" {
		t.Errorf("rest = %+v", rest)
	}
}

func TestMarkAsRead(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	p, colleague := s.owner("casalumen.studio"), s.staff("operator")
	id := s.converse(p.accountID(), "amara", 3)
	unread := func(c *client) int64 { return *read[api.Conversation](t, c.do("GET", inboxPath+"/"+id)).Unread }
	for _, step := range []struct{ seq, left int64 }{{2, 1}, {1, 1}, {3, 0}, {0, 0}} {
		got := read[api.Conversation](t, p.do("PATCH", inboxPath+"/"+id, body(fmt.Sprintf(`{"read_seq":%d}`, step.seq))))
		if *got.Unread != step.left || unread(p.client) != step.left {
			t.Errorf("after read_seq %d: %d unread, want %d", step.seq, *got.Unread, step.left)
		}
	}
	if n := unread(colleague.client); n != 3 {
		t.Errorf("a colleague has %d unread, want 3", n)
	}
	if got := read[api.ConversationPage](t, p.do("GET", inboxPath+"?unread=true")); len(got.Items) != 0 {
		t.Errorf("unread = %+v", got)
	}
	if got := read[api.ConversationPage](t, colleague.do("GET", inboxPath+"?unread=true")); len(got.Items) != 1 {
		t.Errorf("a colleague's unread = %+v", got)
	}
}

func TestFaultsOfARequestAreNamedWithoutItsValues(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	p := s.owner("casalumen.studio")
	one := inboxPath + "/" + s.converse(p.accountID(), "amara", 1)
	tests := map[string]struct {
		answer   answer
		status   int
		location string
	}{
		"limit over 100":          {p.do("GET", inboxPath+"?limit=101"), 422, "query.limit"},
		"limit of zero":           {p.do("GET", inboxPath+"?limit=0"), 422, "query.limit"},
		"limit that is no number": {p.do("GET", inboxPath+"?limit=canary"), 422, "query.limit"},
		"huge limit":              {p.do("GET", inboxPath+"?limit=99999999999999999999"), 422, "query.limit"},
		"unread that is no truth": {p.do("GET", inboxPath+"?unread=canary"), 422, "query.unread"},
		"invented cursor":         {p.do("GET", inboxPath+"?cursor=canary"), 422, "query.cursor"},
		"long cursor":             {p.do("GET", inboxPath+"?cursor="+strings.Repeat("canary", 400)), 422, "query.cursor"},
		"thread's invented one":   {p.do("GET", one+"/messages?cursor=canary"), 422, "query.cursor"},
		"read beyond the newest":  {p.do("PATCH", one, body(`{"read_seq":2}`)), 422, "body.read_seq"},
		"read below nothing":      {p.do("PATCH", one, body(`{"read_seq":-1}`)), 422, "body.read_seq"},
		"read of another kind":    {p.do("PATCH", one, body(`{"read_seq":"canary"}`)), 422, "body.read_seq"},
		"read of a fraction":      {p.do("PATCH", one, body(`{"read_seq":1.5}`)), 422, "body.read_seq"},
		"read of a huge number":   {p.do("PATCH", one, body(`{"read_seq":9223372036854775808}`)), 422, ""},
		"read of a huger number":  {p.do("PATCH", one, body(`{"read_seq":1e400}`)), 400, ""},
		"nothing to change":       {p.do("PATCH", one, body(`{}`)), 422, "body"},
		"an unknown field":        {p.do("PATCH", one, body(`{"read_seq":1,"canary":1}`)), 422, "body"},
		"a list":                  {p.do("PATCH", one, body(`["canary"]`)), 422, "body"},
		"no JSON":                 {p.do("PATCH", one, body(`canary`)), 400, ""},
		"no body":                 {p.do("PATCH", one), 400, ""},
		"another media type":      {p.do("PATCH", one, with("Content-Type", "text/canary"), body(`{}`)), 415, ""},
	}
	for name, tc := range tests {
		got := tc.answer.problem(t)
		if got.Status != tc.status {
			t.Errorf("%s: %d %s", name, got.Status, tc.answer.body)
			continue
		}
		if tc.location != "" && (len(got.Errors) == 0 || got.Errors[0].Location != tc.location || got.Errors[0].Message == "") {
			t.Errorf("%s: errors = %+v, want one of %s", name, got.Errors, tc.location)
		}
		if strings.Contains(tc.answer.body, "canary") || strings.Contains(tc.answer.body, `"instance"`) || strings.Contains(tc.answer.body, `"value"`) {
			t.Errorf("%s repeats what was sent: %s", name, tc.answer.body)
		}
	}
}

func TestDirectAPI(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	p := s.owner("casalumen.studio")
	id := s.converse(p.accountID(), "amara", 2)
	key := s.key(p.accountID(), tenants.ConversationsRead)
	for name, credential := range map[string]change{"Bearer": with("Authorization", "Bearer "+key), "X-API-Key": with("X-API-Key", key)} {
		page := read[api.ConversationPage](t, s.do("GET", "/api/v1/conversations", credential))
		if len(page.Items) != 1 || page.Items[0].ID != id || page.Items[0].Unread != nil {
			t.Errorf("%s: %+v", name, page)
		}
		if a := s.do("GET", "/api/v1/conversations/"+id, credential); !strings.Contains(a.body, `"unread":null`) {
			t.Errorf("%s: %s", name, a.body)
		}
		if thread := read[api.MessagePage](t, s.do("GET", "/api/v1/conversations/"+id+"/messages", credential)); len(thread.Items) != 2 {
			t.Errorf("%s: %+v", name, thread)
		}
	}
	s.as(s.key(p.accountID(), tenants.MessagesSend)).do("GET", "/api/v1/conversations").refused(t, 403, "insufficient_scope")
}

func TestBadKeysAreOneAnswer(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	p := s.owner("casalumen.studio")
	good := s.key(p.accountID(), tenants.ConversationsRead)
	revoked := s.key(p.accountID(), tenants.ConversationsRead)
	if err := s.doors.keys.Revoke(t.Context(), p.accountID(), strings.Split(revoked, "_")[1]); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the key is refused", func() bool { return s.as(revoked).do("GET", "/api/v1/conversations").status == 401 })
	want := s.as("parlor_junk").do("GET", "/api/v1/conversations")
	want.refused(t, 401, "invalid_key")
	for name, key := range map[string]string{
		"revoked": revoked, "mistyped": good[:len(good)-1] + "x", "of another secret": "parlor_abcdefgh_" + strings.Repeat("a", 32) + "_00000000",
		"cut": good[:20], "with a tail": good + "x", "a token": p.session.Token, "a word": "x",
	} {
		if got := s.as(key).do("GET", "/api/v1/conversations"); got.bytesOf() != want.bytesOf() {
			t.Errorf("%s:\n%s\n---\n%s", name, got.bytesOf(), want.bytesOf())
		}
	}
	for _, parameter := range []string{"key", "api_key", "access_token", "token"} {
		s.do("GET", "/api/v1/conversations?"+parameter+"="+good).refused(t, 401, "missing_key")
	}
}
