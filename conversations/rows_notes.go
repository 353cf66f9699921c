package conversations

import (
	"time"

	"github.com/google/uuid"

	"parlor/tenants"
)

type noteRow struct {
	AccountID      tenants.AccountID `gorm:"primaryKey"`
	NoteID         uuid.UUID         `gorm:"primaryKey"`
	ConversationID uuid.UUID
	ClientID       uuid.UUID
	AuthorID       tenants.UserID
	AuthorName     string
	Text           string
	CreatedAt      time.Time
}

func (noteRow) TableName() string { return "tenant.conversation_notes" }

// historyRow is something that was done with a conversation. Its table's name says event, which in this package is one of a webhook's.
type historyRow struct {
	AccountID      tenants.AccountID `gorm:"primaryKey"`
	EventID        uuid.UUID         `gorm:"primaryKey"`
	ConversationID uuid.UUID
	Kind           HistoryKind
	Cause          HistoryCause
	ActorID        *tenants.UserID
	ActorName      string
	AboutID        *tenants.UserID
	Until          *time.Time
	GrantID        *tenants.GrantID
	At             time.Time
}

func (historyRow) TableName() string { return "tenant.conversation_events" }

type draftRow struct {
	AccountID      tenants.AccountID `gorm:"primaryKey"`
	UserID         tenants.UserID    `gorm:"primaryKey"`
	ConversationID uuid.UUID         `gorm:"primaryKey"`
	Mode           DraftMode         `gorm:"primaryKey"`
	Text           string
	Revision       int64
	UpdatedAt      time.Time `gorm:"autoUpdateTime:false"`
}

func (draftRow) TableName() string { return "tenant.conversation_drafts" }

type savedReplyRow struct {
	AccountID    tenants.AccountID `gorm:"primaryKey"`
	SavedReplyID uuid.UUID         `gorm:"primaryKey"`
	Name         string
	NameKey      string // the name in small letters
	Text         string
}

func (savedReplyRow) TableName() string { return "tenant.saved_replies" }
