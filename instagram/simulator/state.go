package simulator

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// Message is one line of a thread between a business and a customer.
type Message struct {
	MID         string       `json:"mid"`
	BusinessID  string       `json:"business_id"`
	Customer    string       `json:"customer"` // handle
	IGSID       string       `json:"igsid"`
	Echo        bool         `json:"echo"` // the business wrote it
	Text        string       `json:"text,omitempty"`
	Attachments []Attachment `json:"attachments,omitempty"`
	At          time.Time    `json:"at"`
}

// Attachment is sent on as it is, whatever the type.
type Attachment struct {
	Type    string         `json:"type"`
	Payload map[string]any `json:"payload,omitempty"`
}

// threadKey names a thread: the business's user id and the customer's handle.
type threadKey struct{ businessID, customer string }

// state is what the simulator remembers. Its methods lock; what they return is the caller's own.
type state struct {
	mu          sync.RWMutex
	subscribed  map[string][]string // by user id
	threads     map[threadKey][]Message
	codes       map[string]grant
	revokedAt   map[string]time.Time // tokens of this user id issued before are dead
	shapes      Shapes
	failures    []Failure
	delivered   int // webhooks answered with 2xx
	undelivered int // webhooks given up, or without a callback URL
}

func newState(shapes Shapes) *state {
	return &state{
		subscribed: map[string][]string{},
		threads:    map[threadKey][]Message{},
		codes:      map[string]grant{},
		revokedAt:  map[string]time.Time{},
		shapes:     shapes,
	}
}

func (s *state) addMessage(m Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := threadKey{m.BusinessID, m.Customer}
	s.threads[key] = append(s.threads[key], m)
}

// thread returns the messages in the order of their time.
func (s *state) thread(businessID, customer string) []Message {
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := slices.Clone(s.threads[threadKey{businessID, customer}])
	slices.SortStableFunc(list, byTime)
	return list
}

// messages returns everything of one business, in the order of time.
func (s *state) messages(businessID string) []Message {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var list []Message
	for key, thread := range s.threads {
		if key.businessID == businessID {
			list = append(list, thread...)
		}
	}
	slices.SortFunc(list, func(a, b Message) int {
		if order := byTime(a, b); order != 0 {
			return order
		}
		return strings.Compare(a.MID, b.MID)
	})
	return list
}

// customers returns the handles that have a thread with the business, the latest first; of all businesses for "".
func (s *state) customers(businessID string) []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	last := map[string]time.Time{}
	for key, thread := range s.threads {
		if at := thread[len(thread)-1].At; (businessID == "" || key.businessID == businessID) && at.After(last[key.customer]) {
			last[key.customer] = at
		}
	}
	handles := slices.Collect(maps.Keys(last))
	slices.SortFunc(handles, func(a, b string) int {
		if order := last[b].Compare(last[a]); order != 0 {
			return order
		}
		return strings.Compare(a, b)
	})
	return handles
}

func (s *state) subscribe(userID string, fields []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(fields) == 0 {
		delete(s.subscribed, userID)
		return
	}
	s.subscribed[userID] = fields
}

func (s *state) subscription(userID string) []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Clone(s.subscribed[userID])
}

func (s *state) currentShapes() Shapes {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.shapes
}

func (s *state) setShapes(shapes Shapes) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shapes = shapes
}

func (s *state) revoke(userID string, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.revokedAt[userID] = at
}

func (s *state) revoked(userID string, issuedAt time.Time) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	at, ok := s.revokedAt[userID]
	return ok && !issuedAt.After(at)
}

func (s *state) count(ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ok {
		s.delivered++
		return
	}
	s.undelivered++
}

func byTime(a, b Message) int { return a.At.Compare(b.At) }
