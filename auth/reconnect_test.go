package auth_test

import (
	"errors"
	"maps"
	"net/url"
	"testing"
	"time"

	"parlor/auth"
	"parlor/tenants"
)

const otherBusiness = "&sim_approve=nordkaffee"

// member is somebody signed in to the account, as the token of a request would say.
func (h *house) member(b *browser) tenants.Principal {
	h.t.Helper()
	re, err := h.sessions.Renew(h.t.Context(), b.session, auth.Visitor{})
	if err != nil {
		h.t.Fatal(err)
	}
	if re.Cookie != "" {
		b.session = re.Cookie
	}
	opened, err := h.sessions.Open(h.t.Context(), re.Session, tenants.AccountID{})
	if err != nil {
		h.t.Fatal(err)
	}
	return opened.Principal
}

// reconnect begins for who, and comes back with the browser's cookies: not the session's, for the way back starts at
// another site.
func (b *browser) reconnect(who tenants.Principal) (auth.Begun, error) {
	b.h.t.Helper()
	begun, err := b.h.flow.Begin(b.h.t.Context(), auth.BeginRequest{
		Provider: auth.InstagramID, Intent: auth.IntentReconnect, By: who, ReturnTo: "/a/x/connection", FlowCookies: b.flows,
	})
	if err == nil {
		b.flows[begun.Suffix] = begun.Cookie
	}
	return begun, err
}

// crossSite is the callback as a browser makes it that comes from Instagram.
func (b *browser) crossSite(query url.Values) auth.CallbackRequest {
	r := b.request(query)
	r.SessionCookie = ""
	return r
}

// lost is an owner whose account needs to be connected again.
func lost(t *testing.T) (*house, *browser, tenants.Principal) {
	t.Helper()
	h := open(t)
	b := h.browser()
	if _, err := b.signIn(approve); err != nil {
		t.Fatal(err)
	}
	who := h.member(b)
	h.db.Exec(t, `update platform.accounts set status = 'needs_reconnect', status_reason = 'token_expired' where account_id = $1`, who.AccountID)
	return h, b, who
}

func TestReconnect(t *testing.T) {
	t.Parallel()
	h, b, who := lost(t)
	begun, err := b.reconnect(who)
	if err != nil {
		t.Fatal(err)
	}
	asked, err := url.Parse(begun.URL)
	if err != nil || asked.Query().Get("force_reauth") != "true" {
		t.Errorf("Instagram need not ask for the password: %v", err)
	}
	before := h.count(`select count(*) from platform.sessions`)
	query := h.consent(t, begun.URL, approve)
	in, err := h.flow.Callback(t.Context(), b.crossSite(query))
	if err != nil {
		t.Fatal(err)
	}
	if in.Intent != auth.IntentReconnect || in.Cookie != "" || in.ReturnTo != "/a/x/connection" || in.DropFlow != begun.Suffix {
		t.Errorf("came back: %+v", in)
	}
	account, err := h.accounts.ByID(t.Context(), who.AccountID)
	if err != nil || account.Status != tenants.AccountActive || account.StatusReason != "" {
		t.Errorf("account %+v, %v", account, err)
	}
	if n := h.count(`select count(*) from platform.sessions`); n != before {
		t.Error("a session was made")
	}
	if _, err := h.sessions.Renew(t.Context(), b.session, auth.Visitor{}); err != nil {
		t.Errorf("the session that began: %v", err)
	}
	if n := h.count(`select count(*) from tenant.audit where action = 'connection.made' and actor_id = $1`, who.UserID.String()); n != 1 {
		t.Errorf("%d lines in the account's log name the owner", n)
	}
	if _, err := h.flow.Callback(t.Context(), b.crossSite(query)); !errors.Is(err, auth.ErrStateInvalid) {
		t.Errorf("the same once more: %v", err)
	}
}

// TestReconnectRefuses everything that does not fit who began it, and leaves the account as it was.
func TestReconnectRefuses(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		meanwhile func(h *house, b *browser, who tenants.Principal)
		spoil     func(h *house, r *auth.CallbackRequest)
		consent   string
		want      error
		reason    string
	}{
		"another Instagram account": {nil, nil, otherBusiness, auth.ErrWrongInstagram, "subject"},
		"owner removed": {func(h *house, _ *browser, who tenants.Principal) {
			h.db.Exec(h.t, `update platform.memberships set removed_at = now() where user_id = $1`, who.UserID)
		}, nil, approve, auth.ErrAccountNotAllowed, "removed"},
		"owner made an agent": {func(h *house, _ *browser, who tenants.Principal) {
			h.db.Exec(h.t, `update platform.memberships set role = 'agent' where user_id = $1`, who.UserID)
		}, nil, approve, auth.ErrAccountNotAllowed, "role"},
		"signed out": {func(h *house, _ *browser, who tenants.Principal) {
			if err := h.sessions.End(h.t.Context(), who.SessionID, auth.EndSignOut); err != nil {
				h.t.Fatal(err)
			}
		}, nil, approve, auth.ErrLoginExpired, "session_over"},
		"person disabled": {func(h *house, _ *browser, who tenants.Principal) {
			h.db.Exec(h.t, `update platform.users set disabled_at = now() where user_id = $1`, who.UserID)
		}, nil, approve, auth.ErrLoginExpired, "session_over"},
		"account suspended": {func(h *house, _ *browser, who tenants.Principal) {
			h.db.Exec(h.t, `update platform.accounts set status = 'suspended', status_reason = 'abuse' where account_id = $1`, who.AccountID)
		}, nil, approve, auth.ErrAccountNotAllowed, "removed"},
		"account gone": {func(h *house, _ *browser, who tenants.Principal) {
			h.db.Exec(h.t, `update platform.sign_in_flows set account_id = gen_random_uuid()`)
		}, nil, approve, auth.ErrAccountNotAllowed, "removed"},
		"too late": {func(h *house, _ *browser, _ tenants.Principal) {
			h.clock.at = h.clock.at.Add(auth.FlowLife + time.Second)
		}, nil, approve, auth.ErrLoginExpired, "late"},
		"another browser": {nil, func(_ *house, r *auth.CallbackRequest) { r.FlowCookies = nil }, approve, auth.ErrStateInvalid, "no_cookie"},
		"another session in the browser": {nil, func(h *house, r *auth.CallbackRequest) {
			other := h.browser()
			if _, err := other.signIn(otherBusiness); err != nil {
				h.t.Fatal(err)
			}
			r.SessionCookie = other.session
		}, approve, auth.ErrStateInvalid, "session"},
		"denied": {nil, func(_ *house, r *auth.CallbackRequest) { r.Query.Set("error", "access_denied") }, approve, auth.ErrDenied, "access_denied"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, b, who := lost(t)
			begun, err := b.reconnect(who)
			if err != nil {
				t.Fatal(err)
			}
			r := b.crossSite(maps.Clone(h.consent(t, begun.URL, tc.consent)))
			if tc.meanwhile != nil {
				tc.meanwhile(h, b, who)
			}
			if tc.spoil != nil {
				tc.spoil(h, &r)
			}
			status := h.count(`select count(*) from platform.accounts where account_id = $1 and status in ('needs_reconnect', 'suspended')`, who.AccountID)
			tokens := h.count(`select count(*) from tenant.audit where action = 'connection.made' and account_id = $1`, who.AccountID)
			in, err := h.flow.Callback(t.Context(), r)
			if !errors.Is(err, tc.want) || auth.ReasonOf(err) != tc.reason {
				t.Fatalf("err = %v (%s), want %v (%s)", err, auth.ReasonOf(err), tc.want, tc.reason)
			}
			if in.Cookie != "" {
				t.Error("a refusal made a session")
			}
			if h.count(`select count(*) from platform.accounts where account_id = $1 and status in ('needs_reconnect', 'suspended')`, who.AccountID) != status ||
				h.count(`select count(*) from tenant.audit where action = 'connection.made' and account_id = $1`, who.AccountID) != tokens {
				t.Error("the account was connected all the same")
			}
		})
	}
}

// TestWhoMayBeginToReconnect: an owner in a session, for the account of the token, with Instagram alone.
func TestWhoMayBeginToReconnect(t *testing.T) {
	t.Parallel()
	h, b, who := lost(t)
	as := func(change func(p *tenants.Principal)) tenants.Principal {
		p := who
		change(&p)
		return p
	}
	for name, p := range map[string]tenants.Principal{
		"nobody":          {},
		"an agent":        as(func(p *tenants.Principal) { p.Role = tenants.RoleAgent }),
		"an API key":      as(func(p *tenants.Principal) { p.KeyID, p.SessionID = "k", tenants.SessionID{} }),
		"without account": as(func(p *tenants.Principal) { p.AccountID = tenants.AccountID{} }),
	} {
		if _, err := b.reconnect(p); !errors.Is(err, auth.ErrLoginFailed) || auth.ReasonOf(err) != "intent" {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, r := range []auth.BeginRequest{
		{Provider: auth.BootstrapID, Intent: auth.IntentReconnect, By: who},
		{Provider: auth.InstagramID, Intent: auth.IntentStepUp, By: as(func(p *tenants.Principal) { p.Provider = "oidc" })},
		{Provider: auth.InstagramID, Intent: auth.IntentStepUp, By: as(func(p *tenants.Principal) { p.Grant = &tenants.SupportGrant{} })},
		{Provider: auth.InstagramID, Intent: auth.IntentAcceptInvitation},
		{Provider: auth.InstagramID, Intent: auth.IntentSignIn, By: who},
	} {
		if _, err := h.flow.Begin(t.Context(), r); err == nil {
			t.Errorf("%s with %s began", r.Intent, r.Provider)
		}
	}
	if n := h.count(`select count(*) from platform.sign_in_flows`); n != 0 {
		t.Errorf("%d flows are noted", n)
	}
}
