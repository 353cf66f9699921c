package media

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"parlor/tenants"
)

// The rows that this package reads and writes, as far as it knows them.

type attachmentRow struct {
	AccountID    tenants.AccountID `gorm:"primaryKey"`
	AttachmentID uuid.UUID         `gorm:"primaryKey"`
	MessageID    uuid.UUID
	Position     int
	Type         string
	Payload      json.RawMessage
	ExpiredAt    *time.Time
}

func (attachmentRow) TableName() string { return "tenant.attachments" }

// attachmentColumns leave out the title, which may be long.
var attachmentColumns = []string{"account_id", "attachment_id", "message_id", "position", "type", "payload", "expired_at"}

type messageRow struct {
	AccountID tenants.AccountID `gorm:"primaryKey"`
	MessageID uuid.UUID         `gorm:"primaryKey"`
	MID       *string           `gorm:"column:mid"`
}

func (messageRow) TableName() string { return "tenant.messages" }

type uploadRow struct {
	AccountID   tenants.AccountID `gorm:"primaryKey"`
	UploadID    uuid.UUID         `gorm:"primaryKey"`
	UserID      *uuid.UUID
	Kind        Kind
	ContentType string
	Bytes       int64
	BlobKey     string
	CreatedAt   time.Time
}

func (uploadRow) TableName() string { return "tenant.uploads" }

type keptRow struct {
	AccountID    tenants.AccountID `gorm:"primaryKey"`
	AttachmentID uuid.UUID         `gorm:"primaryKey"`
	ContentType  string
	Bytes        int64
	BlobKey      string
	KeptAt       time.Time

	Attachment *attachmentRow `gorm:"foreignKey:AccountID,AttachmentID;references:AccountID,AttachmentID"`
}

func (keptRow) TableName() string { return "tenant.kept_media" }

type removalRow struct {
	AccountID tenants.AccountID `gorm:"primaryKey"`
	BlobKey   string            `gorm:"primaryKey"`
	CreatedAt time.Time
	DueAt     time.Time
}

func (removalRow) TableName() string { return "tenant.blob_removals" }

// one reads a single row of the account; none is ErrNotFound.
func one[T any](ctx context.Context, m *Media, what string, build func(*gorm.DB) *gorm.DB) (row T, err error) {
	switch err := m.db.Read(ctx, &row, build); {
	case errors.Is(err, gorm.ErrRecordNotFound):
		return row, ErrNotFound
	case err != nil:
		return row, fmt.Errorf("load %s: %w", what, err)
	}
	return row, nil
}

func (m *Media) attachment(ctx context.Context, id uuid.UUID) (attachmentRow, error) {
	return one[attachmentRow](ctx, m, "attachment", func(q *gorm.DB) *gorm.DB {
		return q.Select(attachmentColumns).Where("attachment_id = ?", id)
	})
}
