package simulator

import "time"

// Message is one line of a thread between a business and a customer, as Instagram holds it.
type Message struct {
	MID         string         `json:"mid"`
	BusinessID  string         `json:"business_id"`
	Customer    string         `json:"customer"` // handle
	IGSID       string         `json:"igsid"`
	Echo        bool           `json:"echo"`             // the business wrote it
	AppID       string         `json:"app_id,omitempty"` // the app by which the business wrote it; empty: Instagram's own
	Tag         string         `json:"tag,omitempty"`    // HUMAN_AGENT
	Text        string         `json:"text,omitempty"`
	Attachments []Attachment   `json:"attachments,omitempty"`
	ReplyTo     *ReplyTo       `json:"reply_to,omitempty"`
	QuickReply  string         `json:"quick_reply,omitempty"` // the payload of the tapped one
	Referral    map[string]any `json:"referral,omitempty"`    // sent on as it is
	Postback    string         `json:"postback,omitempty"`    // the payload: the customer tapped a button whose title is Text
	Unsupported bool           `json:"is_unsupported,omitempty"`
	Edits       int            `json:"edits,omitempty"` // how often the text was changed; it is the latest
	Unsent      bool           `json:"unsent,omitempty"`
	Seen        bool           `json:"seen,omitempty"`      // by the other side
	Reactions   []Reaction     `json:"reactions,omitempty"` // at most one of each side
	At          time.Time      `json:"at"`
}

// Attachment is sent on as it is, whatever the type.
type Attachment struct {
	Type    string         `json:"type"`
	Payload map[string]any `json:"payload,omitempty"`
}

// ReplyTo is the message or the story that a message answers.
type ReplyTo struct {
	MID   string `json:"mid,omitempty"`
	Story *Story `json:"story,omitempty"`
}

// Story is a story of the business.
type Story struct {
	ID  string `json:"id"`
	URL string `json:"url"`
}

// Reaction is the sign that one side put on a message.
type Reaction struct {
	By    string `json:"by"` // "customer" or "business"
	Emoji string `json:"emoji"`
}

const (
	byCustomer = "customer"
	byBusiness = "business"
)

// react sets or, with an empty emoji, removes a side's reaction.
func (m *Message) react(by, emoji string) {
	kept := make([]Reaction, 0, len(m.Reactions)+1) // anew, for copies share the old ones
	for _, r := range m.Reactions {
		if r.By != by {
			kept = append(kept, r)
		}
	}
	if emoji != "" {
		kept = append(kept, Reaction{by, emoji})
	}
	m.Reactions = kept
}

// unsend leaves the id and its time.
func (m *Message) unsend() {
	m.Unsent, m.Text, m.Attachments, m.Reactions, m.ReplyTo = true, "", nil, nil, nil
	m.QuickReply, m.Referral, m.Postback = "", nil, ""
}
