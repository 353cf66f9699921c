package simulator

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"parlor/instagram"
)

// Simulator is the stand-in for Instagram. It is an http.Handler; everything is safe for concurrent use.
type Simulator struct {
	o        Options
	clock    clock
	accounts []Business
	state    *state
	journal  *journal
	calls    *callLog
	sends    *pace
	files    *files
	seededAt time.Time
	history  map[string][]Message // by user id, in the order of time
	graphAPI *http.ServeMux
	control  *http.ServeMux // of /_sim/
	queue    *queue
	olds     atomic.Uint64 // calls of AddHistory
	closed   chan struct{} // ends the calls that hang
	close    func()
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
	s := &Simulator{
		o: o, clock: clock{base: o.Now}, accounts: seeded(), state: newState(o.Shapes), calls: newCallLog(), sends: newPace(), files: newFiles(),
		seededAt: o.SeededAt, queue: newQueue(), closed: make(chan struct{}),
	}
	s.close = sync.OnceFunc(func() { close(s.closed) })
	if err := s.takeUp(); err != nil {
		return nil, err
	}
	s.graphAPI, s.control = s.routes(), s.controls()
	return s, nil
}

// takeUp reads the state file, seeds the history, and puts upon it what former runs added and changed.
func (s *Simulator) takeUp() error {
	var later []journalLine
	j, err := openJournal(s.o.StateFile, func(line journalLine) {
		if line.SeededAt != nil && s.seededAt.IsZero() {
			s.seededAt = *line.SeededAt
		}
		later = append(later, line)
	})
	if err != nil {
		return err
	}
	s.journal = j
	if s.seededAt.IsZero() {
		s.seededAt = s.o.Now().UTC()
	}
	if err := j.write(journalLine{SeededAt: &s.seededAt}); err != nil {
		return errors.Join(err, j.close())
	}
	s.seed()
	for _, line := range later {
		s.replay(line)
	}
	return nil
}

func (s *Simulator) replay(line journalLine) {
	switch {
	case line.Subscribed != nil:
		s.state.subscribe(line.Subscribed.UserID, line.Subscribed.Fields)
	case line.Message != nil:
		s.state.putMessage(*line.Message)
	case line.Old != nil:
		s.putOld(*line.Old)
	case line.Customer != nil:
		s.state.putCustomer(*line.Customer)
	case line.ClockOffset != 0:
		s.clock.offset.Store(line.ClockOffset)
	}
}

// seed writes the history into the threads.
func (s *Simulator) seed() {
	s.history = map[string][]Message{}
	for n, b := range s.Businesses() {
		for _, m := range s.hosted(writeHistory(b, s.o.Seed+uint64(n), s.o.Conversations, s.seededAt)) {
			s.state.putMessage(m)
		}
		s.history[b.UserID] = s.state.messages(b.UserID)
	}
}

// History returns the seeded messages of a business, named by user id or username, in the order of time.
func (s *Simulator) History(business string) []Message {
	b, _ := s.business(business)
	return append([]Message(nil), s.history[b.UserID]...)
}

// ServeHTTP answers as Instagram would. The control API stands apart from Instagram's own paths, whose first part, the
// version, may be anything.
func (s *Simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/_sim/") {
		s.control.ServeHTTP(w, r)
		return
	}
	s.graphAPI.ServeHTTP(w, r)
}

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
		all.Go(func() { s.carry(ctx, room, d) })
	}
}

// Close ends the calls that a fault lets hang and closes the state file. Call it after Run has returned.
func (s *Simulator) Close() error {
	s.close()
	return s.journal.close()
}

// DashboardToken gives what Meta's app dashboard gives an owner without any sign-in: a token of sixty days.
// Source: "Get started", read 2026-11-22.
func (s *Simulator) DashboardToken(business string) (instagram.Secret, error) {
	b, ok := s.business(business)
	if !ok {
		return "", errUnknownBusiness
	}
	return s.mint(b.UserID, longToken, allScopes()), nil
}
