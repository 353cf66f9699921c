package conversations

import "github.com/google/uuid"

// ID names a conversation within its account. It is a UUIDv7.
type ID struct{ uuid.UUID }

// MessageID names a message within its account. It is a UUIDv7; Instagram's own id is the mid.
type MessageID struct{ uuid.UUID }

// newID panics only when the system's random source fails.
func newID() uuid.UUID { return uuid.Must(uuid.NewV7()) }
