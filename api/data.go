package api

import (
	"context"
	"time"

	"parlor/conversations"
)

// Keeps is for how long this installation keeps what it holds beside the conversations.
type Keeps struct {
	Raw        time.Duration // the bytes of a webhook item that was applied
	Unreadable time.Duration // the bytes of one that could not be read
	MediaDays  int           // copies of what customers sent; 0: none are made
}

// data answers an owner's questions about what Parlor holds.
type data struct {
	keeps Keeps
	store *conversations.Store
}

// Retention says in numbers how long something stays.
type Retention struct {
	RawSeconds        int64 `json:"raw_seconds" doc:"The bytes that Instagram sent, once they were applied"`
	UnreadableSeconds int64 `json:"unreadable_seconds" doc:"At most: the bytes of what could not be read or applied"`
	MediaDays         int   `json:"media_days" doc:"Sealed copies of media; 0: none are made"`
}

type retentionOutput struct{ Body Retention }

func (h *data) retention(_ context.Context, _ *noInput) (*retentionOutput, error) {
	k := h.keeps
	return &retentionOutput{Body: Retention{
		RawSeconds: int64(k.Raw.Seconds()), UnreadableSeconds: int64(max(k.Raw, k.Unreadable).Seconds()), MediaDays: k.MediaDays,
	}}, nil
}

type findInput struct {
	Text string `query:"q" maxLength:"100" doc:"Part of a username or name"`
}

// FoundParticipant is a customer who was looked for by name.
type FoundParticipant struct {
	Participant
	ConversationID *string `json:"conversation_id" doc:"null: nothing was said yet"`
}

// FoundList is all that was found, twenty at most.
type FoundList struct {
	Items []FoundParticipant `json:"items"`
}

type foundOutput struct{ Body FoundList }

// find lists customers by a part of their name, to erase one.
func (h *data) find(ctx context.Context, in *findInput) (*foundOutput, error) {
	found, err := h.store.Find(ctx, in.Text)
	if err != nil {
		return nil, err
	}
	return &foundOutput{Body: FoundList{Items: foundPeople(found)}}, nil
}
