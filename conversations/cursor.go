package conversations

import (
	"encoding/base64"
	"encoding/binary"
	"time"

	"github.com/google/uuid"
)

// cursor is the last row of a page: the next one begins behind it. Its text is opaque to clients.
type cursor struct {
	at time.Time
	id uuid.UUID
	no int // of an item within its delivery; else 0
}

// Versions of the text keep a cursor of one list out of another.
const (
	conversationCursor = 1
	messageCursor      = 2
	eventCursor        = 3
	participantCursor  = 4
	waitingCursor      = 5
	closingCursor      = 6
	searchCursor       = 7
)

const cursorBytes = 1 + 8 + 16 + 4

func (c cursor) encode(version byte) string {
	raw := make([]byte, 0, cursorBytes)
	raw = append(raw, version)
	raw = binary.BigEndian.AppendUint64(raw, uint64(c.at.UnixMicro()))
	raw = append(raw, c.id[:]...)
	raw = binary.BigEndian.AppendUint32(raw, uint32(c.no))
	return base64.RawURLEncoding.EncodeToString(raw)
}

// decodeCursor reads what encode gave; nil for "", the first page.
func decodeCursor(text string, version byte) (*cursor, error) {
	if text == "" {
		return nil, nil //nolint:nilnil // no cursor is no fault
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) != cursorBytes || raw[0] != version {
		return nil, ErrBadCursor
	}
	micros := int64(binary.BigEndian.Uint64(raw[1:9]))
	if micros < 0 || micros > 1<<53 {
		return nil, ErrBadCursor
	}
	return &cursor{time.UnixMicro(micros).UTC(), uuid.UUID(raw[9:25]), int(binary.BigEndian.Uint32(raw[25:]))}, nil
}
