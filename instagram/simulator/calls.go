package simulator

import (
	"net/http"
	"strings"
	"sync"
	"time"
)

// Call is one call that Instagram received.
type Call struct {
	At         time.Time `json:"at"`          // when it came, by the real clock
	BusinessID string    `json:"business_id"` // whose token it carried; empty: none or a dead one
	Method     string    `json:"method"`
	Endpoint   string    `json:"endpoint"` // without version and ids: /me, /me/messages, /{conversation}, /{message}, /{customer} …
	Status     int       `json:"status"`   // of the answer; 0: none was given, or not yet
}

// Send reports whether the call has the limits of sends and not those of the other calls.
// Source: Instagram platform overview, rate limiting, read 2026-11-22.
func (c Call) Send() bool { return c.Method == http.MethodPost && c.Endpoint == "/me/messages" }

// callLog remembers the calls; the oldest of more than maxCalls are forgotten.
type callLog struct {
	mu    sync.Mutex
	calls []*Call
}

const maxCalls = 200_000

func newCallLog() *callLog { return &callLog{} }

// note adds a call and returns where its status goes.
func (l *callLog) note(c Call) *Call {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.calls) == maxCalls {
		l.calls = append([]*Call(nil), l.calls[maxCalls/10:]...)
	}
	l.calls = append(l.calls, &c)
	return &c
}

func (l *callLog) finish(c *Call, status int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c.Status = status
}

// of returns the calls of one business, in the order in which they came; of all for "".
func (l *callLog) of(businessID string) []Call {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := []Call{}
	for _, c := range l.calls {
		if businessID == "" || c.BusinessID == businessID {
			list = append(list, *c)
		}
	}
	return list
}

// since counts the calls of a business that came after a moment, sends not counted; it looks at no more than most.
func (l *callLog) since(businessID string, after time.Time, most int) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := len(l.calls) - 1; i >= 0 && n < most && l.calls[i].At.After(after); i-- {
		if c := l.calls[i]; c.BusinessID == businessID && !c.Send() {
			n++
		}
	}
	return n
}

// Calls returns the calls made so far with tokens of a business, named by user id or username; of all for "".
func (s *Simulator) Calls(business string) []Call {
	b, ok := s.business(business)
	if !ok && business != "" {
		return nil
	}
	return s.calls.of(b.UserID)
}

// listCalls is GET /_sim/calls?business=.
func (s *Simulator) listCalls(w http.ResponseWriter, r *http.Request) {
	business := r.URL.Query().Get("business")
	if _, ok := s.business(business); !ok && business != "" {
		refuse(w, http.StatusNotFound, errUnknownBusiness)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"items": s.Calls(business)})
}

// endpointOf names what a path of Instagram's is about, without the ids in it.
func endpointOf(path, businessID string) string {
	parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
	if len(parts) > 1 && strings.HasPrefix(parts[0], "v") {
		parts = parts[1:]
		parts[0] = kindOfID(parts[0], businessID)
	}
	return "/" + strings.Join(parts, "/")
}

func kindOfID(id, businessID string) string {
	switch {
	case id == "me" || id != "" && id == businessID:
		return "me"
	case strings.HasPrefix(id, conversationPrefix):
		return "{conversation}"
	case strings.HasPrefix(id, midPrefix):
		return "{message}"
	}
	return "{customer}"
}

// recorder keeps the status of an answer.
type recorder struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements http.ResponseWriter.
func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController through.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// received stands before every endpoint of Instagram's: it notes the call, says how much of the limits is used, holds
// them, and lets a fault strike.
func (s *Simulator) received(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		token, _ := s.readToken(accessToken(r))
		c := Call{At: time.Now(), BusinessID: token.UserID, Method: r.Method, Endpoint: endpointOf(r.URL.Path, token.UserID)}
		noted, answer := s.calls.note(c), &recorder{ResponseWriter: w}
		defer func() { s.calls.finish(noted, answer.status) }()
		if c.BusinessID != "" && s.limit(answer, c) {
			return
		}
		s.withFaults(answer, r, c, next)
	}
}

// accessToken finds the token of a call: in the header or in the query.
func accessToken(r *http.Request) string {
	if text, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return text
	}
	return r.URL.Query().Get("access_token")
}
