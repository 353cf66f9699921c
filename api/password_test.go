package api_test

import (
	"maps"
	"strconv"
	"strings"
	"testing"
)

// Threat 31: whoever guesses is told the same of a user who is there and of one who is not, to the last header.
func TestThreat31EveryWrongPasswordIsOneAnswer(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	answers := map[string]answer{}
	for name, who := range map[string]change{
		"wrong": basic("helen", "wrong"), "unknown": basic("nobody", "wrong"), "too long": basic("helen", strings.Repeat("x", 73)),
		"with NUL": basic("helen", password+"\x00"), "empty": basic("helen", ""), "no user": basic("", password),
	} {
		a := s.do("POST", "/api/v1/ui/session", body("{}"), who)
		a.refused(t, 401, "invalid_credentials")
		a.body = strings.Replace(a.body, a.problem(t).RequestID, "", 1)
		a.header.Del("X-Request-ID")
		a.header.Del("Date")
		answers[name] = a
	}
	first := answers["wrong"]
	for name, a := range answers {
		if a.body != first.body || !maps.EqualFunc(a.header, first.header, func(x, y []string) bool { return strings.Join(x, "\n") == strings.Join(y, "\n") }) {
			t.Errorf("%s: %s %v, want %s %v", name, a.body, a.header, first.body, first.header)
		}
	}
}

// Threat 30 over HTTP: after five wrong passwords the right one is refused as well, with the time to wait; another user comes in.
func TestThreat30TooManyWrongPasswords(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	for range 5 {
		s.do("POST", "/api/v1/ui/session", body("{}"), basic("operator", "wrong")).refused(t, 401, "invalid_credentials")
	}
	for _, text := range []string{"wrong", password} {
		a := s.do("POST", "/api/v1/ui/session", body("{}"), basic("operator", text))
		a.refused(t, 429, "too_many_attempts")
		if wait, err := strconv.Atoi(a.header.Get("Retry-After")); err != nil || wait < 1 || wait > 15*60 {
			t.Errorf("Retry-After is %q", a.header.Get("Retry-After"))
		}
	}
	s.staff("helen")
}
