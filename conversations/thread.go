package conversations

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"gorm.io/gorm"
)

// Messages returns one page of a thread, the newest first. ErrNotFound when the account has no such conversation.
func (s *Store) Messages(ctx context.Context, id ID, after string, limit int) (Page[Message], error) {
	return s.messages(ctx, id, after, limit, func(db *gorm.DB) *gorm.DB { return db })
}

func (s *Store) messages(ctx context.Context, id ID, after string, limit int, only func(*gorm.DB) *gorm.DB) (Page[Message], error) {
	behind, err := decodeCursor(after, messageCursor)
	if err != nil {
		return Page[Message]{}, err
	}
	limit = min(max(limit, 1), maxLimit)
	var rows []threadRow
	err = s.db.Read(ctx, &rows, func(db *gorm.DB) *gorm.DB {
		db = only(withSeen(db)).Where("messages.conversation_id = ? and shadow_of is null", id.UUID) // not a struct: a zero id would be no condition
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
		p.Next = cursor{at: rows[limit-1].Row.SentAt, id: rows[limit-1].Row.MessageID}.encode(messageCursor)
	}
	p.Items, err = s.complete(ctx, rows)
	return p, err
}

// Message returns one message of the account, or ErrNotFound.
func (s *Store) Message(ctx context.Context, id MessageID) (Message, error) {
	var row threadRow
	err := s.db.Read(ctx, &row, func(db *gorm.DB) *gorm.DB { return withSeen(db).Where("message_id = ? and shadow_of is null", id.UUID) })
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Message{}, ErrNotFound
	}
	if err != nil {
		return Message{}, fmt.Errorf("load message %s: %w", id, err)
	}
	found, err := s.complete(ctx, []threadRow{row})
	if err != nil {
		return Message{}, err
	}
	return found[0], nil
}

func (r messageRow) message() Message {
	m := Message{
		ID: MessageID{r.MessageID}, MID: r.MID, ClientID: r.ClientID, Direction: r.Direction, Kind: r.Kind, Text: r.Text,
		State: r.State, SentAt: r.SentAt, Fault: r.Fault, Actions: actions(r), MarkedSent: r.MarkedSent,
		EditedAt: r.EditedAt, Recovered: r.Recovered, Standby: r.Standby, Origin: r.origin(), ReplyTo: r.replyTo(),
	}
	if len(r.Referral) > 0 {
		m.Referral = &Referral{}
		_ = json.Unmarshal(r.Referral, m.Referral) // we wrote it
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
