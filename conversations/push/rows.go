package push

import (
	"time"

	"github.com/google/uuid"

	"parlor/tenants"
)

// The rows that this package reads and writes, as far as it knows them.

type subscriptionRow struct {
	AccountID      tenants.AccountID `gorm:"primaryKey"`
	SubscriptionID uuid.UUID         `gorm:"primaryKey"`
	UserID         tenants.UserID
	SessionID      tenants.SessionID
	EndpointMark   []byte
	Sealed         []byte
	QuietFrom      *int
	QuietTo        *int
	Zone           string
	CreatedAt      time.Time
	LastOkAt       *time.Time
	Failures       int
}

func (subscriptionRow) TableName() string { return "tenant.push_subscriptions" }

func (r subscriptionRow) quiet() *Quiet {
	if r.QuietFrom == nil || r.QuietTo == nil {
		return nil
	}
	return &Quiet{From: *r.QuietFrom, To: *r.QuietTo, Zone: r.Zone}
}

type messageRow struct {
	AccountID      tenants.AccountID `gorm:"primaryKey"`
	MessageID      uuid.UUID         `gorm:"primaryKey"`
	ConversationID uuid.UUID
	Kind           string
	InboundSeq     *int64
	SentAt         time.Time
	CreatedAt      time.Time
}

func (messageRow) TableName() string { return "tenant.messages" }

type conversationRow struct {
	AccountID      tenants.AccountID `gorm:"primaryKey"`
	ConversationID uuid.UUID         `gorm:"primaryKey"`
	InboundSeq     int64
	LastMessageAt  time.Time
}

func (conversationRow) TableName() string { return "tenant.conversations" }

type readRow struct {
	AccountID      tenants.AccountID `gorm:"primaryKey"`
	ConversationID uuid.UUID         `gorm:"primaryKey"`
	UserID         tenants.UserID    `gorm:"primaryKey"`
	ReadSeq        int64
}

func (readRow) TableName() string { return "tenant.conversation_reads" }
