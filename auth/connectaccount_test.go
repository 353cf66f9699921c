package auth_test

import (
	"errors"
	"testing"
	"time"

	"parlor/auth"
	"parlor/tenants"
)

// as begins an intent of somebody who is signed in, and comes back.
func (b *browser) intend(intent auth.Intent, who tenants.Principal, more string) (auth.SignedIn, error) {
	b.h.t.Helper()
	begun, err := b.h.flow.Begin(b.h.t.Context(), auth.BeginRequest{
		Provider: auth.InstagramID, Intent: intent, By: who, ReturnTo: "/a/x/inbox", FlowCookies: b.flows,
	})
	if err != nil {
		return auth.SignedIn{}, err
	}
	b.flows[begun.Suffix] = begun.Cookie
	return b.h.flow.Callback(b.h.t.Context(), b.crossSite(b.h.consent(b.h.t, begun.URL, more)))
}

// TestConnectAnotherAccount gives one person two accounts, in the session that began.
func TestConnectAnotherAccount(t *testing.T) {
	t.Parallel()
	h, b, who := owned(t)
	before := h.count(`select count(*) from platform.sessions`)
	in, err := b.intend(auth.IntentConnectAccount, who, otherBusiness)
	if err != nil || in.Cookie != "" || !in.KeepsSession() || in.Account.IsZero() || in.Account == who.AccountID {
		t.Fatalf("came back %+v, %v", in, err)
	}
	if n := h.count(`select count(*) from platform.sessions`); n != before {
		t.Errorf("%d sessions, want %d", n, before)
	}
	mine, err := h.accounts.ForUser(t.Context(), who.UserID)
	if err != nil || len(mine) != 2 || mine[1].Role != tenants.RoleOwner || mine[1].Status != tenants.AccountActive {
		t.Errorf("accounts %+v, %v", mine, err)
	}
	if now := h.member(b); now.AccountID != in.Account {
		t.Error("the session does not open the new account next")
	}
	// The identity went to the same person: whoever signs in with the other account is he.
	other, err := h.browser().signIn(otherBusiness)
	if err != nil || other.Session.UserID != who.UserID {
		t.Errorf("signs in as %v, %v", other.Session.UserID, err)
	}
	// Once more changes nothing.
	if _, err := b.intend(auth.IntentConnectAccount, who, otherBusiness); err != nil {
		t.Error(err)
	}
}

// TestConnectWhatIsSomebodyElses: the account opens to who proved it; the identity stays with the person who has it.
func TestConnectWhatIsSomebodyElses(t *testing.T) {
	t.Parallel()
	h, b, who := owned(t)
	other, err := h.browser().signIn(otherBusiness)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.intend(auth.IntentConnectAccount, who, otherBusiness); err != nil {
		t.Fatal(err)
	}
	again, err := h.browser().signIn(otherBusiness)
	if err != nil || again.Session.UserID != other.Session.UserID {
		t.Errorf("the identity has moved: %v", err)
	}
}

// TestConnectOfSomebodyShutOut: whoever was shut out does not come back to the account as somebody else.
func TestConnectOfSomebodyShutOut(t *testing.T) {
	t.Parallel()
	h, b, who := owned(t)
	other, err := h.browser().signIn(otherBusiness)
	if err != nil {
		t.Fatal(err)
	}
	h.db.Exec(t, `update platform.users set disabled_at = now() where user_id = $1`, other.Session.UserID)
	if _, err := b.intend(auth.IntentConnectAccount, who, otherBusiness); !errors.Is(err, auth.ErrAccountNotAllowed) {
		t.Errorf("connects: %v", err)
	}
	if mine, err := h.accounts.ForUser(t.Context(), who.UserID); err != nil || len(mine) != 1 {
		t.Errorf("%d accounts, %v", len(mine), err)
	}
}

// TestWhoMayCreateIsAskedOfConnectToo: connecting is no way past the list.
func TestWhoMayCreateIsAskedOfConnectToo(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{creation: auth.CreateAllowlist, allowlist: []string{casaUserID}})
	b := h.browser()
	if _, err := b.signIn(approve); err != nil {
		t.Fatal(err)
	}
	who := h.member(b)
	if _, err := b.intend(auth.IntentConnectAccount, who, otherBusiness); !errors.Is(err, auth.ErrAccountNotAllowed) {
		t.Error(err)
	}
	if n := h.count(`select count(*) from platform.identities`); n != 1 {
		t.Errorf("%d identities: the refused one was linked", n)
	}
}

// TestStepUp makes the sign-in of the session fresh, by the very identity of the session.
func TestStepUp(t *testing.T) {
	t.Parallel()
	h, b, _ := owned(t)
	h.clock.at = h.clock.at.Add(time.Hour)
	who := h.member(b)
	re, err := h.sessions.Renew(t.Context(), b.session, auth.Visitor{})
	if err != nil {
		t.Fatal(err)
	}
	b.session = re.Cookie
	if h.clock.at.Sub(re.Session.AuthTime) < time.Hour {
		t.Fatal("the sign-in is fresh already")
	}
	if _, err := b.intend(auth.IntentStepUp, who, otherBusiness); !errors.Is(err, auth.ErrWrongPerson) {
		t.Errorf("somebody else: %v", err)
	}
	in, err := b.intend(auth.IntentStepUp, who, approve)
	if err != nil || in.Cookie != "" || in.ReturnTo != "/a/x/inbox" {
		t.Fatalf("came back %+v, %v", in, err)
	}
	re, err = h.sessions.Renew(t.Context(), b.session, auth.Visitor{})
	if err != nil || h.clock.at.Sub(re.Session.AuthTime) > time.Minute {
		t.Errorf("signed in at %s, %v; it is %s", re.Session.AuthTime, err, h.clock.at)
	}
	if err := h.sessions.End(t.Context(), who.SessionID, auth.EndSignOut); err != nil {
		t.Fatal(err)
	}
	if _, err := b.intend(auth.IntentStepUp, who, approve); !errors.Is(err, auth.ErrLoginExpired) {
		t.Errorf("in a session that is over: %v", err)
	}
}
