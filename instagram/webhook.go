package instagram

import (
	"encoding/json"
	"errors"
	"strings"
	"time"
)

// ErrMalformedDelivery reports that the body of a delivery cannot be split into items at all.
var ErrMalformedDelivery = errors.New("webhook body cannot be read")

// ErrMalformedItem reports that one item of a delivery cannot be read; the others can.
var ErrMalformedItem = errors.New("webhook item cannot be read")

// Kind says what one item of a delivery tells. An item that came on the standby channel, because another app owns the
// thread, has the prefix "standby_".
type Kind string

// The kinds. Source: Webhooks for Instagram, examples, read 2026-11-22.
const (
	KindMessage  Kind = "message"  // a customer wrote
	KindEcho     Kind = "echo"     // the business wrote: by us, another app or the Instagram app
	KindSelf     Kind = "self"     // the business wrote to itself, while testing; not a customer's message
	KindUnsend   Kind = "unsend"   // a message was taken back; its content must go
	KindReaction Kind = "reaction" // put on or taken off a message
	KindRead     Kind = "read"     // the customer saw the message named by MID
	KindPostback Kind = "postback" // an ice-breaker or a button was tapped
	KindReferral Kind = "referral" // a link or an ad led into an existing thread
	KindEdit     Kind = "edit"     // see Edit.Applies
	KindOptin    Kind = "optin"
	KindHandover Kind = "handover" // the thread changed owner between apps
	KindComment  Kind = "comment"  // on a post; no direct message
	KindOther    Kind = "other"    // readable, but of no kind known here
	KindEmpty    Kind = "empty"    // readable, without any payload key
)

const standbyPrefix = "standby_"

// Standby reports whether another app owned the thread.
func (k Kind) Standby() bool { return strings.HasPrefix(string(k), standbyPrefix) }

// Base returns the kind without the standby prefix.
func (k Kind) Base() Kind { return Kind(strings.TrimPrefix(string(k), standbyPrefix)) }

// Item is one event of a delivery. At most one of the typed payloads is set, and none when Malformed is not nil.
// (account, Kind, MID, Variant) names the event: Instagram delivers at least once, and a reaction, an edit, a postback
// and a read reuse the mid of a message.
type Item struct {
	No       int    // position in the delivery, from 0
	EntryID  string // the account's UserID; "" when it cannot be read, "0" from the dashboard's test button
	Kind     Kind   // "" only when Malformed
	MID      string // "" when there is none; a made one (see Postback) starts with "parlor:"; of a malformed item what it seems to name
	Variant  string // tells apart the events of one kind on one mid
	SenderID string // may be ""
	// CustomerUsername is the customer's handle where the item tells it, without @. Instagram promises it nowhere; live items carry it at
	// times. Handles change hands: it is for display. Source: Webhooks for Instagram, examples, read 2026-11-22.
	CustomerUsername string
	RecipientID      string          // may be ""
	At               time.Time       // Instagram's time, UTC; zero when absent or absurd
	Raw              json.RawMessage // the exact bytes of the item, unknown fields included
	Malformed        error           // wraps ErrMalformedItem

	Message  *Message // of message, echo, self and unsend
	Reaction *Reaction
	Read     *Read
	Postback *Postback
	Referral *Referral
	Edit     *Edit
}

// Message is what somebody wrote. Flags may come together with content; a message may also carry nothing at all.
type Message struct {
	MID           string
	Text          string // never with NUL, which PostgreSQL cannot store
	Attachments   []Attachment
	IsEcho        bool
	IsDeleted     bool
	IsSelf        bool
	IsUnsupported bool
	ReplyTo       *ReplyTo
	QuickReply    *QuickReply
	Referral      *Referral
	AppID         string // of an echo: the app that sent it; "" from the Instagram app
}

// Attachment is one attachment, of a type known here or not.
type Attachment struct {
	Type    string          // "image", "ig_post", "like_heart" …; "" when absent
	URL     string          // may be empty (template, like_heart, ephemeral); a permalink, not a file, for some reels
	Title   string          // may be empty
	Payload json.RawMessage // a JSON object fit for jsonb; "{}" when absent
}

// ReplyTo is what a message answers: another message, or a story.
type ReplyTo struct {
	MID      string
	StoryID  string
	StoryURL string
}

// QuickReply is the opaque payload of a tapped quick reply.
type QuickReply struct{ Payload string }

// Reaction is put on (react) or taken off (unreact) the message MID. One person has one reaction on a message.
type Reaction struct {
	MID    string
	Action string // "react" or "unreact"
	Name   string // "love", "like" …, "other"; may be empty
	Emoji  string // may be empty, may lack U+FE0F
}

// TakenOff reports whether the person has no reaction any more. Only then may both name and emoji be absent.
func (r Reaction) TakenOff() bool { return r.Action == "unreact" }

// Read tells that the customer saw the message MID and all before it.
type Read struct{ MID string }

// Postback is a tapped button. Old shapes lack the mid: the item's MID is then made of account, sender, time and payload.
type Postback struct {
	MID     string
	Title   string
	Payload string
	// Referral is what led the customer to the button; nil when it was not told.
	Referral *Referral
}

// Referral tells what led the customer here.
type Referral struct {
	Ref       string
	Source    string
	Type      string
	AdID      string
	AdTitle   string
	ProductID string
}

// Edit is a changed message. Live deliveries also send edits numbered 0 without a text right after a message.
type Edit struct {
	MID  string
	Text *string // nil when absent
	Num  int64
}

// Applies reports whether it is an edit in truth: it has a text, which is not empty, and a number above 0.
func (e Edit) Applies() bool { return e.Text != nil && *e.Text != "" && e.Num > 0 }

// ItemContext is what an item's own bytes do not tell.
type ItemContext struct {
	No        int
	EntryID   string
	EntryTime time.Time // used when the item has no time of its own
	Standby   bool      // it came in standby[]
}
