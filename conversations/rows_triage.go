package conversations

import (
	"github.com/google/uuid"

	"parlor/tenants"
)

type labelRow struct {
	AccountID tenants.AccountID `gorm:"primaryKey"`
	LabelID   uuid.UUID         `gorm:"primaryKey"`
	Name      string
	NameKey   string // the name in small letters
	Colour    string
}

func (labelRow) TableName() string { return "tenant.labels" }

type conversationLabelRow struct {
	AccountID      tenants.AccountID `gorm:"primaryKey"`
	ConversationID uuid.UUID         `gorm:"primaryKey"`
	LabelID        uuid.UUID         `gorm:"primaryKey"`
}

func (conversationLabelRow) TableName() string { return "tenant.conversation_labels" }
