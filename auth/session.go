package auth

import (
	"context"
	"time"

	"parlor/tenants"
)

// SessionOptions holds what sessions are kept with. Platform, Keys and Tokens are required.
type SessionOptions struct {
	Platform      *tenants.Platform
	Keys          *KeyRing
	Tokens        *Tokens
	Life          time.Duration    // default 30 days
	IdleLife      time.Duration    // default 7 days
	BootstrapLife time.Duration    // default 24 h: of a session that the bootstrap provider proved, idle or not
	Now           func() time.Time // default time.Now
}

// Sessions keeps the sign-ins: one row each, proved to us by a cookie whose secret is rotated at each use.
// It is safe for concurrent use.
type Sessions struct{ o SessionOptions }

// Session is one live sign-in of a person.
type Session struct {
	ID            tenants.SessionID
	UserID        tenants.UserID
	Provider      string
	Subject       string // of the identity
	AuthTime      time.Time
	ExpiresAt     time.Time
	LastAccountID tenants.AccountID // signed in to, or opened last; zero: none
}

// Visitor is what a request tells of the device, for the list of a person's own sign-ins.
type Visitor struct {
	UserAgent string
	Address   string
}

// Renewal is a session proved by its cookie.
type Renewal struct {
	Session   Session
	Cookie    string    // the new value to set; empty: keep the old one, another tab has just been given the new one
	ExpiresAt time.Time // of the cookie
}

// Opening is a token for the session, and what it opens.
type Opening struct {
	Issued
	Principal tenants.Principal // AccountID zero: a staff session
}

// NewSessions checks the options.
func NewSessions(o SessionOptions) (*Sessions, error) { return &Sessions{o: o}, nil }

// Renew proves a session by the cookie's value and rotates its secret. The secret before the last counts for 10 s more,
// for a second tab; any older one that was ever ours ends the session, for then somebody has copied it. Error: ErrNoSession.
func (s *Sessions) Renew(ctx context.Context, cookie string, v Visitor) (Renewal, error) {
	return Renewal{}, ErrNoSession
}

// Open issues a token for one account of the session's user: the one asked for, else the one signed in to or used
// last, else the first joined; a staff session when there is none. Errors: tenants.ErrNotFound when the account asked
// for is not the user's; ErrAccountSuspended; ErrAccountNotAllowed when there is nothing that the user may open;
// ErrNoSession when the session has ended or the user was disabled meanwhile.
func (s *Sessions) Open(ctx context.Context, session Session, want tenants.AccountID) (Opening, error) {
	return Opening{}, nil
}

// Peek proves a session by the cookie's value without rotating it, for a sign-out that has no token. Error: ErrNoSession.
func (s *Sessions) Peek(ctx context.Context, cookie string) (Session, error) {
	return Session{}, ErrNoSession
}

// End ends a session everywhere. A session that has ended, or never was, is no error.
func (s *Sessions) End(ctx context.Context, id tenants.SessionID, reason EndReason) error { return nil }

// EndDisabled ends the sessions of every provider that is not enabled any more; call it at start-up. It returns how many.
func (s *Sessions) EndDisabled(ctx context.Context, enabled []string) (int, error) { return 0, nil }

// EndReason says why a session ended, for its row and the audit log.
type EndReason string

// The reasons.
const (
	EndSignOut          EndReason = "sign_out"
	EndReplaced         EndReason = "replaced" // by a new sign-in in the same browser
	EndReuse            EndReason = "reuse"    // an old cookie came back
	EndProviderDisabled EndReason = "provider_disabled"
)
