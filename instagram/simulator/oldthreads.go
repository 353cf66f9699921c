package simulator

import (
	"errors"
	"net/http"
	"time"
)

// oldThreads says which conversations were added of a time before anybody listened. From it they are made again, the
// same, after a restart.
type oldThreads struct {
	BusinessID    string    `json:"business_id"`
	Conversations int       `json:"conversations"`
	Messages      int       `json:"messages"` // of each
	Until         time.Time `json:"until"`
	Seed          uint64    `json:"seed"`
	Taken         []string  `json:"taken"` // handles that they must not have
}

// AddHistory adds conversations that no webhook tells of, with so many messages each, of the last sixty days; the last
// message of every other one is the customer's. It returns the messages.
func (s *Simulator) AddHistory(b Business, conversations, messages int) ([]Message, error) {
	old := oldThreads{
		BusinessID: b.UserID, Conversations: conversations, Messages: messages, Until: s.now().UTC(),
		Seed: s.o.Seed ^ s.olds.Add(1)<<20, Taken: s.state.customers(b.UserID),
	}
	if err := s.journal.write(journalLine{Old: &old}); err != nil {
		return nil, err
	}
	return s.putOld(old), nil
}

func (s *Simulator) putOld(old oldThreads) []Message {
	b, _ := s.business(old.BusinessID)
	w := newHistoryWriter(b, old.Seed, old.Until)
	for _, handle := range old.Taken {
		w.handles[handle] = true
	}
	for n := range old.Conversations {
		w.long(n, old.Messages)
	}
	messages := s.hosted(w.messages)
	for _, m := range messages {
		s.state.putMessage(m)
	}
	return messages
}

// historyRequest is the body of POST /_sim/history.
type historyRequest struct {
	Business      string `json:"business"`
	Conversations int    `json:"conversations"`
	Messages      int    `json:"messages"`
}

func (in historyRequest) check() error {
	if in.Conversations < 1 || in.Conversations > 5000 || in.Messages < 1 || in.Messages > 500 || in.Conversations*in.Messages > 200_000 {
		return errors.New("conversations must be 1 to 5000, messages 1 to 500, together at most 200000")
	}
	return nil
}

// addHistory is POST /_sim/history {business, conversations, messages}: 201 with {conversations, messages}, the latter in all.
func (s *Simulator) addHistory(w http.ResponseWriter, r *http.Request) {
	var in historyRequest
	if !readChecked(w, r, &in) {
		return
	}
	b, ok := s.business(in.Business)
	if !ok || b.Personal() {
		refuse(w, http.StatusNotFound, errUnknownBusiness)
		return
	}
	added, err := s.AddHistory(b, in.Conversations, in.Messages)
	if err != nil {
		refuse(w, http.StatusInternalServerError, err)
		return
	}
	writeJSON(w, http.StatusCreated, map[string]int{"conversations": in.Conversations, "messages": len(added)})
}
