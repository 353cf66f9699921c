package instagram

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Bounds of a delivery. Documented are at most 1,000 updates in a POST, a few levels deep.
// Source: Webhooks for Instagram, read 2026-11-22.
const (
	maxDepth = 64
	maxItems = 5000
)

// ParseDelivery splits a webhook body into its items, in order. It accepts a bare object and an outer array, messaging,
// standby and changes lists and a flat field and value. An item that cannot be read has Malformed set and spoils no
// other. The error wraps ErrMalformedDelivery when nothing can be split. Verify the signature first.
func ParseDelivery(body []byte) ([]Item, error) {
	if tooDeep(body) {
		return nil, fmt.Errorf("%w: nested too deep", ErrMalformedDelivery)
	}
	envelopes, err := listOf(body)
	if err != nil {
		return nil, fmt.Errorf("%w: no JSON", ErrMalformedDelivery)
	}
	var s splitter
	for _, envelope := range envelopes {
		s.envelope(envelope)
	}
	switch {
	case len(s.items) > maxItems:
		return nil, fmt.Errorf("%w: more than %d items", ErrMalformedDelivery, maxItems)
	case len(s.items) == s.unreadable:
		return nil, fmt.Errorf("%w: no envelope with entries", ErrMalformedDelivery)
	}
	return s.items, nil
}

// splitter collects the items of one delivery.
type splitter struct {
	items      []Item
	unreadable int // envelopes that gave no entry at all
}

// full stops the collecting: the delivery is refused anyway.
func (s *splitter) full() bool { return len(s.items) > maxItems }

func (s *splitter) envelope(raw json.RawMessage) {
	var envelope struct {
		Object *string         `json:"object"`
		Entry  json.RawMessage `json:"entry"`
	}
	if err := json.Unmarshal(raw, &envelope); err != nil || isAbsent(envelope.Entry) {
		s.unreadable++
		s.bad(ItemContext{}, raw, "no envelope with entries")
		return
	}
	if envelope.Object != nil && *envelope.Object != "instagram" {
		s.add(Item{Kind: KindOther, Raw: raw}) // another product of Meta's on the same callback
		return
	}
	entries, err := listOf(envelope.Entry)
	if err != nil {
		s.bad(ItemContext{}, envelope.Entry, "entry is no list")
		return
	}
	for _, entry := range entries {
		if s.full() {
			return
		}
		s.entry(entry)
	}
}

func (s *splitter) entry(raw json.RawMessage) {
	var entry struct {
		ID        wireID          `json:"id"`
		Time      wireTime        `json:"time"`
		Messaging json.RawMessage `json:"messaging"`
		Standby   json.RawMessage `json:"standby"`
		Changes   json.RawMessage `json:"changes"`
		Field     json.RawMessage `json:"field"`
	}
	if err := json.Unmarshal(raw, &entry); err != nil {
		s.bad(ItemContext{}, raw, "entry is no object with an id")
		return
	}
	in := ItemContext{EntryID: string(entry.ID), EntryTime: entry.Time.Time}
	standby := in
	standby.Standby = true
	before := len(s.items)
	s.list(in, entry.Messaging)
	s.list(standby, entry.Standby)
	s.list(in, entry.Changes)
	if len(s.items) > before {
		return
	}
	if !isAbsent(entry.Field) {
		s.parse(in, raw)
		return
	}
	s.add(Item{EntryID: in.EntryID, Kind: KindEmpty, At: in.EntryTime, Raw: raw})
}

func (s *splitter) list(in ItemContext, raw json.RawMessage) {
	if isAbsent(raw) {
		return
	}
	rows, err := listOf(raw)
	if err != nil {
		s.bad(in, raw, "events are no list")
		return
	}
	for _, row := range rows {
		if s.full() {
			return
		}
		s.parse(in, row)
	}
}

func (s *splitter) parse(in ItemContext, raw json.RawMessage) { s.add(ParseItem(in, raw)) }

func (s *splitter) bad(in ItemContext, raw json.RawMessage, what string) {
	s.add(in.malformed(raw, what))
}

func (s *splitter) add(item Item) {
	item.No = len(s.items)
	s.items = append(s.items, item)
}

// listOf returns the elements of an array, or the one value that stands in its place.
func listOf(raw json.RawMessage) ([]json.RawMessage, error) {
	raw = bytes.TrimSpace(raw)
	if len(raw) > 0 && raw[0] != '[' {
		if !json.Valid(raw) {
			return nil, ErrMalformedDelivery
		}
		return []json.RawMessage{raw}, nil
	}
	var rows []json.RawMessage
	err := json.Unmarshal(raw, &rows)
	return rows, err
}

func isAbsent(raw json.RawMessage) bool {
	return len(raw) == 0 || string(raw) == "null"
}

// tooDeep reports whether brackets outside of strings nest deeper than maxDepth, in one pass and without recursion.
func tooDeep(body []byte) bool {
	depth, inString := 0, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{', c == '[':
			if depth++; depth > maxDepth {
				return true
			}
		case c == '}', c == ']':
			depth--
		}
	}
	return false
}
