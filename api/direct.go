package api

import (
	"context"
	"net/http"
	"time"

	"github.com/google/uuid"

	"parlor/conversations"
	"parlor/tenants"
)

// directRoutes are the API of machines: the same resources as the app's, by the same handlers, for an API key.
func (s *Server) directRoutes() []route {
	const get, post = http.MethodGet, http.MethodPost
	const read, people, send = tenants.ConversationsRead, tenants.ParticipantsRead, tenants.MessagesSend
	return []route{
		{get, "/api/v1/conversations", byKey, read, 0, operation("direct-list-conversations", "The inbox", s.inbox.directList)},
		{get, "/api/v1/conversations/{conversation_id}", byKey, read, 0, operation("direct-get-conversation", "One conversation", s.inbox.show)},
		{get, "/api/v1/conversations/{conversation_id}/messages", byKey, read, 0, operation("direct-list-messages", "The thread", s.inbox.messages)},
		{post, "/api/v1/conversations/{conversation_id}/messages", byKey, send, 0, operation("direct-reply", "Reply", s.replies.reply)},
		{get, "/api/v1/messages/{message_id}", byKey, read, 0, operation("direct-get-message", "One message, for example a reply that was queued", s.inbox.message)},
		{get, "/api/v1/participants", byKey, people, 0, operation("direct-list-participants", "The customers", s.inbox.participants)},
		{get, "/api/v1/participants/{participant_id}", byKey, people, 0, operation("direct-get-participant", "One customer", s.inbox.participant)},
		{post, "/api/v1/uploads", byKey, send, 0, plain("direct-upload", "Keep a file, to be sent", s.uploads.accept, s.describeUpload)},
	}
}

func (h *inbox) message(ctx context.Context, in *MessageInput) (*messageOutput, error) {
	id, err := uuid.Parse(in.MessageID)
	if err != nil || id == uuid.Nil || id.String() != in.MessageID {
		return nil, conversations.ErrNotFound
	}
	m, err := h.store.Message(ctx, conversations.MessageID{UUID: id})
	if err != nil {
		return nil, err
	}
	return &messageOutput{Body: h.shown.message(ctx, m)}, nil
}

func (h *inbox) participants(ctx context.Context, in *directListInput) (*customerPageOutput, error) {
	found, err := h.store.Participants(ctx, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &customerPageOutput{Body: CustomerPage{Items: make([]Customer, len(found.Items)), NextCursor: optional(found.Next)}}
	for i, c := range found.Items {
		out.Body.Items[i] = shownCustomer(c)
	}
	return out, nil
}

func (h *inbox) participant(ctx context.Context, in *participantInput) (*customerOutput, error) {
	id, err := uuid.Parse(in.ParticipantID)
	if err != nil || id == uuid.Nil || id.String() != in.ParticipantID {
		return nil, conversations.ErrNotFound
	}
	c, err := h.store.Participant(ctx, id)
	if err != nil {
		return nil, err
	}
	return &customerOutput{Body: shownCustomer(c)}, nil
}

func shownCustomer(c conversations.Customer) Customer {
	out := Customer{
		Participant: Participant{ID: c.ID.String(), Username: c.Username, Name: c.Name}, IGSID: c.IGSID,
		FollowerCount: c.FollowerCount, Verified: c.Verified, CreatedAt: c.CreatedAt.UTC(),
	}
	if c.ConversationID != uuid.Nil {
		out.ConversationID = optional(c.ConversationID.String())
	}
	return out
}

type customerOutput struct{ Body Customer }

type customerPageOutput struct{ Body CustomerPage }

// CustomerPage is a page of customers, the last known first.
type CustomerPage struct {
	Items      []Customer `json:"items" nullable:"false"`
	NextCursor *string    `json:"next_cursor"`
}

// Customer is a participant with what Instagram tells of them.
type Customer struct {
	Participant
	IGSID          string    `json:"igsid" doc:"Instagram's id of the person, good for this account alone"`
	ConversationID *string   `json:"conversation_id"`
	FollowerCount  *int64    `json:"follower_count"`
	Verified       *bool     `json:"verified"`
	CreatedAt      time.Time `json:"created_at" doc:"When the account first heard of them"`
}
