package api

import (
	"context"
	"encoding/json"

	"github.com/google/uuid"

	"parlor/conversations"
	"parlor/conversations/media"
	"parlor/tenants"
)

// shown turns what the domain knows into what the contract says.
type shown struct {
	// media gives the address under which this session may fetch an attachment; "" when there is nothing to fetch.
	media func(ctx context.Context, id uuid.UUID, kind string, payload json.RawMessage) string
	// link gives the address at Instagram that an attachment points to; "" when it is none.
	link func(kind string, payload json.RawMessage) string
	// name is a member's, "" when it is not known.
	name func(ctx context.Context, user tenants.UserID) string
}

// newShown asks the media for addresses; without media there is none. Without members they have no names.
func newShown(m *media.Media, members *tenants.Members) *shown {
	s := &shown{
		media: func(context.Context, uuid.UUID, string, json.RawMessage) string { return "" }, link: linkOf,
		name: func(context.Context, tenants.UserID) string { return "" },
	}
	if members != nil {
		s.name = func(ctx context.Context, user tenants.UserID) string {
			names, _ := members.Names(ctx) // a list without names is better than none
			return names[user]
		}
	}
	if m != nil {
		s.media = func(ctx context.Context, id uuid.UUID, _ string, payload json.RawMessage) string {
			p, ok := tenants.PrincipalFrom(ctx)
			if !ok || p.SessionID.IsZero() || !m.HasMedia(payload) {
				return "" // a ticket is a session's; a key has none
			}
			return m.URL(id, p)
		}
	}
	return s
}

func linkOf(kind string, payload json.RawMessage) string {
	link, _ := media.Link(kind, payload)
	return link
}

func (s *shown) conversation(ctx context.Context, c conversations.Conversation) Conversation {
	out := Conversation{
		ID:           c.ID.String(),
		Participant:  shownParticipant(c.Participant),
		InboundSeq:   c.InboundSeq,
		WaitingSince: c.WaitingSince,
		Window: Window{
			State: string(c.Window.State), ClosesAt: c.Window.ClosesAt, Reason: string(c.Window.Reason), OpenedBy: optional(string(c.Window.OpenedBy)),
		},
		SeenUntil: c.SeenUntil, Status: string(c.Status), SnoozedUntil: c.SnoozedUntil, Starred: c.Starred, LabelIDs: make([]string, len(c.Labels)),
	}
	for i, id := range c.Labels {
		out.LabelIDs[i] = id.String()
	}
	if !c.Assignee.IsZero() {
		out.Assignee = &Assignee{UserID: c.Assignee.String(), Name: s.name(ctx, c.Assignee)}
	}
	if p, ok := tenants.PrincipalFrom(ctx); ok && !p.IsKey() {
		unread := c.Unread()
		out.Unread = &unread
	}
	if m := c.Last; m != nil {
		out.LastMessage = &LastMessage{
			ID: m.ID.String(), Text: m.Text, Direction: string(m.Direction), Kind: string(m.Kind), SentAt: m.SentAt,
		}
	}
	return out
}

func (s *shown) message(ctx context.Context, m conversations.Message) Message {
	out := Message{
		ID: m.ID.String(), MID: m.MID, Direction: string(m.Direction), Kind: string(m.Kind), Text: m.Text,
		State: string(m.State), SentAt: m.SentAt, Attachments: make([]Attachment, len(m.Attachments)),
		Fault: optional(string(m.Fault)), Checking: m.Checking, Actions: make([]string, len(m.Actions)), MarkedSent: m.MarkedSent, Seen: m.Seen,
		EditedAt: m.EditedAt, Recovered: m.Recovered, Standby: m.Standby, Origin: optional(string(m.Origin)),
		Reactions: make([]Reaction, len(m.Reactions)),
	}
	if m.ClientID != nil {
		id := m.ClientID.String()
		out.ClientID = &id
	}
	for i, a := range m.Attachments {
		out.Attachments[i] = s.attachment(ctx, a)
	}
	for i, a := range m.Actions {
		out.Actions[i] = string(a)
	}
	for i, r := range m.Reactions {
		out.Reactions[i] = Reaction{Actor: string(r.Actor), Emoji: r.Emoji}
	}
	if r := m.ReplyTo; r != nil {
		out.ReplyTo = &ReplyTo{MID: optional(r.MID), Text: r.Text, Story: r.Story}
		if r.MessageID != nil {
			id := r.MessageID.String()
			out.ReplyTo.MessageID = &id
		}
	}
	if r := m.Referral; r != nil {
		out.Referral = &Referral{Source: r.Source, Ref: r.Ref, AdID: r.AdID, AdTitle: r.AdTitle}
	}
	return out
}

func (s *shown) attachment(ctx context.Context, a conversations.Attachment) Attachment {
	out := Attachment{ID: a.ID.String(), Type: a.Type, Title: a.Title, Link: optional(s.link(a.Type, a.Payload)), Expired: a.Expired}
	if !a.Expired {
		out.MediaURL = optional(s.media(ctx, a.ID, a.Type, a.Payload))
	}
	return out
}
