package auth

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/jackc/pgx/v5"

	"parlor/tenants"
)

// news is what a batch of events comes to.
type news struct {
	sessions []tenants.SessionID
	members  map[member]int64           // the version from which tokens count
	accounts map[tenants.AccountID]bool // whether it is suspended
	staff    map[tenants.UserID]tenants.StaffRole
	keys     []string
	grants   []tenants.GrantID

	providers map[string]bool // whose ended sessions are to be read
}

func (n *news) empty() bool {
	return len(n.sessions)+len(n.members)+len(n.accounts)+len(n.staff)+len(n.keys)+len(n.grants) == 0
}

// digest sums the events up and reads again whatever an event only points at: what the row says now is the truth,
// however late we are.
func (r *Revocations) digest(ctx context.Context, events []tenants.AuthEvent) (news, error) {
	n := news{
		members: map[member]int64{}, accounts: map[tenants.AccountID]bool{},
		staff: map[tenants.UserID]tenants.StaffRole{}, providers: map[string]bool{},
	}
	for _, e := range events {
		if !n.add(e) {
			r.o.Logger.WarnContext(ctx, "auth event of an unknown kind", "kind", e.Kind, "seq", e.Seq)
		}
	}
	ended, err := r.endedSessions(ctx, n.providers)
	n.sessions = append(n.sessions, ended...)
	return n, errors.Join(err, r.readAccounts(ctx, n.accounts), r.readStaff(ctx, n.staff))
}

// add takes in one event; what must be read again gets the strictest value until then. It reports whether it knows the
// kind.
func (n *news) add(e tenants.AuthEvent) bool {
	m := member{e.AccountID, e.UserID}
	switch e.Kind {
	case tenants.SessionEnded:
		n.sessions = append(n.sessions, e.SessionID)
	case tenants.MembershipChanged:
		n.members[m] = max(n.members[m], e.Version)
	case tenants.MembershipRemoved:
		if e.Version == 0 {
			e.Version = math.MaxInt64 - 1
		}
		n.members[m] = max(n.members[m], e.Version+1)
	case tenants.AccountChanged:
		n.accounts[e.AccountID] = true
	case tenants.StaffRoleChanged:
		n.staff[e.UserID] = ""
	case tenants.ProviderDisabled:
		n.providers[e.Provider] = true
	case tenants.KeyRevoked:
		n.keys = append(n.keys, e.KeyID)
	case tenants.KeyChanged: // for those who listen
	case tenants.SupportEnded:
		n.grants = append(n.grants, e.GrantID)
	default:
		return false
	}
	return true
}

func (r *Revocations) readAccounts(ctx context.Context, into map[tenants.AccountID]bool) error {
	var id tenants.AccountID
	var suspended bool
	return r.readAll(ctx, len(into), []any{&id, &suspended}, func() { into[id] = suspended },
		`select account_id, status = 'suspended' from platform.accounts where account_id = any($1)`, slices.Collect(maps.Keys(into)))
}

func (r *Revocations) readStaff(ctx context.Context, into map[tenants.UserID]tenants.StaffRole) error {
	var id tenants.UserID
	var role tenants.StaffRole
	return r.readAll(ctx, len(into), []any{&id, &role}, func() { into[id] = role },
		`select user_id, case when disabled_at is null then coalesce(staff_role, '') else '' end from platform.users where user_id = any($1)`, slices.Collect(maps.Keys(into)))
}

// endedSessions lists the sessions of the providers that a living token may still name.
func (r *Revocations) endedSessions(ctx context.Context, providers map[string]bool) ([]tenants.SessionID, error) {
	var id tenants.SessionID
	var ids []tenants.SessionID
	err := r.readAll(ctx, len(providers), []any{&id}, func() { ids = append(ids, id) },
		`select session_id from platform.sessions where provider = any($1) and ended_at > $2`,
		slices.Collect(maps.Keys(providers)), r.o.Now().Add(-remember).UTC())
	return ids, err
}

// readAll runs one query, unless there is nothing to ask for, and calls each after every scanned row.
func (r *Revocations) readAll(ctx context.Context, wanted int, into []any, each func(), sql string, args ...any) error {
	if wanted == 0 {
		return nil
	}
	rows, err := r.o.Platform.Query(ctx, sql, args...)
	if err != nil {
		return fmt.Errorf("read what auth events point at: %w", err)
	}
	if _, err := pgx.ForEachRow(rows, into, func() error { each(); return nil }); err != nil {
		return fmt.Errorf("read what auth events point at: %w", err)
	}
	return nil
}
