package tenants_test

import (
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
)

// The product's own tables, as its stores see them.
type conversation struct {
	AccountID       uuid.UUID `gorm:"primaryKey"`
	ConversationID  uuid.UUID `gorm:"primaryKey"`
	ParticipantID   uuid.UUID
	InboundSeq      int64
	LastMessageText *string
	LastMessageAt   time.Time
	Participant     *participant `gorm:"foreignKey:AccountID,ParticipantID;references:AccountID,ParticipantID"`
	Messages        []message    `gorm:"foreignKey:AccountID,ConversationID;references:AccountID,ConversationID"`
}

func (conversation) TableName() string { return "tenant.conversations" }

type participant struct {
	AccountID     uuid.UUID `gorm:"primaryKey"`
	ParticipantID uuid.UUID `gorm:"primaryKey"`
	IGSID         string    `gorm:"column:igsid"`
	Name          *string
}

func (participant) TableName() string { return "tenant.participants" }

type message struct {
	AccountID      uuid.UUID `gorm:"primaryKey"`
	MessageID      uuid.UUID `gorm:"primaryKey"`
	ConversationID uuid.UUID
	Direction      string
	Kind           string
	Text           *string
	State          string
	SentAt         time.Time
	Conversation   *conversation `gorm:"foreignKey:AccountID,ConversationID;references:AccountID,ConversationID"`
}

func (message) TableName() string { return "tenant.messages" }

type auditRow struct {
	AccountID uuid.UUID `gorm:"primaryKey"`
	Seq       int64     `gorm:"primaryKey;autoIncrement:false"`
	ActorKind string
	Action    string
}

func (auditRow) TableName() string { return "tenant.audit" }

func newMessage(account, thread uuid.UUID) *message {
	return &message{AccountID: account, MessageID: uuid.New(), ConversationID: thread, Direction: "outbound", Kind: "text", State: "queued", SentAt: time.Now()}
}

var productAttempts = []attempt{
	{name: "inbox with Or", do: func(e *env) error {
		return find[conversation](e, e.db.Joins("Participant").Or("true").Order("last_message_at desc").Limit(50))
	}},
	{name: "inbox by a new session", do: func(e *env) error { return find[conversation](e, e.fresh().Preload("Participant").Preload("Messages")) }},
	{name: "thread of a foreign conversation", do: func(e *env) error { return find[message](e, e.fresh().Where("conversation_id = ?", otherThread)) }},
	{name: "one-trip thread of a foreign conversation", do: func(e *env) error {
		var rows []message
		err := e.find(&rows, func(q *gorm.DB) *gorm.DB { return q.Where("false").Or("conversation_id = ?", otherThread) })
		e.saw(rows)
		return err
	}},
	{name: "one-trip inbox with a join", do: func(e *env) error {
		var rows []conversation
		err := e.find(&rows, func(q *gorm.DB) *gorm.DB { return q.Joins("Participant", e.fresh().Or("true")).Or("true") })
		e.saw(rows)
		return err
	}},
	{name: "message into a foreign conversation", do: func(e *env) error { return e.db.Create(newMessage(own.UUID, otherThread)).Error }},
	{name: "foreign message", do: func(e *env) error { return e.db.Create(newMessage(other.UUID, otherThread)).Error }},
	{name: "foreign message within an own conversation", do: func(e *env) error {
		return e.db.Updates(&conversation{AccountID: own.UUID, ConversationID: ownThread, InboundSeq: 9, Messages: []message{*newMessage(other.UUID, otherThread)}}).Error
	}},
	{name: "foreign conversation marked", do: func(e *env) error {
		return e.fresh().Model(&conversation{ConversationID: otherThread}).Update("inbound_seq", gorm.Expr("inbound_seq + 1")).Error
	}},
	{name: "every message deleted", do: func(e *env) error { return e.fresh().Where("sent_at < ?", time.Now()).Delete(&message{}).Error }},
	{name: "foreign audit entry", do: func(e *env) error {
		return e.db.Create(&auditRow{AccountID: other.UUID, Seq: 1, ActorKind: "system", Action: "planted"}).Error
	}},
	{name: "participants by the id that both know", do: func(e *env) error { return find[participant](e, e.fresh().Where("igsid = ?", "4711")) }},
}
