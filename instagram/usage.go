package instagram

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptrace"
	"sync"
	"time"
)

// exchanges notes of the requests made under one context when the last one went out, and how close to its limits
// Instagram says that we are.
type exchanges struct {
	mu     sync.Mutex
	sentAt time.Time     // zero: none went out
	pause  time.Duration // before the next call
}

type exchangesKey struct{}

// withExchanges returns a context under which the client's requests are noted.
func withExchanges(ctx context.Context) (context.Context, *exchanges) {
	e := &exchanges{}
	ctx = context.WithValue(ctx, exchangesKey{}, e)
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteRequest: func(httptrace.WroteRequestInfo) {
			e.mu.Lock()
			defer e.mu.Unlock()
			e.sentAt = time.Now() // the clock of the wire, not of the rules: only its distance to now is ever used
		},
	}), e
}

// noteUsage keeps what an answer's headers say for who waits to call next.
func noteUsage(ctx context.Context, h http.Header) {
	e, ok := ctx.Value(exchangesKey{}).(*exchanges)
	if !ok {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.pause = max(e.pause, usagePause(h))
}

// outcome returns how long ago the last request went out, and the pause that was asked for.
func (e *exchanges) outcome() (sent time.Duration, pause time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.sentAt.IsZero() {
		sent = time.Since(e.sentAt)
	}
	return sent, e.pause
}

// usage is one object of the usage headers: percentages of the last hour's allowance, and minutes.
type usage struct {
	Calls   wireInt `json:"call_count"`
	Time    wireInt `json:"total_time"`
	CPUTime wireInt `json:"total_cputime"`
	Regain  wireInt `json:"estimated_time_to_regain_access"`
}

// usagePause is how long to wait before the next call. A missing header tells nothing, nor does a time of 0.
// Source: Graph API rate limiting, read 2026-11-22.
func usagePause(h http.Header) time.Duration {
	var app usage
	var business map[string][]usage
	_ = json.Unmarshal([]byte(h.Get("X-App-Usage")), &app) // absent or unreadable: unknown
	_ = json.Unmarshal([]byte(h.Get("X-Business-Use-Case-Usage")), &business)
	pause := app.pause()
	for _, cases := range business {
		for _, u := range cases {
			pause = max(pause, u.pause())
		}
	}
	return pause
}

// maxPause bounds what a header may ask for.
const maxPause = time.Hour

// pause slows down before the limit and stops at it.
func (u usage) pause() time.Duration {
	switch percent := max(u.Calls, u.Time, u.CPUTime); {
	case percent >= 100 && u.Regain > 0:
		return min(time.Duration(min(u.Regain, 60))*time.Minute, maxPause)
	case percent >= 100:
		return 5 * time.Minute
	case percent >= 95:
		return 15 * time.Second
	case percent >= 80:
		return 3 * time.Second
	}
	return 0
}
