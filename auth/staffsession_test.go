package auth_test

import (
	"errors"
	"testing"
	"time"

	"parlor/auth"
	"parlor/tenants"
)

// TestStaffOnlyAsProved: a staff role is used in the session that proved it. Whoever lost the group at the provider of staff is nobody special
// by another of his identities, nor in a session from before he had the role.
func TestStaffOnlyAsProved(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	h := newHouse(t, plan{creation: auth.CreateOpen, more: []auth.Provider{d.provider}})
	rosa, err := d.staffIn(h, "sub-1")
	if err != nil {
		t.Fatal(err)
	}
	who := h.opened(rosa.Session, tenants.AccountID{}).Principal
	b := h.browser()
	b.session = rosa.Cookie
	if _, err := b.intend(auth.IntentConnectAccount, who, approve); err != nil {
		t.Fatal(err)
	}
	byInstagram, err := h.browser().signIn(approve)
	if err != nil || byInstagram.Session.UserID != rosa.Session.UserID {
		t.Fatalf("%+v, %v", byInstagram.Session, err)
	}
	p := h.opened(byInstagram.Session, tenants.AccountID{}).Principal
	if p.StaffRole != "" || p.Role != tenants.RoleOwner {
		t.Errorf("by Instagram she is %+v", p)
	}
	support := auth.NewSupport(h.sessions)
	other, err := tenants.ParseAccountID(h.db.InsertAccount(t, "17841400000000009", "other"))
	if err != nil {
		t.Fatal(err)
	}
	p.StaffRole = tenants.StaffOperator // as a forged or older token might say
	if _, err := support.OpenVisit(t.Context(), p, other, "a reason that is long enough", 10); !errors.Is(err, auth.ErrNoSession) {
		t.Errorf("a visit from it: %v", err)
	}
	if role := h.opened(rosa.Session, tenants.AccountID{}).Principal.StaffRole; role != tenants.StaffOperator {
		t.Errorf("where she proved it she is %q", role)
	}
}

// TestStaffRoleGained: a session of a member does not become one of staff, which would outlive what staff sessions live.
func TestStaffRoleGained(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	h := newHouse(t, plan{providers: []auth.Provider{d.provider}})
	account, err := tenants.ParseAccountID(h.db.InsertAccount(t, casaUserID, casa))
	if err != nil {
		t.Fatal(err)
	}
	member := d.joins(h, account, "sub-3")
	d.server.SetUser("sub-3", "Nobody Yet", "parlor-operators")
	staff, err := d.staffIn(h, "sub-3")
	if err != nil || staff.Session.UserID != member.Session.UserID {
		t.Fatal(err)
	}
	if role := h.opened(staff.Session, tenants.AccountID{}).Principal.StaffRole; role != tenants.StaffOperator {
		t.Errorf("the new session has %q", role)
	}
	if p := h.opened(member.Session, account).Principal; p.StaffRole != "" || p.Role != tenants.RoleAgent {
		t.Errorf("the old session has %+v", p)
	}
}

// TestStepUpHearsOfGroups: a fresh sign-in that says that the group is lost takes the role; one that says that it was gained gives a member's
// session nothing.
func TestStepUpHearsOfGroups(t *testing.T) {
	t.Parallel()
	h, d := staffHouse(t)
	rosa, err := d.staffIn(h, "sub-1")
	if err != nil {
		t.Fatal(err)
	}
	who := h.opened(rosa.Session, tenants.AccountID{}).Principal
	d.server.SetUser("sub-1", "Rosa Diaz")
	d.stepsUp(h, who, "sub-1")
	if _, err := h.sessions.Open(t.Context(), h.peeked(rosa.Cookie), tenants.AccountID{}); !errors.Is(err, auth.ErrAccountNotAllowed) {
		t.Errorf("without the group the session opens: %v", err)
	}
	if n := h.count(`select count(*) from platform.auth_events where kind = 'staff_role_changed' and user_id = $1`, who.UserID); n == 0 {
		t.Error("her tokens are not revoked")
	}
	d.server.SetUser("sub-1", "Rosa Diaz", "parlor-operators")
	d.stepsUp(h, who, "sub-1")
	if _, err := h.sessions.Open(t.Context(), h.peeked(rosa.Cookie), tenants.AccountID{}); !errors.Is(err, auth.ErrAccountNotAllowed) {
		t.Errorf("a step-up made staff: %v", err)
	}
	if again, err := d.staffIn(h, "sub-1"); err != nil || again.Session.ExpiresAt.Sub(h.clock.at) > 12*time.Hour+time.Minute {
		t.Errorf("signs in anew: %+v, %v", again.Session, err)
	}
}

// joins makes that user of the provider a member by an invitation.
func (d *desk) joins(h *house, account tenants.AccountID, user string) auth.SignedIn {
	d.t.Helper()
	_, token := h.invite(h.memberOf(account, tenants.RoleOwner), tenants.RoleAgent)
	return d.through(h, auth.BeginRequest{Intent: auth.IntentAcceptInvitation, Invitation: token}, user)
}

// stepsUp lets the person of a session prove himself anew.
func (d *desk) stepsUp(h *house, who tenants.Principal, user string) {
	d.t.Helper()
	d.through(h, auth.BeginRequest{Intent: auth.IntentStepUp, By: who}, user)
}

// peeked is the session of a cookie as it is now.
func (h *house) peeked(cookie string) auth.Session {
	h.t.Helper()
	session, err := h.sessions.Peek(h.t.Context(), cookie)
	if err != nil {
		h.t.Fatal(err)
	}
	return session
}

// through goes all the way of an intent at the provider.
func (d *desk) through(h *house, r auth.BeginRequest, user string) auth.SignedIn {
	d.t.Helper()
	r.Provider = auth.OIDCID
	begun, err := h.flow.Begin(d.t.Context(), r)
	if err != nil {
		d.t.Fatal(err)
	}
	in, err := h.flow.Callback(d.t.Context(), auth.CallbackRequest{
		Method: "GET", Provider: auth.OIDCID, Query: d.logIn(begun.URL, user), FlowCookies: map[string]string{begun.Suffix: begun.Cookie},
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return in
}
