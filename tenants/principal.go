package tenants

import (
	"context"
	"slices"
	"time"
)

// Principal is who acts in this request: a user by a session, or an API key; in which account, and with which
// powers. The zero value is nobody and may do nothing. It is a value: copy it freely.
type Principal struct {
	UserID      UserID        // zero for an API key
	DisplayName string        // of the user, for the audit log; may be empty
	KeyID       string        // of the API key; empty for a user
	AccountID   AccountID     // zero in a staff session
	Role        Role          // of the membership; empty for staff and API keys
	StaffRole   StaffRole     // installation-wide; empty for most people
	Scopes      []Permission  // of the API key alone
	SessionID   SessionID     // zero for an API key
	Provider    string        // which strategy proved the user
	Version     int64         // of the membership (`mv`)
	Grant       *SupportGrant // the visit of support that this is; nil for everybody who is there in their own right
}

// SupportGrant is a visit of support to an account, as requests carry it.
type SupportGrant struct {
	ID        GrantID
	Mode      SupportMode
	Reason    string // why, in the words of whoever visits; empty when only a token has been read
	ExpiresAt time.Time
}

// IsKey reports whether an API key acts.
func (p Principal) IsKey() bool { return p.KeyID != "" }

// Can reports whether p holds the permission.
func (p Principal) Can(want Permission) bool { return slices.Contains(p.Permissions(), want) }

// Permissions returns all that p may do. Roles add up, and a staff role never opens an account's inside; an API key has its scopes alone, a
// visit of support those of its mode.
func (p Principal) Permissions() []Permission {
	in := !p.AccountID.IsZero()
	switch {
	case p.IsKey() && in:
		return slices.Clone(p.Scopes)
	case p.IsKey(), p.UserID.IsZero(), p.Grant != nil && !in:
		return nil
	case p.Grant != nil:
		return p.Grant.Mode.Permissions()
	case in:
		return append(p.Role.Permissions(), staffPermissions[p.StaffRole]...)
	}
	return p.StaffRole.Permissions()
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
