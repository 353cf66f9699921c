package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

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
	Logger        *slog.Logger     // default: discards
	Now           func() time.Time // default time.Now
}

// Sessions keeps the sign-ins: one row each, proved to us by a cookie whose secret is rotated at each use.
// It is safe for concurrent use.
type Sessions struct {
	o        SessionOptions
	users    *tenants.Users
	accounts *tenants.Accounts
}

// Session is one live sign-in of a person.
type Session struct {
	ID            tenants.SessionID
	UserID        tenants.UserID
	Provider      string
	Subject       string // of the identity
	AuthTime      time.Time
	ExpiresAt     time.Time
	LastAccountID tenants.AccountID // signed in to, or opened last; zero: none
	// Staff: this sign-in proved that the person is of staff. Another session of the same person is not: the role hangs on a group, a file or
	// an hour that its provider knows nothing of.
	Staff bool
}

// staffRole is the user's staff role as far as the session may use it.
func (s Session) staffRole(u tenants.User) tenants.StaffRole {
	if !s.Staff {
		return ""
	}
	return u.StaffRole
}

// Visitor is what a request tells of the device, for the list of a person's own sign-ins.
type Visitor struct {
	UserAgent string
	Address   string
}

// cut bounds what a stranger can make us store.
func (v Visitor) cut() Visitor {
	return Visitor{UserAgent: firstBytes(v.UserAgent, 200), Address: firstBytes(v.Address, 64)}
}

// EndReason says why a session ended, for its row and the audit log.
type EndReason string

// The reasons.
const (
	EndSignOut          EndReason = "sign_out"
	EndReplaced         EndReason = "replaced"  // by a new sign-in in the same browser
	EndElsewhere        EndReason = "elsewhere" // by its own person, from another device
	EndDisabled         EndReason = "disabled"  // the operator has shut the person out
	EndReuse            EndReason = "reuse"     // an old cookie came back
	EndProviderDisabled EndReason = "provider_disabled"
	EndUnlisted         EndReason = "unlisted" // the configuration does not name the person, or gives another staff role
)

// NewSessions checks the options.
func NewSessions(o SessionOptions) (*Sessions, error) {
	if o.Platform == nil || o.Keys == nil || o.Tokens == nil {
		return nil, errors.New("sessions: a platform handle, a key ring and tokens are required")
	}
	o.Life = lifeOr(o.Life, 30*24*time.Hour)
	o.IdleLife = lifeOr(o.IdleLife, 7*24*time.Hour)
	o.BootstrapLife = lifeOr(o.BootstrapLife, 24*time.Hour)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Sessions{o: o, users: tenants.NewUsers(o.Platform), accounts: tenants.NewAccounts(o.Platform)}, nil
}

func lifeOr(given, otherwise time.Duration) time.Duration {
	if given <= 0 {
		return otherwise
	}
	return given
}

// create makes a session with a fresh id and secret for a proved identity; it returns the cookie's value. Error: ErrAccountNotAllowed for somebody
// who was shut out meanwhile.
func (s *Sessions) create(
	ctx context.Context, tx *tenants.PlatformTx, user tenants.UserID, a Assertion, account tenants.AccountID, v Visitor,
) (Session, string, time.Time, error) {
	now := s.o.Now().UTC()
	session := Session{
		ID: tenants.NewSessionID(), UserID: user, Provider: a.Provider, Subject: a.Subject,
		AuthTime: a.AuthTime, LastAccountID: account, ExpiresAt: now.Add(s.o.Life), Staff: a.GivesStaff && a.StaffRole != "",
	}
	if a.Provider == BootstrapID {
		session.ExpiresAt = now.Add(s.o.BootstrapLife)
	}
	if !a.Until.IsZero() && a.Until.Before(session.ExpiresAt) {
		session.ExpiresAt = a.Until.UTC()
	}
	secret, err := s.newSecret(session.ID, now)
	if err != nil {
		return Session{}, "", time.Time{}, err
	}
	// Whoever is being shut out just now has no session yet that could be ended with the others: wait, and look again.
	var shutOut bool
	err = tx.QueryRow(ctx, `select disabled_at is not null from platform.users where user_id = $1 for share`, user).Scan(&shutOut)
	if err != nil {
		return Session{}, "", time.Time{}, fmt.Errorf("look whether the person is shut out: %w", err)
	}
	if shutOut {
		return Session{}, "", time.Time{}, Refuse(ErrAccountNotAllowed, "disabled", nil)
	}
	idleAt := s.idleAt(session, now)
	v = v.cut()
	_, err = tx.Exec(ctx, `
		insert into platform.sessions (session_id, user_id, provider, subject, auth_time, created_at, expires_at,
			idle_expires_at, secret_hash, rotated_at, last_account_id, user_agent, address, last_seen_at, staff)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $6, $10, $11, $12, $6, $13)`,
		session.ID, user, a.Provider, a.Subject, a.AuthTime.UTC(), now, session.ExpiresAt,
		idleAt, secret.hash(), accountOrNull(account), v.UserAgent, v.Address, session.Staff)
	if err != nil {
		return Session{}, "", time.Time{}, fmt.Errorf("make session: %w", err)
	}
	err = tx.AuditPlatform(ctx, actor(user), "session.started", session.ID.String(), map[string]any{"provider": a.Provider})
	return session, cookieValue(session.ID, secret), idleAt, err
}

// idleAt is when a session ends that is not used again.
func (s *Sessions) idleAt(session Session, now time.Time) time.Time {
	at := now.Add(s.o.IdleLife)
	if session.Provider == BootstrapID || at.After(session.ExpiresAt) {
		return session.ExpiresAt
	}
	return at
}

// Stands reports whether a sign-in of this person, as of now, has neither ended nor run out.
func (s *Sessions) Stands(ctx context.Context, id tenants.SessionID, user tenants.UserID) (stands bool, err error) {
	now := s.o.Now().UTC()
	err = s.o.Platform.QueryRow(ctx, `select exists (select from platform.sessions
		where session_id = $1 and user_id = $2 and ended_at is null and expires_at > $3 and idle_expires_at > $3)`, id, user, now).Scan(&stands)
	if err != nil {
		return false, fmt.Errorf("look whether a session stands: %w", err)
	}
	return stands, nil
}

// End ends a session everywhere. A session that has ended, or never was, is no error.
func (s *Sessions) End(ctx context.Context, id tenants.SessionID, reason EndReason) error {
	return s.o.Platform.InTx(ctx, func(tx *tenants.PlatformTx) error { return s.end(ctx, tx, id, reason) })
}

// replace ends the sessions that a browser had before it signed in anew. The visits of the same person go on in the new one: to prove oneself
// again is no reason to be shown out.
func (s *Sessions) replace(ctx context.Context, tx *tenants.PlatformTx, by Session, former ...tenants.SessionID) error {
	for _, id := range former {
		if by.Staff {
			_, err := tx.Exec(ctx, `update platform.support_grants set session_id = $1 where session_id = $2 and user_id = $3 and ended_at is null`,
				by.ID, id, by.UserID)
			if err != nil {
				return fmt.Errorf("take the visits along: %w", err)
			}
		}
		if err := s.end(ctx, tx, id, EndReplaced); err != nil {
			return err
		}
	}
	return nil
}

func (s *Sessions) end(ctx context.Context, tx *tenants.PlatformTx, id tenants.SessionID, reason EndReason) error {
	var user tenants.UserID
	err := tx.QueryRow(ctx, `update platform.sessions set ended_at = $2, ended_reason = $3
		where session_id = $1 and ended_at is null returning user_id`, id, s.o.Now().UTC(), string(reason)).Scan(&user)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	if err := tx.Revoke(ctx, tenants.AuthEvent{Kind: tenants.SessionEnded, SessionID: id, UserID: user}); err != nil {
		return err
	}
	if err := endVisits(ctx, tx, s.o.Now(), SupportEndedSignOut, `session_id = $3`, id); err != nil {
		return err
	}
	return tx.AuditPlatform(ctx, actor(user), "session.ended", id.String(), map[string]any{"reason": string(reason)})
}

// former returns the session that a cookie names, or named before its secret was replaced; zero when it is none of ours, or over.
func (s *Sessions) former(ctx context.Context, cookie string) (tenants.SessionID, error) {
	session, err := s.Peek(ctx, cookie)
	if errors.Is(err, ErrNoSession) {
		return tenants.SessionID{}, nil
	}
	return session.ID, err
}

// actor is how the installation's log spells a person.
func actor(user tenants.UserID) string { return "user:" + user.String() }

func accountOrNull(id tenants.AccountID) any {
	if id.IsZero() {
		return nil
	}
	return id
}

// firstBytes cuts a text to n bytes of valid UTF-8 without NUL, which PostgreSQL's text cannot hold.
func firstBytes(text string, n int) string {
	text = strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", ""), "")
	if len(text) <= n {
		return text
	}
	return strings.ToValidUTF8(text[:n], "")
}
