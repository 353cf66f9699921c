package conversations

import (
	"time"

	"github.com/google/uuid"

	"parlor/tenants"
)

// The rows of replies and imports.

// attemptRow is one try to send a reply.
type attemptRow struct {
	AccountID      tenants.AccountID `gorm:"primaryKey"`
	AttemptID      uuid.UUID         `gorm:"primaryKey"`
	MessageID      uuid.UUID
	ConversationID uuid.UUID
	Seq            int64
	State          AttemptState
	Fault          ReplyFault
	Code           int
	Subcode        int
	Looks          int // how often it was looked for at Instagram
	CreatedAt      time.Time
	StartedAt      *time.Time
	SettledAt      *time.Time
}

func (attemptRow) TableName() string { return "tenant.outbox" }

type uploadRow struct {
	AccountID tenants.AccountID `gorm:"primaryKey"`
	UploadID  uuid.UUID         `gorm:"primaryKey"`
	Kind      string
	BlobKey   string
}

func (uploadRow) TableName() string { return "tenant.uploads" }

type backfillRow struct {
	AccountID  tenants.AccountID `gorm:"primaryKey"`
	BackfillID uuid.UUID         `gorm:"primaryKey"`
	Cause      BackfillCause
	State      BackfillState
	Phase      backfillPhase
	Since      *time.Time // nil: all of it
	Cursor     string
	PageSize   int
	Listed     int // conversations found
	Seen       int // conversations read
	Messages   int // messages added
	Recovered  int // of these, messages that a webhook should have told
	Tries      int // faults in a row
	Restarts   int // lists begun anew, after a cursor that Instagram took no more
	Fault      string
	StartedAt  time.Time
	UpdatedAt  time.Time `gorm:"autoUpdateTime:false"`
	FinishedAt *time.Time
	DueAt      *time.Time // of one that waits: when it may be begun by itself
}

func (backfillRow) TableName() string { return "tenant.backfills" }

type backfillThreadRow struct {
	AccountID  tenants.AccountID `gorm:"primaryKey"`
	BackfillID uuid.UUID         `gorm:"primaryKey"`
	ThreadID   string            `gorm:"primaryKey"`
	UpdatedAt  *time.Time        `gorm:"autoUpdateTime:false"`
	State      threadState
	Tries      int // faults of this one thread

	FailingSince *time.Time
}

func (backfillThreadRow) TableName() string { return "tenant.backfill_threads" }

// connectionFlags is what the reply window needs to know of the account's connection, which package instagram keeps.
type connectionFlags struct {
	AccountID             tenants.AccountID `gorm:"primaryKey"`
	HumanAgentConfirmedAt *time.Time
}

func (connectionFlags) TableName() string { return "tenant.connections" }
