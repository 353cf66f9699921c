package tenants

import (
	"context"
	"slices"
)

// Principal is who acts in this request: a user by a session, or an API key; in which account, and with which
// powers. The zero value is nobody and may do nothing. It is a value: copy it freely.
type Principal struct {
	UserID      UserID       // zero for an API key
	DisplayName string       // of the user, for the audit log; may be empty
	KeyID       string       // of the API key; empty for a user
	AccountID   AccountID    // zero in a staff session
	Role        Role         // of the membership; empty for staff and API keys
	StaffRole   StaffRole    // installation-wide; empty for most people
	Scopes      []Permission // of the API key alone
	SessionID   SessionID    // zero for an API key
	Provider    string       // which strategy proved the user
	Version     int64        // of the membership (`mv`)
}

// IsKey reports whether an API key acts.
func (p Principal) IsKey() bool { return p.KeyID != "" }

// Can reports whether p holds the permission. Roles add up: a staff role never opens an account's inside, and an
// API key has its scopes alone.
func (p Principal) Can(want Permission) bool {
	if p.IsKey() {
		return !p.AccountID.IsZero() && slices.Contains(p.Scopes, want)
	}
	if p.UserID.IsZero() {
		return false
	}
	inAccount := !p.AccountID.IsZero() && slices.Contains(rolePermissions[p.Role], want)
	return inAccount || slices.Contains(staffPermissions[p.StaffRole], want)
}

type accountKey struct{}

type principalKey struct{}

// WithAccount returns a context that carries the account. It is the only way in which an account travels to a
// query; the zero AccountID counts as none.
func WithAccount(ctx context.Context, id AccountID) context.Context {
	return context.WithValue(ctx, accountKey{}, id)
}

// AccountFrom returns the account of the context and whether there is one.
func AccountFrom(ctx context.Context) (AccountID, bool) {
	if ctx == nil {
		return AccountID{}, false
	}
	id, ok := ctx.Value(accountKey{}).(AccountID)
	return id, ok && !id.IsZero()
}

// WithPrincipal returns a context that carries the principal and, with it, its account.
func WithPrincipal(ctx context.Context, p Principal) context.Context {
	return WithAccount(context.WithValue(ctx, principalKey{}, p), p.AccountID)
}

// PrincipalFrom returns who acts, and whether anybody does (background work has no principal).
func PrincipalFrom(ctx context.Context) (Principal, bool) {
	if ctx == nil {
		return Principal{}, false
	}
	p, ok := ctx.Value(principalKey{}).(Principal)
	return p, ok && (p.IsKey() || !p.UserID.IsZero())
}
