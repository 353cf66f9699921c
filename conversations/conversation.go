package conversations

import (
	"time"

	"github.com/google/uuid"

	"parlor/tenants"
)

// Conversation is the thread of the account with one participant, as the inbox shows it.
type Conversation struct {
	ID           ID
	Participant  Participant
	Last         *LastMessage // nil only when every message was erased
	InboundSeq   int64        // number of the newest inbound message
	ReadSeq      int64        // how far the reader has read; 0 for a reader who never opened it
	WaitingSince *time.Time   // first inbound message without an answer; nil when answered
	Window       Window
	SeenUntil    *time.Time // the customer has seen what was sent until then
	Status       Status
	SnoozedUntil *time.Time     // nil while snoozed: until the customer writes
	Assignee     tenants.UserID // zero: nobody
	Starred      bool
	Labels       []LabelID
	MarkedUnread bool // by the reader, as a sign to come back
}

// Unread is how many inbound messages the reader has not read; at least one when the reader has marked it so.
func (c Conversation) Unread() int64 {
	if n := c.InboundSeq - c.ReadSeq; n > 0 {
		return n
	}
	if c.MarkedUnread {
		return 1
	}
	return 0
}

// Participant is a customer, known to one account by their igsid. Name and username are nil until Instagram has told them.
type Participant struct {
	ID       uuid.UUID
	Username *string
	Name     *string
}

// LastMessage is what the list shows of the newest message.
type LastMessage struct {
	ID        MessageID
	Text      *string
	Kind      MessageKind
	Direction Direction
	SentAt    time.Time
}

// Page is one page of a list; Next is empty on the last one.
type Page[T any] struct {
	Items []T
	Next  string
}
