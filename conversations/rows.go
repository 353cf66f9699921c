package conversations

import (
	"encoding/json"
	"time"

	"github.com/google/uuid"

	"parlor/tenants"
)

// The rows of schema tenant as GORM sees them. account_id is the first part of every key; the wall fills and checks it.

type participantRow struct {
	AccountID     tenants.AccountID `gorm:"primaryKey"`
	ParticipantID uuid.UUID         `gorm:"primaryKey"`
	IGSID         string            `gorm:"column:igsid"`
	Username      *string
	Name          *string

	ProfilePictureURL *string
	Verified          *bool
	FollowerCount     *int64
	FollowsAccount    *bool
	FollowedByAccount *bool
	ProfileFetchedAt  *time.Time
	ProfileFault      string    // why the last look-up gave nothing
	ProfileDueAt      time.Time // when it is worth another call
	CreatedAt         time.Time
}

func (participantRow) TableName() string { return "tenant.participants" }

type conversationRow struct {
	AccountID            tenants.AccountID `gorm:"primaryKey"`
	ConversationID       uuid.UUID         `gorm:"primaryKey"`
	ParticipantID        uuid.UUID
	InboundSeq           int64
	OutboundSeq          int64 // of the attempts to send
	LastMessageID        *uuid.UUID
	LastMessageText      *string
	LastMessageKind      *MessageKind
	LastMessageDirection *Direction
	LastMessageAt        time.Time
	LastInboundAt        *time.Time
	WaitingSince         *time.Time
	WindowOpenedBy       *OpenedBy
	WindowClosesAt       *time.Time
	HumanAgentUntil      *time.Time
	SeenUntil            *time.Time
	Referral             json.RawMessage
	CreatedAt            time.Time
	Status               Status `gorm:"default:open"`
	SnoozedUntil         *time.Time
	AssigneeID           *tenants.UserID
	Starred              bool

	Participant *participantRow `gorm:"foreignKey:AccountID,ParticipantID;references:AccountID,ParticipantID"`
}

func (conversationRow) TableName() string { return "tenant.conversations" }

type messageRow struct {
	AccountID      tenants.AccountID `gorm:"primaryKey"`
	MessageID      uuid.UUID         `gorm:"primaryKey"`
	ConversationID uuid.UUID
	MID            *string `gorm:"column:mid"`
	ClientID       *uuid.UUID
	Direction      Direction
	Kind           MessageKind
	Text           *string
	State          MessageState
	ReplyToMID     *string `gorm:"column:reply_to_mid"`
	InboundSeq     *int64
	SentAt         time.Time
	CreatedAt      time.Time

	Source        MessageSource
	AppID         *string // of an echo: the app that sent it
	Standby       bool
	ReplyToStory  *string
	ButtonPayload *string
	Referral      json.RawMessage
	EditedAt      *time.Time
	EditNum       int64
	Recovered     bool

	Fault      ReplyFault // of a reply that failed or is being settled
	SentByUser *tenants.UserID
	SentByKey  *string
	HumanAgent bool
	UploadID   *uuid.UUID
	MarkedSent bool
	ShadowOf   *uuid.UUID // the reply of which this may be the echo; hidden as long as it is set

	opens OpenedBy // the reply window, when it is a customer's; not stored here
}

func (messageRow) TableName() string { return "tenant.messages" }

type attachmentRow struct {
	AccountID    tenants.AccountID `gorm:"primaryKey"`
	AttachmentID uuid.UUID         `gorm:"primaryKey"`
	MessageID    uuid.UUID
	Position     int
	Type         string
	Title        *string
	Payload      json.RawMessage
	ExpiredAt    *time.Time // Instagram does not give the file any more
}

func (attachmentRow) TableName() string { return "tenant.attachments" }

type readRow struct {
	AccountID      tenants.AccountID `gorm:"primaryKey"`
	ConversationID uuid.UUID         `gorm:"primaryKey"`
	UserID         tenants.UserID    `gorm:"primaryKey"`
	ReadSeq        int64
	ReadAt         time.Time
	MarkedUnread   bool
}

func (readRow) TableName() string { return "tenant.conversation_reads" }

// reactionRow is one person's reaction to a message, which may not be here yet. One that was taken off stays, so that an older one that
// comes late does not put it on again.
type reactionRow struct {
	AccountID tenants.AccountID `gorm:"primaryKey"`
	MID       string            `gorm:"column:mid;primaryKey"`
	Actor     Actor             `gorm:"primaryKey"`
	Name      string            // Instagram's word, "love" for example; may be empty
	Emoji     string
	Removed   bool
	ReactedAt time.Time
}

func (reactionRow) TableName() string { return "tenant.reactions" }

// parkedEditRow is an edit whose message is not here yet.
type parkedEditRow struct {
	AccountID tenants.AccountID `gorm:"primaryKey"`
	MID       string            `gorm:"column:mid;primaryKey"`
	Num       int64
	Text      string
	EditedAt  time.Time
	ParkedAt  time.Time
}

func (parkedEditRow) TableName() string { return "tenant.parked_edits" }

type eventRow struct {
	AccountID  tenants.AccountID `gorm:"primaryKey"`
	DeliveryID uuid.UUID         `gorm:"primaryKey"`
	ItemNo     int               `gorm:"primaryKey"`
	EntryID    string            // the account's id at Instagram, as the delivery named it
	Customer   string            // the other side's igsid; may be empty
	At         *time.Time        // Instagram's time; nil when it told none
	Kind       string
	MID        string `gorm:"column:mid"`
	Variant    string
	Body       []byte // until it is swept
	Outcome    Outcome
	Reason     string
	Replayable bool
	ReceivedAt time.Time
	SettledAt  *time.Time
}

func (eventRow) TableName() string { return "tenant.ingest_events" }

type eventKeyRow struct {
	AccountID  tenants.AccountID `gorm:"primaryKey"`
	Kind       string            `gorm:"primaryKey"`
	MID        string            `gorm:"column:mid;primaryKey"`
	Variant    string            `gorm:"primaryKey"`
	DeliveryID uuid.UUID
	ItemNo     int
}

func (eventKeyRow) TableName() string { return "tenant.event_keys" }

type ledgerRow struct {
	AccountID tenants.AccountID `gorm:"primaryKey"`
	Received  int64

	Events *eventRow `gorm:"foreignKey:AccountID;references:AccountID"`
}

func (ledgerRow) TableName() string { return "tenant.ledgers" }

// forUpdate is the lock of whoever is about to change or remove a row.
const forUpdate = "UPDATE"
