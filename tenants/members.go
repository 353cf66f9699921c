package tenants

import (
	"context"
	"errors"
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

// MayAnswer reports whether the user is, as of now, a member of the account of ctx who may answer and who is not shut out; also while the account
// is suspended, for that ends.
func (m *Members) MayAnswer(ctx context.Context, user UserID) (bool, error) {
	account, ok := AccountFrom(ctx)
	if !ok {
		return false, ErrNoAccount
	}
	var role Role
	err := m.platform.QueryRow(ctx, `select m.role from platform.memberships m join platform.users u using (user_id)
		where m.account_id = $1 and m.user_id = $2 and m.removed_at is null and u.disabled_at is null`, account, user).Scan(&role)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look whether a member may answer: %w", err)
	}
	return role.answers(), nil
}

// Belongs reports whether the user is, as of now, a member of the account of ctx who is not shut out. Of an account that is suspended nobody is.
func (m *Members) Belongs(ctx context.Context, user UserID) (belongs bool, err error) {
	account, ok := AccountFrom(ctx)
	if !ok {
		return false, ErrNoAccount
	}
	err = m.platform.QueryRow(ctx, `select exists (select from platform.memberships m
			join platform.users u using (user_id) join platform.accounts a using (account_id)
		where m.account_id = $1 and m.user_id = $2 and m.removed_at is null and u.disabled_at is null and a.status <> 'suspended')`, account, user).Scan(&belongs)
	if err != nil {
		return false, fmt.Errorf("look whether somebody is a member: %w", err)
	}
	return belongs, nil
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
