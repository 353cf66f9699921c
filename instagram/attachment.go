package instagram

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// readAttachments accepts a list and a single object. The same post sent twice, as ig_post and as the older share, is
// one attachment. Source: Webhooks for Instagram, changes of 2025-10-30, read 2026-11-22.
func readAttachments(raw json.RawMessage) ([]Attachment, error) {
	if isAbsent(raw) {
		return nil, nil
	}
	rows, err := listOf(raw)
	if err != nil {
		return nil, err
	}
	attachments := make([]Attachment, 0, len(rows))
	for _, row := range rows {
		attachments = append(attachments, readAttachment(row))
	}
	hasPost := slices.ContainsFunc(attachments, func(a Attachment) bool { return a.Type == "ig_post" })
	if hasPost {
		attachments = slices.DeleteFunc(attachments, func(a Attachment) bool { return a.Type == "share" })
	}
	return attachments, nil
}

// readAttachment keeps what it does not know: a later type is shown generically, never lost.
func readAttachment(raw json.RawMessage) Attachment {
	var wire struct {
		Type    wireText        `json:"type"`
		Payload json.RawMessage `json:"payload"`
	}
	if err := json.Unmarshal(raw, &wire); err != nil {
		wire.Payload = raw
	}
	a := Attachment{Type: string(wire.Type), Payload: json.RawMessage("{}")}
	if isAbsent(wire.Payload) {
		return a
	}
	a.Payload = storable(wire.Payload)
	a.URL = firstText(wire.Payload, "url", "story_media_url")
	a.Title = firstText(wire.Payload, "title")
	return a
}

// firstText returns the first of the keys that holds a non-empty string.
func firstText(raw json.RawMessage, keys ...string) string {
	var fields map[string]json.RawMessage
	_ = json.Unmarshal(raw, &fields) // a payload that is no object has none
	for _, key := range keys {
		var text wireText
		if err := json.Unmarshal(fields[key], &text); err == nil && text != "" {
			return string(text)
		}
	}
	return ""
}

// storable makes JSON fit for PostgreSQL's jsonb, which refuses \u0000 and half a surrogate pair; and an object, for a
// payload that is none. Without an escape the bytes stay as they came.
func storable(raw json.RawMessage) json.RawMessage {
	if !isObject(raw) {
		raw = slices.Concat([]byte(`{"value":`), raw, []byte("}"))
	}
	if !bytes.Contains(raw, []byte(`\u`)) {
		return bytes.ToValidUTF8(raw, []byte("\uFFFD"))
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return json.RawMessage("{}")
	}
	var out strings.Builder
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return json.RawMessage("{}")
	}
	return json.RawMessage(nulEscape.Replace(strings.TrimSuffix(out.String(), "\n")))
}

// nulEscape replaces the escape of NUL. A doubled backslash is matched first, so that a text that merely spells the
// escape stays as it is.
var nulEscape = strings.NewReplacer(`\\`, `\\`, `\u0000`, "\uFFFD")
