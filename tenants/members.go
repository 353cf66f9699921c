package tenants

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// Bounds of the name cache. A name that changed is shown late by at most memberNamesFor; a changed membership at once.
const (
	memberNamesFor = time.Minute
	memberNamesMax = 10_000 // accounts
)

// Members resolves the user ids in an account's rows to names, for display. Rows of the account's inside hold ids only. It caches per
// account and is safe for concurrent use.
type Members struct {
	platform *Platform
	mu       sync.Mutex
	names    map[AccountID]memberNames
	changes  uint64 // counts what Apply took in, so that names read before a change are not kept after it
}

type memberNames struct {
	of    map[UserID]string
	until time.Time
}

// NewMembers returns an empty cache.
func NewMembers(p *Platform) *Members {
	return &Members{platform: p, names: map[AccountID]memberNames{}}
}

// Names returns the display names of everybody who is or was a member of the account of ctx, and of nobody else. The map is shared: read it
// only.
func (m *Members) Names(ctx context.Context) (map[UserID]string, error) {
	account, ok := AccountFrom(ctx)
	if !ok {
		return nil, ErrNoAccount
	}
	m.mu.Lock()
	cached, ok := m.names[account]
	changes := m.changes
	m.mu.Unlock()
	if ok && m.platform.now().Before(cached.until) {
		return cached.of, nil
	}
	names, err := m.load(ctx, account)
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.changes != changes {
		return names, nil // good for now, but something may have changed since they were read
	}
	if len(m.names) >= memberNamesMax {
		clear(m.names) // a cache: it fills again
	}
	m.names[account] = memberNames{of: names, until: m.platform.now().Add(memberNamesFor)}
	return names, nil
}

// Role returns what the user is in the account of ctx, as of now. Error: ErrNotFound for whoever is no member.
func (m *Members) Role(ctx context.Context, user UserID) (Role, error) {
	account, ok := AccountFrom(ctx)
	if !ok {
		return "", ErrNoAccount
	}
	member, err := NewMemberships(m.platform).Of(ctx, account, user)
	return member.Role, err
}

// Apply takes in an auth event, of which every reader may pass on all: after a change of an account's members their names are read anew.
func (m *Members) Apply(e AuthEvent) {
	if e.Kind != MembershipChanged && e.Kind != MembershipRemoved {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.names, e.AccountID)
	m.changes++
}

func (m *Members) load(ctx context.Context, account AccountID) (map[UserID]string, error) {
	rows, err := m.platform.Query(ctx, `select u.user_id, u.display_name from platform.memberships m join platform.users u using (user_id)
		where m.account_id = $1`, account)
	if err != nil {
		return nil, fmt.Errorf("load member names: %w", err)
	}
	names := map[UserID]string{}
	var id UserID
	var name string
	if _, err := pgx.ForEachRow(rows, []any{&id, &name}, func() error { names[id] = name; return nil }); err != nil {
		return nil, fmt.Errorf("load member names: %w", err)
	}
	return names, nil
}
