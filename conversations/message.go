package conversations

import (
	"encoding/json"
	"time"

	"github.com/google/uuid"
)

// Direction says who wrote.
type Direction string

// The directions: from the customer, to the customer.
const (
	Inbound  Direction = "inbound"
	Outbound Direction = "outbound"
)

// MessageKind says how to show a message. A kind that a reader does not know is shown generically.
type MessageKind string

// The kinds.
const (
	KindText        MessageKind = "text"
	KindAttachment  MessageKind = "attachment"  // with or without text
	KindUnsupported MessageKind = "unsupported" // Instagram says that it cannot give the content
	KindEmpty       MessageKind = "empty"       // without text, attachment or flag, as some GIFs come
	KindUnsent      MessageKind = "unsent"      // taken back: no content is left
	KindPostback    MessageKind = "postback"    // a tapped button or ice-breaker; the text is its title
	KindReferral    MessageKind = "referral"    // an ad or a link led the customer here
)

// MessageState is how far a message has come. Inbound ones are received; the others are of outbound ones.
type MessageState string

// The states.
const (
	StateReceived MessageState = "received"
	StateQueued   MessageState = "queued"
	StateSending  MessageState = "sending"
	StateSent     MessageState = "sent"
	StateFailed   MessageState = "failed"
	StateUnknown  MessageState = "unknown"
)

// MessageSource says who told of a message first.
type MessageSource string

// The sources.
const (
	SourceWebhook  MessageSource = "webhook"
	SourceBackfill MessageSource = "backfill" // read from Instagram afterwards
	SourceParlor   MessageSource = "parlor"   // a reply of ours
)

// Message is one item of a thread.
type Message struct {
	ID          MessageID
	MID         *string    // Instagram's id, unique per account; nil before Instagram has given it
	ClientID    *uuid.UUID // of the client that sent it; nil for what came from Instagram
	Direction   Direction
	Kind        MessageKind
	Text        *string
	State       MessageState
	SentAt      time.Time // Instagram's time
	Attachments []Attachment
}

// Attachment is a picture, voice note, share … of a message, kept as Instagram sent it.
type Attachment struct {
	ID      uuid.UUID
	Type    string // Instagram's word; unknown ones are kept
	Title   *string
	Payload json.RawMessage // an object; may hold a URL that expires
}
