package api

import (
	"context"

	"parlor/conversations"
)

// drafts keeps what people have begun to write.
type drafts struct{ store *conversations.Store }

func (h *drafts) list(ctx context.Context, _ *noInput) (*draftsOutput, error) {
	all, err := h.store.Drafts(ctx)
	if err != nil {
		return nil, err
	}
	out := &draftsOutput{Body: DraftList{Items: make([]Draft, len(all))}}
	for i, d := range all {
		out.Body.Items[i] = shownDraft(d)
	}
	return out, nil
}

// keep answers with what is there now, whether it is what was sent or what came before it.
func (h *drafts) keep(ctx context.Context, in *keepDraftInput) (*draftOutput, error) {
	id, err := conversationID(in.ConversationID)
	if err != nil {
		return nil, err
	}
	d, kept, err := h.store.KeepDraft(ctx, conversations.KeptDraft{
		Conversation: id, Mode: conversations.DraftMode(in.Body.Mode), Text: in.Body.Text, Revision: in.Body.Revision,
	})
	if err != nil {
		return nil, err
	}
	return &draftOutput{Body: KeptDraft{Kept: kept, Draft: shownDraft(d)}}, nil
}

func shownDraft(d conversations.KeptDraft) Draft {
	return Draft{ConversationID: d.Conversation.String(), Mode: string(d.Mode), Text: d.Text, Revision: d.Revision}
}

type keepDraftInput struct {
	ConversationInput
	Body DraftRequest
}

// DraftRequest is a draft as it shall be.
type DraftRequest struct {
	Mode     string `json:"mode" enum:"reply,note"`
	Text     string `json:"text" maxLength:"8000" doc:"At most 4000 characters; empty: there is none any more"`
	Revision int64  `json:"revision" minimum:"0" doc:"Of the draft that was changed; 0 for a new one. The draft is kept if this is still the newest"`
}

type draftOutput struct{ Body KeptDraft }

// KeptDraft is the draft as it is now.
type KeptDraft struct {
	Kept  bool  `json:"kept" doc:"False: another write was faster, and the draft is its"`
	Draft Draft `json:"draft"`
}

type draftsOutput struct{ Body DraftList }

// DraftList is all that the reader has begun to write, the newest first.
type DraftList struct {
	Items []Draft `json:"items" nullable:"false"`
}

// Draft is what somebody has begun to write in a conversation.
type Draft struct {
	ConversationID string `json:"conversation_id"`
	Mode           string `json:"mode" enum:"reply,note"`
	Text           string `json:"text"`
	Revision       int64  `json:"revision" doc:"Grows with every change"`
}
