package auth

import (
	"context"
	"log/slog"
	"maps"
	"math"
	"sync"
	"time"

	"parlor/tenants"
)

const (
	// staleAfter is the age of what we know at which nothing may be written any more.
	staleAfter = 10 * time.Second
	// remember is for how long a revocation matters: no token that was issued before it lives longer.
	remember = maxTokenLife + 2*time.Hour
)

// RevocationOptions holds what the revocations are read with. Platform is required.
type RevocationOptions struct {
	Platform *tenants.Platform
	Poll     time.Duration    // default 1s
	Logger   *slog.Logger     // default: discards
	Now      func() time.Time // default time.Now
}

// Revocations knows, without a query per request, what counts no more: ended sessions, outdated or removed
// memberships, suspended accounts, changed staff roles, revoked keys. It holds what happened during the life of a
// token, and forgets it afterwards. It is safe for concurrent use.
type Revocations struct {
	o RevocationOptions

	mu       sync.RWMutex
	readAt   time.Time // start of the last successful read; zero: none yet
	sessions map[tenants.SessionID]time.Time
	members  map[member]floor
	accounts map[tenants.AccountID]time.Time // suspended
	staff    map[tenants.UserID]staffNow
	keys     map[string]time.Time
	grants   map[tenants.GrantID]time.Time // visits of support that are over
	watchers map[*watcher]struct{}

	follow    follower
	listeners []func(tenants.AuthEvent)
}

// OnEvent calls listen with every event once it is taken in. To be called before Run; listen must not wait.
func (r *Revocations) OnEvent(listen func(tenants.AuthEvent)) {
	r.listeners = append(r.listeners, listen)
}

// member is a user's place in an account.
type member struct {
	account tenants.AccountID
	user    tenants.UserID
}

// floor is the lowest version of a membership whose tokens count, and when to forget it.
type floor struct {
	version int64
	until   time.Time
}

// staffNow is the staff role that a user has now, and when to forget it.
type staffNow struct {
	role  tenants.StaffRole
	until time.Time
}

// watcher waits until a principal counts no more.
type watcher struct {
	principal tenants.Principal
	gone      chan struct{}
}

// NewRevocations makes an empty set that is not Ready; Run fills it.
func NewRevocations(o RevocationOptions) *Revocations {
	if o.Poll <= 0 {
		o.Poll = time.Second
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Revocations{
		o:        o,
		sessions: map[tenants.SessionID]time.Time{},
		members:  map[member]floor{},
		accounts: map[tenants.AccountID]time.Time{},
		staff:    map[tenants.UserID]staffNow{},
		keys:     map[string]time.Time{},
		grants:   map[tenants.GrantID]time.Time{},
		watchers: map[*watcher]struct{}{},
	}
}

// Ready reports whether the first load is done. Before it, nobody may be admitted.
func (r *Revocations) Ready() bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return !r.readAt.IsZero()
}

// Stale reports whether the last successful read is more than 10 s ago, or never was: then nothing may be written.
func (r *Revocations) Stale() bool { return r.Age() > staleAfter }

// Age is how old the knowledge is, for the metric; the longest duration before the first load.
func (r *Revocations) Age() time.Duration {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if r.readAt.IsZero() {
		return math.MaxInt64
	}
	return r.o.Now().Sub(r.readAt)
}

// Revoked reports whether p counts no more.
func (r *Revocations) Revoked(p tenants.Principal) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.revoked(p)
}

func (r *Revocations) revoked(p tenants.Principal) bool {
	if _, suspended := r.accounts[p.AccountID]; suspended {
		return true
	}
	if p.IsKey() {
		_, gone := r.keys[p.KeyID]
		return gone
	}
	if _, ended := r.sessions[p.SessionID]; ended {
		return true
	}
	if p.Grant != nil {
		if _, over := r.grants[p.Grant.ID]; over {
			return true
		}
	}
	if s, changed := r.staff[p.UserID]; changed && p.StaffRole != "" && s.role != p.StaffRole {
		return true
	}
	if p.Grant != nil {
		return false // a visit stands on no membership: who was put out of the account may still come as support
	}
	return p.Version < r.members[member{p.AccountID, p.UserID}].version
}

// Watch returns a channel that is closed when p counts no more, at once if that is so already. It is forgotten when ctx
// ends.
func (r *Revocations) Watch(ctx context.Context, p tenants.Principal) <-chan struct{} {
	w := &watcher{principal: p, gone: make(chan struct{})}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.revoked(p) {
		close(w.gone)
		return w.gone
	}
	r.watchers[w] = struct{}{}
	context.AfterFunc(ctx, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.watchers, w)
	})
	return w.gone
}

// apply takes in what was read. The caller holds no lock.
func (r *Revocations) apply(news news, readAt time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	until := readAt.Add(remember)
	for _, id := range news.sessions {
		r.sessions[id] = until
	}
	for m, version := range news.members {
		r.members[m] = floor{version: max(version, r.members[m].version), until: until}
	}
	for id, suspended := range news.accounts {
		delete(r.accounts, id)
		if suspended {
			r.accounts[id] = until
		}
	}
	for id, role := range news.staff {
		r.staff[id] = staffNow{role: role, until: until}
	}
	for _, id := range news.keys {
		r.keys[id] = until
	}
	for _, id := range news.grants {
		r.grants[id] = until
	}
	r.readAt = readAt
	if !news.empty() {
		r.wakeWatchers()
	}
}

func (r *Revocations) wakeWatchers() {
	for w := range r.watchers {
		if r.revoked(w.principal) {
			close(w.gone)
			delete(r.watchers, w)
		}
	}
}

// forget drops what no living token can depend on.
func (r *Revocations) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.o.Now()
	over := func(until time.Time) bool { return !now.Before(until) }
	maps.DeleteFunc(r.sessions, func(_ tenants.SessionID, until time.Time) bool { return over(until) })
	maps.DeleteFunc(r.members, func(_ member, f floor) bool { return over(f.until) })
	maps.DeleteFunc(r.accounts, func(_ tenants.AccountID, until time.Time) bool { return over(until) })
	maps.DeleteFunc(r.staff, func(_ tenants.UserID, s staffNow) bool { return over(s.until) })
	maps.DeleteFunc(r.keys, func(_ string, until time.Time) bool { return over(until) })
	maps.DeleteFunc(r.grants, func(_ tenants.GrantID, until time.Time) bool { return over(until) })
}
