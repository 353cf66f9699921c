package simulator

import (
	"fmt"
	"net/http"
	"sync"
	"time"
)

// What an account may do in a second. Source: Instagram platform overview, rate limiting, read 2026-11-22.
const (
	callsPerSecond = 2
	textsPerSecond = 100
	mediaPerSecond = 10
)

// second is a little short, so that calls made exactly at the limit are not refused for the network's jitter.
const second = 950 * time.Millisecond

// hourlyCalls is what a business may do at two calls a second: the whole of the usage headers.
const hourlyCalls = callsPerSecond * 3600

// limit sets the usage headers of a call; it refuses one that is too many, if that is switched on, and reports so.
// Source: Graph API rate limiting, read 2026-11-22.
func (s *Simulator) limit(w http.ResponseWriter, c Call) (refused bool) {
	shapes := s.state.currentShapes()
	tooMany := shapes.EnforceRate && !c.Send() && s.calls.since(c.BusinessID, c.At.Add(-second), callsPerSecond+1) > callsPerSecond
	percent := shapes.UsagePercent
	if percent == 0 {
		percent = 100 * s.calls.since(c.BusinessID, c.At.Add(-time.Hour), hourlyCalls) / hourlyCalls
	}
	if tooMany {
		percent = 100
	}
	setUsage(w.Header(), c.BusinessID, percent, shapes.RegainMinutes)
	if !tooMany {
		return false
	}
	w.Header().Set("Retry-After", "1")
	code := shapes.RateCode
	if code == 0 {
		code = 613
	}
	(&graphError{Status: http.StatusTooManyRequests, Code: code}).localised(s.language(c.BusinessID)).write(w)
	return true
}

// setUsage writes the headers; below 0 percent there are none.
func setUsage(h http.Header, businessID string, percent, regainMinutes int) {
	if percent < 0 {
		return
	}
	h.Set("X-App-Usage", fmt.Sprintf(`{"call_count":%d,"total_time":%d,"total_cputime":%d}`, percent, percent/2, percent/3))
	h.Set("X-Business-Use-Case-Usage", fmt.Sprintf(
		`{%q:[{"type":"instagram","call_count":%d,"total_cputime":%d,"total_time":%d,"estimated_time_to_regain_access":%d}]}`,
		businessID, percent, percent/3, percent/2, regainMinutes))
}

// pace counts the sends of the last second.
type pace struct {
	mu   sync.Mutex
	last map[string][]time.Time // by user id and kind
}

func newPace() *pace { return &pace{last: map[string][]time.Time{}} }

// take reports whether one more is within the limit, and counts it then.
func (p *pace) take(key string, now time.Time, most int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	recent := p.last[key]
	for len(recent) > 0 && now.Sub(recent[0]) >= time.Second {
		recent = recent[1:]
	}
	ok := len(recent) < most
	if ok {
		recent = append(recent, now)
	}
	p.last[key] = recent
	return ok
}
