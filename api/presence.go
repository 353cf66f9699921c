package api

import (
	"context"

	"parlor/conversations"
)

type presenceInput struct {
	ConversationInput
	Body PresenceRequest
}

// PresenceRequest is what I do in a conversation now.
type PresenceRequest struct {
	State string `json:"state" enum:"viewing,typing,away" doc:"Said again every few seconds while it lasts: others forget it"`
}

// presence tells colleagues that somebody is there, so that two do not answer at once.
func (h *inbox) presence(ctx context.Context, in *presenceInput) (*struct{}, error) {
	id, err := conversationID(in.ConversationID)
	if err != nil {
		return nil, err
	}
	return nil, h.store.TellPresence(ctx, id, conversations.Presence(in.Body.State))
}

type presenceHint struct {
	ConversationID string `json:"conversation_id"`
	UserID         string `json:"user_id"`
	State          string `json:"state"`
}
