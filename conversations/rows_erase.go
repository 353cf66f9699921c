package conversations

import (
	"encoding/json"
	"time"

	"github.com/google/uuid"

	"parlor/tenants"
)

// The rows of erasures, and those of files that package media keeps.

type erasureRow struct {
	AccountID tenants.AccountID `gorm:"primaryKey"`
	ErasureID uuid.UUID         `gorm:"primaryKey"`
	Subject   []byte            // HMAC of the igsid
	ErasedAt  time.Time
	Removed   json.RawMessage
}

func (erasureRow) TableName() string { return "tenant.erasures" }

type keptMediaRow struct {
	AccountID    tenants.AccountID `gorm:"primaryKey"`
	AttachmentID uuid.UUID         `gorm:"primaryKey"`
	BlobKey      string
}

func (keptMediaRow) TableName() string { return "tenant.kept_media" }

type blobRemovalRow struct {
	AccountID tenants.AccountID `gorm:"primaryKey"`
	BlobKey   string            `gorm:"primaryKey"`
	CreatedAt time.Time
}

func (blobRemovalRow) TableName() string { return "tenant.blob_removals" }
