package api

import (
	"context"
	"time"

	"github.com/google/uuid"

	"parlor/conversations"
	"parlor/tenants"
)

// notes is what the account's people see of a thread that the customer does not.
type notes struct {
	store *conversations.Store
	shown *shown
}

func (h *notes) list(ctx context.Context, in *ConversationInput) (*notesOutput, error) {
	id, err := conversationID(in.ConversationID)
	if err != nil {
		return nil, err
	}
	written, err := h.store.Notes(ctx, id)
	if err != nil {
		return nil, err
	}
	done, err := h.store.History(ctx, id)
	if err != nil {
		return nil, err
	}
	out := &notesOutput{Body: NoteList{Items: make([]Note, len(written)), Events: make([]ConversationEvent, len(done))}}
	for i, n := range written {
		out.Body.Items[i] = shownNote(ctx, n)
	}
	for i, e := range done {
		out.Body.Events[i] = h.shown.history(ctx, e)
	}
	return out, nil
}

// add answers 201, and 200 when the same client id was taken in before.
func (h *notes) add(ctx context.Context, in *addNoteInput) (*noteOutput, error) {
	id, err := conversationID(in.ConversationID)
	if err != nil {
		return nil, err
	}
	client, err := uuid.Parse(in.Body.ClientID)
	if err != nil || client == uuid.Nil {
		return nil, invalidField("body.client_id", "expected a UUID")
	}
	n, created, err := h.store.AddNote(ctx, id, client, in.Body.Text)
	if err != nil {
		return nil, err
	}
	out := &noteOutput{Status: 201, Body: shownNote(ctx, n)}
	if !created {
		out.Status = 200
	}
	return out, nil
}

func (h *notes) remove(ctx context.Context, in *NoteInput) (*struct{}, error) {
	id, err := conversationID(in.NoteID)
	if err != nil {
		return nil, err
	}
	return nil, h.store.RemoveNote(ctx, conversations.NoteID(id))
}

func shownNote(ctx context.Context, n conversations.Note) Note {
	p, _ := tenants.PrincipalFrom(ctx)
	return Note{
		ID: n.ID.String(), Author: Colleague{UserID: n.AuthorID.String(), Name: n.AuthorName}, Text: n.Text, CreatedAt: n.CreatedAt,
		Removable: n.RemovableBy(p),
	}
}

func (s *shown) history(ctx context.Context, e conversations.History) ConversationEvent {
	out := ConversationEvent{ID: e.ID.String(), Kind: string(e.Kind), Cause: optional(string(e.Cause)), Until: e.Until, At: e.At}
	if !e.ActorID.IsZero() {
		out.Actor = &Colleague{UserID: e.ActorID.String(), Name: e.ActorName}
	}
	if !e.About.IsZero() {
		out.About = &Colleague{UserID: e.About.String(), Name: s.name(ctx, e.About)}
	}
	return out
}

// NoteInput names a note. The id is not validated here: one that is none is a missing one.
type NoteInput struct {
	NoteID string `path:"note_id"`
}

type addNoteInput struct {
	ConversationInput
	Body NoteRequest
}

// NoteRequest is a note as somebody wrote it.
type NoteRequest struct {
	ClientID string `json:"client_id" maxLength:"64" doc:"A UUID that the client chooses: the same one again is the same note"`
	Text     string `json:"text" maxLength:"4000" doc:"1 to 2000 characters"`
}

type noteOutput struct {
	Status int
	Body   Note
}

type notesOutput struct{ Body NoteList }

// NoteList is all notes of a thread and the newest of what was done with it, each the oldest first.
type NoteList struct {
	Items  []Note              `json:"items" nullable:"false"`
	Events []ConversationEvent `json:"events" nullable:"false"`
}

// Note is what one of the account's people tells the others; the customer never sees it.
type Note struct {
	ID        string    `json:"id"`
	Author    Colleague `json:"author"`
	Text      string    `json:"text"`
	CreatedAt time.Time `json:"created_at"`
	Removable bool      `json:"removable" doc:"The reader may remove it"`
}

// ConversationEvent is something that was done with a conversation.
type ConversationEvent struct {
	ID    string     `json:"id"`
	Kind  string     `json:"kind" enum:"closed,reopened,snoozed,assigned,unassigned,support_visit"`
	Cause *string    `json:"cause" enum:"customer_wrote,snooze_over,cannot_answer" doc:"Why it happened when nobody did it"`
	Actor *Colleague `json:"actor" doc:"Who did it, by the name of then"`
	About *Colleague `json:"about" doc:"Whom it was assigned to, or taken from"`
	Until *time.Time `json:"until" doc:"Of a snooze that ends by itself"`
	At    time.Time  `json:"at"`
}

// Colleague is one of the account's people, or of support.
type Colleague struct {
	UserID string `json:"user_id"`
	Name   string `json:"name" doc:"Empty when it is not known any more"`
}
