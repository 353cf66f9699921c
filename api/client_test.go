package api_test

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"parlor/api"
)

// origin is the public origin of servers in tests; requests go to it without a network.
const origin = "http://localhost:8080"

func mustURL(tb testing.TB, s string) *url.URL {
	tb.Helper()
	u, err := url.Parse(s)
	if err != nil {
		tb.Fatal(err)
	}
	return u
}

// bare is a server with nothing behind it: enough for everything that is refused or served before a store is asked.
func bare(t *testing.T, change func(*api.Deps)) *client {
	t.Helper()
	d := api.Deps{PublicURL: mustURL(t, origin)}
	if change != nil {
		change(&d)
	}
	s, err := api.New(d)
	if err != nil {
		t.Fatal(err)
	}
	return &client{t: t, handler: s}
}

// client sends requests straight to a handler.
type client struct {
	t       testing.TB
	handler http.Handler
	header  http.Header // on every request
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

// change alters a request before it is sent.
type change func(*http.Request)

func with(name, value string) change { return func(r *http.Request) { r.Header.Add(name, value) } }

func body(text string) change {
	return func(r *http.Request) {
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
		if r.Header.Get("Content-Type") == "" {
			r.Header.Set("Content-Type", "application/json")
		}
	}
}

func host(name string) change { return func(r *http.Request) { r.Host = name } }

// do sends one request; target is a path, or an absolute URL.
func (c *client) do(method, target string, changes ...change) answer {
	c.t.Helper()
	r := httptest.NewRequestWithContext(c.t.Context(), method, origin+target, nil)
	r.RequestURI = target
	maps.Copy(r.Header, c.header)
	for _, change := range changes {
		change(r)
	}
	w := httptest.NewRecorder()
	c.handler.ServeHTTP(w, r)
	return answer{status: w.Code, header: w.Result().Header, body: w.Body.String()}
}

// as returns a client that sends the credential with every request.
func (c *client) as(token string) *client {
	return &client{t: c.t, handler: c.handler, header: http.Header{"Authorization": {"Bearer " + token}}}
}

// problem reads the answer as a problem document and checks what every one must have.
func (a answer) problem(tb testing.TB) api.Problem {
	tb.Helper()
	var p api.Problem
	if err := json.Unmarshal([]byte(a.body), &p); err != nil {
		tb.Fatalf("status %d with a body that is no problem document: %v: %.200s", a.status, err, a.body)
	}
	if got := a.header.Get("Content-Type"); got != "application/problem+json" {
		tb.Errorf("Content-Type = %q", got)
	}
	if p.Status != a.status || p.Code == "" || p.Title == "" || p.RequestID != a.header.Get("X-Request-ID") {
		tb.Errorf("incomplete problem for status %d: %s", a.status, a.body)
	}
	if p.Type != "/problems/"+strings.ReplaceAll(p.Code, "_", "-") {
		tb.Errorf("type %q does not name code %q", p.Type, p.Code)
	}
	return p
}

// refused checks that the answer is the problem with this status and code.
func (a answer) refused(tb testing.TB, status int, code string) {
	tb.Helper()
	if p := a.problem(tb); a.status != status || p.Code != code {
		tb.Errorf("answer = %d %s, want %d %s", a.status, p.Code, status, code)
	}
}

// read decodes a successful JSON answer.
func read[T any](tb testing.TB, a answer) T {
	tb.Helper()
	var v T
	if a.status/100 != 2 {
		tb.Fatalf("status %d: %.300s", a.status, a.body)
	}
	if err := json.Unmarshal([]byte(a.body), &v); err != nil {
		tb.Fatalf("read %.200s: %v", a.body, err)
	}
	return v
}
