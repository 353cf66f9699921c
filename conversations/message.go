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

// Origin says where an outbound message was written.
type Origin string

// The origins.
const (
	OriginParlor       Origin = "parlor"
	OriginInstagramApp Origin = "instagram_app"
	OriginOtherApp     Origin = "other_app"
)

// Actor says whose reaction it is.
type Actor string

// The actors.
const (
	ActorCustomer Actor = "customer"
	ActorAccount  Actor = "account"
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
	SentAt      time.Time // Instagram's time; until it is sent, when it was written
	Attachments []Attachment

	Fault      ReplyFault // why it was not sent
	Checking   bool       // state unknown, and still being looked for
	Actions    []Action   // what a person may do about it
	MarkedSent bool       // a person has said that it was sent
	Seen       bool       // outbound: the customer has seen it
	EditedAt   *time.Time
	Recovered  bool   // no webhook told it
	Standby    bool   // another app owned the thread
	Origin     Origin // of an outbound one
	ReplyTo    *ReplyTo
	Reactions  []Reaction
	Referral   *Referral
}

// ReplyTo is what a message answers: another message, which may not be here, or a story.
type ReplyTo struct {
	MID       string     // empty for a story
	MessageID *MessageID // nil when it is not here
	Text      *string
	Story     bool
}

// Reaction is one person's reaction.
type Reaction struct {
	Actor Actor
	Emoji string
}

// Referral is what led the customer here. Empty fields were not told.
type Referral struct {
	Source  string `json:"source,omitempty"`
	Ref     string `json:"ref,omitempty"`
	AdID    string `json:"ad_id,omitempty"`
	AdTitle string `json:"ad_title,omitempty"`
	// ProductID is that of a shop's product which the customer asks about.
	ProductID string `json:"product_id,omitempty"`
}

// Attachment is a picture, voice note, share … of a message, kept as Instagram sent it.
type Attachment struct {
	ID      uuid.UUID
	Type    string // Instagram's word; unknown ones are kept
	Title   *string
	Payload json.RawMessage // an object; may hold a URL that expires
	Expired bool            // Instagram does not give the file any more
}
