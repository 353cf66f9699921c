package conversations

import (
	"context"
	"log/slog"
	"sync"

	"parlor/tenants"
)

// hintBuffer is how many hints wait for a slow page before they are replaced by one that says: read everything again.
const hintBuffer = 16

// Hint tells an open page that something changed.
type Hint struct {
	Ref    tenants.LiveRef
	Resync bool // something may have been missed: Ref is empty, re-read what is shown
}

// Live passes hints from the database to the open pages of this process. It is safe for concurrent use.
type Live struct {
	platform *tenants.Platform
	log      *slog.Logger
	mu       sync.Mutex
	pages    map[tenants.AccountID]map[*subscriber]struct{}
}

type subscriber struct {
	user  tenants.UserID
	hints chan Hint
}

// NewLive makes a Live without pages; log may be nil.
func NewLive(p *tenants.Platform, log *slog.Logger) *Live {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Live{platform: p, log: log, pages: map[tenants.AccountID]map[*subscriber]struct{}{}}
}

// Run listens until ctx ends, which is the only way it returns. What was sent while the connection was lost is made up for by a Resync to
// every page.
func (l *Live) Run(ctx context.Context) error {
	return l.platform.Listen(ctx, tenants.LiveChannel, tenants.ListenHandler{
		Connected: func(context.Context) error { l.resync(); return nil },
		Notified:  func(payload string) { l.deliver(ctx, payload) },
	})
}

// Subscribe returns the hints of the account in ctx, meant for everybody or for that user. The channel is closed when ctx ends.
func (l *Live) Subscribe(ctx context.Context, user tenants.UserID) (<-chan Hint, error) {
	account, ok := tenants.AccountFrom(ctx)
	if !ok {
		return nil, tenants.ErrNoAccount
	}
	s := &subscriber{user: user, hints: make(chan Hint, hintBuffer)}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.pages[account] == nil {
		l.pages[account] = map[*subscriber]struct{}{}
	}
	l.pages[account][s] = struct{}{}
	context.AfterFunc(ctx, func() { l.unsubscribe(account, s) })
	return s.hints, nil
}

func (l *Live) unsubscribe(account tenants.AccountID, s *subscriber) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.pages[account], s)
	if len(l.pages[account]) == 0 {
		delete(l.pages, account)
	}
	close(s.hints)
}

func (l *Live) deliver(ctx context.Context, payload string) {
	ref, err := tenants.ParseLiveRef(payload)
	if err != nil {
		l.log.WarnContext(ctx, "live hint dropped", "error", err.Error())
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for s := range l.pages[ref.AccountID] {
		if ref.UserID.IsZero() || ref.UserID == s.user {
			s.offer(Hint{Ref: ref})
		}
	}
}

func (l *Live) resync() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, pages := range l.pages {
		for s := range pages {
			s.offer(Hint{Resync: true})
		}
	}
}

// offer never waits: a page that does not keep up loses its hints and is told so. The caller holds the lock, so nobody else sends.
func (s *subscriber) offer(h Hint) {
	select {
	case s.hints <- h:
		return
	default:
	}
	for len(s.hints) > 0 {
		select {
		case <-s.hints:
		default:
		}
	}
	s.hints <- Hint{Resync: true}
}
