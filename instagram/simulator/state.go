package simulator

import (
	"slices"
	"sync"
	"time"
)

// state is what the simulator remembers. Its methods lock; what they return is the caller's own.
type state struct {
	mu             sync.RWMutex
	subscribed     map[string][]string // by user id
	threads        map[threadKey]*thread
	byMID          map[string]*Message
	byCustomer     map[addressee]*thread
	byConversation map[string]*thread     // by the id that the Conversations API gives
	profiles       map[threadKey]Customer // of customers that have no ordinary one
	actions        []Action
	codes          map[string]grant
	revokedAt      map[string]revocation // tokens of this user id issued before are dead
	shapes         Shapes
	faults         []*strikes
	faultsSet      uint64 // ever
	delivered      int    // webhooks answered with 2xx
	undelivered    int    // webhooks given up, or without a callback URL
	dropped        int    // webhooks that a fault swallowed
}

func newState(shapes Shapes) *state {
	return &state{
		subscribed:     map[string][]string{},
		threads:        map[threadKey]*thread{},
		byMID:          map[string]*Message{},
		byCustomer:     map[addressee]*thread{},
		profiles:       map[threadKey]Customer{},
		byConversation: map[string]*thread{},
		codes:          map[string]grant{},
		revokedAt:      map[string]revocation{},
		shapes:         shapes,
	}
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

// subscribedTo reports whether the account gets the webhooks of a field.
func (s *state) subscribedTo(userID, field string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Contains(s.subscribed[userID], field)
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

// revocation is the moment from which the tokens so far are dead, and why.
type revocation struct {
	at      time.Time
	subcode int
}

func (s *state) revoke(userID string, at time.Time, subcode int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.revokedAt[userID] = revocation{at, subcode}
}

// revoked returns the subcode for a token of that time, and whether it is dead.
func (s *state) revoked(userID string, issuedAt time.Time) (subcode int, dead bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	r, ok := s.revokedAt[userID]
	return r.subcode, ok && !issuedAt.After(r.at)
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
