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

// owned is an account with its owner signed in.
func owned(t *testing.T) (*house, *browser, tenants.Principal) {
	t.Helper()
	h := open(t)
	b := h.browser()
	if _, err := b.signIn(approve); err != nil {
		t.Fatal(err)
	}
	return h, b, h.member(b)
}

// invite makes an invitation of the owner's and returns the secret of its link.
func (h *house) invite(who tenants.Principal, role tenants.Role) (tenants.Invitation, string) {
	h.t.Helper()
	i, token, err := tenants.NewTeam(h.platform).Invite(tenants.WithPrincipal(h.t.Context(), who), role, "for Ana", time.Hour)
	if err != nil {
		h.t.Fatal(err)
	}
	return i, token
}

// accept goes to Instagram and back with the intent to join.
func (b *browser) accept(token, more string) (auth.SignedIn, error) {
	b.h.t.Helper()
	begun, err := b.h.flow.Begin(b.h.t.Context(), auth.BeginRequest{
		Provider: auth.InstagramID, Intent: auth.IntentAcceptInvitation, Invitation: token, FlowCookies: b.flows,
	})
	if err != nil {
		return auth.SignedIn{}, err
	}
	asked, err := url.Parse(begun.URL)
	if err != nil || strings.Contains(asked.Query().Get("scope"), "messages") {
		b.h.t.Errorf("asks for more than who it is: %s, %v", asked.Query().Get("scope"), err)
	}
	b.flows[begun.Suffix] = begun.Cookie
	return b.h.flow.Callback(b.h.t.Context(), b.crossSite(b.h.consent(b.h.t, begun.URL, more)))
}

// TestInvitation makes an identity and a membership, never an account, and serves once.
func TestInvitation(t *testing.T) {
	t.Parallel()
	h, _, who := owned(t)
	i, token := h.invite(who, tenants.RoleAgent)
	in, err := h.browser().accept(token, otherBusiness)
	if err != nil || in.Cookie == "" || in.Account != who.AccountID || in.Session.LastAccountID != who.AccountID {
		t.Fatalf("came back %+v, %v", in, err)
	}
	if n := h.count(`select count(*) from platform.accounts where kind = 'instagram'`); n != 1 {
		t.Errorf("%d accounts", n)
	}
	if n := h.count(`select count(*) from tenant.connections`); n != 1 {
		t.Errorf("%d connections: the guest's token was kept", n)
	}
	agent := h.opened(in.Session, tenants.AccountID{})
	if agent.Principal.AccountID != who.AccountID || agent.Principal.Role != tenants.RoleAgent {
		t.Errorf("opens %+v", agent.Principal)
	}
	if _, err := h.browser().accept(token, "&sim_approve=velo.werk"); !errors.Is(err, auth.ErrInvitationInvalid) {
		t.Errorf("the link once more: %v", err)
	}
	list, err := tenants.NewTeam(h.platform).Invitations(tenants.WithPrincipal(t.Context(), who))
	if err != nil || len(list) != 1 || list[0].ID != i.ID || list[0].State(h.clock.at) != tenants.InvitationAccepted || list[0].AcceptedByName == "" {
		t.Errorf("list %+v, %v", list, err)
	}
	if n := h.count(`select count(*) from platform.invitations where to_jsonb(invitations)::text like '%' || $1 || '%'`, token); n != 0 {
		t.Error("the secret of the link is stored")
	}
	// He comes back by himself, with or without leave to read his own messages, and still makes no account.
	for name, identify := range map[string]bool{"full consent": false, "identified": true} {
		b := h.browser()
		begun, err := h.flow.Begin(t.Context(), auth.BeginRequest{Provider: auth.InstagramID, IdentifyOnly: identify})
		if err != nil {
			t.Fatal(err)
		}
		b.flows[begun.Suffix] = begun.Cookie
		again, err := h.flow.Callback(t.Context(), b.request(h.consent(t, begun.URL, otherBusiness)))
		if err != nil || again.Session.UserID != in.Session.UserID {
			t.Errorf("%s: %v", name, err)
		}
		if n := h.count(`select count(*) from platform.accounts where kind = 'instagram'`); n != 1 {
			t.Errorf("%s: %d accounts", name, n)
		}
	}
}

// TestInvitationServesOnePerson: of many who come with one link at the same moment, one gets in.
func TestInvitationServesOnePerson(t *testing.T) {
	t.Parallel()
	h, _, who := owned(t)
	_, token := h.invite(who, tenants.RoleViewer)
	var all sync.WaitGroup
	errs := make([]error, 4)
	for n := range errs {
		var user tenants.User
		err := h.platform.InTx(t.Context(), func(tx *tenants.PlatformTx) (err error) {
			user, _, err = tenants.NewUsers(h.platform).FindOrCreateByIdentity(t.Context(), tx, tenants.Identity{Provider: "oidc", Subject: strings.Repeat("x", n+1)})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		all.Go(func() {
			_, errs[n] = h.flow.AcceptInvitation(t.Context(), tenants.Principal{UserID: user.ID}, token)
		})
	}
	all.Wait()
	in := 0
	for _, err := range errs {
		if err == nil {
			in++
		} else if !errors.Is(err, auth.ErrInvitationInvalid) {
			t.Error(err)
		}
	}
	if in != 1 {
		t.Errorf("%d got in", in)
	}
}

func TestInvitationsThatDoNotServe(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(h *house, who tenants.Principal, i tenants.Invitation){
		"taken back": func(h *house, who tenants.Principal, i tenants.Invitation) {
			if err := tenants.NewTeam(h.platform).RevokeInvitation(tenants.WithPrincipal(h.t.Context(), who), i.ID); err != nil {
				h.t.Fatal(err)
			}
		},
		"expired": func(h *house, _ tenants.Principal, i tenants.Invitation) {
			h.db.Exec(h.t, `update platform.invitations set expires_at = now() - interval '1 second' where invitation_id = $1`, i.ID)
		},
		"account suspended": func(h *house, _ tenants.Principal, _ tenants.Invitation) { h.setStatus(tenants.AccountSuspended) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, _, who := owned(t)
			i, token := h.invite(who, tenants.RoleOwner)
			spoil(h, who, i)
			if _, err := h.browser().accept(token, otherBusiness); !errors.Is(err, auth.ErrInvitationInvalid) {
				t.Errorf("begin: %v", err)
			}
			if _, err := h.flow.AcceptInvitation(t.Context(), who, token); !errors.Is(err, auth.ErrInvitationInvalid) {
				t.Errorf("accept: %v", err)
			}
		})
	}
	h, _, _ := owned(t)
	for _, token := range []string{"", "x", strings.Repeat("A", 43), strings.Repeat("A", 4000)} {
		if _, err := h.browser().accept(token, otherBusiness); err == nil {
			t.Errorf("%.10q serves", token)
		}
	}
}

// TestInvitationTakenBackMeanwhile: what was good when the flow began must be good when it ends.
func TestInvitationTakenBackMeanwhile(t *testing.T) {
	t.Parallel()
	h, _, who := owned(t)
	i, token := h.invite(who, tenants.RoleAgent)
	b := h.browser()
	begun, err := h.flow.Begin(t.Context(), auth.BeginRequest{Provider: auth.InstagramID, Intent: auth.IntentAcceptInvitation, Invitation: token})
	if err != nil {
		t.Fatal(err)
	}
	b.flows[begun.Suffix] = begun.Cookie
	query := h.consent(t, begun.URL, otherBusiness)
	if err := tenants.NewTeam(h.platform).RevokeInvitation(tenants.WithPrincipal(t.Context(), who), i.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := h.flow.Callback(t.Context(), b.crossSite(query)); !errors.Is(err, auth.ErrInvitationInvalid) {
		t.Error(err)
	}
	if n := h.count(`select count(*) from platform.users`); n != 1 {
		t.Errorf("%d people: who was refused left a trace", n)
	}
}

// An owner who is one no more must not come back, or bring somebody in, by a link that he has kept.
func TestLinksOfAFormerOwnerDoNotServe(t *testing.T) {
	t.Parallel()
	team := func(h *house) *tenants.Team { return tenants.NewTeam(h.platform) }
	for name, lose := range map[string]func(h *house, other tenants.Principal, first tenants.UserID) error{
		"removed": func(h *house, other tenants.Principal, first tenants.UserID) error {
			return team(h).Remove(tenants.WithPrincipal(h.t.Context(), other), first)
		},
		"demoted": func(h *house, other tenants.Principal, first tenants.UserID) error {
			_, err := team(h).SetRole(tenants.WithPrincipal(h.t.Context(), other), first, tenants.RoleAgent)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, _, first := owned(t)
			_, token := h.invite(first, tenants.RoleOwner)
			in, err := h.browser().accept(token, otherBusiness)
			if err != nil {
				t.Fatal(err)
			}
			other := h.opened(in.Session, first.AccountID).Principal
			_, kept := h.invite(first, tenants.RoleOwner)
			if err := lose(h, other, first.UserID); err != nil {
				t.Fatal(err)
			}
			if _, err := tenants.NewInvitations(h.platform).ByToken(t.Context(), kept); !errors.Is(err, tenants.ErrNotFound) {
				t.Errorf("the link serves: %v", err)
			}
			if n := h.count(`select count(*) from platform.invitations where revoked_at is not null`); n != 1 {
				t.Errorf("%d invitations are taken back", n)
			}
			n := h.count(`select count(*) from tenant.audit a join platform.invitations i on a.target = i.invitation_id::text
				where a.action = 'invitation.revoked' and a.actor_id = $1 and i.revoked_at is not null`, other.UserID.String())
			if n != 1 {
				t.Errorf("%d lines tell of it", n)
			}
		})
	}
}

// TestRemovedMemberIsInvitedAgain: nothing but an owner brings a removed member back, and an invitation is an owner's.
func TestRemovedMemberIsInvitedAgain(t *testing.T) {
	t.Parallel()
	h, _, who := owned(t)
	_, token := h.invite(who, tenants.RoleAgent)
	in, err := h.browser().accept(token, otherBusiness)
	if err != nil {
		t.Fatal(err)
	}
	ctx := tenants.WithPrincipal(t.Context(), who)
	if err := tenants.NewTeam(h.platform).Remove(ctx, in.Session.UserID); err != nil {
		t.Fatal(err)
	}
	if _, err := h.sessions.Open(t.Context(), in.Session, tenants.AccountID{}); !errors.Is(err, auth.ErrAccountNotAllowed) {
		t.Errorf("opened: %v", err)
	}
	_, again := h.invite(who, tenants.RoleViewer)
	in, err = h.browser().accept(again, otherBusiness)
	if err != nil || h.opened(in.Session, who.AccountID).Principal.Role != tenants.RoleViewer {
		t.Errorf("invited again: %v", err)
	}
}

// TestStrangersLeaveNoTrace: who only identifies himself and is nobody here gets no session, and no row.
func TestStrangersLeaveNoTrace(t *testing.T) {
	t.Parallel()
	h := open(t)
	b := h.browser()
	begun, err := h.flow.Begin(t.Context(), auth.BeginRequest{Provider: auth.InstagramID, IdentifyOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	b.flows[begun.Suffix] = begun.Cookie
	_, err = h.flow.Callback(t.Context(), b.request(h.consent(t, begun.URL, approve)))
	if !errors.Is(err, auth.ErrAccountNotAllowed) || auth.ReasonOf(err) != "stranger" {
		t.Error(err)
	}
	if n := h.count(`select count(*) from platform.users`) + h.count(`select count(*) from platform.identities`) +
		h.count(`select count(*) from platform.accounts where kind = 'instagram'`) + h.count(`select count(*) from platform.sessions`); n != 0 {
		t.Errorf("%d rows", n)
	}
}
