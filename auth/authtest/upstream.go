package authtest

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"parlor/auth"
)

// Upstream stands between a strategy and the other site, and can misbehave at one of its paths.
type Upstream struct {
	URL string

	mu    sync.Mutex
	step  string
	way   Misbehaviour
	calls int
	met   int
}

// NewUpstream serves site until the test ends.
func NewUpstream(t testing.TB, site http.Handler) *Upstream {
	t.Helper()
	u := &Upstream{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if way := u.enter(r.URL.Path); way.Serve != nil {
			_ = r.ParseForm() // a server notices that its caller has gone only after the body
			way.Serve(w, r)
			return
		}
		site.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	u.URL = server.URL
	return u
}

func (u *Upstream) enter(path string) Misbehaviour {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.calls++
	if u.step == "" || !strings.HasSuffix(path, u.step) {
		return Misbehaviour{}
	}
	u.met++
	return u.way
}

// Misbehave answers requests whose path ends in step in a bad way, until Behave.
func (u *Upstream) Misbehave(step string, way Misbehaviour) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.step, u.way, u.met = step, way, 0
}

// Behave passes everything on again.
func (u *Upstream) Behave() { u.Misbehave("", Misbehaviour{}) }

// Calls returns how many requests there were.
func (u *Upstream) Calls() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.calls
}

// Met returns how many requests were answered badly.
func (u *Upstream) Met() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.met
}

// Misbehaviour is one way to be bad.
type Misbehaviour struct {
	Serve http.HandlerFunc
	Wants []error       // the refusals that fit; empty: any of the closed set
	Bound time.Duration // of the caller's patience; 0: enough
}

func (m Misbehaviour) bound() time.Duration {
	if m.Bound == 0 {
		return finishWithin
	}
	return m.Bound
}

// passing is what a caller may try again; refused is what the person must begin again.
var (
	passing = []error{auth.ErrUpstream}
	refused = []error{auth.ErrLoginFailed, auth.ErrUpstream, auth.ErrMissingPermission}
)

// Misbehaviours are the ways, by name.
func Misbehaviours() map[string]Misbehaviour {
	return map[string]Misbehaviour{
		"hangs":                {Serve: hang, Wants: passing, Bound: 300 * time.Millisecond},
		"drips":                {Serve: drip, Wants: passing, Bound: 300 * time.Millisecond},
		"hangs up":             {Serve: hangUp, Wants: passing},
		"hangs up midway":      {Serve: hangUpMidway, Wants: passing},
		"500 with HTML":        {Serve: answer(500, "text/html", "<html>Sorry, something went wrong.</html>"), Wants: passing},
		"502 empty":            {Serve: answer(502, "text/plain", ""), Wants: passing},
		"503 as JSON":          {Serve: answer(503, "application/json", `{"error":{"code":2,"is_transient":true,"message":"x"}}`), Wants: passing},
		"429":                  {Serve: answer(429, "application/json", `{"error":{"code":4,"message":"rate"}}`), Wants: passing},
		"invalid grant":        {Serve: answer(400, "application/json", `{"error_type":"OAuthException","code":400,"error_message":"used"}`), Wants: refused},
		"invalid grant nested": {Serve: answer(400, "application/json", `{"error":{"type":"OAuthException","code":100,"message":"used"}}`), Wants: refused},
		"401 revoked":          {Serve: answer(401, "application/json", `{"error":{"code":190,"error_subcode":460,"message":"x"}}`), Wants: refused},
		"repeats what it got":  {Serve: echo(400), Wants: refused},
		"repeats it with 200":  {Serve: echo(200), Wants: passing},
		"redirects elsewhere":  {Serve: redirect, Wants: passing},
		"200 empty":            {Serve: answer(200, "application/json", ""), Wants: passing},
		"200 with HTML":        {Serve: answer(200, "text/html", "<html>Log in</html>"), Wants: passing},
		"200 null":             {Serve: answer(200, "application/json", "null"), Wants: passing},
		"200 a list":           {Serve: answer(200, "application/json", "[]"), Wants: passing},
		"200 empty object":     {Serve: answer(200, "application/json", "{}"), Wants: passing},
		"200 empty values":     {Serve: answer(200, "application/json", `{"access_token":"","user_id":"","id":"","expires_in":0}`), Wants: passing},
		"200 wrong kinds":      {Serve: answer(200, "application/json", `{"access_token":{},"user_id":[],"id":{},"expires_in":"soon"}`), Wants: passing},
		"200 a rounded id":     {Serve: answer(200, "application/json", `{"access_token":"IGx","user_id":1.7841463072915507e16,"expires_in":-5}`), Wants: passing},
		"200 cut":              {Serve: answer(200, "application/json", `{"access_token":"IGAAx","user_id":"1784146`), Wants: passing},
		"200 of 5 MB":          {Serve: answer(200, "application/json", `{"access_token":"`+strings.Repeat("x", 5<<20)+`"}`), Wants: passing},
		"204":                  {Serve: answer(204, "", ""), Wants: passing},
	}
}

func answer(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

// echo repeats every parameter, secrets among them, as a careless error page would.
func echo(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(`{"error_message":"` + r.Form.Encode() + r.Header.Get("Authorization") + `"}`))
	}
}

func redirect(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, "http://127.0.0.1:9/elsewhere?"+r.URL.RawQuery, http.StatusTemporaryRedirect)
}

func hang(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

func drip(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	for {
		if _, err := w.Write([]byte(" ")); err != nil {
			return
		}
		_ = http.NewResponseController(w).Flush()
		select {
		case <-r.Context().Done():
			return
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func hangUp(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

func hangUpMidway(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "1000")
	_, _ = w.Write([]byte(`{"access_token":"IG`))
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}
