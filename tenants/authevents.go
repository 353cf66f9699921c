package tenants

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// AuthEventsChannel is notified with the seq of every AuthEvent when its transaction commits. The notification only wakes; the rows count.
const AuthEventsChannel = "parlor_auth"

// AuthEventKind says what has changed for those who are signed in.
type AuthEventKind string

// The kinds of AuthEvent, each with the fields that it fills.
const (
	SessionEnded      AuthEventKind = "session_ended"      // SessionID, UserID
	MembershipChanged AuthEventKind = "membership_changed" // AccountID, UserID, Version: the one from which tokens count
	MembershipRemoved AuthEventKind = "membership_removed" // AccountID, UserID, Version
	AccountChanged    AuthEventKind = "account_changed"    // AccountID: read its status again
	ProviderDisabled  AuthEventKind = "provider_disabled"  // Provider
	KeyRevoked        AuthEventKind = "key_revoked"        // AccountID, KeyID
	KeyChanged        AuthEventKind = "key_changed"        // AccountID, KeyID: read it again
	StaffRoleChanged  AuthEventKind = "staff_role_changed" // UserID; also of somebody who was disabled or let in again
	SupportEnded      AuthEventKind = "support_ended"      // AccountID, GrantID
)

// AuthEvent is what every instance must learn within two seconds. It is written in the transaction that makes the change, by Revoke of
// either kind of transaction; Seq and At are given by the database. Fields that a kind does not use are zero.
type AuthEvent struct {
	Seq       int64
	Kind      AuthEventKind
	SessionID SessionID
	UserID    UserID
	AccountID AccountID
	Provider  string
	KeyID     string
	GrantID   GrantID
	Version   int64
	At        time.Time
}

// Revoke announces e to every instance when the transaction commits.
func (tx *Tx) Revoke(ctx context.Context, e AuthEvent) error {
	return tx.beside(ctx, func() error { return insertAuthEvent(ctx, tx.pg, e) })
}

// insertAuthEventSQL writes the event and wakes the readers, in one trip. The app role may do exactly this with the table.
const insertAuthEventSQL = `
	with event as (
		insert into platform.auth_events (kind, session_id, user_id, account_id, provider, key_id, version, grant_id, at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, clock_timestamp())
		returning seq)
	select pg_notify('` + AuthEventsChannel + `', seq::text) from event`

func insertAuthEvent(ctx context.Context, q execer, e AuthEvent) error {
	_, err := q.Exec(ctx, insertAuthEventSQL, e.Kind, orNull(e.SessionID.UUID), orNull(e.UserID.UUID), orNull(e.AccountID.UUID),
		orNull(e.Provider), orNull(e.KeyID), orNull(e.Version), orNull(e.GrantID.UUID))
	if err != nil {
		return fmt.Errorf("announce %s: %w", e.Kind, err)
	}
	return nil
}

// AuthEvents returns the events after seq, in the order of their numbers. Numbers are given before a transaction commits, so a
// lower one may become visible later than a higher one: read again from some way back, and apply an event twice without harm.
func (p *Platform) AuthEvents(ctx context.Context, seq int64) ([]AuthEvent, error) {
	rows, err := p.pool.Query(ctx, `
		select seq, kind, session_id, user_id, account_id, coalesce(provider, ''), coalesce(key_id, ''), coalesce(version, 0), grant_id, at
		from platform.auth_events where seq > $1 order by seq`, seq)
	if err != nil {
		return nil, fmt.Errorf("read auth events: %w", err)
	}
	events, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (e AuthEvent, err error) {
		var session, user, account, grant uuid.NullUUID
		err = row.Scan(&e.Seq, &e.Kind, &session, &user, &account, &e.Provider, &e.KeyID, &e.Version, &grant, &e.At)
		e.SessionID, e.UserID, e.AccountID = SessionID{session.UUID}, UserID{user.UUID}, AccountID{account.UUID}
		e.GrantID = GrantID{grant.UUID}
		return e, err
	})
	if err != nil {
		return nil, fmt.Errorf("read auth events: %w", err)
	}
	return events, nil
}

// LastAuthEvent returns the highest seq there is, 0 when there has been no event.
func (p *Platform) LastAuthEvent(ctx context.Context) (seq int64, err error) {
	err = p.pool.QueryRow(ctx, `select coalesce(max(seq), 0) from platform.auth_events`).Scan(&seq)
	if err != nil {
		return 0, fmt.Errorf("read the last auth event: %w", err)
	}
	return seq, nil
}

// PruneAuthEvents deletes the events from before t, which no token that is still good may depend on, and returns how many they were.
func (p *Platform) PruneAuthEvents(ctx context.Context, t time.Time) (int64, error) {
	tag, err := p.pool.Exec(ctx, `delete from platform.auth_events where at < $1`, t)
	if err != nil {
		return 0, fmt.Errorf("prune auth events: %w", err)
	}
	return tag.RowsAffected(), nil
}

// orNull returns v as a query argument, SQL's null for its zero value.
func orNull[T comparable](v T) any {
	var zero T
	if v == zero {
		return nil
	}
	return v
}
