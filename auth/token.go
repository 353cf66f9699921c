package auth

import (
	"time"

	"parlor/tenants"
)

const (
	// maxTokenLife is the life of a token of a fresh session, and the most that a token may claim.
	maxTokenLife = 24 * time.Hour
	// leeway forgives clocks, both ways.
	leeway = time.Minute
)

// TokenType is the claim `type`. A token of one type is refused where the other is asked for.
type TokenType string

// The types that exist.
const (
	TypeUI    TokenType = "ui_session"    // of one account
	TypeStaff TokenType = "staff_session" // of staff without an account
)

// TokenOptions holds what tokens are made and checked with. Keys and Issuer are required.
type TokenOptions struct {
	Keys        *KeyRing
	Issuer      string           // the public URL; iss and aud
	Life        time.Duration    // default and most: 24h
	Revocations *Revocations     // nil: nothing is revoked (only for tools and tests)
	Now         func() time.Time // default time.Now
}

// Tokens issues and verifies the JWTs that the UI sends. It is safe for concurrent use and needs no query.
type Tokens struct {
	o TokenOptions
}

// Subject is what a token says: who, in which account, by which session.
type Subject struct {
	Principal tenants.Principal // AccountID zero: a staff session
	AuthTime  time.Time
	NotAfter  time.Time // of the session: no token outlives it
}

// Issued is a fresh token.
type Issued struct {
	Token     string
	IssuedAt  time.Time
	ExpiresAt time.Time
}

// Verified is what an accepted token says.
type Verified struct {
	Principal tenants.Principal
	Type      TokenType
	AuthTime  time.Time
	IssuedAt  time.Time
	ExpiresAt time.Time // a stream must end here
}

// NewTokens checks the options.
func NewTokens(o TokenOptions) (*Tokens, error) { return &Tokens{o: o}, nil }

// Issue signs a token for the subject; it ends with the session at the latest.
func (t *Tokens) Issue(s Subject) (Issued, error) { return Issued{}, nil }

// Verify accepts a token of one of the types, or says which of the four refusals it is, in this order: ErrMissingToken
// (raw is empty), ErrInvalidToken (form, key, signature, claims, revoked), ErrSessionExpired, ErrTokenType. ReasonOf
// gives the reason for log and metric.
func (t *Tokens) Verify(raw string, accept ...TokenType) (Verified, error) {
	return Verified{}, ErrMissingToken
}
