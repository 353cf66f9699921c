package simulator

import (
	"bytes"
	"cmp"
	"io"
	"net/http"
	"time"
)

// withFaults answers a call, or lets a fault strike it.
func (s *Simulator) withFaults(w http.ResponseWriter, r *http.Request, c Call, next http.HandlerFunc) {
	f, struck := s.state.callFault(r.URL.Path, c)
	if !struck {
		next(w, r)
		return
	}
	// The server tells that a caller has left only when the body has been read.
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxControlBytes))
	if err != nil {
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	delay := f.delay()
	switch f.Kind {
	case FaultHang:
		s.hang(r, delay)
	case FaultAcceptTimeout:
		next(discard{}, r)
		s.hang(r, delay)
	}
	if wait(r.Context(), delay) != nil {
		return // the caller has gone
	}
	s.strike(w, r, f, c, next)
}

// hang holds a call until its caller leaves, the delay is over (0: never) or the simulator is closed, and cuts it off.
func (s *Simulator) hang(r *http.Request, delay time.Duration) {
	var over <-chan time.Time
	if delay > 0 {
		timer := time.NewTimer(delay)
		defer timer.Stop()
		over = timer.C
	}
	select {
	case <-r.Context().Done():
	case <-s.closed:
	case <-over:
	}
	panic(http.ErrAbortHandler)
}

// strike gives the answer of a fault.
func (s *Simulator) strike(w http.ResponseWriter, r *http.Request, f Fault, c Call, next http.HandlerFunc) {
	temporary := &graphError{Status: cmp.Or(f.Status, http.StatusServiceUnavailable), Code: cmp.Or(f.Code, 2), Subcode: f.Subcode}
	language := s.language(c.BusinessID)
	switch f.Kind {
	case FaultRate:
		w.Header().Set("Retry-After", "1")
		tooMany := &graphError{Status: cmp.Or(f.Status, http.StatusTooManyRequests), Code: cmp.Or(f.Code, 613), Subcode: f.Subcode}
		tooMany.localised(language).write(w)
	case FaultAccept5xx:
		next(discard{}, r)
		temporary.localised(language).write(w)
	case Fault5xx:
		temporary.localised(language).write(w)
	case FaultHTML:
		writeHTML(w, cmp.Or(f.Status, http.StatusBadGateway))
	default:
		f.answer(w, r, language, next)
	}
}

func (f Fault) answer(w http.ResponseWriter, r *http.Request, language string, next http.HandlerFunc) {
	switch {
	case f.Status == 0:
		next(w, r)
	case f.Code != 0:
		(&graphError{Status: f.Status, Code: f.Code, Subcode: f.Subcode}).localised(language).write(w)
	default:
		writeHTML(w, f.Status)
	}
}

func writeHTML(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte("<html><body>Sorry, something went wrong.</body></html>"))
}

// discard is where an answer goes that nobody gets.
type discard struct{}

// Header implements http.ResponseWriter.
func (discard) Header() http.Header { return http.Header{} }

// Write implements http.ResponseWriter.
func (discard) Write(p []byte) (int, error) { return len(p), nil }

// WriteHeader implements http.ResponseWriter.
func (discard) WriteHeader(int) {}
