package media

import (
	"sync"
	"time"

	"github.com/google/uuid"
)

// recentMax bounds what a recent remembers.
const recentMax = 8192

// recent remembers something of attachments for a while, in this process alone. When it is full it forgets everything: what it holds saves
// work, and decides nothing.
type recent[T any] struct {
	now  func() time.Time
	life time.Duration
	mu   sync.Mutex
	of   map[uuid.UUID]remembered[T]
}

type remembered[T any] struct {
	what  T
	until time.Time
}

func newRecent[T any](now func() time.Time, life time.Duration) *recent[T] {
	return &recent[T]{now: now, life: life, of: map[uuid.UUID]remembered[T]{}}
}

func (r *recent[T]) put(id uuid.UUID, what T) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.of) >= recentMax {
		clear(r.of)
	}
	r.of[id] = remembered[T]{what: what, until: r.now().Add(r.life)}
}

func (r *recent[T]) get(id uuid.UUID) (what T, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	m, ok := r.of[id]
	if ok && !r.now().Before(m.until) {
		delete(r.of, id)
		return what, false
	}
	return m.what, ok
}
