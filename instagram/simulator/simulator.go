package simulator

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"parlor/instagram"
)

// Simulator is the stand-in for Instagram. It is an http.Handler; everything is safe for concurrent use.
type Simulator struct {
	o        Options
	accounts []Business
	state    *state
	journal  *journal
	seededAt time.Time
	history  map[string][]Message // by user id, in the order of time
	mux      *http.ServeMux
	queue    *queue
}

// New makes a simulator, seeds its history and takes up its state file. It serves at once; webhooks go out while Run runs.
func New(o Options) (*Simulator, error) {
	if o.AppSecret.IsZero() {
		return nil, errors.New("simulator: AppSecret is required")
	}
	if err := o.Shapes.check(); err != nil {
		return nil, err
	}
	o = o.withDefaults()
	s := &Simulator{o: o, accounts: seeded(), state: newState(o.Shapes), queue: newQueue(), seededAt: o.SeededAt}
	var later []Message // of former runs, after the history
	j, err := openJournal(o.StateFile, func(line journalLine) {
		switch {
		case line.SeededAt != nil && s.seededAt.IsZero():
			s.seededAt = *line.SeededAt
		case line.Subscribed != nil:
			s.state.subscribe(line.Subscribed.UserID, line.Subscribed.Fields)
		case line.Message != nil:
			later = append(later, *line.Message)
		}
	})
	if err != nil {
		return nil, err
	}
	s.journal = j
	if s.seededAt.IsZero() {
		s.seededAt = o.Now().UTC()
	}
	if err := j.write(journalLine{SeededAt: &s.seededAt}); err != nil {
		return nil, errors.Join(err, j.close())
	}
	s.seed()
	for _, m := range later {
		s.state.addMessage(m)
	}
	s.mux = s.routes()
	return s, nil
}

// seed writes the history into the threads.
func (s *Simulator) seed() {
	s.history = map[string][]Message{}
	for n, b := range s.Businesses() {
		for _, m := range writeHistory(b, s.o.Seed+uint64(n), s.o.Conversations, s.seededAt) {
			s.state.addMessage(m)
		}
		s.history[b.UserID] = s.state.messages(b.UserID)
	}
}

// History returns the seeded messages of a business, named by user id or username, in the order of time.
func (s *Simulator) History(business string) []Message {
	b, _ := s.business(business)
	return append([]Message(nil), s.history[b.UserID]...)
}

// ServeHTTP answers as Instagram would.
func (s *Simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// Run makes the webhook handshake and delivers webhooks until ctx ends; then it waits for those under way. What was not
// delivered by then is lost, as it is with Instagram after 36 hours.
func (s *Simulator) Run(ctx context.Context) error {
	var all sync.WaitGroup
	defer all.Wait()
	all.Go(func() { s.handshake(ctx) })
	room := make(chan struct{}, s.o.InFlight)
	for {
		d, err := s.queue.next(ctx)
		if err != nil {
			return nil // ctx ended, which is how Run is told to stop
		}
		all.Go(func() { s.state.count(s.deliver(ctx, room, d) == nil) })
	}
}

// Close closes the state file. Call it after Run has returned.
func (s *Simulator) Close() error { return s.journal.close() }

// DashboardToken gives what Meta's app dashboard gives an owner without any sign-in: a token of sixty days.
// Source: "Get started", read 2026-11-22.
func (s *Simulator) DashboardToken(business string) (instagram.Secret, error) {
	b, ok := s.business(business)
	if !ok {
		return "", errUnknownBusiness
	}
	return s.mint(b.UserID, longToken, allScopes()), nil
}
