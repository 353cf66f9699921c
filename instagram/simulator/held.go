package simulator

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// held is a conversation at one moment: id, time and newest messages.
type held struct {
	threadKey
	id, igsid string
	updatedAt time.Time
	messages  []Message
	first     int // how many newer messages there are than the first of messages
	more      bool
}

// place is where a conversation stands in the list: the newest first.
func (h held) place() string { return fmt.Sprintf("%d %s", h.updatedAt.UnixMilli(), h.id) }

func byPlace(a, b held) int {
	return cmp.Or(b.updatedAt.Compare(a.updatedAt), strings.Compare(a.id, b.id))
}

// conversationsOf returns all conversations of a business, or the one with a customer, the newest first and without messages.
func (s *state) conversationsOf(businessID, igsid string) []held {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var list []held
	for key, t := range s.threads {
		if key.businessID == businessID && (igsid == "" || t.igsid == igsid) {
			list = append(list, t.held())
		}
	}
	slices.SortFunc(list, byPlace)
	return list
}

func (t *thread) held() held {
	return held{threadKey: t.threadKey, id: t.id, igsid: t.igsid, updatedAt: t.updatedAt()}
}

// conversation returns one conversation of a business.
func (s *state) conversation(businessID, id string) (held, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	t, ok := s.byConversation[id]
	if !ok || t.businessID != businessID {
		return held{}, false
	}
	return t.held(), true
}

// load adds up to n of the newest messages, or of those after one.
func (s *state) load(h *held, n int, after string) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	t := s.byConversation[h.id]
	started := after == ""
	for _, m := range slices.Backward(t.messages) {
		switch {
		case !started:
			started = m.MID == after
			if !m.Unsent {
				h.first++
			}
		case m.Unsent:
		case len(h.messages) == n:
			h.more = true
			return
		default:
			h.messages = append(h.messages, *m)
		}
	}
}

// readable reports whether a message is among the newest of its conversation.
func (s *state) readable(m Message) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	seen := 0
	for _, other := range slices.Backward(s.threads[threadKey{m.BusinessID, m.Customer}].messages) {
		if other.MID == m.MID {
			return !other.Unsent && seen < readableCount
		}
		if !other.Unsent {
			seen++
		}
	}
	return false
}

// standsAfter compares with a cursor of the list. What has moved to the front meanwhile is not seen on later pages.
func (h held) standsAfter(after string) bool {
	raw, _ := base64.RawURLEncoding.DecodeString(after) // an unreadable cursor is the end of the list
	millis, id, _ := strings.Cut(string(raw), " ")
	at, err := strconv.ParseInt(millis, 10, 64)
	return err == nil && byPlace(held{id: id, updatedAt: time.UnixMilli(at)}, held{id: h.id, updatedAt: h.updatedAt.Truncate(time.Millisecond)}) < 0
}
