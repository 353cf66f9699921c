package conversations

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
)

// Customer is a participant with what Instagram tells of them, for the direct API.
type Customer struct {
	Participant
	IGSID          string
	ConversationID uuid.UUID // zero: none
	FollowerCount  *int64
	Verified       *bool
	CreatedAt      time.Time
}

type customerRow struct {
	ParticipantID  uuid.UUID
	IGSID          string `gorm:"column:igsid"`
	Username       *string
	Name           *string
	FollowerCount  *int64
	Verified       *bool
	CreatedAt      time.Time
	ConversationID *uuid.UUID
}

func (r customerRow) customer() Customer {
	c := Customer{
		Participant: Participant{ID: r.ParticipantID, Username: r.Username, Name: r.Name}, IGSID: r.IGSID,
		FollowerCount: r.FollowerCount, Verified: r.Verified, CreatedAt: r.CreatedAt,
	}
	if r.ConversationID != nil {
		c.ConversationID = *r.ConversationID
	}
	return c
}

const customerColumns = `participants.participant_id, participants.igsid, participants.username, participants.name, participants.follower_count,
	participants.verified, participants.created_at, (?) as conversation_id`

func customers(db *gorm.DB) *gorm.DB {
	theirs := db.Session(&gorm.Session{NewDB: true}).Model(&conversationRow{}).Select("conversation_id").
		Where("conversations.participant_id = participants.participant_id").Limit(1)
	return db.Model(&participantRow{}).Select(customerColumns, theirs)
}

// Participants returns one page of the account's customers, the last known first.
func (s *Store) Participants(ctx context.Context, after string, limit int) (Page[Customer], error) {
	behind, err := decodeCursor(after, participantCursor)
	if err != nil {
		return Page[Customer]{}, err
	}
	limit = min(max(limit, 1), maxLimit)
	var rows []customerRow
	err = s.db.Read(ctx, &rows, func(db *gorm.DB) *gorm.DB {
		db = customers(db)
		if behind != nil {
			db = db.Where("participants.participant_id < ?", behind.id)
		}
		return db.Order("participant_id desc").Limit(limit + 1)
	})
	if err != nil {
		return Page[Customer]{}, fmt.Errorf("list participants: %w", err)
	}
	var p Page[Customer]
	if len(rows) > limit {
		rows = rows[:limit]
		p.Next = cursor{at: rows[limit-1].CreatedAt, id: rows[limit-1].ParticipantID}.encode(participantCursor)
	}
	p.Items = make([]Customer, len(rows))
	for i, r := range rows {
		p.Items[i] = r.customer()
	}
	return p, nil
}

// Participant returns one customer of the account, or ErrNotFound.
func (s *Store) Participant(ctx context.Context, id uuid.UUID) (Customer, error) {
	var row customerRow
	err := s.db.Read(ctx, &row, func(db *gorm.DB) *gorm.DB { return customers(db).Where("participants.participant_id = ?", id) })
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Customer{}, ErrNotFound
	}
	if err != nil {
		return Customer{}, fmt.Errorf("load participant: %w", err)
	}
	return row.customer(), nil
}

// ParticipantNames returns what to call the customers of conversations; those that are gone or unnamed are left out.
func (s *Store) ParticipantNames(ctx context.Context, conversations []uuid.UUID) (map[uuid.UUID]string, error) {
	names := map[uuid.UUID]string{}
	if len(conversations) == 0 {
		return names, nil
	}
	var rows []conversationRow
	err := s.db.Read(ctx, &rows, func(db *gorm.DB) *gorm.DB {
		return db.Model(&conversationRow{}).Joins("Participant").Where("conversations.conversation_id in ?", conversations)
	})
	if err != nil {
		return nil, fmt.Errorf("name participants: %w", err)
	}
	for _, r := range rows {
		switch p := r.Participant; {
		case p == nil:
		case p.Name != nil && *p.Name != "":
			names[r.ConversationID] = *p.Name
		case p.Username != nil:
			names[r.ConversationID] = *p.Username
		}
	}
	return names, nil
}
