package api

import (
	"context"
	"time"

	"parlor/conversations"
)

// person shows who a conversation is with.
func (h *inbox) person(ctx context.Context, in *ConversationInput) (*personOutput, error) {
	id, err := conversationID(in.ConversationID)
	if err != nil {
		return nil, err
	}
	p, err := h.store.Person(ctx, id)
	if err != nil {
		return nil, err
	}
	return &personOutput{Body: shownPerson(p)}, nil
}

func shownPerson(p conversations.Person) Person {
	return Person{
		Participant: Participant{ID: p.ID.String(), Username: p.Username, Name: p.Name}, FollowerCount: p.Followers, Verified: p.Verified,
		FollowsYou: p.FollowsAccount, FollowedByYou: p.FollowedByAccount, FirstMessageAt: optionalTime(p.FirstMessageAt),
		Received: p.Received, Sent: p.Sent, Stop: conversations.CountsStop,
	}
}

type personOutput struct{ Body Person }

// Person is what is known of a participant. What Instagram has not told is null.
type Person struct {
	Participant
	FollowerCount  *int64     `json:"follower_count"`
	Verified       *bool      `json:"verified"`
	FollowsYou     *bool      `json:"follows_you" doc:"The participant follows the account"`
	FollowedByYou  *bool      `json:"followed_by_you"`
	FirstMessageAt *time.Time `json:"first_message_at"`
	Received       int64      `json:"received" doc:"Messages that the participant wrote"`
	Sent           int64      `json:"sent" doc:"Messages of the account"`
	Stop           int64      `json:"stop" doc:"A sent of this much means: at least"`
}
