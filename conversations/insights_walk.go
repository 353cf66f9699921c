package conversations

import (
	"context"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"parlor/tenants"
)

// walkedRow is what the figures need to know of a message.
type walkedRow struct {
	ConversationID uuid.UUID
	MessageID      uuid.UUID
	SentAt         time.Time
	Role           walkedRole
	SentByUser     *tenants.UserID
	Imported       bool
}

// walkedRole is what a message is to the figures.
type walkedRole string

const (
	roleQuestion   walkedRole = "question" // a customer wants an answer
	roleTold       walkedRole = "told"     // by a customer, and nobody here has to answer; see messageRow.asks
	roleMember     walkedRole = walkedRole(SenderMember)
	roleAPI        walkedRole = walkedRole(SenderAPI)
	roleByInApp    walkedRole = walkedRole(SenderInstagramApp)
	roleByOtherApp walkedRole = walkedRole(SenderOtherApp)
)

// walkedColumns decide the role where the rows are: the text of a message, or who it is from, need not come for it.
const walkedColumns = `conversation_id, message_id, sent_at, sent_by_user, source = 'backfill' and not recovered as imported, case
	when direction = 'inbound' and (standby or kind = 'referral') then 'told'
	when direction = 'inbound' then 'question'
	when sent_by_user is not null then 'member'
	when sent_by_key is not null then 'api'
	when app_id <> '' then 'other_app'
	else 'instagram_app' end as role`

// walkPage bounds what is held at once.
const walkPage = 10_000

// walked is one page of the span's messages and of the week before it, in the order of time.
func (s *Store) walked(ctx context.Context, span Span, after *cursor) ([]walkedRow, error) {
	rows := make([]walkedRow, 0, walkPage)
	err := s.db.Read(ctx, &rows, func(db *gorm.DB) *gorm.DB { return walk(db, span, after) })
	return rows, err
}

func walk(db *gorm.DB, span Span, after *cursor) *gorm.DB {
	db = db.Model(&messageRow{}).Select(walkedColumns).
		Where("state in ('received', 'sent') and shadow_of is null and kind <> 'unsent'").
		Where("sent_at >= ? and sent_at < ?", span.begin().Add(-HumanAgentWindow), span.end())
	if after != nil {
		db = db.Where("(sent_at, message_id) > (?, ?)", after.at, after.id)
	}
	return db.Order("sent_at, message_id").Limit(walkPage)
}
