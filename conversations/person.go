package conversations

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"parlor/tenants"
)

// Person is what is known of the customer of a conversation, for whoever answers. What Instagram has not told is nil.
type Person struct {
	Participant

	Followers         *int64
	Verified          *bool
	FollowsAccount    *bool
	FollowedByAccount *bool
	FirstMessageAt    time.Time // zero: there is none
	Received          int64     // messages that the customer wrote
	Sent              int64     // messages of the account; stops at CountsStop
}

// Person returns who a conversation is with, or ErrNotFound.
func (s *Store) Person(ctx context.Context, id ID) (p Person, err error) {
	err = s.db.InTenant(ctx, func(tx *tenants.Tx) error {
		var c conversationRow
		if err := tx.DB().Joins("Participant").Where("conversations.conversation_id = ?", id.UUID).First(&c).Error; err != nil {
			return err
		}
		if c.Participant == nil {
			return gorm.ErrRecordNotFound
		}
		p = c.Participant.person()
		p.Received = c.InboundSeq
		shown := func() *gorm.DB {
			return tx.DB().Model(&messageRow{}).Where("conversation_id = ? and shadow_of is null", id.UUID)
		}
		var first []time.Time
		if err := shown().Order("sent_at, message_id").Limit(1).Pluck("sent_at", &first).Error; err != nil {
			return err
		}
		if len(first) > 0 {
			p.FirstMessageAt = first[0]
		}
		var sent []string
		err := shown().Where("direction = ?", Outbound).Limit(CountsStop).Pluck("message_id", &sent).Error
		p.Sent = int64(len(sent))
		return err
	})
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Person{}, ErrNotFound
	}
	if err != nil {
		return Person{}, fmt.Errorf("load the person of %s: %w", id, err)
	}
	return p, nil
}

func (r participantRow) participant() Participant {
	return Participant{ID: r.ParticipantID, Username: r.Username, Name: r.Name}
}

func (r participantRow) person() Person {
	return Person{
		Participant: r.participant(),
		Followers:   r.FollowerCount, Verified: r.Verified, FollowsAccount: r.FollowsAccount, FollowedByAccount: r.FollowedByAccount,
	}
}

// Shared returns one page of what was sent with files or as posts in a thread, the newest first. Errors as Messages.
func (s *Store) Shared(ctx context.Context, id ID, after string, limit int) (Page[Message], error) {
	// Spelled out, as the index that it walks has it: a parameter would not be recognised.
	return s.messages(ctx, id, after, limit, func(db *gorm.DB) *gorm.DB { return db.Where("kind = 'attachment'") })
}
