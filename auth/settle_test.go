package auth_test

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"parlor/auth"
	"parlor/auth/authtest"
	"parlor/tenants"
)

// TestUpstreamTrouble leaves nothing behind that the next sign-in would not finish.
func TestUpstreamTrouble(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{creation: auth.CreateOpen, timeout: time.Second})
	for _, way := range []string{"hangs", "500 with HTML"} {
		for _, step := range []string{"/oauth/access_token", "/access_token", "/me", "/me/subscribed_apps"} {
			h.Misbehave(step, authtest.Misbehaviours()[way])
			startedAt := time.Now()
			in, err := h.browser().signIn(approve)
			if !errors.Is(err, auth.ErrUpstream) || in.Cookie != "" {
				t.Errorf("%s at %s: %v", way, step, err)
			}
			if took := time.Since(startedAt); took > 3*time.Second {
				t.Errorf("%s at %s took %s", way, step, took)
			}
			h.Behave()
		}
	}
	if n := h.count("select count(*) from platform.sessions"); n != 0 {
		t.Errorf("%d sessions of failed sign-ins", n)
	}
	if _, err := h.browser().signIn(approve); err != nil {
		t.Fatalf("afterwards: %v", err)
	}
	account, err := h.accounts.ByInstagramUserID(t.Context(), casaUserID)
	if err != nil || account.Status != tenants.AccountActive {
		t.Errorf("afterwards: %+v, %v", account, err)
	}
	// An account in use stays open to its people while Instagram does not subscribe.
	h.Misbehave("/me/subscribed_apps", authtest.Misbehaviours()["503 as JSON"])
	if _, err := h.browser().signIn(approve); err != nil {
		t.Errorf("of an active account: %v", err)
	}
}

// TestAccountCreation lets a new account in as the operator has set it.
func TestAccountCreation(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		plan plan
		want error
		made int
	}{
		"open":                     {plan{creation: auth.CreateOpen}, nil, 1},
		"listed":                   {plan{creation: auth.CreateAllowlist, allowlist: []string{casaUserID}}, nil, 1},
		"not listed":               {plan{creation: auth.CreateAllowlist, allowlist: []string{"17841400000000000", casa}}, auth.ErrAccountNotAllowed, 0},
		"the zero value is a list": {plan{}, auth.ErrAccountNotAllowed, 0},
		"approval":                 {plan{creation: auth.CreateApproval}, auth.ErrApprovalPending, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, tc.plan)
			in, err := h.browser().signIn(approve)
			if !errors.Is(err, tc.want) {
				t.Fatalf("err = %v, want %v", err, tc.want)
			}
			if (in.Cookie == "") != (err != nil) {
				t.Errorf("cookie %v with %v", in.Cookie != "", err)
			}
			if n := h.count("select count(*) from platform.accounts where kind = 'instagram'"); n != tc.made {
				t.Errorf("%d accounts, want %d", n, tc.made)
			}
			if n := h.count("select count(*) from platform.users"); n != tc.made {
				t.Errorf("%d users, want %d", n, tc.made)
			}
		})
	}
}

// TestApproval opens the account at the first sign-in after the operator has approved it.
func TestApproval(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{creation: auth.CreateApproval})
	for range 2 {
		if _, err := h.browser().signIn(approve); !errors.Is(err, auth.ErrApprovalPending) {
			t.Fatal(err)
		}
	}
	h.setStatus(tenants.AccountConnecting)
	if _, err := h.browser().signIn(approve); err != nil {
		t.Error(err)
	}
}

func (h *house) setStatus(status tenants.AccountStatus) {
	h.t.Helper()
	account, err := h.accounts.ByInstagramUserID(h.t.Context(), casaUserID)
	if err == nil {
		err = h.platform.InTx(h.t.Context(), func(tx *tenants.PlatformTx) error {
			return h.accounts.SetStatus(h.t.Context(), tx, account.ID, status, "")
		})
	}
	if err != nil {
		h.t.Fatal(err)
	}
}

// TestRefusedOwners gives each a code of its own.
func TestRefusedOwners(t *testing.T) {
	t.Parallel()
	h := open(t)
	for more, want := range map[string]auth.Code{
		"&sim_approve=lena.unterwegs":                    "personal_account",
		approve + "&sim_scopes=instagram_business_basic": "missing_permission",
		"&sim_deny=1": "denied",
	} {
		if _, err := h.browser().signIn(more); auth.CodeOf(err) != want {
			t.Errorf("%s: %v, want %s", more, err, want)
		}
	}
	if n := h.count("select count(*) from platform.accounts where kind = 'instagram'") + h.count("select count(*) from platform.users"); n != 0 {
		t.Errorf("%d rows of refused owners", n)
	}
	b := h.browser()
	if _, err := b.signIn(approve); err != nil {
		t.Fatal(err)
	}
	h.setStatus(tenants.AccountSuspended)
	if _, err := b.signIn(approve); auth.CodeOf(err) != "account_suspended" {
		t.Errorf("suspended: %v", err)
	}
	re, err := h.sessions.Renew(t.Context(), b.session, auth.Visitor{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.sessions.Open(t.Context(), re.Session, tenants.AccountID{}); auth.CodeOf(err) != "account_suspended" {
		t.Errorf("open a suspended account: %v", err)
	}
}

// TestOperator becomes owner of the default account once it exists, stays staff without it, and is not brought back.
func TestOperator(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{creation: auth.CreateOpen, home: casaUserID})
	b := h.browser()
	if _, err := b.operator("wrong"); !errors.Is(err, auth.ErrInvalidCredentials) {
		t.Fatal(err)
	}
	in, err := b.operator("right horse")
	if err != nil {
		t.Fatal(err)
	}
	staff := h.opened(in.Session, tenants.AccountID{})
	if !staff.Principal.AccountID.IsZero() || staff.Principal.StaffRole != tenants.StaffOperator {
		t.Errorf("before the account exists: %+v", staff.Principal)
	}
	if life := in.Session.ExpiresAt.Sub(h.clock.at); life != 24*time.Hour {
		t.Errorf("a bootstrap session lives %s", life)
	}
	owner, err := h.browser().signIn(approve)
	if err != nil {
		t.Fatal(err)
	}
	if in, err = b.operator("right horse"); err != nil {
		t.Fatal(err)
	}
	account := owner.Session.LastAccountID
	p := h.opened(in.Session, tenants.AccountID{}).Principal
	if p.AccountID != account || p.Role != tenants.RoleOwner || p.StaffRole != tenants.StaffOperator {
		t.Errorf("with the account: %+v", p)
	}
	memberships := tenants.NewMemberships(h.platform)
	err = h.platform.InTx(t.Context(), func(tx *tenants.PlatformTx) error {
		return memberships.Remove(t.Context(), tx, account, p.UserID)
	})
	if err != nil {
		t.Fatal(err)
	}
	if in, err = b.operator("right horse"); err != nil {
		t.Fatal(err)
	}
	if p := h.opened(in.Session, tenants.AccountID{}).Principal; !p.AccountID.IsZero() || p.StaffRole != tenants.StaffOperator {
		t.Errorf("removed by the owner: %+v", p)
	}
	support, err := h.browser().as("support", "left horse")
	if err != nil {
		t.Fatal(err)
	}
	if p := h.opened(support.Session, tenants.AccountID{}).Principal; !p.AccountID.IsZero() || p.StaffRole != tenants.StaffSupport {
		t.Errorf("support: %+v", p)
	}
}

// TestFirstSignInFindsPhaseOne gives the owner the account that phase 1 has made, whoever may create accounts.
func TestFirstSignInFindsPhaseOne(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{creation: auth.CreateAllowlist, home: casaUserID})
	made := h.db.InsertAccount(t, casaUserID, casa)
	operator, err := h.browser().operator("right horse")
	if err != nil || operator.Session.LastAccountID.String() != made {
		t.Fatalf("operator in %v, %v", operator.Session.LastAccountID, err)
	}
	in, err := h.browser().signIn(approve)
	if err != nil || in.Session.LastAccountID.String() != made || in.Session.UserID == operator.Session.UserID {
		t.Errorf("owner in %v, %v", in.Session.LastAccountID, err)
	}
	others, err := h.accounts.ForUser(t.Context(), in.Session.UserID)
	if err != nil || len(others) != 1 || !slices.ContainsFunc(others, func(m tenants.AccountMembership) bool { return m.Role == tenants.RoleOwner }) {
		t.Errorf("accounts of the owner: %+v, %v", others, err)
	}
}

func (h *house) opened(s auth.Session, account tenants.AccountID) auth.Opening {
	h.t.Helper()
	o, err := h.sessions.Open(h.t.Context(), s, account)
	if err != nil {
		h.t.Fatal(err)
	}
	return o
}

// TestFirstSignInsAtOnce makes one user and one account of two first sign-ins that come at the same moment.
func TestFirstSignInsAtOnce(t *testing.T) {
	t.Parallel()
	h := open(t)
	requests := make([]auth.CallbackRequest, 6)
	for i := range requests {
		b := h.browser()
		begun := b.begin("")
		requests[i] = b.request(h.consent(t, begun.URL, approve))
	}
	var all sync.WaitGroup
	for _, r := range requests {
		all.Go(func() {
			if _, err := h.flow.Callback(t.Context(), r); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for table, want := range map[string]int{"accounts where kind = 'instagram'": 1, "users": 1, "memberships": 1, "sessions": len(requests)} {
		if n := h.count("select count(*) from platform." + table); n != want {
			t.Errorf("%d rows in %s, want %d", n, table, want)
		}
	}
}

// TestStaffRoleIsTheSessions leaves a staff role alone that another provider's sign-in does not speak of, and gives nothing of it to its session.
func TestStaffRoleIsTheSessions(t *testing.T) {
	t.Parallel()
	h := open(t)
	in, err := h.browser().signIn(approve)
	if err != nil {
		t.Fatal(err)
	}
	err = h.platform.InTx(t.Context(), func(tx *tenants.PlatformTx) error {
		return tenants.NewUsers(h.platform).SetStaffRole(t.Context(), tx, in.Session.UserID, tenants.StaffSupport)
	})
	if err != nil {
		t.Fatal(err)
	}
	if in, err = h.browser().signIn(approve); err != nil {
		t.Fatal(err)
	}
	if p := h.opened(in.Session, tenants.AccountID{}).Principal; p.StaffRole != "" || p.Role != tenants.RoleOwner {
		t.Errorf("%+v", p)
	}
	if user, err := tenants.NewUsers(h.platform).ByID(t.Context(), in.Session.UserID); err != nil || user.StaffRole != tenants.StaffSupport {
		t.Errorf("%+v, %v", user, err)
	}
}
