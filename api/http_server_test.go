package api_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"parlor/api"
)

// listening serves h on a free port until the test ends and returns its address.
func listening(t *testing.T, s *http.Server) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { _ = s.Close() })
	return l.Addr().String()
}

// raw sends bytes as they are and reads one answer.
func raw(t *testing.T, address, request string) answer {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("read the answer to %.60q: %v", request, err)
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(response.Body)
	return answer{status: response.StatusCode, header: response.Header, body: string(text)}
}

func TestRequestsAsBytes(t *testing.T) {
	t.Parallel()
	s, err := api.New(api.Deps{PublicURL: mustURL(t, origin)})
	if err != nil {
		t.Fatal(err)
	}
	address := listening(t, s.HTTPServer(""))
	const begin = "GET /api/v1/ui/session HTTP/1.1\r\nHost: localhost:8080\r\nConnection: close\r\n"
	tests := map[string]struct {
		request string
		status  int
		code    string // empty: net/http's own answer
	}{
		"no credential":            {begin + "\r\n", 401, "missing_token"},
		"a repeated Authorization": {begin + "Authorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n", 400, "invalid_request"},
		"large headers":            {begin + "X-Padding: " + strings.Repeat("x", 20<<10) + "\r\n\r\n", 431, "headers_too_large"},
		"huge headers":             {begin + "X-Padding: " + strings.Repeat("x", 200<<10) + "\r\n\r\n", 431, ""},
		"two hosts":                {"GET / HTTP/1.1\r\nHost: localhost:8080\r\nHost: evil.example\r\nConnection: close\r\n\r\n", 400, ""},
		"no host":                  {"GET / HTTP/1.1\r\nConnection: close\r\n\r\n", 400, ""},
		"a foreign absolute URL":   {"GET http://evil.example/ HTTP/1.1\r\nHost: localhost:8080\r\nConnection: close\r\n\r\n", 421, "misdirected_request"},
		"a body of two lengths":    {begin + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400, ""},
	}
	for name, tc := range tests {
		a := raw(t, address, tc.request)
		if tc.code == "" {
			if a.status != tc.status {
				t.Errorf("%s: %d, want %d", name, a.status, tc.status)
			}
			continue
		}
		if p := a.problem(t); p.Status != tc.status || p.Code != tc.code {
			t.Errorf("%s: %d %s, want %d %s", name, p.Status, p.Code, tc.status, tc.code)
		}
	}
}

func TestServerLimits(t *testing.T) {
	t.Parallel()
	s := api.NewHTTPServer("127.0.0.1:0", http.NotFoundHandler(), slog.New(slog.DiscardHandler))
	if s.ReadHeaderTimeout <= 0 || s.ReadTimeout <= 0 || s.WriteTimeout <= 0 || s.IdleTimeout <= 0 || s.MaxHeaderBytes <= 0 {
		t.Errorf("a limit is missing: %+v", s)
	}
}

func TestPanicIsAProblem(t *testing.T) {
	t.Parallel()
	lines := logLines{ch: make(chan string, 100)}
	s, err := api.New(api.Deps{PublicURL: mustURL(t, origin), Logger: slog.New(slog.NewJSONHandler(lines, nil))})
	if err != nil {
		t.Fatal(err)
	}
	s.Mount("GET", "/boom", func(*gin.Context) { panic(fmt.Errorf("secret of the house: %w", context.Canceled)) })
	a := (&client{t: t, handler: s}).do("GET", "/boom")
	a.refused(t, 500, "internal_error")
	if strings.Contains(a.body, "house") {
		t.Errorf("the panic is shown: %s", a.body)
	}
	if line := <-lines.ch; !strings.Contains(line, "http.panic") || !strings.Contains(line, a.problem(t).RequestID) {
		t.Errorf("logged %s", line)
	}
}
