package api_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"

	"parlor/api"
	"parlor/auth"
	"parlor/tenants"
)

// colleague is somebody else of the same account.
func (s *stack) colleague(of person, role tenants.Role) *client {
	s.t.Helper()
	return s.as(s.minted(of, tenants.Principal{AccountID: of.accountID(), Role: role, Version: 1}, auth.InstagramID, 0))
}

func noteBody(text string) change {
	return body(fmt.Sprintf(`{"client_id":%q,"text":%q}`, uuid.NewString(), text))
}

func TestNotesAndHistoryOfAThread(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	owner := s.owner("casalumen.studio")
	id := s.converse(owner.accountID(), "amara", 1)
	third := s.member(owner, tenants.RoleAgent)
	agent, viewer := s.colleague(owner, tenants.RoleAgent), s.colleague(owner, tenants.RoleViewer)
	path := inboxPath + "/" + id + "/notes"
	stream := s.listen(listening(t, s.server.HTTPServer("")), owner.session.Token)
	stream.want(t, "hello")

	once := body(`{"client_id":"0190a7a0-0000-7000-8000-0000000000d1","text":" Wants the blue one\n"}`)
	first := agent.do("POST", path, once)
	note := read[api.Note](t, first)
	if first.status != http.StatusCreated || note.Text != "Wants the blue one" || note.Author.Name != "somebody" || !note.Removable {
		t.Errorf("%d %+v", first.status, note)
	}
	if hint := stream.want(t, "conversation"); !strings.Contains(hint.data, id) {
		t.Errorf("hint %s", hint.data)
	}
	if again := agent.do("POST", path, once); again.status != http.StatusOK || read[api.Note](t, again).ID != note.ID {
		t.Errorf("again: %d %s", again.status, again.body)
	}
	owner.do("PATCH", inboxPath+"/"+id, body(`{"status":"closed","assignee_id":"`+third.String()+`"}`))
	list := read[api.NoteList](t, viewer.do("GET", path))
	if len(list.Items) != 1 || list.Items[0].Removable || len(list.Events) != 2 || list.Events[0].Kind != "closed" || list.Events[1].About.Name == "" ||
		list.Events[0].Actor.Name != owner.session.User.Name || list.Events[0].Cause != nil {
		t.Errorf("the viewer sees %+v", list)
	}
	viewer.do("POST", path, noteBody("x")).refused(t, 403, "forbidden")
	viewer.do("DELETE", "/api/v1/ui/notes/"+note.ID).refused(t, 403, "forbidden")
	s.colleague(owner, tenants.RoleAgent).do("DELETE", "/api/v1/ui/notes/"+note.ID).refused(t, 403, "forbidden")
	for name, text := range map[string]string{"empty": " ", "too long": strings.Repeat("u", 2001)} {
		if a := agent.do("POST", path, noteBody(text)); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "body.text") {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	if a := owner.do("DELETE", "/api/v1/ui/notes/"+note.ID); a.status != http.StatusNoContent {
		t.Errorf("the owner removes it: %d %s", a.status, a.body)
	}
}

// Support sees what the people of the account tell each other, and adds nothing to it; they see that it was there.
func TestSupportReadsNotes(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	owner := s.owner("casalumen.studio")
	id := s.converse(owner.accountID(), "amara", 1)
	path := inboxPath + "/" + id + "/notes"
	owner.do("POST", path, noteBody("Her name is Ana"))
	reading := s.staff("helen").visiting(s, owner)
	reading.do("POST", path, noteBody("Hello from support")).refused(t, 403, "support_read_only")
	owner.do("PATCH", "/api/v1/ui/support-access", body(`{"allow_replies":true}`))
	replying := s.staff("helen").visiting(s, owner)
	replying.do("POST", path, noteBody("Hello from support")).refused(t, 403, "forbidden")
	replying.do("PUT", inboxPath+"/"+id+"/drafts", body(`{"mode":"reply","text":"x","revision":0}`)).refused(t, 403, "forbidden")
	for range 2 {
		read[api.MessagePage](t, reading.do("GET", inboxPath+"/"+id+"/messages"))
	}
	for _, who := range []*client{reading.client, owner.client} {
		list := read[api.NoteList](t, who.do("GET", path))
		if len(list.Items) != 1 || len(list.Events) != 1 || list.Events[0].Kind != "support_visit" || list.Events[0].Actor.Name != "helen" {
			t.Errorf("notes and history: %+v", list)
		}
	}
}

// An API key has no way to what the people of the account tell each other.
func TestKeysSeeNoNotes(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	owner := s.owner("casalumen.studio")
	id := s.converse(owner.accountID(), "amara", 1)
	owner.do("POST", inboxPath+"/"+id+"/notes", noteBody("canary note"))
	key := s.as(s.key(owner.accountID(), tenants.KeyScopes()...))
	key.do("GET", inboxPath+"/"+id+"/notes").refused(t, 401, "invalid_token")
	if a := key.do("GET", "/api/v1/conversations/"+id+"/notes"); a.status != http.StatusNotFound {
		t.Errorf("%d %s", a.status, a.body)
	}
	for _, path := range []string{"/api/v1/conversations", "/api/v1/conversations/" + id, "/api/v1/conversations/" + id + "/messages"} {
		if a := key.do("GET", path); a.status != http.StatusOK || strings.Contains(a.body, "canary") {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
	}
}

func TestDraftsFollowTheirPerson(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	owner := s.owner("casalumen.studio")
	id := s.converse(owner.accountID(), "amara", 1)
	path := inboxPath + "/" + id + "/drafts"
	server := listening(t, s.server.HTTPServer(""))
	mine, theirs := s.listen(server, owner.session.Token), s.listen(server, s.minted(owner, tenants.Principal{AccountID: owner.accountID(), Role: tenants.RoleAgent, Version: 1}, auth.InstagramID, 0))
	mine.want(t, "hello")
	theirs.want(t, "hello")
	put := func(text string, after int64) api.KeptDraft {
		return read[api.KeptDraft](t, owner.do("PUT", path, body(fmt.Sprintf(`{"mode":"reply","text":%q,"revision":%d}`, text, after))))
	}
	kept := put("Thank you", 0)
	if hint := mine.want(t, "draft"); !kept.Kept || !strings.Contains(hint.data, strconv.FormatInt(kept.Draft.Revision, 10)) || !strings.Contains(hint.data, id) {
		t.Errorf("kept %+v, hint %s", kept, hint.data)
	}
	if late := put("Th", 0); late.Kept || late.Draft.Text != "Thank you" {
		t.Errorf("a late write: %+v", late)
	}
	if a := owner.do("PUT", path, body(`{"mode":"note","text":"`+strings.Repeat("u", 4001)+`","revision":0}`)); a.status != http.StatusUnprocessableEntity {
		t.Errorf("too long: %d %s", a.status, a.body)
	}
	if list := read[api.DraftList](t, owner.do("GET", "/api/v1/ui/drafts")); len(list.Items) != 1 || list.Items[0] != kept.Draft {
		t.Errorf("drafts %+v", list)
	}
	if list := read[api.DraftList](t, s.colleague(owner, tenants.RoleAgent).do("GET", "/api/v1/ui/drafts")); len(list.Items) != 0 {
		t.Errorf("a colleague sees %+v", list)
	}
	s.colleague(owner, tenants.RoleViewer).do("GET", "/api/v1/ui/drafts").refused(t, 403, "forbidden")
	// Sending it removes it, whatever a write says that comes late.
	owner.do("POST", inboxPath+"/"+id+"/messages", body(`{"client_id":"`+uuid.NewString()+`","text":"Thank you"}`))
	if late := put("Thank you", kept.Draft.Revision); late.Kept || late.Draft.Text != "" {
		t.Errorf("after it was sent: %+v", late)
	}
	if list := read[api.DraftList](t, owner.do("GET", "/api/v1/ui/drafts")); len(list.Items) != 0 {
		t.Errorf("after it was sent: %+v", list)
	}
	owner.do("POST", inboxPath+"/"+id+"/notes", noteBody("for the hint"))
	if hint := theirs.want(t, "message"); !strings.Contains(hint.data, id) { // and nothing of the drafts before it
		t.Errorf("hint %s", hint.data)
	}
}
