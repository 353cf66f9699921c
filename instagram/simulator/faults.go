package simulator

import (
	"errors"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
)

// FaultKind says what goes wrong.
type FaultKind string

// The kinds for calls. Each needs an endpoint.
const (
	FaultAnswer        FaultKind = ""                    // an answer of the fault's own Status, Code and Subcode
	FaultRate          FaultKind = "429"                 // too many calls: code 613, or the fault's own
	Fault5xx           FaultKind = "5xx"                 // an error of Instagram's: 503 and code 2, or the fault's own
	FaultHTML          FaultKind = "html"                // an error of something before it: 502 with a page
	FaultHang          FaultKind = "hang"                // nothing done, no answer: cut off after DelayMS, or when the caller leaves
	FaultAcceptTimeout FaultKind = "accept_then_timeout" // done, but no answer, as with hang
	FaultAccept5xx     FaultKind = "accept_then_5xx"     // done, but the answer is that of 5xx
)

// The kinds for webhooks.
const (
	FaultDuplicate FaultKind = "duplicate" // it comes twice, the second time after DelayMS
	FaultReorder   FaultKind = "reorder"   // the next one overtakes it; it waits for that at most DelayMS, or a second
	FaultDrop      FaultKind = "drop"      // it never comes
	FaultDelay     FaultKind = "delay"     // it comes DelayMS late
)

// The kinds that happen at once, to the fault's Business.
const (
	FaultRevoke      FaultKind = "revoke"      // all its tokens die
	FaultUnsubscribe FaultKind = "unsubscribe" // its webhooks end without a word
)

var (
	callKinds    = []FaultKind{FaultAnswer, FaultRate, Fault5xx, FaultHTML, FaultHang, FaultAcceptTimeout, FaultAccept5xx}
	webhookKinds = []FaultKind{FaultDrop, FaultDelay, FaultReorder, FaultDuplicate}
	onceKinds    = []FaultKind{FaultRevoke, FaultUnsubscribe}
)

// Fault makes calls or webhooks go wrong, so that a bad day can be played. Set with POST /_sim/faults. Which of the
// matching calls a Rate strikes follows from Options.Seed and the order of the faults and of the calls alone.
type Fault struct {
	Endpoint string    `json:"endpoint,omitempty"` // how the path or Call.Endpoint ends: "/me", "/me/messages", "/{message}" …; "/" is every call
	Kind     FaultKind `json:"kind"`
	Business string    `json:"business,omitempty"` // user id or username; empty: everybody's
	Times    int       `json:"times,omitempty"`    // how many; 0: one, or without end when there is a rate
	Rate     float64   `json:"rate,omitempty"`     // 0 to 1: each with this probability; 0: each
	Status   int       `json:"status,omitempty"`   // of the answer; for kind "", 0 answers as usual, after the delay
	Code     int       `json:"code,omitempty"`     // of the Graph error; for kind "", 0 is a page of HTML
	Subcode  int       `json:"subcode,omitempty"`
	DelayMS  int       `json:"delay_ms,omitempty"` // before the answer, or as the kind says
}

func (f Fault) check() error {
	once := slices.Contains(onceKinds, f.Kind)
	switch {
	case once && f.Business == "":
		return errors.New("business must be given")
	case slices.Contains(callKinds, f.Kind) && !strings.HasPrefix(f.Endpoint, "/"):
		return errors.New("endpoint must be a path's end, such as /me")
	case !once && !slices.Contains(callKinds, f.Kind) && !slices.Contains(webhookKinds, f.Kind):
		return errors.New("unknown kind")
	case f.Status != 0 && (f.Status < 300 || f.Status > 599) || f.Times < 0 || f.DelayMS < 0 || !(f.Rate >= 0 && f.Rate <= 1):
		return errors.New("status must be 300 to 599, times and delay_ms not negative, rate 0 to 1")
	}
	return nil
}

// strikes is a fault that was set, and how often it has struck.
type strikes struct {
	Fault
	Struck int `json:"struck"`
	random *rand.Rand
	userID string // of Business
}

// takes uses the fault up by one if it strikes now.
func (f *strikes) takes() bool {
	limit := f.Times
	if limit == 0 && f.Rate == 0 {
		limit = 1
	}
	if limit > 0 && f.Struck >= limit || f.Rate > 0 && f.random.Float64() >= f.Rate {
		return false
	}
	f.Struck++
	return true
}

func (f *strikes) concerns(userID string) bool { return f.userID == "" || f.userID == userID }

// Fail makes calls or webhooks go wrong; see POST /_sim/faults. Errors: what check refuses, and an unknown business.
func (s *Simulator) Fail(f Fault) error {
	b, ok := s.business(f.Business)
	if !ok && f.Business != "" {
		return errUnknownBusiness
	}
	if err := f.check(); err != nil {
		return err
	}
	switch f.Kind {
	case FaultRevoke:
		s.Revoke(b)
		return nil
	case FaultUnsubscribe:
		return s.Unsubscribe(b)
	}
	s.state.addFault(&strikes{Fault: f, userID: b.UserID}, s.o.Seed)
	return nil
}

// Calm takes all faults back; calls that hang still hang.
func (s *Simulator) Calm() {
	s.state.mu.Lock()
	defer s.state.mu.Unlock()
	s.state.faults = nil
}

func (s *state) addFault(f *strikes, seed uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faultsSet++
	f.random = rand.New(rand.NewPCG(seed, s.faultsSet)) //nolint:gosec // repeatable, not secret
	s.faults = append(s.faults, f)
}

// callFault returns the fault that strikes a call.
func (s *state) callFault(path string, c Call) (Fault, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.faults {
		fits := f.Endpoint == "/" || strings.HasSuffix(path, f.Endpoint) || strings.HasSuffix(c.Endpoint, f.Endpoint)
		if fits && slices.Contains(callKinds, f.Kind) && f.concerns(c.BusinessID) && f.takes() {
			return f.Fault, true
		}
	}
	return Fault{}, false
}

// webhookFaults returns the faults that strike a webhook: at most one of each kind.
func (s *state) webhookFaults(businessID string) map[FaultKind]Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	struck := map[FaultKind]Fault{}
	for _, f := range s.faults {
		_, already := struck[f.Kind]
		if !already && slices.Contains(webhookKinds, f.Kind) && f.concerns(businessID) && f.takes() {
			struck[f.Kind] = f.Fault
		}
	}
	if _, dropped := struck[FaultDrop]; dropped {
		s.dropped++
	}
	return struck
}

// makeFault is POST /_sim/faults with the fields of Fault.
func (s *Simulator) makeFault(w http.ResponseWriter, r *http.Request) {
	var f Fault
	if !read(w, r, &f) {
		return
	}
	if err := s.Fail(f); err != nil {
		refuse(w, http.StatusUnprocessableEntity, err)
		return
	}
	writeJSON(w, http.StatusCreated, f)
}

// listFaults is GET /_sim/faults: each with how often it has struck.
func (s *Simulator) listFaults(w http.ResponseWriter, _ *http.Request) {
	s.state.mu.RLock()
	defer s.state.mu.RUnlock()
	writeJSON(w, http.StatusOK, map[string]any{"items": append([]*strikes{}, s.state.faults...)})
}

// clearFaults is DELETE /_sim/faults.
func (s *Simulator) clearFaults(w http.ResponseWriter, _ *http.Request) {
	s.Calm()
	w.WriteHeader(http.StatusNoContent)
}
