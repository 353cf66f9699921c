package api_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"parlor/api"
	"parlor/tenants"
)

// join accepts an invitation as somebody who is not signed in, with another business of the stand-in.
func (s *stack) join(token, business string) (person, answer) {
	s.t.Helper()
	b := s.browser()
	begun := read[api.Location](s.t, b.do("POST", "/api/v1/ui/invitation/begin", body(fmt.Sprintf(`{"token":%q,"provider":"instagram"}`, token))))
	noRedirects := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := noRedirects.Get(begun.Location + "&sim_approve=" + url.QueryEscape(business))
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	back, err := response.Location()
	if err != nil {
		s.t.Fatal(err)
	}
	done := b.do("GET", back.RequestURI())
	if done.status != http.StatusSeeOther || strings.Contains(done.header.Get("Location"), "error") {
		return person{}, done
	}
	return b.session(s.t), done
}

func (p person) invite(role string) (api.Invited, string) {
	p.t.Helper()
	invited := read[api.Invited](p.t, p.do("POST", "/api/v1/ui/invitations", body(fmt.Sprintf(`{"role":%q,"label":"for Ana"}`, role))))
	_, token, _ := strings.Cut(invited.Link, "#")
	return invited, token
}

// From the link to the agent's work, to the end of it.
func TestTeam(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	owner := s.owner("casalumen.studio")
	conversation := s.converse(owner.accountID(), "amara", 1)
	invited, token := owner.invite("agent")
	if invited.Invitation.State != "pending" || !strings.HasPrefix(invited.Link, origin+"/invite#") || time.Until(invited.Invitation.ExpiresAt) < 6*24*time.Hour {
		t.Errorf("invited %+v", invited)
	}
	preview := read[api.InvitationPreview](t, s.browser().do("POST", "/api/v1/ui/invitation/preview", body(fmt.Sprintf(`{"token":%q}`, token))))
	if preview.Account.Username != "casalumen.studio" || preview.Role != "agent" || preview.InvitedBy == "" {
		t.Errorf("preview %+v", preview)
	}
	s.do("POST", "/api/v1/ui/invitation/preview", body(fmt.Sprintf(`{"token":%q}`, token)), with("Sec-Fetch-Site", "cross-site")).refused(t, 403, "cross_site")
	agent, _ := s.join(token, "velo.werk")
	if *agent.session.Role != "agent" || agent.accountID() != owner.accountID() {
		t.Fatalf("joined as %+v", agent.session)
	}
	if a := agent.do("POST", inboxPath+"/"+conversation+"/messages", body(bodies["messages"])); a.status != http.StatusCreated {
		t.Errorf("the agent's reply: %d %s", a.status, a.body)
	}
	agent.do("GET", "/api/v1/ui/invitations").refused(t, 403, "forbidden")
	if _, again := s.join(owner.inviteAgain(), "velo.werk"); again.status != http.StatusSeeOther { // who is a member already just comes in
		t.Errorf("again: %d", again.status)
	}
	s.browser().do("POST", "/api/v1/ui/invitation/preview", body(fmt.Sprintf(`{"token":%q}`, token))).refused(t, 404, "invitation_invalid")

	members := read[api.MemberPage](t, owner.do("GET", "/api/v1/ui/members")).Items
	if len(members) != 2 || !members[0].You || members[1].Role != "agent" || members[1].Name == "" {
		t.Fatalf("members %+v", members)
	}
	owner.do("PATCH", "/api/v1/ui/members/"+members[0].UserID, body(`{"role":"agent"}`)).refused(t, 409, "last_owner")
	owner.do("DELETE", "/api/v1/ui/membership").refused(t, 409, "last_owner")
	if m := read[api.Member](t, owner.do("PATCH", "/api/v1/ui/members/"+members[1].UserID, body(`{"role":"viewer"}`))); m.Role != "viewer" {
		t.Errorf("member %+v", m)
	}
	// Once more changes nothing, and leaves no line.
	read[api.Member](t, owner.do("PATCH", "/api/v1/ui/members/"+members[1].UserID, body(`{"role":"viewer"}`)))
	// The old token counts no more, and renews into the smaller role.
	eventually(t, "the demoted token is refused", func() bool { return agent.do("GET", inboxPath).status == http.StatusUnauthorized })
	agent = agent.browser.session(t)
	agent.do("POST", inboxPath+"/"+conversation+"/messages", body(bodies["messages"])).refused(t, 403, "forbidden")
	if a := owner.do("DELETE", "/api/v1/ui/members/"+members[1].UserID); a.status != http.StatusNoContent {
		t.Fatalf("remove: %d %s", a.status, a.body)
	}
	eventually(t, "the removed member is refused", func() bool { return agent.do("GET", inboxPath).status == http.StatusUnauthorized })
	agent.browser.do("POST", "/api/v1/ui/session", body("{}")).refused(t, 403, "account_not_allowed")
	var told []string
	for _, l := range read[api.AuditPage](t, owner.do("GET", "/api/v1/ui/audit?limit=100")).Items {
		if strings.HasPrefix(l.Action, "member.") || strings.HasPrefix(l.Action, "invitation.") {
			told = append(told, l.Action)
			if l.Actor.Name == "" {
				t.Errorf("%s by nobody with a name: %+v", l.Action, l.Actor)
			}
		}
	}
	if got := strings.Join(told, " "); got != "member.removed member.role_changed invitation.created member.joined invitation.created member.joined" {
		t.Errorf("the log tells %s", got)
	}
}

func (p person) inviteAgain() string {
	_, token := p.invite("viewer")
	return token
}

// An owner whose role was taken in the database is refused in the very transaction, whatever his token says.
func TestRolesAreAskedOfTheDatabaseToo(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	owner := s.owner("casalumen.studio")
	other := s.member(owner, tenants.RoleOwner)
	s.database.Exec(t, `update platform.memberships set role = 'viewer' where account_id = $1 and user_id <> $2`, owner.accountID(), other)
	owner.do("DELETE", "/api/v1/ui/members/"+other.String()).refused(t, 403, "forbidden")
	owner.do("POST", "/api/v1/ui/invitations", body(`{"role":"owner"}`)).refused(t, 403, "forbidden")
	owner.do("POST", "/api/v1/ui/keys", body(`{"name":"x","scopes":["messages:send"]}`)).refused(t, 403, "forbidden")
	owner.do("PATCH", "/api/v1/ui/support-access", body(`{"enabled":true}`)).refused(t, 403, "forbidden")
}

func TestJoinBeingSignedIn(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	owner, other := s.owner("casalumen.studio"), s.owner("nordkaffee")
	_, token := owner.invite("viewer")
	accepted := read[api.Accepted](t, other.do("POST", "/api/v1/ui/invitation/accept", body(fmt.Sprintf(`{"token":%q}`, token))))
	if accepted.AccountID != owner.accountID().String() {
		t.Errorf("accepted %+v", accepted)
	}
	if list := read[api.AccountPage](t, other.do("GET", "/api/v1/ui/accounts")).Items; len(list) != 2 || list[1].Role != "viewer" {
		t.Errorf("accounts %+v", list)
	}
	s.converse(owner.accountID(), "amara", 2)
	counted := read[api.AccountPage](t, other.do("GET", "/api/v1/ui/accounts?unread=true")).Items
	if *counted[0].Unread != 0 || *counted[1].Unread != 1 {
		t.Errorf("unread in their own account %d, in the other %d; want 0 and 1", *counted[0].Unread, *counted[1].Unread)
	}
	other.do("POST", "/api/v1/ui/invitation/accept", body(`{"token":"x"}`)).refused(t, 404, "invitation_invalid")
}

func TestDevices(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	one, two, stranger := s.owner("casalumen.studio"), s.owner("casalumen.studio"), s.owner("nordkaffee")
	list := read[api.SignInPage](t, one.do("GET", "/api/v1/ui/sessions")).Items
	if len(list) != 2 || list[0].Current == list[1].Current || list[0].Provider != "instagram" {
		t.Fatalf("devices %+v", list)
	}
	if a := one.do("DELETE", "/api/v1/ui/sessions/"+s.sessionOf(two)); a.status != http.StatusNoContent {
		t.Fatalf("%d %s", a.status, a.body)
	}
	eventually(t, "the other device is refused", func() bool { return two.do("GET", inboxPath).status == http.StatusUnauthorized })
	two.browser.do("POST", "/api/v1/ui/session", body("{}")).refused(t, 401, "no_session")
	s.owner("casalumen.studio")
	if ended := read[api.Ended](t, one.do("DELETE", "/api/v1/ui/sessions")); ended.Ended != 1 {
		t.Errorf("ended %d", ended.Ended)
	}
	if a := stranger.do("GET", inboxPath); a.status != http.StatusOK {
		t.Errorf("a stranger was signed out: %d", a.status)
	}
	if list := read[api.SignInPage](t, one.do("GET", "/api/v1/ui/sessions")).Items; len(list) != 1 || !list[0].Current {
		t.Errorf("left %+v", list)
	}
}
