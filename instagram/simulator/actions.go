package simulator

import (
	"net/http"
	"time"
)

// Action is a sign or a reaction that the business gave by the API.
type Action struct {
	BusinessID string    `json:"business_id"`
	Customer   string    `json:"customer"` // handle
	Action     string    `json:"action"`   // typing_on, typing_off, mark_seen, react, unreact
	MID        string    `json:"mid,omitempty"`
	Emoji      string    `json:"emoji,omitempty"`
	At         time.Time `json:"at"`
}

// maxActions is how many are remembered.
const maxActions = 50_000

func (s *state) noteAction(a Action) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.actions) < maxActions {
		s.actions = append(s.actions, a)
	}
}

func (s *state) actionsOf(businessID, customer string) []Action {
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := []Action{}
	for _, a := range s.actions {
		if a.BusinessID == businessID && (customer == "" || a.Customer == customer) {
			list = append(list, a)
		}
	}
	return list
}

// act is a send with a sender_action. The business's own reactions are told by no webhook.
// Source: Sender actions, read 2026-11-22.
func (s *Simulator) act(w http.ResponseWriter, businessID, handle string, in sendRequest) *graphError {
	a := Action{BusinessID: businessID, Customer: handle, Action: in.Action, At: s.moment()}
	switch in.Action {
	case "typing_on", "typing_off":
	case "mark_seen":
		s.state.markSeen(businessID, handle)
	case "react", "unreact":
		a.MID, a.Emoji = in.Payload.MID, in.Payload.Reaction
		if fault := s.reactByAPI(&a); fault != nil {
			return fault
		}
	default:
		return errParameter
	}
	s.state.noteAction(a)
	writeJSON(w, http.StatusOK, map[string]any{"recipient_id": s.state.currentShapes().id(in.Recipient.ID)})
	return nil
}

func (s *Simulator) reactByAPI(a *Action) *graphError {
	switch {
	case a.Action == "unreact":
		a.Emoji = ""
	case a.Emoji == "":
		return errParameter
	case a.Emoji == "love":
		a.Emoji = heart
	}
	m, ok := s.state.message(a.MID)
	if !ok || m.BusinessID != a.BusinessID || m.Customer != a.Customer {
		return errParameter
	}
	m, ok = s.state.changeMessage(a.MID, func(m *Message) { m.react(byBusiness, a.Emoji) })
	if !ok {
		return errParameter
	}
	if s.journal.write(journalLine{Message: &m}) != nil {
		return errTemporary
	}
	return nil
}

// markSeen notes that the business has seen what the customer wrote.
func (s *state) markSeen(businessID, customer string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.threads[threadKey{businessID, customer}]
	if !ok {
		return
	}
	for _, m := range t.messages {
		if !m.Echo {
			m.Seen = true
		}
	}
}

// Sent returns what a business, named by user id or username, sent by the API: as the customers have it, oldest first.
func (s *Simulator) Sent(business string) []Message {
	b, _ := s.business(business)
	list := []Message{}
	for _, m := range s.state.messages(b.UserID) {
		if m.Echo && m.AppID == s.o.AppID {
			list = append(list, m)
		}
	}
	return list
}

// listSent is GET /_sim/sent?business=&customer=: messages as items, signs and reactions as actions.
func (s *Simulator) listSent(w http.ResponseWriter, r *http.Request) {
	b, ok := s.business(r.URL.Query().Get("business"))
	if !ok {
		refuse(w, http.StatusNotFound, errUnknownBusiness)
		return
	}
	customer, items := r.URL.Query().Get("customer"), []Message{}
	for _, m := range s.Sent(b.UserID) {
		if customer == "" || m.Customer == customer {
			items = append(items, m)
		}
	}
	writeJSON(w, http.StatusOK, map[string]any{"items": items, "actions": s.state.actionsOf(b.UserID, customer)})
}
