package api

import (
	"context"
	"time"

	"parlor/conversations"
)

type searchInput struct {
	Text   string `query:"q" required:"true" minLength:"1" maxLength:"200" doc:"Words, or how they begin; all of them must be there. Case, accents and punctuation do not count"`
	Cursor string `query:"cursor" maxLength:"100" doc:"next_cursor of the page before"`
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
}

// SnippetPart is a piece of a text; hit marks a word that was looked for.
type SnippetPart struct {
	Text string `json:"text"`
	Hit  bool   `json:"hit"`
}

// FoundMessage is a message in which the words were found.
type FoundMessage struct {
	ConversationID string        `json:"conversation_id" format:"uuid"`
	MessageID      string        `json:"message_id" format:"uuid"`
	Participant    Participant   `json:"participant"`
	Direction      string        `json:"direction" enum:"inbound,outbound"`
	SentAt         time.Time     `json:"sent_at"`
	Snippet        []SnippetPart `json:"snippet" nullable:"false" doc:"The part of the text around the first hit, as text and never as markup"`
}

// SearchPage is one page of what was found.
type SearchPage struct {
	People     []FoundParticipant `json:"people" nullable:"false" doc:"Customers whose names have the words, eight at most; on the first page alone"`
	Items      []FoundMessage     `json:"items" nullable:"false" doc:"Messages, the newest first"`
	NextCursor *string            `json:"next_cursor"`
	Complete   bool               `json:"complete" doc:"false: older messages are still being made findable"`
}

type searchOutput struct{ Body SearchPage }

// search looks for words in the account's messages and in its customers' names.
func (h *inbox) search(ctx context.Context, in *searchInput) (*searchOutput, error) {
	found, err := h.store.Search(ctx, in.Text, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &searchOutput{Body: SearchPage{
		People: foundPeople(found.People), Items: make([]FoundMessage, len(found.Messages.Items)), NextCursor: optional(found.Messages.Next), Complete: found.Complete,
	}}
	for i, m := range found.Messages.Items {
		out.Body.Items[i] = foundMessage(m)
	}
	return out, nil
}

func foundMessage(m conversations.MessageHit) FoundMessage {
	out := FoundMessage{
		ConversationID: m.ConversationID.String(), MessageID: m.MessageID.String(), Participant: shownParticipant(m.Participant),
		Direction: string(m.Direction), SentAt: m.SentAt, Snippet: make([]SnippetPart, len(m.Snippet)),
	}
	for i, s := range m.Snippet {
		out.Snippet[i] = SnippetPart{Text: s.Text, Hit: s.Hit}
	}
	return out
}

func foundPeople(found []conversations.Found) []FoundParticipant {
	out := make([]FoundParticipant, len(found))
	for i, f := range found {
		out[i] = FoundParticipant{Participant: shownParticipant(f.Participant)}
		if f.Conversation != nil {
			out[i].ConversationID = optional(f.Conversation.String())
		}
	}
	return out
}

func shownParticipant(p conversations.Participant) Participant {
	return Participant{ID: p.ID.String(), Username: p.Username, Name: p.Name}
}
