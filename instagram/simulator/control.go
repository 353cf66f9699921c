package simulator

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
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
	Business    string       `json:"business"` // user id or username
	Customer    string       `json:"customer"` // handle; an unknown one becomes a new customer
	Text        string       `json:"text"`
	Attachments []Attachment `json:"attachments"`
	Echo        bool         `json:"echo"` // the business writes, as if in the Instagram app
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
	m, subscribed, err := s.Write(b, in.Customer, in.Text, in.Attachments, in.Echo)
	if err != nil {
		refuse(w, http.StatusInternalServerError, err)
		return
	}
	writeJSON(w, http.StatusCreated, map[string]any{
		"mid": m.MID, "igsid": m.IGSID, "sent_at": m.At, "subscribed": subscribed,
	})
}

func (in writeRequest) check() error {
	switch {
	case in.Customer == "" || utf8.RuneCountInString(in.Customer) > maxHandleChars || strings.ContainsFunc(in.Customer, unicode.IsControl):
		return fmt.Errorf("customer must be a handle of 1 to %d characters", maxHandleChars)
	case in.Text == "" && len(in.Attachments) == 0:
		return errors.New("text or attachments must be given")
	case len(in.Text) > maxTextBytes:
		return fmt.Errorf("text must have at most %d bytes", maxTextBytes)
	}
	return nil
}

// Write puts a message into a thread and queues its webhook. It reports whether the business is subscribed; if not, the
// message stands in the thread alone.
func (s *Simulator) Write(b Business, customer, text string, attachments []Attachment, echo bool) (Message, bool, error) {
	m := Message{
		MID: randomMID(), BusinessID: b.UserID, Customer: customer, IGSID: igsidOf(b.UserID, customer),
		Echo: echo, Text: text, Attachments: attachments, At: s.o.Now().UTC().Truncate(time.Millisecond),
	}
	if err := s.journal.write(journalLine{Message: &m}); err != nil {
		return Message{}, false, err
	}
	s.state.addMessage(m)
	subscribed, err := s.announce(m)
	return m, subscribed, err
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

// listMessages is GET /_sim/messages?business=&customer=: the thread, oldest first.
func (s *Simulator) listMessages(w http.ResponseWriter, r *http.Request) {
	b, ok := s.business(r.URL.Query().Get("business"))
	if !ok {
		refuse(w, http.StatusNotFound, errUnknownBusiness)
		return
	}
	thread := s.state.thread(b.UserID, r.URL.Query().Get("customer"))
	writeJSON(w, http.StatusOK, map[string]any{"items": append([]Message{}, thread...)})
}

// showState is GET /_sim/state: the shapes and how many webhooks were accepted or given up.
func (s *Simulator) showState(w http.ResponseWriter, _ *http.Request) {
	s.state.mu.RLock()
	defer s.state.mu.RUnlock()
	writeJSON(w, http.StatusOK, map[string]any{
		"shapes": s.state.shapes, "delivered": s.state.delivered, "undelivered": s.state.undelivered,
		"subscribed": s.state.subscribed, "seeded_at": s.seededAt,
	})
}
