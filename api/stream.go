package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"parlor/tenants"
)

const (
	pingEvery       = 15 * time.Second
	streamWriteTime = 10 * time.Second // a reader that takes nothing for so long is gone
	streamsMax      = 12               // of one session: its tabs and windows
)

// stream writes server-sent events. It is not safe for concurrent use.
type stream struct {
	w       http.ResponseWriter
	control *http.ResponseController
	no      uint64
}

// openStream sends the headers. The deadlines of the server end here: a stream lives as long as its token, and sets a
// deadline for each write instead.
func openStream(w http.ResponseWriter) (*stream, error) {
	s := &stream{w: w, control: http.NewResponseController(w)}
	if err := s.control.SetReadDeadline(time.Time{}); err != nil {
		return nil, fmt.Errorf("lift the read deadline: %w", err)
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // nginx would collect events otherwise
	w.WriteHeader(http.StatusOK)
	return s, nil
}

// event writes one event; its id only counts.
func (s *stream) event(name string, data any) error {
	body, err := json.Marshal(data)
	if err != nil {
		return fmt.Errorf("write event %s: %w", name, err)
	}
	s.no++
	return s.write(fmt.Sprintf("event: %s\nid: %d\ndata: %s\n\n", name, s.no, body))
}

// ping writes a comment, so that both ends notice a dead connection.
func (s *stream) ping() error { return s.write(": ping\n\n") }

func (s *stream) write(text string) error {
	if err := s.control.SetWriteDeadline(time.Now().Add(streamWriteTime)); err != nil {
		return fmt.Errorf("set the write deadline: %w", err)
	}
	if _, err := s.w.Write([]byte(text)); err != nil {
		return err
	}
	return s.control.Flush()
}

// seats counts the open streams of each session.
type seats struct {
	mu    sync.Mutex
	taken map[tenants.SessionID]int
}

// take reports whether the session may open another stream; release gives the seat back.
func (s *seats) take(id tenants.SessionID) (release func(), ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.taken == nil {
		s.taken = map[tenants.SessionID]int{}
	}
	if s.taken[id] >= streamsMax {
		return nil, false
	}
	s.taken[id]++
	return func() { s.release(id) }, true
}

func (s *seats) release(id tenants.SessionID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.taken[id]--; s.taken[id] <= 0 {
		delete(s.taken, id)
	}
}
