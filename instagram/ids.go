package instagram

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// maxIDBytes bounds every id but the mid; Instagram's have at most 17 digits.
const maxIDBytes = 64

// maxMIDBytes bounds a message id. Live ones have 164 characters; the length is undocumented, and an index entry of
// PostgreSQL holds no more than about 2,700 bytes.
const maxMIDBytes = 1024

// wireID decodes an id that comes as a JSON string or as a JSON number. A number is taken digit by digit, for real ids
// lie above 2^53, where a float loses some. Null and absence are "".
type wireID string

// UnmarshalJSON implements json.Unmarshaler.
func (id *wireID) UnmarshalJSON(raw []byte) error {
	raw = bytes.TrimSpace(raw)
	if bytes.Equal(raw, []byte("null")) {
		return nil
	}
	text := string(raw)
	if raw[0] == '"' {
		if err := json.Unmarshal(raw, &text); err != nil {
			return err
		}
	} else if !isDigits(text) {
		return errors.New("an id is neither a string nor a whole number")
	}
	if !isPlain(text, maxIDBytes) {
		return fmt.Errorf("an id has %d bytes or unusual characters", len(text))
	}
	*id = wireID(text)
	return nil
}

// wireMID decodes a message id: opaque, printable, of bounded length.
type wireMID string

// UnmarshalJSON implements json.Unmarshaler.
func (id *wireMID) UnmarshalJSON(raw []byte) error {
	var text string // null leaves it empty
	if err := json.Unmarshal(raw, &text); err != nil {
		return err
	}
	if !isPlain(text, maxMIDBytes) {
		return fmt.Errorf("a mid has %d bytes or unusual characters", len(text))
	}
	*id = wireMID(text)
	return nil
}

func isDigits(s string) bool {
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return s != ""
}

// isPlain reports whether s is printable ASCII without spaces and not longer than limit.
func isPlain(s string, limit int) bool {
	for _, c := range []byte(s) {
		if c <= ' ' || c > '~' {
			return false
		}
	}
	return len(s) <= limit
}
