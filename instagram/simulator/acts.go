package simulator

import (
	"errors"
	"maps"
	"net/http"
	"strings"
)

// Act is what somebody does beside writing.
type Act struct {
	Business string         `json:"business"` // user id or username; of a postback and a referral
	Customer string         `json:"customer"` // handle; of the same
	Kind     string         `json:"kind"`     // unsend, edit, react, unreact, read, postback, referral
	MID      string         `json:"mid"`      // of the message that was unsent, edited, reacted to or read
	By       string         `json:"by"`       // of a reaction: "customer" (default) or "business"
	Text     string         `json:"text"`     // of an edit
	Emoji    string         `json:"emoji"`
	Title    string         `json:"title"` // of a postback
	Payload  string         `json:"payload"`
	NoMID    bool           `json:"no_mid"` // a postback in the old shape
	Ref      string         `json:"ref"`
	Referral map[string]any `json:"referral"` // default: a link with Ref
}

var (
	errUnknownMessage = errors.New("no such message, or it was unsent")
	errActKind        = errors.New("kind must be unsend, edit, react, unreact, read, postback or referral")
)

// doAct is POST /_sim/acts with the fields of Act: 201 with {mid, subscribed}.
func (s *Simulator) doAct(w http.ResponseWriter, r *http.Request) {
	var in Act
	if !read(w, r, &in) {
		return
	}
	mid, subscribed, err := s.Do(in)
	switch {
	case errors.Is(err, errUnknownBusiness):
		refuse(w, http.StatusNotFound, err)
	case err != nil:
		refuse(w, http.StatusUnprocessableEntity, err)
	default:
		writeJSON(w, http.StatusCreated, map[string]any{"mid": mid, "subscribed": subscribed})
	}
}

// Do lets somebody act. It returns the message's mid, and whether a webhook tells of it.
func (s *Simulator) Do(a Act) (mid string, subscribed bool, err error) {
	var m Message
	var payload map[string]any
	switch a.Kind {
	case "postback", "referral":
		m, payload, err = s.tap(a)
	case "unsend", "edit", "react", "unreact", "read":
		m, payload, err = s.changed(a)
	default:
		err = errActKind
	}
	if err != nil || payload == nil {
		return m.MID, false, err
	}
	told, err := s.tell(fieldOf[a.Kind], m, payload)
	return m.MID, told != nil, err
}

// fieldOf is the subscription's field that carries an act. Source: Webhooks for Instagram, read 2026-11-22.
var fieldOf = map[string]string{
	"unsend": "messages", "edit": "message_edit", "react": "message_reactions", "unreact": "message_reactions",
	"read": "messaging_seen", "postback": "messaging_postbacks", "referral": "messaging_referral",
}

// tap is a postback, which opens the window as a message does, or a followed link.
func (s *Simulator) tap(a Act) (Message, map[string]any, error) {
	b, ok := s.business(a.Business)
	if !ok {
		return Message{}, nil, errUnknownBusiness
	}
	handle := strings.TrimPrefix(a.Customer, "@")
	if err := checkHandle(handle); err != nil {
		return Message{}, nil, err
	}
	m := Message{BusinessID: b.UserID, Customer: handle, IGSID: igsidOf(b.UserID, handle), At: s.moment()}
	if a.Kind == "referral" {
		referral := a.Referral
		if referral == nil {
			referral = map[string]any{"ref": a.Ref, "source": "IGME-SOURCE-LINK", "type": "OPEN_THREAD"}
		}
		return m, map[string]any{"referral": referral}, nil
	}
	m.MID, m.Text, m.Postback = randomMID(), a.Title, a.Payload
	postback := map[string]any{"mid": m.MID, "title": a.Title, "payload": a.Payload}
	if a.NoMID {
		delete(postback, "mid")
	}
	return m, map[string]any{"postback": postback}, s.keep(m)
}

// changed changes a message. Of the business's own reactions no webhook tells. Source: Webhooks for Instagram, read 2026-11-22.
func (s *Simulator) changed(a Act) (Message, map[string]any, error) {
	by := byCustomer
	if a.By == byBusiness {
		by = byBusiness
	}
	emoji := a.Emoji
	if a.Kind == "unreact" {
		emoji = ""
	}
	m, ok := s.state.changeMessage(a.MID, func(m *Message) {
		switch a.Kind {
		case "unsend":
			m.unsend()
		case "edit":
			m.Text, m.Edits = a.Text, m.Edits+1
		case "react", "unreact":
			m.react(by, emoji)
		case "read":
			m.Seen = true
		}
	})
	if !ok {
		return Message{}, nil, errUnknownMessage
	}
	if err := s.journal.write(journalLine{Message: &m}); err != nil {
		return m, nil, err
	}
	if a.Kind == "react" || a.Kind == "unreact" {
		if by == byBusiness {
			return m, nil, nil
		}
		return m, map[string]any{"reaction": reactionPayload(m.MID, emoji)}, nil
	}
	return m, changePayload(a.Kind, m), nil
}

func changePayload(kind string, m Message) map[string]any {
	switch kind {
	case "unsend":
		message := map[string]any{"mid": m.MID, "is_deleted": true}
		if m.Echo {
			message["is_echo"] = true
		}
		return map[string]any{"message": message}
	case "edit":
		return map[string]any{"message_edit": map[string]any{"mid": m.MID, "text": m.Text, "num_edit": m.Edits}}
	}
	return map[string]any{"read": map[string]any{"mid": m.MID}}
}

func reactionPayload(mid, emoji string) map[string]any {
	if emoji == "" {
		return map[string]any{"mid": mid, "action": "unreact"}
	}
	name := "other"
	if reactionName(emoji) == "love" {
		name = "love"
	}
	return map[string]any{"mid": mid, "action": "react", "reaction": name, "emoji": emoji}
}

// tell queues the webhook of an act, if the account is subscribed to its field; see announce. Its sender is who wrote
// the message, for an unsend and an edit; otherwise the customer.
func (s *Simulator) tell(field string, m Message, payload map[string]any) (delivered <-chan struct{}, err error) {
	if !s.state.subscribedTo(m.BusinessID, field) {
		return nil, nil //nolint:nilnil // nobody is told, which is no fault
	}
	shapes := s.state.currentShapes()
	sender, recipient := map[string]any{"id": shapes.id(m.IGSID)}, map[string]any{"id": shapes.id(m.BusinessID)}
	if m.Echo && (field == "messages" || field == "message_edit") {
		sender, recipient = recipient, sender
	}
	event := map[string]any{"sender": sender, "recipient": recipient, "timestamp": s.now().UnixMilli()}
	maps.Copy(event, payload)
	text, err := envelope(m.BusinessID, []any{event}, s.now().UnixMilli(), shapes)
	if err != nil {
		return nil, err
	}
	return s.enqueue(m.BusinessID, text), nil
}
