package api_test

import (
	"net/http"
	"strings"
	"testing"

	"parlor/api"
	"parlor/tenants"
)

func TestSavedReplies(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	owner := s.owner("casalumen.studio")
	const path = "/api/v1/ui/saved-replies"
	stream := s.listen(listening(t, s.server.HTTPServer("")), owner.session.Token)
	stream.want(t, "hello")
	agent, viewer := s.colleague(owner, tenants.RoleAgent), s.colleague(owner, tenants.RoleViewer)
	made := read[api.SavedReply](t, agent.do("POST", path, body(`{"name":"Hours","text":"Hi {first_name}, from 9 to 5."}`)))
	stream.want(t, "saved_replies")
	agent.do("POST", path, body(`{"name":"HOURS","text":"x"}`)).refused(t, 409, "saved_reply_taken")
	if a := agent.do("POST", path, body(`{"name":"Long","text":"`+strings.Repeat("é", 501)+`"}`)); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "body.text") {
		t.Errorf("too long: %d %s", a.status, a.body)
	}
	changed := read[api.SavedReply](t, owner.do("PATCH", path+"/"+made.ID, body(`{"name":"Hours","text":"From 10."}`)))
	if list := read[api.SavedReplyList](t, agent.do("GET", path)); len(list.Items) != 1 || list.Items[0] != changed || changed.Text != "From 10." {
		t.Errorf("list %+v", list)
	}
	viewer.do("GET", path).refused(t, 403, "forbidden")
	viewer.do("POST", path, body(`{"name":"x","text":"x"}`)).refused(t, 403, "forbidden")

	// Whoever visits and may answer may use them, and changes none.
	owner.do("PATCH", "/api/v1/ui/support-access", body(`{"allow_replies":true}`))
	visitor := s.staff("helen").visiting(s, owner)
	if list := read[api.SavedReplyList](t, visitor.do("GET", path)); len(list.Items) != 1 {
		t.Errorf("the visitor sees %+v", list)
	}
	visitor.do("DELETE", path+"/"+made.ID).refused(t, 403, "forbidden")
	if a := agent.do("DELETE", path+"/"+made.ID); a.status != http.StatusNoContent {
		t.Errorf("%d %s", a.status, a.body)
	}
}
