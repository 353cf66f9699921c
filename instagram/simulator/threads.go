package simulator

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"
)

// threadKey names a thread: the business's user id and the customer's handle.
type threadKey struct{ businessID, customer string }

// thread is a conversation. Its messages are in the order of time.
type thread struct {
	threadKey
	id       string
	igsid    string
	messages []*Message
}

// updatedAt is the time of the latest message.
func (t *thread) updatedAt() time.Time { return t.messages[len(t.messages)-1].At }

// lastInbound is when the customer last wrote or tapped; zero when never.
func (t *thread) lastInbound() time.Time {
	for _, m := range slices.Backward(t.messages) {
		if !m.Echo {
			return m.At
		}
	}
	return time.Time{}
}

// conversationPrefix begins every conversation id seen.
const conversationPrefix = "aWdfZAG06MTpJR01lc3NhZA2VUaHJlYWQ6"

// conversationID is the thread's id in the Conversations API, the same after a restart.
func conversationID(key threadKey) string {
	sum := sha256.Sum256([]byte(key.businessID + "\nthread\n" + key.customer))
	return conversationPrefix + key.businessID + "ZA" + hex.EncodeToString(sum[:16]) + "ZD"
}

// addressee names a customer as a business sees it.
type addressee struct{ businessID, igsid string }

// putMessage adds a message, or replaces the one with its mid.
func (s *state) putMessage(m Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if known, ok := s.byMID[m.MID]; ok {
		*known = m
		return
	}
	key := threadKey{m.BusinessID, m.Customer}
	t, ok := s.threads[key]
	if !ok {
		t = &thread{threadKey: key, id: conversationID(key), igsid: m.IGSID}
		s.threads[key], s.byConversation[t.id], s.byCustomer[addressee{m.BusinessID, m.IGSID}] = t, t, t
	}
	s.byMID[m.MID] = &m
	at := len(t.messages)
	for at > 0 && t.messages[at-1].At.After(m.At) {
		at--
	}
	t.messages = slices.Insert(t.messages, at, &m)
}

// message returns a message by its mid.
func (s *state) message(mid string) (Message, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	m, ok := s.byMID[mid]
	if !ok {
		return Message{}, false
	}
	return *m, true
}

// changeMessage changes a message that was not unsent, and returns it as it is then.
func (s *state) changeMessage(mid string, change func(*Message)) (Message, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, ok := s.byMID[mid]
	if !ok || m.Unsent {
		return Message{}, false
	}
	change(m)
	return *m, true
}

// handleOf returns the handle of a customer whom the business has a thread with.
func (s *state) handleOf(businessID, igsid string) (string, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	t, ok := s.byCustomer[addressee{businessID, igsid}]
	if !ok {
		return "", false
	}
	return t.customer, true
}

// lastInbound is when the customer last wrote to the business; zero when never.
func (s *state) lastInbound(businessID, igsid string) time.Time {
	s.mu.RLock()
	defer s.mu.RUnlock()
	t, ok := s.byCustomer[addressee{businessID, igsid}]
	if !ok {
		return time.Time{}
	}
	return t.lastInbound()
}

// thread returns the messages in the order of their time.
func (s *state) thread(businessID, customer string) []Message {
	s.mu.RLock()
	defer s.mu.RUnlock()
	t, ok := s.threads[threadKey{businessID, customer}]
	if !ok {
		return nil
	}
	return t.all(nil)
}

func (t *thread) all(list []Message) []Message {
	for _, m := range t.messages {
		list = append(list, *m)
	}
	return list
}

// messages returns everything of one business, in the order of time.
func (s *state) messages(businessID string) []Message {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var list []Message
	for key, t := range s.threads {
		if key.businessID == businessID {
			list = t.all(list)
		}
	}
	slices.SortFunc(list, func(a, b Message) int {
		if order := a.At.Compare(b.At); order != 0 {
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
	for key, t := range s.threads {
		if at := t.updatedAt(); (businessID == "" || key.businessID == businessID) && at.After(last[key.customer]) {
			last[key.customer] = at
		}
	}
	handles := make([]string, 0, len(last))
	for handle := range last {
		handles = append(handles, handle)
	}
	slices.SortFunc(handles, func(a, b string) int {
		if order := last[b].Compare(last[a]); order != 0 {
			return order
		}
		return strings.Compare(a, b)
	})
	return handles
}
