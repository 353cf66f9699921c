package api

import (
	"context"

	"parlor/conversations"
)

// savedReplies is the texts that the account's people send often.
type savedReplies struct{ store *conversations.Store }

func (h *savedReplies) list(ctx context.Context, _ *noInput) (*savedRepliesOutput, error) {
	all, err := h.store.SavedReplies(ctx)
	if err != nil {
		return nil, err
	}
	out := &savedRepliesOutput{Body: SavedReplyList{Items: make([]SavedReply, len(all))}}
	for i, r := range all {
		out.Body.Items[i] = shownSavedReply(r)
	}
	return out, nil
}

func (h *savedReplies) create(ctx context.Context, in *createSavedReplyInput) (*savedReplyOutput, error) {
	return h.save(ctx, conversations.SavedReply{Name: in.Body.Name, Text: in.Body.Text})
}

func (h *savedReplies) update(ctx context.Context, in *updateSavedReplyInput) (*savedReplyOutput, error) {
	id, err := conversationID(in.SavedReplyID)
	if err != nil {
		return nil, err
	}
	return h.save(ctx, conversations.SavedReply{ID: conversations.SavedReplyID(id), Name: in.Body.Name, Text: in.Body.Text})
}

func (h *savedReplies) save(ctx context.Context, r conversations.SavedReply) (*savedReplyOutput, error) {
	saved, err := h.store.SaveReply(ctx, r)
	if err != nil {
		return nil, err
	}
	return &savedReplyOutput{Body: shownSavedReply(saved)}, nil
}

func (h *savedReplies) remove(ctx context.Context, in *SavedReplyInput) (*struct{}, error) {
	id, err := conversationID(in.SavedReplyID)
	if err != nil {
		return nil, err
	}
	return nil, h.store.DeleteSavedReply(ctx, conversations.SavedReplyID(id))
}

func shownSavedReply(r conversations.SavedReply) SavedReply {
	return SavedReply{ID: r.ID.String(), Name: r.Name, Text: r.Text}
}

// SavedReplyInput names a saved reply. The id is not validated here: one that is none is a missing one.
type SavedReplyInput struct {
	SavedReplyID string `path:"saved_reply_id"`
}

type createSavedReplyInput struct{ Body SavedReplyRequest }

type updateSavedReplyInput struct {
	SavedReplyInput
	Body SavedReplyRequest
}

// SavedReplyRequest is a saved reply as it shall be.
type SavedReplyRequest struct {
	Name string `json:"name" maxLength:"100" doc:"1 to 40 characters; capital letters make no other name"`
	Text string `json:"text" maxLength:"1000" doc:"1 to 1000 bytes; the app fills {name}, {first_name}, {username} and {agent}"`
}

type savedRepliesOutput struct{ Body SavedReplyList }

// SavedReplyList is every saved reply of the account by name.
type SavedReplyList struct {
	Items []SavedReply `json:"items" nullable:"false"`
}

type savedReplyOutput struct{ Body SavedReply }

// SavedReply is a text that the account's people send often.
type SavedReply struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Text string `json:"text"`
}
