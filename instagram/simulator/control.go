package simulator

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of what a person may write here.
const (
	maxHandleChars = 60
	maxTextBytes   = 10_000
)

var (
	errUnknownBusiness = errors.New("no such business; see GET /_sim/businesses")
	errPersonal        = errors.New("a personal account receives no messages by the API")
)

// writeRequest is the body of POST /_sim/messages.
type writeRequest struct {
	Business string `json:"business"` // user id or username
	Draft
}

// Draft is a message to be written.
type Draft struct {
	Customer    string         `json:"customer"` // handle; an unknown one becomes a new customer
	Text        string         `json:"text"`
	Attachments []Attachment   `json:"attachments"`
	Echo        bool           `json:"echo"`   // the business writes, as if in the Instagram app
	AppID       string         `json:"app_id"` // of an echo: another tool wrote it
	ReplyTo     *ReplyTo       `json:"reply_to"`
	QuickReply  string         `json:"quick_reply"`
	Referral    map[string]any `json:"referral"`
	Unsupported bool           `json:"is_unsupported"`
	Silent      bool           `json:"silent"` // no webhook tells of it
}

// write is POST /_sim/messages: 201 with {mid, igsid, sent_at, subscribed}.
func (s *Simulator) write(w http.ResponseWriter, r *http.Request) {
	var in writeRequest
	if !read(w, r, &in) {
		return
	}
	b, ok := s.business(in.Business)
	if !ok {
		refuse(w, http.StatusNotFound, errUnknownBusiness)
		return
	}
	if b.Personal() {
		refuse(w, http.StatusUnprocessableEntity, errPersonal)
		return
	}
	in.Customer = strings.TrimPrefix(strings.TrimSpace(in.Customer), "@")
	if err := in.check(); err != nil {
		refuse(w, http.StatusUnprocessableEntity, err)
		return
	}
	m, subscribed, err := s.WriteDraft(b, in.Draft)
	if err != nil {
		refuse(w, http.StatusInternalServerError, err)
		return
	}
	writeJSON(w, http.StatusCreated, map[string]any{
		"mid": m.MID, "igsid": m.IGSID, "sent_at": m.At, "subscribed": subscribed,
	})
}

func (d Draft) check() error {
	switch {
	case d.Text == "" && len(d.Attachments) == 0 && !d.Unsupported:
		return errors.New("text or attachments must be given")
	case len(d.Text) > maxTextBytes:
		return fmt.Errorf("text must have at most %d bytes", maxTextBytes)
	}
	return checkHandle(d.Customer)
}

func checkHandle(handle string) error {
	if handle == "" || utf8.RuneCountInString(handle) > maxHandleChars || strings.ContainsFunc(handle, unicode.IsControl) {
		return fmt.Errorf("customer must be a handle of 1 to %d characters", maxHandleChars)
	}
	return nil
}

// Write is WriteDraft with the parts that most messages have.
func (s *Simulator) Write(b Business, customer, text string, attachments []Attachment, echo bool) (Message, bool, error) {
	return s.WriteDraft(b, Draft{Customer: customer, Text: text, Attachments: attachments, Echo: echo})
}

// WriteDraft puts a message into a thread and queues its webhook. It reports whether the business is subscribed; if not,
// the message stands in the thread alone.
func (s *Simulator) WriteDraft(b Business, d Draft) (Message, bool, error) {
	m := Message{
		MID: randomMID(), BusinessID: b.UserID, Customer: d.Customer, IGSID: igsidOf(b.UserID, d.Customer),
		Echo: d.Echo, AppID: d.AppID, Text: d.Text, Attachments: d.Attachments, ReplyTo: d.ReplyTo, QuickReply: d.QuickReply,
		Referral: d.Referral, Unsupported: d.Unsupported, At: s.moment(),
	}
	if err := s.keep(m); err != nil || d.Silent {
		return m, false, err
	}
	told, err := s.announce(m)
	if err == nil && s.state.currentShapes().EditNoise {
		_, err = s.tell("message_edit", m, map[string]any{"message_edit": map[string]any{"mid": m.MID, "num_edit": 0}})
	}
	return m, told != nil, err
}

// keep writes a message down.
func (s *Simulator) keep(m Message) error {
	if err := s.journal.write(journalLine{Message: &m}); err != nil {
		return err
	}
	s.state.putMessage(m)
	return nil
}

// listBusinesses is GET /_sim/businesses.
func (s *Simulator) listBusinesses(w http.ResponseWriter, _ *http.Request) {
	items := []any{}
	for _, b := range s.Businesses() {
		items = append(items, map[string]any{
			"user_id": b.UserID, "username": b.Username, "name": b.Name, "about": b.About, "colour": b.Colour,
			"subscribed": len(s.state.subscription(b.UserID)) > 0,
		})
	}
	writeJSON(w, http.StatusOK, map[string]any{"items": items})
}

// listCustomers is GET /_sim/customers?business=: handles, the latest first.
func (s *Simulator) listCustomers(w http.ResponseWriter, r *http.Request) {
	b, _ := s.business(r.URL.Query().Get("business"))
	handles := s.state.customers(b.UserID)
	writeJSON(w, http.StatusOK, map[string]any{"items": append([]string{}, handles...)})
}

// listMessages is GET /_sim/messages?business=&customer=: the thread, or all of the business, oldest first.
func (s *Simulator) listMessages(w http.ResponseWriter, r *http.Request) {
	b, ok := s.business(r.URL.Query().Get("business"))
	if !ok {
		refuse(w, http.StatusNotFound, errUnknownBusiness)
		return
	}
	customer := r.URL.Query().Get("customer")
	thread := s.state.thread(b.UserID, customer)
	if customer == "" {
		thread = s.state.messages(b.UserID)
	}
	writeJSON(w, http.StatusOK, map[string]any{"items": append([]Message{}, thread...)})
}

// showState is GET /_sim/state: the shapes and how many webhooks were accepted or given up.
func (s *Simulator) showState(w http.ResponseWriter, _ *http.Request) {
	s.state.mu.RLock()
	defer s.state.mu.RUnlock()
	writeJSON(w, http.StatusOK, map[string]any{
		"shapes": s.state.shapes, "delivered": s.state.delivered, "undelivered": s.state.undelivered,
		"dropped": s.state.dropped, "now": s.now(),
		"subscribed": s.state.subscribed, "seeded_at": s.seededAt,
	})
}
