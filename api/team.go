package api

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/google/uuid"

	"parlor/tenants"
)

// team serves the people of the account in the context.
type team struct {
	people    *tenants.Team
	publicURL *url.URL
	now       func() time.Time
}

// teamRoutes are what an owner does about people, keys, the log and support.
func (s *Server) teamRoutes() []route {
	const get, post, patch, del = http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodDelete
	const people, keys, support = tenants.MembersManage, tenants.KeysManage, tenants.SupportManage
	return []route{
		{get, "/api/v1/ui/members", bySession, tenants.MembersRead, 0, operation("list-members", "The account's people", s.team.members)},
		{del, "/api/v1/ui/membership", bySession, tenants.AccountLeave, 0, operation("leave-account", "Leave the account", s.team.leave)},
		{patch, "/api/v1/ui/members/{user_id}", bySession, people, fresh, operation("update-member", "Change what a member may do", s.team.setRole)},
		{del, "/api/v1/ui/members/{user_id}", bySession, people, fresh, operation("remove-member", "Take a member out of the account", s.team.remove)},
		{get, "/api/v1/ui/invitations", bySession, people, 0, operation("list-invitations", "Invitations", s.team.invitations)},
		{post, "/api/v1/ui/invitations", bySession, people, fresh, operation("invite", "Invite somebody", s.team.invite)},
		{del, "/api/v1/ui/invitations/{invitation_id}", bySession, people, 0, operation("revoke-invitation", "Take an invitation back", s.team.revoke)},
		{post, "/api/v1/ui/invitation/preview", byAnyone, "", ownPages, operation("preview-invitation", "Who invites", s.intents.preview)},
		{post, "/api/v1/ui/invitation/begin", byAnyone, "", ownPages, operation("begin-invitation", "Accept an invitation by a sign-in", s.intents.beginInvitation)},
		{post, "/api/v1/ui/invitation/accept", byPerson, "", 0, operation("accept-invitation", "Accept an invitation, being signed in", s.intents.accept)},

		{get, "/api/v1/ui/keys", bySession, keys, 0, operation("list-keys", "API keys", s.apiKeys.list)},
		{post, "/api/v1/ui/keys", bySession, keys, fresh, operation("create-key", "Make an API key", s.apiKeys.create)},
		{post, "/api/v1/ui/keys/{key_id}/rotate", bySession, keys, fresh, operation("rotate-key", "Put a new API key in the place of one", s.apiKeys.rotate)},
		{del, "/api/v1/ui/keys/{key_id}", bySession, keys, fresh, operation("revoke-key", "End an API key", s.apiKeys.revoke)},

		{get, "/api/v1/ui/audit", bySession, tenants.AuditRead, 0, operation("list-audit", "The account's log", s.auditLog.list)},
		{get, "/api/v1/ui/audit/export", bySession, tenants.AuditExport, fresh, plain("export-audit", "The account's log as a file", s.auditLog.export, describeAuditExport)},

		{get, "/api/v1/ui/support-access", bySession, tenants.SupportView, 0, operation("list-support-access", "Visits of support", s.visits.list)},
		{patch, "/api/v1/ui/support-access", bySession, support, 0, operation("update-support-access", "What support may do", s.visits.update)},
		{del, "/api/v1/ui/support-access/{grant_id}", bySession, support, 0, operation("end-support-access", "End a visit of support", s.visits.end)},
	}
}

func (h *team) members(ctx context.Context, _ *noInput) (*memberPageOutput, error) {
	found, err := h.people.Members(ctx)
	if err != nil {
		return nil, err
	}
	out := &memberPageOutput{Body: MemberPage{Items: make([]Member, len(found))}}
	for i, m := range found {
		out.Body.Items[i] = shownMember(ctx, m)
	}
	return out, nil
}

func (h *team) setRole(ctx context.Context, in *updateMemberInput) (*memberOutput, error) {
	id, err := tenants.ParseUserID(in.UserID)
	if err != nil {
		return nil, tenants.ErrNotFound
	}
	m, err := h.people.SetRole(ctx, id, tenants.Role(in.Body.Role))
	if err != nil {
		return nil, err
	}
	return &memberOutput{Body: shownMember(ctx, m)}, nil
}

func (h *team) remove(ctx context.Context, in *MemberInput) (*struct{}, error) {
	id, err := tenants.ParseUserID(in.UserID)
	if err != nil {
		return nil, tenants.ErrNotFound
	}
	return nil, h.people.Remove(ctx, id)
}

func (h *team) leave(ctx context.Context, _ *noInput) (*struct{}, error) {
	return nil, h.people.Leave(ctx)
}

func (h *team) invitations(ctx context.Context, _ *noInput) (*invitationPageOutput, error) {
	found, err := h.people.Invitations(ctx)
	if err != nil {
		return nil, err
	}
	out := &invitationPageOutput{Body: InvitationPage{Items: make([]Invitation, len(found))}}
	for i, v := range found {
		out.Body.Items[i] = h.invitation(v)
	}
	return out, nil
}

func (h *team) invite(ctx context.Context, in *inviteInput) (*invitedOutput, error) {
	i, token, err := h.people.Invite(ctx, tenants.Role(in.Body.Role), in.Body.Label, time.Duration(in.Body.Days)*24*time.Hour)
	if err != nil {
		return nil, err
	}
	// The secret stands in the fragment, which no server and no log gets to see.
	link := h.publicURL.JoinPath("invite").String() + "#" + token
	return &invitedOutput{Status: http.StatusCreated, Body: Invited{Invitation: h.invitation(i), Link: link}}, nil
}

func (h *team) revoke(ctx context.Context, in *invitationInput) (*struct{}, error) {
	id, err := uuid.Parse(in.InvitationID)
	if err != nil || id.String() != in.InvitationID {
		return nil, tenants.ErrNotFound
	}
	return nil, h.people.RevokeInvitation(ctx, id)
}

func (h *team) invitation(i tenants.Invitation) Invitation {
	return Invitation{
		ID: i.ID.String(), Role: string(i.Role), Label: i.Label, State: string(i.State(h.now())), CreatedAt: i.CreatedAt,
		CreatedByName: i.CreatedByName, ExpiresAt: i.ExpiresAt, AcceptedAt: optionalTime(i.AcceptedAt), AcceptedByName: optional(i.AcceptedByName),
	}
}

func shownMember(ctx context.Context, m tenants.Member) Member {
	p, _ := tenants.PrincipalFrom(ctx)
	return Member{
		UserID: m.UserID.String(), Name: m.Name, Role: string(m.Role), JoinedAt: m.JoinedAt, LastSeenAt: optionalTime(m.LastSeenAt),
		You: m.UserID == p.UserID,
	}
}

// optionalTime is null for the zero time.
func optionalTime(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
