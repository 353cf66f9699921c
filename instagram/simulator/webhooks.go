package simulator

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// event is one item of messaging[]: a message of the customer, or an echo of the business's own.
func (m *Message) event(shapes Shapes) map[string]any {
	customer := map[string]any{"id": shapes.id(m.IGSID), "username": m.Customer}
	from, to := customer, map[string]any{"id": shapes.id(m.BusinessID)}
	message := map[string]any{"mid": m.MID}
	if m.Text != "" {
		message["text"] = m.Text
	}
	if len(m.Attachments) > 0 {
		message["attachments"] = m.Attachments
	}
	if m.ReplyTo != nil {
		message["reply_to"] = m.ReplyTo
	}
	if m.QuickReply != "" {
		message["quick_reply"] = map[string]any{"payload": m.QuickReply}
	}
	if m.Referral != nil {
		message["referral"] = m.Referral
	}
	if m.Unsupported {
		message["is_unsupported"] = true
	}
	if m.Echo {
		from, to = to, from
		message["is_echo"] = true
		if m.AppID != "" {
			message["app_id"] = shapes.id(m.AppID)
		}
	}
	return map[string]any{
		"sender":    from,
		"recipient": to,
		"timestamp": m.At.UnixMilli(),
		"message":   message,
	}
}

// body is the webhook for some messages of one business, in the bytes that Meta would send.
func body(messages []Message, at int64, shapes Shapes) ([]byte, error) {
	events := make([]any, 0, len(messages))
	for _, m := range messages {
		events = append(events, m.event(shapes))
	}
	return envelope(messages[0].BusinessID, events, at, shapes)
}

// envelope is the webhook around some events of one business.
func envelope(businessID string, events []any, at int64, shapes Shapes) ([]byte, error) {
	var around any = map[string]any{
		"object": "instagram",
		"entry":  []any{map[string]any{"id": shapes.id(businessID), "time": at, "messaging": events}},
	}
	if shapes.OuterArray {
		around = []any{around}
	}
	text, err := json.Marshal(around)
	if err != nil {
		return nil, fmt.Errorf("encode webhook: %w", err)
	}
	return escapeUnicode(text), nil
}

// escapeUnicode writes JSON the way Meta sends and signs it: everything beyond ASCII as \u with lower-case digits, and
// slashes escaped; encoding/json has done < > & already. Source: Messenger Platform webhooks, read 2026-11-22.
func escapeUnicode(text []byte) []byte {
	var out strings.Builder
	out.Grow(len(text) + len(text)/8)
	for _, c := range string(text) {
		switch {
		case c == '/':
			out.WriteString(`\/`)
		case c < utf8.RuneSelf:
			out.WriteByte(byte(c))
		case c > 0xFFFF:
			high, low := utf16.EncodeRune(c)
			_, _ = fmt.Fprintf(&out, `\u%04x\u%04x`, high, low)
		default:
			_, _ = fmt.Fprintf(&out, `\u%04x`, c)
		}
	}
	return []byte(out.String())
}

// announce queues the webhook of one message. What it returns is nil when the account is not subscribed, and else is
// closed when the webhook is over. An echo goes out when messages or message_echoes is subscribed, for Meta's pages
// disagree which of them carries it.
func (s *Simulator) announce(m Message) (delivered <-chan struct{}, err error) {
	wanted := s.state.subscribedTo(m.BusinessID, "messages") || m.Echo && s.state.subscribedTo(m.BusinessID, "message_echoes")
	if !wanted {
		return nil, nil //nolint:nilnil // nobody is told, which is no fault
	}
	text, err := body([]Message{m}, s.now().UnixMilli(), s.state.currentShapes())
	if err != nil {
		return nil, err
	}
	return s.enqueue(m.BusinessID, text), nil
}
