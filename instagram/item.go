package instagram

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// wireItem is one element of messaging[], standby[] or changes[], or an entry with a flat field and value.
type wireItem struct {
	Sender    wireParty       `json:"sender"`
	Recipient wireParty       `json:"recipient"`
	Timestamp wireTime        `json:"timestamp"`
	Message   json.RawMessage `json:"message"`
	Reaction  json.RawMessage `json:"reaction"`
	Read      json.RawMessage `json:"read"`
	Postback  json.RawMessage `json:"postback"`
	Referral  json.RawMessage `json:"referral"`
	Edit      json.RawMessage `json:"message_edit"`
	Optin     json.RawMessage `json:"optin"`
	Pass      json.RawMessage `json:"pass_thread_control"`
	Take      json.RawMessage `json:"take_thread_control"`
	Request   json.RawMessage `json:"request_thread_control"`
	Field     wireText        `json:"field"`
	Value     json.RawMessage `json:"value"`
}

type wireParty struct {
	ID       wireID   `json:"id"`
	Username wireText `json:"username"`
}

// ParseItem reads one item, also again from the bytes that ParseDelivery kept in Raw. It never fails as a whole: what
// cannot be read has Malformed set.
func ParseItem(in ItemContext, raw json.RawMessage) Item {
	item := reading{Item{No: in.No, EntryID: in.EntryID, Raw: raw}}
	var wire wireItem
	if tooDeep(raw) || !isObject(raw) {
		return in.malformed(raw, "no object")
	}
	if err := json.Unmarshal(raw, &wire); err != nil {
		return in.malformed(raw, shapeOf(err))
	}
	if wire.Field != "" {
		return parseChange(item.Item, in, wire)
	}
	item.SenderID, item.RecipientID = string(wire.Sender.ID), string(wire.Recipient.ID)
	parties := map[string]wireText{item.SenderID: wire.Sender.Username, item.RecipientID: wire.Recipient.Username}
	if item.At = wire.Timestamp.Time; item.At.IsZero() {
		item.At = in.EntryTime
	}
	if err := item.read(wire); err != nil {
		return in.malformed(raw, shapeOf(err))
	}
	item.CustomerUsername = username(string(parties[item.Customer()]))
	if in.Standby {
		item.Kind = standbyPrefix + item.Kind
	}
	return item.Item
}

// malformed is an item that cannot be read; what says why without quoting it.
func (in ItemContext) malformed(raw json.RawMessage, what string) Item {
	return Item{No: in.No, EntryID: in.EntryID, MID: namedMID(raw), Raw: raw, Malformed: fmt.Errorf("%w: %s", ErrMalformedItem, what)}
}

// namedMID is the mid that an unreadable item names under any of its keys, so that an unsend finds the item; else "".
func namedMID(raw json.RawMessage) string {
	var keys map[string]json.RawMessage
	if tooDeep(raw) || json.Unmarshal(raw, &keys) != nil {
		return ""
	}
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		var payload struct {
			MID wireMID `json:"mid"`
		}
		if json.Unmarshal(keys[key], &payload) == nil && payload.MID != "" {
			return string(payload.MID)
		}
	}
	return ""
}

// reading is an Item while its payload is being read.
type reading struct{ Item }

// parseChange reads a change: a comment, or a messaging event in the form that the dashboard's test button sends.
func parseChange(item Item, in ItemContext, wire wireItem) Item {
	switch field := string(wire.Field); {
	case strings.HasSuffix(field, "comments"), field == "mentions":
		item.Kind, item.At = KindComment, in.EntryTime
		return item
	case strings.HasPrefix(field, "messag") && isObject(wire.Value) && !hasField(wire.Value):
		inner := ParseItem(in, wire.Value)
		inner.Raw = item.Raw
		return inner
	}
	item.Kind, item.At = KindOther, in.EntryTime
	return item
}

// hasField reports whether a change's value is a change again, which would nest without end.
func hasField(raw json.RawMessage) bool {
	var inner struct {
		Field json.RawMessage `json:"field"`
	}
	return json.Unmarshal(raw, &inner) == nil && inner.Field != nil
}

// read fills the payload, and kind, mid and variant from it. The first key that is there decides.
func (i *reading) read(wire wireItem) error {
	switch {
	case !isAbsent(wire.Message):
		return i.readMessage(wire.Message)
	case !isAbsent(wire.Reaction):
		return i.readReaction(wire.Reaction)
	case !isAbsent(wire.Edit):
		return i.readEdit(wire.Edit)
	case !isAbsent(wire.Read):
		return i.readRead(wire.Read)
	case !isAbsent(wire.Postback):
		return i.readPostback(wire.Postback)
	case !isAbsent(wire.Referral):
		return i.readReferral(wire.Referral)
	case !isAbsent(wire.Optin):
		i.nameless(KindOptin, wire.Optin)
	case !isAbsent(wire.Pass), !isAbsent(wire.Take), !isAbsent(wire.Request):
		i.nameless(KindHandover, bytes.Join([][]byte{wire.Pass, wire.Take, wire.Request}, []byte("|")))
	default:
		i.readRest()
	}
	return nil
}

// readRest tells an item of unknown kind from one without any payload key.
func (i *reading) readRest() {
	var keys map[string]json.RawMessage
	_ = json.Unmarshal(i.Raw, &keys) // an object, as ParseItem has seen
	i.Kind = KindEmpty
	for key := range keys {
		switch key {
		case "sender", "recipient", "timestamp":
		default:
			i.nameless(KindOther, i.Raw)
			return
		}
	}
}

// Customer returns the igsid of the other side: whichever of sender and recipient is not the account. "" when neither
// is known, or when the account wrote to itself. Source: Webhooks for Instagram, examples, read 2026-11-22.
func (i Item) Customer() string {
	first, second := i.SenderID, i.RecipientID
	if i.Message != nil && i.Message.IsEcho {
		first, second = second, first
	}
	if first != "" && first != i.EntryID {
		return first
	}
	if second != i.EntryID {
		return second
	}
	return ""
}

func (i *reading) isFromAccount() bool { return i.SenderID != "" && i.SenderID == i.EntryID }

func (i *reading) millis() int64 {
	if i.At.IsZero() {
		return 0
	}
	return i.At.UnixMilli()
}

// username keeps what looks like a handle: Instagram's are up to 30 letters, digits, dots and underscores.
func username(text string) string {
	if len(text) > 30 || strings.ContainsFunc(text, func(r rune) bool {
		return r != '.' && r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	}) {
		return ""
	}
	return text
}

func isObject(raw json.RawMessage) bool {
	raw = bytes.TrimSpace(raw)
	return len(raw) > 0 && raw[0] == '{' && json.Valid(raw)
}

func isList(raw json.RawMessage) bool {
	raw = bytes.TrimSpace(raw)
	return len(raw) > 0 && raw[0] == '['
}

// wireTime decodes Instagram's times: milliseconds, seconds, either quoted, or ISO 8601 with or without a colon in the
// zone. What is absent, unreadable or absurd is the zero time. Source: Webhooks for Instagram, read 2026-11-22.
type wireTime struct{ time.Time }

// secondsBelow tells the two apart: as seconds it is the year 5138, as milliseconds it is 1973.
const secondsBelow = 100_000_000_000

// UnmarshalJSON implements json.Unmarshaler.
func (t *wireTime) UnmarshalJSON(raw []byte) error {
	text := strings.Trim(string(raw), `"`)
	if value, err := strconv.ParseFloat(text, 64); err == nil {
		t.Time = believable(value)
		return nil
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05-0700"} {
		if parsed, err := time.Parse(layout, text); err == nil {
			t.Time = believable(float64(parsed.UnixMilli()))
			return nil
		}
	}
	return nil
}

// believable turns seconds or milliseconds into a time; none before the network's founding or in far years.
func believable(value float64) time.Time {
	if value > 0 && value < secondsBelow {
		value *= 1000
	}
	const year2010, year2100 = 1262304000000, 4102444800000
	if !(value >= year2010 && value < year2100) { // the negation also catches NaN
		return time.Time{}
	}
	return time.UnixMilli(int64(value)).UTC()
}
