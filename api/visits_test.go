package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"parlor/api"
	"parlor/auth"
	"parlor/tenants"
)

func (p person) switchTo(account tenants.AccountID, reason string, minutes int) answer {
	p.t.Helper()
	text, err := json.Marshal(api.SwitchRequest{AccountID: account.String(), Reason: reason, Minutes: minutes})
	if err != nil {
		p.t.Fatal(err)
	}
	return p.do(http.MethodPost, "/api/v1/ui/session/switch", body(string(text)))
}

// visiting opens a visit and returns whoever is on it.
func (p person) visiting(s *stack, host person) person {
	s.t.Helper()
	session := read[api.NewSession](s.t, p.switchTo(host.accountID(), why, 20))
	return person{client: p.as(session.Token), browser: p.browser, session: session}
}

// The whole story of a visit: opened with a reason, seen by the owner at once, ended by him, and told by the log.
func TestVisitOfSupport(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	owner := s.owner("casalumen.studio")
	conversation := s.converse(owner.accountID(), "amara", 2)
	s.converse(owner.accountID(), "bruno", 1)
	stream := s.listen(listening(t, s.server.HTTPServer("")), owner.session.Token)
	stream.want(t, "hello")

	visitor := s.staff("helen").visiting(s, owner)
	v := visitor.session
	if v.Role != nil || v.Support == nil || v.Support.Mode != "read" || v.Support.Reason != why || v.ExpiresIn != 1200 || *v.AccountID != owner.accountID().String() {
		t.Errorf("session %+v, visit %+v", v, v.Support)
	}
	if got := strings.Join(v.Permissions, " "); got != may["visit that reads"] {
		t.Errorf("may %s", got)
	}
	stream.want(t, "support")
	if page := read[api.ConversationPage](t, visitor.do("GET", inboxPath)); len(page.Items) != 2 {
		t.Errorf("the visitor sees %d conversations", len(page.Items))
	}
	read[api.MessagePage](t, visitor.do("GET", inboxPath+"/"+conversation+"/messages"))
	stream.want(t, "conversation") // which says now that support was there
	visitor.do("POST", inboxPath+"/"+conversation+"/messages", body(bodies["messages"])).refused(t, 403, "support_read_only")
	visitor.do("PATCH", inboxPath+"/"+conversation, body(`{"read_seq":1}`)).refused(t, 403, "support_read_only")
	visitor.do("GET", "/api/v1/operator/accounts").refused(t, 403, "forbidden")
	visitor.switchTo(owner.accountID(), why, 20).refused(t, 403, "forbidden")

	list := read[api.VisitPage](t, owner.do("GET", "/api/v1/ui/support-access"))
	if len(list.Items) != 1 || !list.Items[0].Live || list.Items[0].StaffName != "helen" || list.Items[0].Reason != why || list.Items[0].Requests != 6 ||
		len(list.Items[0].Conversations) != 1 || list.Items[0].Conversations[0] != (api.VisitedConversation{ID: conversation, ParticipantName: "amara"}) {
		t.Fatalf("visits %+v", list.Items)
	}
	// A reload goes on with it.
	again := read[api.NewSession](t, visitor.browser.do("POST", "/api/v1/ui/session", body(fmt.Sprintf(`{"account_id":%q,"support_grant_id":%q}`, *v.AccountID, v.Support.GrantID))))
	if again.Support == nil || again.Support.GrantID != v.Support.GrantID {
		t.Errorf("after a reload: %+v", again.Support)
	}

	if a := owner.do("DELETE", "/api/v1/ui/support-access/"+list.Items[0].ID); a.status != http.StatusNoContent {
		t.Fatalf("%d %s", a.status, a.body)
	}
	ended := time.Now()
	eventually(t, "the visitor is refused", func() bool { return visitor.do("GET", inboxPath).status == http.StatusUnauthorized })
	if took := time.Since(ended); took > 2*time.Second {
		t.Errorf("refused after %s", took)
	}
	stream.want(t, "support")
	visitor.do("GET", inboxPath).refused(t, 401, "invalid_token")
	visitor.browser.do("POST", "/api/v1/ui/session", body(fmt.Sprintf(`{"support_grant_id":%q}`, v.Support.GrantID))).refused(t, 404, "not_found")
	list = read[api.VisitPage](t, owner.do("GET", "/api/v1/ui/support-access"))
	if list.Items[0].Live || *list.Items[0].EndedBy != "owner" {
		t.Errorf("ended: %+v", list.Items[0])
	}

	var told []string
	for _, l := range read[api.AuditPage](t, owner.do("GET", "/api/v1/ui/audit?limit=100")).Items {
		if l.SupportGrantID != nil && *l.SupportGrantID == v.Support.GrantID {
			if l.Detail["support_reason"] != why || l.Actor.Name != "helen" {
				t.Errorf("line %+v", l)
			}
			told = append(told, l.Action)
		}
		if text := fmt.Sprint(l); strings.Contains(text, "amara") || strings.Contains(text, "bruno") {
			t.Errorf("the log names a customer: %s", text)
		}
	}
	if got := strings.Join(told, " "); !strings.HasSuffix(got, strings.Repeat("support.request ", 6)+"support.opened") {
		t.Errorf("the log tells %s", got)
	}
	if lines := read[api.AuditPage](t, owner.do("GET", "/api/v1/ui/audit?action=support.ended")).Items; len(lines) != 1 || lines[0].Detail["support_reason"] != why {
		t.Errorf("the end is told by %+v", lines)
	}
}

// What the owner allows decides, as of now.
func TestWhatSupportMayDo(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	owner, helen := s.owner("casalumen.studio"), s.staff("helen")
	conversation := s.converse(owner.accountID(), "amara", 1)
	if set := read[api.SupportSettings](t, owner.do("PATCH", "/api/v1/ui/support-access", body(`{"allow_replies":true}`))); !set.Enabled || !set.AllowReplies {
		t.Errorf("settings %+v", set)
	}
	visitor := helen.visiting(s, owner)
	if a := visitor.do("POST", inboxPath+"/"+conversation+"/messages", body(bodies["messages"])); a.status != http.StatusCreated {
		t.Errorf("a reply that is allowed: %d %s", a.status, a.body)
	}
	// Who read what is the business of the account's own people, also on a visit that may reply.
	visitor.do("PATCH", inboxPath+"/"+conversation, body(`{"read_seq":1}`)).refused(t, 403, "forbidden")
	if c := read[api.Conversation](t, visitor.do("GET", inboxPath+"/"+conversation)); c.Unread == nil || *c.Unread != 1 {
		t.Errorf("the visitor left a note of having read: %+v", c)
	}
	visitor.do("POST", "/api/v1/ui/keys", body(`{"name":"x","scopes":["messages:send"]}`)).refused(t, 403, "forbidden")
	if a := visitor.do("DELETE", "/api/v1/ui/session/support"); a.status != http.StatusNoContent {
		t.Errorf("leave: %d %s", a.status, a.body)
	}
	eventually(t, "who has left is refused", func() bool { return visitor.do("GET", inboxPath).status == http.StatusUnauthorized })
	if a := helen.do("GET", "/api/v1/operator/accounts"); a.status != http.StatusOK {
		t.Errorf("staff after the visit: %d", a.status)
	}
	read[api.SupportSettings](t, owner.do("PATCH", "/api/v1/ui/support-access", body(`{"enabled":false}`)))
	helen.switchTo(owner.accountID(), why, 20).refused(t, 403, "support_disabled")
}

func TestSwitch(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	owner, stranger, helen := s.owner("casalumen.studio"), s.owner("nordkaffee"), s.staff("helen")
	owner.switchTo(stranger.accountID(), why, 20).refused(t, 404, "not_found")
	owner.switchTo(tenants.NewAccountID(), "", 0).refused(t, 404, "not_found")
	helen.switchTo(tenants.NewAccountID(), why, 20).refused(t, 404, "not_found")
	helen.switchTo(owner.accountID(), "", 0).refused(t, 422, "validation_failed")
	helen.switchTo(owner.accountID(), why, 90).refused(t, 422, "validation_failed")
	now := time.Now()
	old := must(s.doors.tokens.Issue(auth.Subject{Principal: helen.principal(s), AuthTime: now.Add(-time.Hour), NotAfter: now.Add(time.Hour)}))(t).Token
	(person{client: s.as(old)}).switchTo(owner.accountID(), why, 20).refused(t, 403, "step_up_required")

	user := owner.principal(s).UserID
	err := s.platform.InTx(t.Context(), func(tx *tenants.PlatformTx) error {
		_, err := tenants.NewMemberships(s.platform).Grant(t.Context(), tx, stranger.accountID(), user, tenants.RoleViewer)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	there := read[api.NewSession](t, owner.switchTo(stranger.accountID(), "", 0))
	if *there.AccountID != stranger.accountID().String() || *there.Role != "viewer" || there.Support != nil {
		t.Errorf("switched to %+v", there)
	}
	if lines := read[api.AuditPage](t, stranger.do("GET", "/api/v1/ui/audit?action=session.switched")).Items; len(lines) != 1 || lines[0].Target != user.String() {
		t.Errorf("the log tells %+v", lines)
	}

	// The page of an account asks by the cookie: opened anew it leaves a line, again it leaves none.
	for _, account := range []tenants.AccountID{owner.accountID(), owner.accountID(), stranger.accountID()} {
		read[api.NewSession](t, owner.browser.do("POST", "/api/v1/ui/session", body(`{"account_id":"`+account.String()+`"}`)))
	}
	for who, want := range map[*person]int{&owner: 1, &stranger: 2} {
		if lines := read[api.AuditPage](t, who.do("GET", "/api/v1/ui/audit?action=session.switched")).Items; len(lines) != want {
			t.Errorf("the log tells %+v, want %d lines", lines, want)
		}
	}
}
