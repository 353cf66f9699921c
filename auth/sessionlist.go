package auth

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"parlor/tenants"
)

// SignIn is one live session, as its own person sees it.
type SignIn struct {
	ID         tenants.SessionID
	Provider   string
	UserAgent  string
	Address    string
	CreatedAt  time.Time
	LastSeenAt time.Time
	ExpiresAt  time.Time // or earlier, when it is not used
}

// maxSignIns bounds the list; nobody has so many devices.
const maxSignIns = 200

// List returns the live sessions of the person, the one used last first.
func (s *Sessions) List(ctx context.Context, user tenants.UserID) ([]SignIn, error) {
	rows, err := s.o.Platform.Query(ctx, `
		select session_id, provider, user_agent, address, created_at, last_seen_at, least(expires_at, idle_expires_at)
		from platform.sessions where user_id = $1 and ended_at is null and expires_at > $2 and idle_expires_at > $2
		order by last_seen_at desc, session_id limit $3`, user, s.o.Now().UTC(), maxSignIns)
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[SignIn])
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	return list, nil
}

// EndOwn ends one session of the person. Error: tenants.ErrNotFound when there is no such live one.
func (s *Sessions) EndOwn(ctx context.Context, user tenants.UserID, id tenants.SessionID) error {
	ended, err := s.endWhere(ctx, EndElsewhere, `user_id = $1 and session_id = $2`, user, id)
	if err == nil && ended == 0 {
		return tenants.ErrNotFound
	}
	return err
}

// EndOthers ends all sessions of the person but one, and returns how many there were.
func (s *Sessions) EndOthers(ctx context.Context, user tenants.UserID, keep tenants.SessionID) (int, error) {
	return s.endWhere(ctx, EndElsewhere, `user_id = $1 and session_id <> $2`, user, keep)
}

// EndAllOf ends every session of a person who is shut out.
func (s *Sessions) EndAllOf(ctx context.Context, tx *tenants.PlatformTx, user tenants.UserID) error {
	_, err := s.endWhereIn(ctx, tx, EndDisabled, `user_id = $1`, user)
	return err
}

// endWhere ends the live sessions that where names, each with its event and its line in the installation's log. where is SQL of ours.
func (s *Sessions) endWhere(ctx context.Context, reason EndReason, where string, args ...any) (ended int, err error) {
	err = s.o.Platform.InTx(ctx, func(tx *tenants.PlatformTx) error {
		ended, err = s.endWhereIn(ctx, tx, reason, where, args...)
		return err
	})
	return ended, err
}

func (s *Sessions) endWhereIn(ctx context.Context, tx *tenants.PlatformTx, reason EndReason, where string, args ...any) (int, error) {
	rows, err := tx.Query(ctx, `select session_id from platform.sessions where ended_at is null and `+where+` order by session_id for update`, args...)
	if err != nil {
		return 0, fmt.Errorf("find sessions: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[tenants.SessionID])
	if err != nil {
		return 0, fmt.Errorf("find sessions: %w", err)
	}
	for _, id := range ids {
		if err := s.end(ctx, tx, id, reason); err != nil {
			return 0, err
		}
	}
	return len(ids), nil
}
