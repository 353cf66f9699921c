package api

import (
	"context"

	"github.com/google/uuid"

	"parlor/conversations"
	"parlor/tenants"
)

// inbox reads the conversations of the account in the context, for the app and for API keys alike.
type inbox struct {
	store   *conversations.Store
	members *tenants.Members
	shown   *shown
}

// list is the inbox of a person.
func (h *inbox) list(ctx context.Context, in *listConversationsInput) (*conversationPageOutput, error) {
	q, err := in.query(ctx)
	if err != nil {
		return nil, err
	}
	return h.page(ctx, q)
}

// directList is the inbox as an API key sees it.
func (h *inbox) directList(ctx context.Context, in *directListInput) (*conversationPageOutput, error) {
	return h.page(ctx, conversations.ListQuery{Cursor: in.Cursor, Limit: in.Limit})
}

func (h *inbox) page(ctx context.Context, q conversations.ListQuery) (*conversationPageOutput, error) {
	found, err := h.store.Conversations(ctx, q)
	if err != nil {
		return nil, err
	}
	out := &conversationPageOutput{Body: ConversationPage{Items: make([]Conversation, len(found.Items)), NextCursor: optional(found.Next)}}
	for i, c := range found.Items {
		out.Body.Items[i] = h.shown.conversation(ctx, c)
	}
	return out, nil
}

func (h *inbox) show(ctx context.Context, in *ConversationInput) (*conversationOutput, error) {
	id, err := conversationID(in.ConversationID)
	if err != nil {
		return nil, err
	}
	c, err := h.store.Conversation(ctx, id)
	if err != nil {
		return nil, err
	}
	return &conversationOutput{Body: h.shown.conversation(ctx, c)}, nil
}

func (h *inbox) messages(ctx context.Context, in *listMessagesInput) (*messagePageOutput, error) {
	id, err := conversationID(in.ConversationID)
	if err != nil {
		return nil, err
	}
	page := h.store.Messages
	if in.Shared {
		page = h.store.Shared
	}
	found, err := page(ctx, id, in.Cursor, in.Limit)
	if err == nil {
		err = h.store.NoteVisit(ctx, id)
	}
	if err != nil {
		return nil, err
	}
	out := &messagePageOutput{Body: MessagePage{Items: make([]Message, len(found.Items)), NextCursor: optional(found.Next)}}
	for i, m := range found.Items {
		out.Body.Items[i] = h.shown.message(ctx, m)
	}
	return out, nil
}

// conversationID reads an id in its one spelling. What is no id is an id that does not exist: the answer must not tell.
func conversationID(text string) (conversations.ID, error) {
	id, err := uuid.Parse(text)
	if err != nil || id == uuid.Nil || id.String() != text {
		return conversations.ID{}, conversations.ErrNotFound
	}
	return conversations.ID{UUID: id}, nil
}
