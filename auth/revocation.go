package auth

import (
	"context"
	"log/slog"
	"time"

	"parlor/tenants"
)

// RevocationOptions holds what the revocations are read with. Platform is required.
type RevocationOptions struct {
	Platform *tenants.Platform
	Poll     time.Duration // default 1s
	Logger   *slog.Logger
	Now      func() time.Time
}

// Revocations knows, without a query per request, what counts no more: ended sessions, outdated or removed
// memberships, suspended accounts, revoked keys. It is safe for concurrent use.
type Revocations struct{ o RevocationOptions }

// NewRevocations makes an empty set that is not Ready; Run fills it.
func NewRevocations(o RevocationOptions) *Revocations { return &Revocations{o: o} }

// Run loads and follows the events until ctx ends. The poll is the truth; a NOTIFY only wakes it.
func (r *Revocations) Run(ctx context.Context) error { return nil }

// Ready reports whether the first load is done. Before it, no token may be accepted.
func (r *Revocations) Ready() bool { return false }

// Stale reports whether the last successful read is more than 10 s ago, or never was: then nothing may be written.
func (r *Revocations) Stale() bool { return true }

// Revoked reports whether p counts no more.
func (r *Revocations) Revoked(p tenants.Principal) bool { return false }

// Watch returns a channel that is closed when p counts no more. It is forgotten when ctx ends.
func (r *Revocations) Watch(ctx context.Context, p tenants.Principal) <-chan struct{} { return nil }
