package api_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"parlor/api"
	"parlor/auth"
	"parlor/tenants"
)

func TestTriageOfAConversation(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	owner := s.owner("casalumen.studio")
	one, other := s.converse(owner.accountID(), "amara", 2), s.converse(owner.accountID(), "bruno", 1)
	agent := s.member(owner, tenants.RoleAgent)
	label := read[api.Label](t, owner.do("POST", "/api/v1/ui/labels", body(`{"name":"Wholesale","colour":"green"}`)))

	at := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	c := read[api.Conversation](t, owner.do("PATCH", "/api/v1/ui/conversations/"+one, body(`{"status":"snoozed","snoozed_until":"`+at.Format(time.RFC3339)+
		`","assignee_id":"`+agent.String()+`","add_labels":["`+label.ID+`"],"starred":true,"read_seq":2}`)))
	if c.Status != "snoozed" || c.SnoozedUntil == nil || !c.SnoozedUntil.Equal(at) || c.Assignee == nil || c.Assignee.UserID != agent.String() || !c.Starred ||
		len(c.LabelIDs) != 1 || c.LabelIDs[0] != label.ID || *c.Unread != 0 {
		t.Errorf("conversation = %+v", c)
	}
	for query, want := range map[string]string{
		"status=open": other, "status=snoozed": one, "assignee=none": other, "assignee=" + agent.String(): one, "label=" + label.ID: one,
		"starred=true": one, "status=open&sort=waiting": other, "status=open&window=closed": other, "window=closing": "",
	} {
		page := read[api.ConversationPage](t, owner.do("GET", "/api/v1/ui/conversations?"+query))
		if got := idsOf(page); got != want {
			t.Errorf("%s: %s", query, got)
		}
	}
	want := api.Views{Inbox: 1, Unread: 1, Unassigned: 1, Snoozed: 1, Stop: 1000}
	if got := read[api.Views](t, owner.do("GET", "/api/v1/ui/views")); got != want {
		t.Errorf("views = %+v, want %+v", got, want)
	}
	both := read[api.ChangedConversations](t, owner.do("POST", "/api/v1/ui/conversations/bulk",
		body(`{"ids":["`+other+`","`+one+`","x"],"change":{"status":"closed","assignee_id":"","unread":true}}`)))
	if len(both.Items) != 2 || both.Items[0].ID != other || both.Items[1].Status != "closed" || both.Items[1].Assignee != nil || *both.Items[1].Unread != 1 {
		t.Errorf("bulk = %+v", both.Items)
	}
	if got := read[api.Views](t, owner.do("GET", "/api/v1/ui/views")); got.Closed != 2 || got.Inbox != 0 {
		t.Errorf("views = %+v", got)
	}
}

func idsOf(p api.ConversationPage) string {
	var ids []string
	for _, c := range p.Items {
		ids = append(ids, c.ID)
	}
	return strings.Join(ids, " ")
}

func TestTriageRefuses(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	owner := s.owner("casalumen.studio")
	id := s.converse(owner.accountID(), "amara", 1)
	viewer, stranger := s.member(owner, tenants.RoleViewer), s.owner("nordkaffee").session.User.ID
	shutOut := s.member(owner, tenants.RoleAgent)
	s.database.Exec(t, "update platform.users set disabled_at = now() where user_id = $1", shutOut)
	path := "/api/v1/ui/conversations/" + id
	for name, text := range map[string]string{
		"nothing":            `{}`,
		"a status of ours":   `{"status":"done"}`,
		"until the past":     `{"status":"snoozed","snoozed_until":"2020-01-01T00:00:00Z"}`,
		"until without":      `{"snoozed_until":"2099-01-01T00:00:00Z"}`,
		"to a viewer":        `{"assignee_id":"` + viewer.String() + `"}`,
		"to one shut out":    `{"assignee_id":"` + shutOut.String() + `"}`,
		"to a stranger":      `{"assignee_id":"` + stranger + `"}`,
		"to no id":           `{"assignee_id":"me"}`,
		"a label of nobody":  `{"add_labels":["x"]}`,
		"too many labels":    `{"add_labels":[` + strings.TrimSuffix(strings.Repeat(`"x",`, 21), ",") + `]}`,
		"read what is not":   `{"read_seq":7}`,
		"and a star":         `{"read_seq":7,"starred":true}`,
		"a field of no name": `{"colour":"red"}`,
	} {
		if a := owner.do("PATCH", path, body(text)); a.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	owner.do("PATCH", path, body(`{"read_seq":1,"add_labels":["`+tenants.NewUserID().String()+`"]}`)).refused(t, 404, "not_found")
	for _, query := range []string{"status=done", "assignee=somebody", "label=x", "window=half", "sort=name"} {
		if a := owner.do("GET", "/api/v1/ui/conversations?"+query); a.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", query, a.status)
		}
	}
	page := read[api.ConversationPage](t, owner.do("GET", "/api/v1/ui/conversations"))
	if c := page.Items[0]; c.Status != "open" || c.Assignee != nil || c.Starred || *c.Unread != 1 {
		t.Errorf("something of it was done: %+v", c)
	}
	var ids []string
	for n := range 101 {
		ids = append(ids, `"`+strconv.Itoa(n)+`"`)
	}
	owner.do("POST", "/api/v1/ui/conversations/bulk", body(`{"ids":[`+strings.Join(ids, ",")+`],"change":{"starred":true}}`)).refused(t, 422, "validation_failed")
	owner.do("POST", "/api/v1/ui/labels", body(`{"name":"x","colour":"green"}`))
	owner.do("POST", "/api/v1/ui/labels", body(`{"name":"X","colour":"red"}`)).refused(t, 409, "label_taken")
}

// A viewer notes what he has read; what concerns others he leaves alone.
func TestAViewerOnlyReads(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	owner := s.owner("casalumen.studio")
	id := s.converse(owner.accountID(), "amara", 1)
	viewer := s.as(s.minted(owner, tenants.Principal{AccountID: owner.accountID(), Role: tenants.RoleViewer, Version: 1}, auth.InstagramID, 0))
	path := "/api/v1/ui/conversations/" + id
	if c := read[api.Conversation](t, viewer.do("PATCH", path, body(`{"unread":false}`))); *c.Unread != 0 {
		t.Errorf("read: %+v", c)
	}
	for _, text := range []string{`{"status":"closed"}`, `{"starred":true}`, `{"assignee_id":""}`, `{"read_seq":1,"status":"closed"}`} {
		viewer.do("PATCH", path, body(text)).refused(t, 403, "forbidden")
		viewer.do("POST", "/api/v1/ui/conversations/bulk", body(`{"ids":["`+id+`"],"change":`+strings.Replace(text, `"read_seq":1,`, "", 1)+`}`)).refused(t, 403, "forbidden")
	}
}
