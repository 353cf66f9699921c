package simulator

import (
	"errors"
	"net/http"
	"strings"
	"time"
)

// Failure makes the next calls of an endpoint fail, so that a caller's bad days can be played. Set with POST /_sim/failures.
type Failure struct {
	Endpoint string `json:"endpoint"` // how the path ends: "/oauth/access_token", "/me", "/me/subscribed_apps" …
	Times    int    `json:"times"`    // how many calls; 0 counts as 1
	Status   int    `json:"status"`   // 0: answer as usual, after the delay
	Code     int    `json:"code"`     // of the Graph error; 0: a body of HTML
	Subcode  int    `json:"subcode"`
	DelayMS  int    `json:"delay_ms"` // before the answer
}

func (f Failure) check() error {
	if !strings.HasPrefix(f.Endpoint, "/") {
		return errors.New("endpoint must be a path's end, such as /me")
	}
	if f.Status != 0 && (f.Status < 300 || f.Status > 599) || f.Times < 0 || f.DelayMS < 0 {
		return errors.New("status must be 300 to 599, times and delay_ms not negative")
	}
	return nil
}

// Fail makes the next calls of an endpoint fail; see POST /_sim/failures.
func (s *Simulator) Fail(f Failure) { s.state.addFailure(f) }

func (s *state) addFailure(f Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f.Times = max(f.Times, 1)
	s.failures = append(s.failures, f)
}

// takeFailure returns the first failure for the path and uses up one of its times.
func (s *state) takeFailure(path string) (Failure, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for n := range s.failures {
		f := &s.failures[n]
		if f.Times > 0 && strings.HasSuffix(path, f.Endpoint) {
			f.Times--
			return *f, true
		}
	}
	return Failure{}, false
}

// withFailures stands before every endpoint of Instagram's.
func (s *Simulator) withFailures(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		f, ok := s.state.takeFailure(r.URL.Path)
		if !ok {
			next(w, r)
			return
		}
		if wait(r.Context(), time.Duration(f.DelayMS)*time.Millisecond) != nil {
			return // the caller has gone
		}
		switch {
		case f.Status == 0:
			next(w, r)
		case f.Code != 0:
			(&graphError{Status: f.Status, Code: f.Code, Subcode: f.Subcode, Message: "Ein Fehler ist aufgetreten."}).write(w)
		default:
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.WriteHeader(f.Status)
			_, _ = w.Write([]byte("<html><body>Sorry, something went wrong.</body></html>"))
		}
	}
}
