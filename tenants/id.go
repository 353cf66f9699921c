package tenants

import (
	"fmt"

	"github.com/google/uuid"
)

// AccountID names an account, which is the tenant: one connected Instagram professional account.
// It is a UUIDv7. The zero value names no account and is refused wherever an account is needed.
type AccountID struct{ uuid.UUID }

// UserID names a person who signs in. The zero value names nobody.
type UserID struct{ uuid.UUID }

// SessionID names a revocable sign-in, the `sid` of tokens. The zero value names none.
type SessionID struct{ uuid.UUID }

// GrantID names a visit of support. The zero value names none.
type GrantID struct{ uuid.UUID }

// The two reserved accounts (kind probe) between which the isolation probe runs. A migration makes them.
var (
	ProbeAccountA = AccountID{uuid.MustParse("00000000-0000-7000-8000-00000000000a")}
	ProbeAccountB = AccountID{uuid.MustParse("00000000-0000-7000-8000-00000000000b")}
)

// NewAccountID returns a fresh, time-ordered AccountID.
func NewAccountID() AccountID { return AccountID{newID()} }

// NewUserID returns a fresh, time-ordered UserID.
func NewUserID() UserID { return UserID{newID()} }

// NewSessionID returns a fresh, time-ordered SessionID.
func NewSessionID() SessionID { return SessionID{newID()} }

// NewGrantID returns a fresh, time-ordered GrantID.
func NewGrantID() GrantID { return GrantID{newID()} }

// IsZero reports whether id names no account.
func (id AccountID) IsZero() bool { return id.UUID == uuid.Nil }

// IsZero reports whether id names nobody.
func (id UserID) IsZero() bool { return id.UUID == uuid.Nil }

// IsZero reports whether id names no session.
func (id SessionID) IsZero() bool { return id.UUID == uuid.Nil }

// IsZero reports whether id names no visit.
func (id GrantID) IsZero() bool { return id.UUID == uuid.Nil }

// ParseAccountID reads the canonical 36-character form alone; the other spellings that a UUID parser
// may accept (braces, urn:, no hyphens) are refused, so that an account has one spelling everywhere.
func ParseAccountID(s string) (AccountID, error) {
	id, err := parseID(s)
	return AccountID{id}, err
}

// ParseUserID reads the canonical form of a UserID; see ParseAccountID.
func ParseUserID(s string) (UserID, error) {
	id, err := parseID(s)
	return UserID{id}, err
}

// ParseSessionID reads the canonical form of a SessionID; see ParseAccountID.
func ParseSessionID(s string) (SessionID, error) {
	id, err := parseID(s)
	return SessionID{id}, err
}

// ParseGrantID reads the canonical form of a GrantID; see ParseAccountID.
func ParseGrantID(s string) (GrantID, error) {
	id, err := parseID(s)
	return GrantID{id}, err
}

func parseID(s string) (uuid.UUID, error) {
	id, err := uuid.Parse(s)
	if err != nil || id == uuid.Nil || id.String() != s {
		return uuid.Nil, fmt.Errorf("not an id in canonical form (%d characters)", len(s))
	}
	return id, nil
}

// newID panics only when the system's random source fails, after which nothing here may go on.
func newID() uuid.UUID { return uuid.Must(uuid.NewV7()) }
