package auth_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"parlor/auth"
	"parlor/tenants"
)

const why = "the customer sees no pictures"

// deskOf is a house with an owner's account and a person of support, signed in.
func deskOf(t *testing.T) (h *house, owner, staff tenants.Principal, support *auth.Support) {
	t.Helper()
	h, _, owner = owned(t)
	b := h.browser()
	in, err := b.as("support", "left horse")
	if err != nil {
		t.Fatal(err)
	}
	return h, owner, h.opened(in.Session, tenants.AccountID{}).Principal, auth.NewSupport(h.sessions)
}

func TestVisit(t *testing.T) {
	t.Parallel()
	h, owner, staff, support := deskOf(t)
	o, err := support.OpenVisit(t.Context(), staff, owner.AccountID, "  "+why+" ", 20)
	if err != nil {
		t.Fatal(err)
	}
	p := o.Principal
	if o.ExpiresIn() != 20*time.Minute || p.UserID != staff.UserID || p.AccountID != owner.AccountID || p.Grant.Mode != tenants.SupportRead || o.Visit.Reason != why {
		t.Errorf("opened %+v for %s", p, o.ExpiresIn())
	}
	v, err := h.tokens.Verify(o.Token, auth.TypeUI)
	if err != nil || v.Principal.Can(tenants.MessagesSend) {
		t.Fatalf("%+v, %v", v, err)
	}
	conversation := tenants.NewGrantID().String()
	got, err := support.Request(t.Context(), v.Principal, "GET", "/api/v1/ui/conversations/{conversation_id}", conversation)
	if err != nil || got.Grant.Reason != why || got.DisplayName == "" {
		t.Errorf("request: %+v, %v", got, err)
	}
	n := h.count(`select count(*) from tenant.audit where support_grant_id = $1 and detail->>'support_reason' = $2 and actor_name = 'support'
		and (action = 'support.opened' or action = 'support.request' and target = $3)`, p.Grant.ID, why, conversation)
	if n != 2 {
		t.Errorf("%d lines tell of the visit, want 2", n)
	}
	// The same session gets another token for it, no other one does.
	if again, err := support.Reopen(t.Context(), auth.Session{ID: staff.SessionID}, p.Grant.ID); err != nil || again.Principal.Grant.ID != p.Grant.ID {
		t.Errorf("reopened: %v", err)
	}
	if _, err := support.Reopen(t.Context(), auth.Session{ID: owner.SessionID}, p.Grant.ID); !errors.Is(err, tenants.ErrNotFound) {
		t.Errorf("reopened by another session: %v", err)
	}
}

// TestVisitOutlivesAStepUp: whoever proves himself again by a password gets a new session, and the visit goes on in it.
func TestVisitOutlivesAStepUp(t *testing.T) {
	t.Parallel()
	h, _, owner := owned(t)
	b := h.browser()
	in, err := b.as("support", "left horse")
	if err != nil {
		t.Fatal(err)
	}
	staff, support := h.opened(in.Session, tenants.AccountID{}).Principal, auth.NewSupport(h.sessions)
	o, err := support.OpenVisit(t.Context(), staff, owner.AccountID, why, 20)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := support.Request(t.Context(), o.Principal, "GET", "/", ""); err != nil {
		t.Fatal(err)
	}
	again, err := b.as("support", "left horse")
	if err != nil || again.Session.ID == staff.SessionID {
		t.Fatalf("%+v, %v", again.Session, err)
	}
	if n := h.count(`select count(*) from platform.sessions where session_id = $1 and ended_reason = 'replaced'`, staff.SessionID); n != 1 {
		t.Error("the former session lives")
	}
	o, err = support.Reopen(t.Context(), again.Session, o.Principal.Grant.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := support.Request(t.Context(), o.Principal, "GET", "/", ""); err != nil {
		t.Errorf("in the new session: %v", err)
	}
}

func TestVisitsThatAreNotOpened(t *testing.T) {
	t.Parallel()
	h, owner, staff, support := deskOf(t)
	onAVisit := staff
	onAVisit.Grant = &tenants.SupportGrant{ID: tenants.NewGrantID(), Mode: tenants.SupportRead}
	for name, tc := range map[string]struct {
		p       tenants.Principal
		account tenants.AccountID
		reason  string
		minutes int
		want    error
	}{
		"short reason":     {staff, owner.AccountID, "too short", 20, auth.ErrSupportReason},
		"blank reason":     {staff, owner.AccountID, strings.Repeat(" ", 40), 20, auth.ErrSupportReason},
		"long reason":      {staff, owner.AccountID, strings.Repeat("ä", 501), 20, auth.ErrSupportReason},
		"4 minutes":        {staff, owner.AccountID, why, 4, auth.ErrSupportMinutes},
		"61 minutes":       {staff, owner.AccountID, why, 61, auth.ErrSupportMinutes},
		"unknown account":  {staff, tenants.NewAccountID(), why, 20, tenants.ErrNotFound},
		"the probe":        {staff, tenants.ProbeAccountA, why, 20, tenants.ErrNotFound},
		"by the owner":     {owner, owner.AccountID, why, 20, tenants.ErrNotFound},
		"from a visit":     {onAVisit, owner.AccountID, why, 20, auth.ErrSupportChained},
		"by a key":         {tenants.Principal{KeyID: "k", AccountID: owner.AccountID}, owner.AccountID, why, 20, tenants.ErrNotFound},
		"session is over":  {tenants.Principal{UserID: staff.UserID, StaffRole: tenants.StaffSupport, SessionID: tenants.NewSessionID()}, owner.AccountID, why, 20, auth.ErrNoSession},
		"role of the past": {tenants.Principal{UserID: owner.UserID, StaffRole: tenants.StaffSupport, SessionID: owner.SessionID}, owner.AccountID, why, 20, auth.ErrNoSession},
	} {
		if _, err := support.OpenVisit(t.Context(), tc.p, tc.account, tc.reason, tc.minutes); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", name, err, tc.want)
		}
	}
	if n := h.count(`select count(*) from platform.support_grants`); n != 0 {
		t.Errorf("%d visits", n)
	}
}

// Who was put out of an account as a member can still be let in as support: the membership's end says nothing of a visit.
func TestAFormerMemberOfStaffVisits(t *testing.T) {
	t.Parallel()
	h, owner, staff, support := deskOf(t)
	members := tenants.NewMemberships(h.platform)
	err := h.platform.InTx(t.Context(), func(tx *tenants.PlatformTx) error {
		if _, err := members.Grant(t.Context(), tx, owner.AccountID, staff.UserID, tenants.RoleAgent); err != nil {
			return err
		}
		return members.Remove(t.Context(), tx, owner.AccountID, staff.UserID)
	})
	if err != nil {
		t.Fatal(err)
	}
	i := h.start(50 * time.Millisecond)
	former := tenants.Principal{UserID: staff.UserID, AccountID: owner.AccountID, Version: 1}
	eventually(t, 2*time.Second, "the removal is known", func() bool { return i.Revoked(former) })
	o, err := support.OpenVisit(t.Context(), staff, owner.AccountID, why, 20)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := i.tokens.Verify(o.Token, auth.TypeUI); err != nil || i.Revoked(o.Principal) {
		t.Errorf("the visit is dead from its first request: %v", err)
	}
}

// TestVisitsEnd in each of the ways, once, and everywhere within two seconds.
func TestVisitsEnd(t *testing.T) {
	t.Parallel()
	no := false
	for name, tc := range map[string]struct {
		end  func(h *house, owner, visitor tenants.Principal, s *auth.Support) error
		want string
	}{
		"by staff": {func(h *house, _, visitor tenants.Principal, s *auth.Support) error {
			return s.EndByStaff(h.t.Context(), visitor)
		}, "staff"},
		"by the owner": {func(h *house, owner, visitor tenants.Principal, s *auth.Support) error {
			return s.EndByOwner(tenants.WithPrincipal(h.t.Context(), owner), visitor.Grant.ID)
		}, "owner"},
		"switched off": {func(h *house, owner, _ tenants.Principal, s *auth.Support) error {
			_, err := s.Change(tenants.WithPrincipal(h.t.Context(), owner), &no, nil)
			return err
		}, "switched_off"},
		"signed out": {func(h *house, _, visitor tenants.Principal, _ *auth.Support) error {
			return h.sessions.End(h.t.Context(), visitor.SessionID, auth.EndSignOut)
		}, "signed_out"},
		"by time": {func(h *house, _, _ tenants.Principal, s *auth.Support) error {
			h.clock.at = h.clock.at.Add(21 * time.Minute)
			return s.EndOver(h.t.Context())
		}, "time"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, owner, staff, support := deskOf(t)
			i := h.start(50 * time.Millisecond)
			o, err := support.OpenVisit(t.Context(), staff, owner.AccountID, why, 20)
			if err != nil {
				t.Fatal(err)
			}
			if i.Revoked(o.Principal) {
				t.Fatal("over before it began")
			}
			if err := tc.end(h, owner, o.Principal, support); err != nil {
				t.Fatal(err)
			}
			eventually(t, 2*time.Second, "the visit is over everywhere", func() bool { return i.Revoked(o.Principal) })
			if _, err := support.Reopen(t.Context(), auth.Session{ID: staff.SessionID}, o.Visit.ID); err == nil {
				t.Error("another token for it")
			}
			if n := h.count(`select count(*) from platform.support_grants where ended_by = $1`, tc.want); n != 1 {
				t.Errorf("%d visits ended by %s", n, tc.want)
			}
			if err := support.EndByStaff(t.Context(), o.Principal); err != nil { // once more is no error, and no second line
				t.Error(err)
			}
			if n := h.count(`select count(*) from tenant.audit where action = 'support.ended'`); n != 1 {
				t.Errorf("%d lines tell of the end", n)
			}
		})
	}
}

// Threat 57: a visit stands on a staff role and on an account that is open, and falls with either.
func TestThreat57VisitsFallWithTheirGround(t *testing.T) {
	t.Parallel()
	for name, pull := range map[string]func(h *house, visitor tenants.Principal) error{
		"the staff role is taken away": func(h *house, visitor tenants.Principal) error {
			return h.platform.InTx(h.t.Context(), func(tx *tenants.PlatformTx) error {
				return tenants.NewUsers(h.platform).SetStaffRole(h.t.Context(), tx, visitor.UserID, "")
			})
		},
		"the account is suspended": func(h *house, visitor tenants.Principal) error {
			operator, err := h.browser().operator("right horse")
			if err != nil {
				return err
			}
			p := h.opened(operator.Session, tenants.AccountID{}).Principal
			return tenants.NewInstallation(h.platform).Suspend(tenants.WithPrincipal(h.t.Context(), p), visitor.AccountID, "unpaid")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, owner, staff, support := deskOf(t)
			i := h.start(50 * time.Millisecond)
			o, err := support.OpenVisit(t.Context(), staff, owner.AccountID, why, 20)
			if err != nil {
				t.Fatal(err)
			}
			if err := pull(h, o.Principal); err != nil {
				t.Fatal(err)
			}
			eventually(t, 2*time.Second, "the visitor's token counts no more", func() bool { return i.Revoked(o.Principal) })
			if _, err := support.Reopen(t.Context(), auth.Session{ID: staff.SessionID, UserID: staff.UserID}, o.Visit.ID); err == nil {
				t.Error("another token for it")
			}
			if _, err := support.OpenVisit(t.Context(), staff, owner.AccountID, why, 20); err == nil {
				t.Error("another visit")
			}
		})
	}
}

// A visit that the account's suspension has cut off does not come to life again with the account.
func TestVisitsEndWithTheirAccountsSuspension(t *testing.T) {
	t.Parallel()
	h, owner, staff, support := deskOf(t)
	i := h.start(50 * time.Millisecond)
	o, err := support.OpenVisit(t.Context(), staff, owner.AccountID, why, 20)
	if err != nil {
		t.Fatal(err)
	}
	h.mustSetStatus(owner.AccountID, tenants.AccountSuspended)
	if err := support.EndOver(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.mustSetStatus(owner.AccountID, tenants.AccountActive)
	eventually(t, 2*time.Second, "the owner's token counts again, the visitor's does not", func() bool {
		return !i.Revoked(owner) && i.Revoked(o.Principal)
	})
	if _, err := support.Reopen(t.Context(), auth.Session{ID: staff.SessionID, UserID: staff.UserID}, o.Visit.ID); !errors.Is(err, tenants.ErrNotFound) {
		t.Errorf("reopened: %v", err)
	}
	if n := h.count(`select count(*) from tenant.audit where action = 'support.ended' and target = $1`, o.Visit.ID.String()); n != 1 {
		t.Errorf("%d lines tell of the end", n)
	}
}

// mustSetStatus suspends an account, or opens it again.
func (h *house) mustSetStatus(account tenants.AccountID, status tenants.AccountStatus) {
	h.t.Helper()
	err := h.platform.InTx(h.t.Context(), func(tx *tenants.PlatformTx) error {
		return h.accounts.SetStatus(h.t.Context(), tx, account, status, "")
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// Shutting a person of staff out is told to every instance, whatever becomes of the sessions; letting them in again is, too.
func TestShuttingOutIsTold(t *testing.T) {
	t.Parallel()
	h, _, staff, _ := deskOf(t)
	i := h.start(50 * time.Millisecond)
	disable := h.disabler(staff.UserID)
	if err := disable(true, func(*tenants.PlatformTx) error { return nil }); err != nil {
		t.Fatal(err)
	}
	eventually(t, 2*time.Second, "the token counts no more", func() bool { return i.Revoked(staff) })
	if err := disable(false, nil); err != nil {
		t.Fatal(err)
	}
	eventually(t, 2*time.Second, "the token counts again", func() bool { return !i.Revoked(staff) })
}

// Who signs in at the moment of being shut out gets no session that nothing would end.
func TestASignInWhileBeingShutOut(t *testing.T) {
	t.Parallel()
	h, _, staff, _ := deskOf(t)
	in := make(chan error, 1)
	err := h.disabler(staff.UserID)(true, func(tx *tenants.PlatformTx) error {
		if err := h.sessions.EndAllOf(t.Context(), tx, staff.UserID); err != nil {
			return err
		}
		go func() {
			_, err := h.browser().as("support", "left horse")
			in <- err
		}()
		eventually(t, 10*time.Second, "the sign-in waits", func() (waits bool) {
			err := h.platform.QueryRow(t.Context(), `select exists (select from pg_stat_activity
				where datname = current_database() and wait_event_type = 'Lock')`).Scan(&waits)
			return err == nil && waits
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := <-in; auth.CodeOf(err) != "account_not_allowed" {
		t.Errorf("signed in: %v", err)
	}
	if n := h.count(`select count(*) from platform.sessions where user_id = $1 and ended_at is null`, staff.UserID); n != 0 {
		t.Errorf("%d sessions live", n)
	}
}

// disabler returns how an operator shuts a person out, or lets him in again.
func (h *house) disabler(user tenants.UserID) func(disabled bool, end func(*tenants.PlatformTx) error) error {
	h.t.Helper()
	in, err := h.browser().operator("right horse")
	if err != nil {
		h.t.Fatal(err)
	}
	ctx := tenants.WithPrincipal(h.t.Context(), h.opened(in.Session, tenants.AccountID{}).Principal)
	return func(disabled bool, end func(*tenants.PlatformTx) error) error {
		return tenants.NewInstallation(h.platform).Disable(ctx, user, disabled, end)
	}
}

// TestOwnersChoice: what the owner allows is asked at the opening, and taken back at once.
func TestOwnersChoice(t *testing.T) {
	t.Parallel()
	h, owner, staff, support := deskOf(t)
	ctx := tenants.WithPrincipal(t.Context(), owner)
	yes, no := true, false
	if now, err := support.Change(ctx, nil, &yes); err != nil || !now.Enabled || !now.AllowReplies {
		t.Fatalf("%+v, %v", now, err)
	}
	o, err := support.OpenVisit(t.Context(), staff, owner.AccountID, why, 20)
	if err != nil || o.Principal.Grant.Mode != tenants.SupportReply || !o.Principal.Can(tenants.MessagesSend) || o.Principal.Can(tenants.KeysManage) {
		t.Fatalf("%+v, %v", o.Principal, err)
	}
	if _, err := support.Change(ctx, nil, &no); err != nil {
		t.Fatal(err)
	}
	if _, _, err := support.Complete(t.Context(), o.Principal); err == nil {
		if n := h.count(`select count(*) from platform.support_grants where ended_at is null`); n != 0 {
			t.Error("a visit that may reply outlives the leave to reply")
		}
	}
	if _, err := support.Change(ctx, &no, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := support.OpenVisit(t.Context(), staff, owner.AccountID, why, 20); !errors.Is(err, auth.ErrSupportDisabled) {
		t.Errorf("switched off: %v", err)
	}
	agent := owner
	agent.UserID = staff.UserID // no member
	if _, err := support.Change(tenants.WithPrincipal(t.Context(), agent), &yes, nil); !errors.Is(err, tenants.ErrNotAllowed) {
		t.Errorf("changed by no member: %v", err)
	}
	visits, err := support.Visits(ctx, tenants.GrantID{}, 10)
	if err != nil || len(visits) != 1 || visits[0].EndedBy != auth.SupportEndedSwitchOff {
		t.Errorf("visits %+v, %v", visits, err)
	}
}
