package conversations

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Messages returns one page of a thread, the newest first. ErrNotFound when the account has no such conversation.
func (s *Store) Messages(ctx context.Context, id ID, after string, limit int) (Page[Message], error) {
	behind, err := decodeCursor(after, messageCursor)
	if err != nil {
		return Page[Message]{}, err
	}
	limit = min(max(limit, 1), maxLimit)
	var rows []messageRow
	err = s.db.Read(ctx, &rows, func(db *gorm.DB) *gorm.DB {
		db = db.Where("conversation_id = ? and shadow_of is null", id.UUID) // not a struct: a zero id would be no condition
		if behind != nil {
			db = db.Where("(sent_at, message_id) < (?, ?)", behind.at, behind.id)
		}
		return db.Order("sent_at desc, message_id desc").Limit(limit + 1)
	})
	if err != nil {
		return Page[Message]{}, fmt.Errorf("list messages of %s: %w", id, err)
	}
	if len(rows) == 0 { // an empty thread and a missing one look alike here
		if _, err := s.Conversation(ctx, id); err != nil {
			return Page[Message]{}, err
		}
	}
	p := Page[Message]{}
	if len(rows) > limit {
		rows = rows[:limit]
		p.Next = cursor{rows[limit-1].SentAt, rows[limit-1].MessageID}.encode(messageCursor)
	}
	p.Items, err = s.withAttachments(ctx, rows)
	return p, err
}

// Message returns one message of the account, or ErrNotFound.
func (s *Store) Message(ctx context.Context, id MessageID) (Message, error) {
	var row messageRow
	err := s.db.Read(ctx, &row, func(db *gorm.DB) *gorm.DB { return db.Where("message_id = ? and shadow_of is null", id.UUID) })
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Message{}, ErrNotFound
	}
	if err != nil {
		return Message{}, fmt.Errorf("load message %s: %w", id, err)
	}
	found, err := s.withAttachments(ctx, []messageRow{row})
	if err != nil {
		return Message{}, err
	}
	return found[0], nil
}

// withAttachments adds the attachments of a whole page in one read, or none when no message has any.
func (s *Store) withAttachments(ctx context.Context, rows []messageRow) ([]Message, error) {
	messages := make([]Message, len(rows))
	at := make(map[uuid.UUID]int, len(rows))
	var holders []uuid.UUID
	for i, r := range rows {
		messages[i] = r.message()
		at[r.MessageID] = i
		if r.Kind == KindAttachment {
			holders = append(holders, r.MessageID)
		}
	}
	if len(holders) == 0 {
		return messages, nil
	}
	var found []attachmentRow
	err := s.db.Read(ctx, &found, func(db *gorm.DB) *gorm.DB {
		return db.Where(clause.IN{Column: "message_id", Values: anys(holders)}).Order("message_id, position")
	})
	if err != nil {
		return nil, fmt.Errorf("load attachments: %w", err)
	}
	for _, a := range found {
		m := &messages[at[a.MessageID]]
		m.Attachments = append(m.Attachments, Attachment{ID: a.AttachmentID, Type: a.Type, Title: a.Title, Payload: a.Payload})
	}
	return messages, nil
}

func (r messageRow) message() Message {
	m := Message{
		ID: MessageID{r.MessageID}, MID: r.MID, ClientID: r.ClientID, Direction: r.Direction, Kind: r.Kind, Text: r.Text,
		State: r.State, SentAt: r.SentAt, Fault: r.Fault, Actions: actions(r), MarkedSent: r.MarkedSent,
		EditedAt: r.EditedAt, Recovered: r.Recovered, Standby: r.Standby, Origin: r.origin(),
	}
	if m.Fault == faultChecking {
		m.Fault, m.Checking = "", true
	}
	return m
}

// origin says where an outbound message was written. Echoes of the Instagram app name no app.
func (r messageRow) origin() Origin {
	switch {
	case r.Direction != Outbound:
		return ""
	case r.Source == SourceParlor:
		return OriginParlor
	case r.AppID != nil && *r.AppID != "":
		return OriginOtherApp
	}
	return OriginInstagramApp
}

func anys[T any](list []T) []any {
	out := make([]any, len(list))
	for i, v := range list {
		out[i] = v
	}
	return out
}
