package auth

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"parlor/tenants"
)

// reuseGrace is how long the secret before the last counts, for a second tab that asked at the same moment.
const reuseGrace = 10 * time.Second

// Renewal is a session proved by its cookie.
type Renewal struct {
	Session   Session
	Cookie    string    // the value to set
	ExpiresAt time.Time // of the cookie
}

// Renew proves a session by the cookie's value and rotates its secret. The secret before the last counts for 10 s more, for a second tab and
// for an answer that never arrived: it is given the same new secret once more. Any older one that was ever ours ends the session, for then
// somebody has copied it. Error: ErrNoSession.
func (s *Sessions) Renew(ctx context.Context, cookie string, v Visitor) (Renewal, error) {
	id, secret, err := readCookie(cookie)
	if err != nil {
		return Renewal{}, err
	}
	var re Renewal
	var refused error // a reuse ends the session, so the transaction commits though the caller is refused
	err = s.o.Platform.InTx(ctx, func(tx *tenants.PlatformTx) error {
		row, err := loadSession(ctx, tx, id, "for update")
		if err != nil {
			return err
		}
		now := s.o.Now().UTC()
		switch s.judge(row, secret, now) {
		case proofCurrent:
			re, err = s.rotate(ctx, tx, row, secret, v, now)
			return err
		case proofPrevious:
			next, known := s.successor(secret, row, now)
			if !known {
				return Refuse(ErrNoSession, "successor", nil)
			}
			re = Renewal{Session: row.Session, Cookie: cookieValue(row.ID, next), ExpiresAt: row.idleAt}
			return nil
		case proofReused:
			refused = Refuse(ErrNoSession, "reuse", nil)
			return s.end(ctx, tx, id, EndReuse)
		}
		return Refuse(ErrNoSession, "proof", nil)
	})
	if err == nil {
		err = refused
	}
	if err != nil {
		return Renewal{}, err
	}
	return re, nil
}

// Peek proves by the cookie's value which session a browser has, or had: a secret of ours that was replaced names it too. It is for ending the
// session, at a sign-out that has no token or a sign-in in its place, and opens nothing. Error: ErrNoSession, also when it has ended.
func (s *Sessions) Peek(ctx context.Context, cookie string) (Session, error) {
	id, secret, err := readCookie(cookie)
	if err != nil {
		return Session{}, err
	}
	row, err := loadSession(ctx, s.o.Platform, id, "")
	if err != nil {
		return Session{}, err
	}
	if s.judge(row, secret, s.o.Now().UTC()) == proofNone {
		return Session{}, Refuse(ErrNoSession, "proof", nil)
	}
	return row.Session, nil
}

// proof is what a cookie's secret says of the session it names.
type proof int

const (
	proofNone proof = iota
	proofCurrent
	proofPrevious // within the grace
	proofReused
)

func (s *Sessions) judge(row sessionRow, secret sessionSecret, now time.Time) proof {
	given := secret.hash()
	switch {
	case row.ended || !now.Before(row.ExpiresAt) || !now.Before(row.idleAt):
		return proofNone
	case subtle.ConstantTimeCompare(given, row.hash) == 1:
		return proofCurrent
	case subtle.ConstantTimeCompare(given, row.previous) == 1 && now.Sub(row.rotatedAt) <= reuseGrace:
		return proofPrevious
	case s.genuine(secret, row.ID, now):
		return proofReused
	}
	return proofNone
}

func (s *Sessions) rotate(
	ctx context.Context, tx *tenants.PlatformTx, row sessionRow, former sessionSecret, v Visitor, now time.Time,
) (Renewal, error) {
	keys, err := s.o.Keys.derived(purposeSessionSecret, now)
	if err != nil {
		return Renewal{}, err
	}
	secret := former.next(keys[0], row.ID)
	idleAt := s.idleAt(row.Session, now)
	v = v.cut()
	_, err = tx.Exec(ctx, `
		update platform.sessions set previous_hash = secret_hash, secret_hash = $2, rotated_at = $3, last_seen_at = $3,
			idle_expires_at = $4, user_agent = $5, address = $6
		where session_id = $1`, row.ID, secret.hash(), now, idleAt, v.UserAgent, v.Address)
	if err != nil {
		return Renewal{}, fmt.Errorf("rotate the session's secret: %w", err)
	}
	return Renewal{Session: row.Session, Cookie: cookieValue(row.ID, secret), ExpiresAt: idleAt}, nil
}

// sessionRow is a session with what proves it.
type sessionRow struct {
	Session
	idleAt         time.Time
	hash, previous []byte
	rotatedAt      time.Time
	ended          bool
}

// oneRow is a single statement on the platform's pool or in one of its transactions.
type oneRow interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

func loadSession(ctx context.Context, q oneRow, id tenants.SessionID, lock string) (sessionRow, error) {
	row := sessionRow{Session: Session{ID: id}}
	var last *tenants.AccountID
	err := q.QueryRow(ctx, `
		select user_id, provider, subject, auth_time, expires_at, idle_expires_at, secret_hash, previous_hash, rotated_at,
			last_account_id, ended_at is not null, staff
		from platform.sessions where session_id = $1 `+lock, id).Scan(
		&row.UserID, &row.Provider, &row.Subject, &row.AuthTime, &row.ExpiresAt, &row.idleAt, &row.hash, &row.previous,
		&row.rotatedAt, &last, &row.ended, &row.Staff)
	if errors.Is(err, pgx.ErrNoRows) {
		return sessionRow{}, Refuse(ErrNoSession, "unknown", nil)
	}
	if err != nil {
		return sessionRow{}, fmt.Errorf("load session: %w", err)
	}
	if last != nil {
		row.LastAccountID = *last
	}
	return row, nil
}
