package simulator

import (
	"errors"
	"net/http"
	"sync/atomic"
	"time"
)

// clock is Options.Now, moved by what POST /_sim/clock added.
type clock struct {
	base   func() time.Time
	offset atomic.Int64 // nanoseconds
}

func (c *clock) now() time.Time { return c.base().Add(time.Duration(c.offset.Load())) }

// now is the simulator's time: everything that ages or expires here does so by it.
func (s *Simulator) now() time.Time { return s.clock.now() }

// Advance moves the clock: tokens age and expire, reply windows close. Only forward; a state file keeps it.
func (s *Simulator) Advance(d time.Duration) error {
	if d < 0 {
		return errBackwards
	}
	offset := s.clock.offset.Add(int64(d))
	return s.journal.write(journalLine{ClockOffset: offset})
}

var errBackwards = errors.New("the clock only moves forward")

// moveClock is POST /_sim/clock {"advance_seconds"} or {"now"}: 200 {"now"}.
func (s *Simulator) moveClock(w http.ResponseWriter, r *http.Request) {
	var in struct {
		AdvanceSeconds float64   `json:"advance_seconds"`
		Now            time.Time `json:"now"`
	}
	if !read(w, r, &in) {
		return
	}
	by := time.Duration(in.AdvanceSeconds * float64(time.Second))
	if !in.Now.IsZero() {
		by = in.Now.Sub(s.now())
	}
	if err := s.Advance(by); err != nil {
		refuse(w, http.StatusUnprocessableEntity, err)
		return
	}
	s.showClock(w, r)
}

// showClock is GET /_sim/clock.
func (s *Simulator) showClock(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]time.Time{"now": s.now()})
}
