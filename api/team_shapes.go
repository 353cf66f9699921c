package api

import "time"

// MemberInput names a member. The id is not validated here: one that is none is a missing one.
type MemberInput struct {
	UserID string `path:"user_id"`
}

type updateMemberInput struct {
	MemberInput
	Body MemberUpdate
}

// MemberUpdate is what can be changed of a member.
type MemberUpdate struct {
	Role string `json:"role" enum:"owner,agent,viewer"`
}

type memberOutput struct{ Body Member }

type memberPageOutput struct{ Body MemberPage }

// MemberPage lists the account's people, the first joined first.
type MemberPage struct {
	Items []Member `json:"items" nullable:"false"`
}

// Member is one of the account's people.
type Member struct {
	UserID     string     `json:"user_id"`
	Name       string     `json:"name"`
	Role       string     `json:"role" enum:"owner,agent,viewer"`
	JoinedAt   time.Time  `json:"joined_at"`
	LastSeenAt *time.Time `json:"last_seen_at"`
	You        bool       `json:"you"`
}

type inviteInput struct{ Body InvitationRequest }

// InvitationRequest asks for an invitation.
type InvitationRequest struct {
	Role  string `json:"role" enum:"owner,agent,viewer"`
	Label string `json:"label,omitempty" maxLength:"100" doc:"For whom it is, for your own list"`
	Days  int    `json:"days,omitempty" minimum:"1" maximum:"14" default:"7" doc:"How long it is good"`
}

type invitationInput struct {
	InvitationID string `path:"invitation_id"`
}

type invitedOutput struct {
	Status int
	Body   Invited
}

type invitationPageOutput struct{ Body InvitationPage }

// InvitationPage lists the newest invitations.
type InvitationPage struct {
	Items []Invitation `json:"items" nullable:"false"`
}

// Invitation lets one person become a member.
type Invitation struct {
	ID             string     `json:"id"`
	Role           string     `json:"role" enum:"owner,agent,viewer"`
	Label          string     `json:"label"`
	State          string     `json:"state" enum:"pending,accepted,revoked,expired"`
	CreatedAt      time.Time  `json:"created_at"`
	CreatedByName  string     `json:"created_by_name"`
	ExpiresAt      time.Time  `json:"expires_at"`
	AcceptedAt     *time.Time `json:"accepted_at"`
	AcceptedByName *string    `json:"accepted_by_name"`
}

// Invited is a fresh invitation with its link.
type Invited struct {
	Invitation Invitation `json:"invitation"`
	Link       string     `json:"link" doc:"Whoever opens it first may join; it is not shown again"`
}
