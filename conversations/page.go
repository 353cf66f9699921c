package conversations

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// threadRow is a message with what its conversation knows of it.
type threadRow struct {
	Row       messageRow `gorm:"embedded"`
	SeenUntil *time.Time
}

// withSeen selects messages and how far the customer has seen their conversation.
func withSeen(db *gorm.DB) *gorm.DB {
	seen := db.Session(&gorm.Session{NewDB: true}).Model(&conversationRow{}).Select("seen_until").
		Where("conversations.conversation_id = messages.conversation_id")
	return db.Model(&messageRow{}).Select("messages.*, (?) as seen_until", seen)
}

// complete adds to a page of messages what stands in other tables, of each in one read for all of them, and in none when nothing has any.
func (s *Store) complete(ctx context.Context, rows []threadRow) ([]Message, error) {
	p := messagePage{messages: make([]Message, len(rows)), byID: make(map[uuid.UUID]int, len(rows)), byMID: make(map[string]int, len(rows))}
	for i, row := range rows {
		r, m := row.Row, row.Row.message()
		m.Seen = r.Direction == Outbound && r.MID != nil && row.SeenUntil != nil && !r.SentAt.After(*row.SeenUntil)
		p.messages[i], p.byID[r.MessageID] = m, i
		if r.MID != nil {
			p.byMID[*r.MID] = i
			p.mids = append(p.mids, *r.MID)
		}
		if r.Kind == KindAttachment || r.Kind == KindPostback || r.ReplyToStory != nil {
			p.holders = append(p.holders, r.MessageID)
		}
	}
	for _, add := range []func(context.Context, *messagePage) error{s.addAttachments, s.addReactions, s.addReplies} {
		if err := add(ctx, &p); err != nil {
			return nil, err
		}
	}
	return p.messages, nil
}

// messagePage is a page while it is being completed.
type messagePage struct {
	messages []Message
	byID     map[uuid.UUID]int
	byMID    map[string]int
	holders  []uuid.UUID // messages that may have attachments
	mids     []string
}

// expiredFor is for how long a file counts as gone that Instagram did not give. Then it has an address again, so that somebody can look for it
// once more: package media asks after the same time.
const expiredFor = 24 * time.Hour

func (s *Store) addAttachments(ctx context.Context, p *messagePage) error {
	if len(p.holders) == 0 {
		return nil
	}
	var found []attachmentRow
	err := s.db.Read(ctx, &found, func(db *gorm.DB) *gorm.DB {
		return db.Where(clause.IN{Column: "message_id", Values: anys(p.holders)}).Order("message_id, position")
	})
	if err != nil {
		return fmt.Errorf("load attachments: %w", err)
	}
	for _, a := range found {
		m := &p.messages[p.byID[a.MessageID]]
		expired := a.ExpiredAt != nil && s.now().Sub(*a.ExpiredAt) < expiredFor
		m.Attachments = append(m.Attachments, Attachment{ID: a.AttachmentID, Type: a.Type, Title: a.Title, Payload: a.Payload, Expired: expired})
	}
	return nil
}

func (s *Store) addReactions(ctx context.Context, p *messagePage) error {
	if len(p.mids) == 0 {
		return nil
	}
	var found []reactionRow
	err := s.db.Read(ctx, &found, func(db *gorm.DB) *gorm.DB {
		return db.Select("mid", "actor", "emoji").Where("not removed").Where(clause.IN{Column: "mid", Values: anys(p.mids)}).Order("mid, reacted_at, actor")
	})
	if err != nil {
		return fmt.Errorf("load reactions: %w", err)
	}
	for _, r := range found {
		m := &p.messages[p.byMID[r.MID]]
		m.Reactions = append(m.Reactions, Reaction{Actor: r.Actor, Emoji: r.Emoji})
	}
	return nil
}

// addReplies finds the messages that those of the page answer: most on the page itself, the others in one read.
func (s *Store) addReplies(ctx context.Context, p *messagePage) error {
	var missing []string
	for i := range p.messages {
		to := p.messages[i].ReplyTo
		if to == nil || to.MID == "" {
			continue
		}
		if n, ok := p.byMID[to.MID]; ok {
			to.MessageID, to.Text = &p.messages[n].ID, p.messages[n].Text
		} else {
			missing = append(missing, to.MID)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	var found []messageRow
	err := s.db.Read(ctx, &found, func(db *gorm.DB) *gorm.DB {
		return db.Select("message_id", "mid", "text").Where("shadow_of is null").Where(clause.IN{Column: "mid", Values: anys(missing)})
	})
	if err != nil {
		return fmt.Errorf("load what is answered: %w", err)
	}
	answered := make(map[string]messageRow, len(found))
	for _, r := range found {
		answered[*r.MID] = r
	}
	for i := range p.messages {
		if to := p.messages[i].ReplyTo; to != nil && to.MessageID == nil {
			if r, ok := answered[to.MID]; ok {
				to.MessageID, to.Text = &MessageID{r.MessageID}, r.Text
			}
		}
	}
	return nil
}

// replyTo is what the row itself tells of what it answers.
func (r messageRow) replyTo() *ReplyTo {
	switch {
	case r.ReplyToMID != nil:
		return &ReplyTo{MID: *r.ReplyToMID}
	case r.ReplyToStory != nil:
		return &ReplyTo{Story: true}
	}
	return nil
}
