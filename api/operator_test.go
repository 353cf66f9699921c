package api_test

import (
	"net/http"
	"strings"
	"testing"

	"parlor/api"
	"parlor/auth"
	"parlor/tenants"
)

func TestOperatorsAccounts(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	owner, other := s.owner("casalumen.studio"), s.owner("nordkaffee")
	s.converse(owner.accountID(), "amara", 1)
	operator, helen := s.staff("operator"), s.staff("helen")
	all := read[api.AccountOverviewPage](t, helen.do("GET", "/api/v1/operator/accounts?limit=1"))
	if len(all.Items) != 1 || all.NextCursor == nil || all.Items[0].AccountID != other.accountID().String() || !all.Items[0].OAuthConnected {
		t.Fatalf("accounts %+v", all)
	}
	rest := read[api.AccountOverviewPage](t, helen.do("GET", "/api/v1/operator/accounts?limit=1&cursor="+*all.NextCursor))
	if len(rest.Items) != 1 || rest.NextCursor != nil || rest.Items[0].AccountID != owner.accountID().String() || rest.Items[0].Members != 2 {
		t.Errorf("second page %+v", rest)
	}
	found := helen.do("GET", "/api/v1/operator/accounts?q=LUMEN&status=active")
	if list := read[api.AccountOverviewPage](t, found); len(list.Items) != 1 || strings.Contains(found.body, "amara") {
		t.Errorf("found %s", found.body)
	}
	one := "/api/v1/operator/accounts/" + owner.accountID().String()
	helen.do("POST", one+"/suspend").refused(t, 403, "forbidden")
	operator.do("POST", one+"/resume").refused(t, 409, "not_possible")
	if a := read[api.AccountOverview](t, operator.do("POST", one+"/suspend", body(`{"reason":"unpaid"}`))); a.Status != "suspended" {
		t.Errorf("suspended %+v", a)
	}
	eventually(t, "the suspended account is closed", func() bool { return owner.do("GET", inboxPath).status == http.StatusUnauthorized })
	helen.switchTo(owner.accountID(), why, 20).refused(t, 403, "account_suspended")
	operator = operator.browser.session(t) // his token was for that account, where he is a member
	if a := read[api.AccountOverview](t, operator.do("POST", one+"/resume")); a.Status != "needs_reconnect" || a.StatusReason != tenants.Resumed {
		t.Errorf("resumed %+v", a)
	}
	back := s.owner("casalumen.studio")
	eventually(t, "the resumed account is open", func() bool { return back.do("GET", inboxPath).status == http.StatusOK })
	if lines := read[api.AuditPage](t, back.do("GET", "/api/v1/ui/audit?action=account.suspended")).Items; len(lines) != 1 || lines[0].Detail["reason"] != "unpaid" {
		t.Errorf("the account's log tells %+v", lines)
	}
	// Who resumed it did so without being in any account: the owner reads a name all the same.
	if lines := read[api.AuditPage](t, back.do("GET", "/api/v1/ui/audit?action=account.resumed")).Items; len(lines) != 1 || lines[0].Actor.Name != "operator" {
		t.Errorf("the account's log tells %+v", lines)
	}
}

func TestApprovalQueue(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{creation: auth.CreateApproval})
	b := s.browser()
	refused := b.do("GET", b.consent(t, "velo.werk"))
	if !strings.Contains(refused.header.Get("Location"), "error=approval_pending") {
		t.Fatalf("%d %v", refused.status, refused.header)
	}
	operator := s.staff("operator")
	waiting := read[api.AccountOverviewPage](t, operator.do("GET", "/api/v1/operator/accounts?status=suspended")).Items
	if len(waiting) != 1 || waiting[0].StatusReason != tenants.ApprovalPending || waiting[0].Username != "velo.werk" {
		t.Fatalf("waiting %+v", waiting)
	}
	read[api.AccountOverview](t, operator.do("POST", "/api/v1/operator/accounts/"+waiting[0].AccountID+"/approve"))
	operator.do("POST", "/api/v1/operator/accounts/"+waiting[0].AccountID+"/approve").refused(t, 409, "not_possible")
	s.owner("velo.werk")
}

func TestOperatorsPeopleHealthAndLog(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	operator, helen := s.staff("operator"), s.staff("helen")
	people := read[api.StaffPage](t, operator.do("GET", "/api/v1/operator/staff")).Items
	if len(people) != 2 || people[0].Name != "helen" || people[0].LiveSessions != 1 || people[0].Identities[0].Provider != "bootstrap" {
		t.Fatalf("staff %+v", people)
	}
	one := "/api/v1/operator/staff/"
	helen.do("PATCH", one+people[1].UserID, body(`{"disabled":true}`)).refused(t, 403, "forbidden")
	operator.do("PATCH", one+people[1].UserID, body(`{"disabled":true}`)).refused(t, 409, "not_possible")
	if m := read[api.StaffMember](t, operator.do("PATCH", one+people[0].UserID, body(`{"disabled":true}`))); !m.Disabled || m.LiveSessions != 0 {
		t.Errorf("disabled %+v", m)
	}
	eventually(t, "who was shut out is refused", func() bool { return helen.do("GET", "/api/v1/operator/accounts").status == http.StatusUnauthorized })
	s.browser().do("POST", "/api/v1/ui/session", body("{}"), basic("helen", password)).refused(t, 403, "account_not_allowed")
	read[api.StaffMember](t, operator.do("PATCH", one+people[0].UserID, body(`{"disabled":false}`)))
	s.staff("helen").do("GET", "/api/v1/operator/audit").refused(t, 403, "forbidden")

	health := read[api.Health](t, operator.do("GET", "/api/v1/operator/health"))
	if health.RevocationsAgeMS > 10_000 || len(health.Providers) != 2 {
		t.Errorf("health %+v", health)
	}
	var told []string
	page := read[api.PlatformLogPage](t, operator.do("GET", "/api/v1/operator/audit?limit=3"))
	for _, l := range page.Items {
		told = append(told, l.Action)
	}
	if l := page.Items[1]; l.ActorName != "operator" || l.TargetName != people[0].Name {
		t.Errorf("%s by %q of %q", l.Action, l.ActorName, l.TargetName)
	}
	if len(told) != 3 || page.NextCursor == nil || told[0] != "session.started" || told[1] != "user.enabled" {
		t.Errorf("the log tells %v", told)
	}
	s.owner("casalumen.studio")
	s.database.Exec(t, "update platform.accounts set last_webhook_at = now() where kind = 'instagram'")
	if health = read[api.Health](t, operator.do("GET", "/api/v1/operator/health")); health.Deliveries.LastWebhookAt == nil {
		t.Errorf("nothing was ever heard: %+v", health.Deliveries)
	}
}
