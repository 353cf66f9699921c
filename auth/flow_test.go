package auth_test

import (
	"errors"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"parlor/auth"
	"parlor/tenants"
)

const approve = "&sim_approve=" + casa

func open(t *testing.T) *house {
	t.Helper()
	return newHouse(t, plan{creation: auth.CreateOpen})
}

// TestOwnerSignsIn makes account, membership, connection and session at the first sign-in, and finds them at the second.
func TestOwnerSignsIn(t *testing.T) {
	t.Parallel()
	h := open(t)
	var sessions []tenants.SessionID
	for range 2 {
		in, err := h.browser().signIn(approve)
		if err != nil {
			t.Fatal(err)
		}
		if in.ReturnTo != "/a/x/inbox" || in.DropFlow == "" || in.Cookie == "" {
			t.Errorf("signed in: %+v", in)
		}
		account, err := h.accounts.ByInstagramUserID(t.Context(), casaUserID)
		if err != nil || account.Status != tenants.AccountActive || in.Session.LastAccountID != account.ID {
			t.Fatalf("account %+v, %v", account, err)
		}
		re, err := h.sessions.Renew(t.Context(), in.Cookie, auth.Visitor{})
		if err != nil {
			t.Fatal(err)
		}
		opened, err := h.sessions.Open(t.Context(), re.Session, tenants.AccountID{})
		if err != nil || opened.Principal.Role != tenants.RoleOwner || opened.Account.Username != casa || opened.ExpiresIn() != 24*time.Hour {
			t.Fatalf("opened %+v, %v", opened, err)
		}
		v, err := h.tokens.Verify(opened.Token, auth.TypeUI)
		if err != nil || v.Principal.AccountID != account.ID || v.Principal.Provider != auth.InstagramID {
			t.Errorf("token of %+v, %v", v.Principal, err)
		}
		sessions = append(sessions, in.Session.ID)
	}
	if sessions[0] == sessions[1] {
		t.Error("a second sign-in has the same session")
	}
	for table, want := range map[string]int{"accounts where kind = 'instagram'": 1, "users": 1, "identities": 1, "memberships": 1, "sign_in_flows": 0} {
		if n := h.count("select count(*) from platform." + table); n != want {
			t.Errorf("%d rows in %s, want %d", n, table, want)
		}
	}
	if n := h.count(`select count(*) from tenant.audit where action = 'member.joined'`); n != 1 {
		t.Errorf("%d lines in the account's log, want 1", n)
	}
}

// TestCallbackRefuses holds every bad callback, and shows for each that the order of checks is kept: what must not be
// used up by a stranger is still there afterwards.
func TestCallbackRefuses(t *testing.T) {
	t.Parallel()
	h := open(t)
	for name, tc := range map[string]struct {
		spoil  func(r *auth.CallbackRequest)
		want   error
		reason string
		usedUp bool // the flow is gone afterwards
	}{
		"POST":                    {func(r *auth.CallbackRequest) { r.Method = "POST" }, auth.ErrStateInvalid, "method", false},
		"HEAD":                    {func(r *auth.CallbackRequest) { r.Method = "HEAD" }, auth.ErrStateInvalid, "method", false},
		"no state":                {func(r *auth.CallbackRequest) { r.Query.Del("state") }, auth.ErrStateInvalid, "state", false},
		"two states":              {func(r *auth.CallbackRequest) { r.Query.Add("state", r.Query.Get("state")) }, auth.ErrStateInvalid, "state", false},
		"long state":              {func(r *auth.CallbackRequest) { r.Query.Set("state", strings.Repeat("a", 100_000)) }, auth.ErrStateInvalid, "state", false},
		"other state":             {func(r *auth.CallbackRequest) { r.Query.Set("state", strings.Repeat("a", 43)) }, auth.ErrStateInvalid, "state", false},
		"foreign browser":         {func(r *auth.CallbackRequest) { r.FlowCookies = nil }, auth.ErrStateInvalid, "no_cookie", false},
		"guessed cookie":          {func(r *auth.CallbackRequest) { guess(r.FlowCookies) }, auth.ErrStateInvalid, "state_cookie", false},
		"cookie of another flow":  {func(r *auth.CallbackRequest) { swap(h, r.FlowCookies) }, auth.ErrStateInvalid, "state_cookie", false},
		"another provider's path": {func(r *auth.CallbackRequest) { r.Provider = auth.BootstrapID }, auth.ErrStateInvalid, "provider_mismatch", true},
		"denied":                  {func(r *auth.CallbackRequest) { r.Query.Set("error", "access_denied") }, auth.ErrDenied, "access_denied", true},
		"provider's trouble":      {func(r *auth.CallbackRequest) { r.Query.Set("error", "server_error") }, auth.ErrUpstream, "server_error", true},
		"script as an error":      {func(r *auth.CallbackRequest) { r.Query.Set("error", "<script>\r\n") }, auth.ErrLoginFailed, "unknown_error", true},
		"error in a foreign one":  {func(r *auth.CallbackRequest) { r.Query.Set("error", "access_denied"); r.FlowCookies = nil }, auth.ErrStateInvalid, "no_cookie", false},
		"no code":                 {func(r *auth.CallbackRequest) { r.Query.Del("code") }, auth.ErrLoginFailed, "code", true},
		"two codes":               {func(r *auth.CallbackRequest) { r.Query.Add("code", "x") }, auth.ErrLoginFailed, "code", true},
		"long code":               {func(r *auth.CallbackRequest) { r.Query.Set("code", strings.Repeat("a", 2049)) }, auth.ErrLoginFailed, "code", true},
		"code of somebody else":   {func(r *auth.CallbackRequest) { r.Query.Set("code", "AQguessed") }, auth.ErrLoginFailed, "exchange", true},
	} {
		t.Run(name, func(t *testing.T) {
			b := h.browser()
			begun := b.begin("/a/x/inbox")
			query := h.consent(t, begun.URL, approve)
			r := b.request(url.Values{"state": query["state"], "code": query["code"]})
			tc.spoil(&r)
			in, err := h.flow.Callback(t.Context(), r)
			if !errors.Is(err, tc.want) || auth.ReasonOf(err) != tc.reason {
				t.Fatalf("err = %v (%s), want %v (%s)", err, auth.ReasonOf(err), tc.want, tc.reason)
			}
			if in.Cookie != "" || strings.Contains(err.Error(), "script") {
				t.Errorf("a refusal made a cookie or repeats its input: %v", err)
			}
			_, err = h.flow.Callback(t.Context(), b.request(query))
			if used := err != nil; used != tc.usedUp {
				t.Errorf("afterwards the flow is used up: %v (%v), want %v", used, err, tc.usedUp)
			}
		})
	}
}

func guess(cookies map[string]string) {
	for suffix := range cookies {
		cookies[suffix] = "1795435200." + strings.Repeat("A", 43)
	}
}

func swap(h *house, cookies map[string]string) {
	other := h.browser()
	begun := other.begin("")
	for suffix := range cookies {
		cookies[suffix] = begun.Cookie
	}
}

// TestStateServesOnce lets exactly one of twenty callbacks at once through, and no later one.
func TestStateServesOnce(t *testing.T) {
	t.Parallel()
	h := open(t)
	b := h.browser()
	begun := b.begin("")
	query := h.consent(t, begun.URL, approve)
	errs := make([]error, 20)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() { _, errs[i] = h.flow.Callback(t.Context(), b.request(query)) })
	}
	all.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else if !errors.Is(err, auth.ErrStateInvalid) {
			t.Error(err)
		}
	}
	if won != 1 {
		t.Errorf("%d callbacks won, want 1", won)
	}
	if _, err := h.flow.Callback(t.Context(), b.request(query)); !errors.Is(err, auth.ErrStateInvalid) || auth.ReasonOf(err) != "used" {
		t.Errorf("replay: %v", err)
	}
	if n := h.count("select count(*) from platform.sessions"); n != 1 {
		t.Errorf("%d sessions, want 1", n)
	}
}

// TestLateCallback says that the time is over, with and without the cookie that the browser drops by then.
func TestLateCallback(t *testing.T) {
	t.Parallel()
	h := open(t)
	for _, dropped := range []bool{false, true} {
		b := h.browser()
		begun := b.begin("/a/x/inbox")
		query := h.consent(t, begun.URL, approve)
		h.clock.at = h.clock.at.Add(auth.FlowLife)
		if dropped {
			clear(b.flows)
		}
		if _, err := h.flow.Callback(t.Context(), b.request(query)); !errors.Is(err, auth.ErrLoginExpired) {
			t.Errorf("cookie dropped %v: %v", dropped, err)
		}
	}
}

// TestBeginRefuses begins only what can be begun.
func TestBeginRefuses(t *testing.T) {
	t.Parallel()
	h := open(t)
	for _, provider := range []string{"", "oidc", "bootstrap", "Instagram", "../x"} {
		if _, err := h.flow.Begin(t.Context(), auth.BeginRequest{Provider: provider}); !errors.Is(err, auth.ErrProviderDisabled) {
			t.Errorf("provider %q: %v", provider, err)
		}
	}
	for _, intent := range []auth.Intent{auth.IntentConnectAccount, auth.IntentAcceptInvitation, auth.IntentStepUp, "x"} {
		_, err := h.flow.Begin(t.Context(), auth.BeginRequest{Provider: auth.InstagramID, Intent: intent})
		if !errors.Is(err, auth.ErrLoginFailed) || auth.ReasonOf(err) != "intent" {
			t.Errorf("intent %q: %v", intent, err)
		}
	}
}

// TestFlowCookies keeps at most five in a browser, the newest, and finishes the oldest of these.
func TestFlowCookies(t *testing.T) {
	t.Parallel()
	h := open(t)
	b := h.browser()
	b.flows["junk"] = "x"
	var begun []auth.Begun
	for range 8 {
		h.clock.at = h.clock.at.Add(time.Second)
		begun = append(begun, b.begin(""))
		if len(b.flows) > 5 {
			t.Fatalf("%d flow cookies", len(b.flows))
		}
	}
	if _, there := b.flows["junk"]; there {
		t.Error("junk outlived real flows")
	}
	kept := begun[3]
	if b.flows[kept.Suffix] != kept.Cookie {
		t.Fatal("the fifth newest flow is gone")
	}
	if _, err := h.flow.Callback(t.Context(), b.request(h.consent(t, kept.URL, approve))); err != nil {
		t.Error(err)
	}
}

// TestReturnToIsCleaned keeps nothing but our own pages.
func TestReturnToIsCleaned(t *testing.T) {
	t.Parallel()
	h := open(t)
	b := h.browser()
	begun := b.begin("//evil.example/a/x")
	in, err := h.flow.Callback(t.Context(), b.request(h.consent(t, begun.URL, approve)))
	if err != nil || in.ReturnTo != "/" {
		t.Errorf("to %q, %v", in.ReturnTo, err)
	}
}

// TestFixation gives a new session at every sign-in and ends the one that the browser had.
func TestFixation(t *testing.T) {
	t.Parallel()
	h := open(t)
	b := h.browser()
	first, err := b.signIn(approve)
	if err != nil {
		t.Fatal(err)
	}
	second, err := b.signIn("&sim_approve=" + nord)
	if err != nil {
		t.Fatal(err)
	}
	if first.Session.ID == second.Session.ID || first.Session.UserID == second.Session.UserID {
		t.Errorf("sessions %v and %v", first.Session, second.Session)
	}
	if _, err := h.sessions.Renew(t.Context(), first.Cookie, auth.Visitor{}); !errors.Is(err, auth.ErrNoSession) {
		t.Errorf("the planted session lives: %v", err)
	}
	if _, err := h.sessions.Renew(t.Context(), second.Cookie, auth.Visitor{}); err != nil {
		t.Error(err)
	}
	// Who only knows a session's id cannot end it by signing in.
	forged := b.h.browser()
	forged.session = second.Session.ID.String() + "." + strings.Repeat("A", 64)
	if _, err := forged.signIn(approve); err != nil {
		t.Fatal(err)
	}
	if n := h.count("select count(*) from platform.sessions where session_id = $1 and ended_at is null", second.Session.ID); n != 1 {
		t.Error("a guessed cookie ended somebody's session")
	}
}
