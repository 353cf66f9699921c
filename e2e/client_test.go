//go:build e2e

package e2e_test

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// client keeps one connection an address, as a browser would; a test that kills the server gets an error, not a retry.
var client = &http.Client{Timeout: 10 * time.Second}

// answer is as much of the contract's answers as these tests look at.
type answer struct {
	Status int `json:"-"`

	Code       string `json:"code"`
	Token      string `json:"token"`
	AccountID  string `json:"account_id"`
	Role       string `json:"role"`
	ID         string `json:"id"`
	MID        string `json:"mid"`
	NextCursor string `json:"next_cursor"`

	Items []answer `json:"items"`
}

// call sends a request and reads the answer; Status is 0 when there was none.
func call(t *testing.T, req *http.Request) answer {
	t.Helper()
	response, err := client.Do(req)
	if err != nil {
		return answer{}
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return answer{}
	}
	a := answer{}
	if len(body) > 0 && strings.Contains(response.Header.Get("Content-Type"), "json") {
		if err := json.Unmarshal(body, &a); err != nil {
			t.Errorf("%s %s: %v in %s", req.Method, req.URL, err, body)
		}
	}
	a.Status = response.StatusCode
	return a
}

// mustCall is call for a request whose answer must be a success.
func mustCall(t *testing.T, req *http.Request) answer {
	t.Helper()
	a := call(t, req)
	if a.Status/100 != 2 {
		t.Fatalf("%s %s = %d %s", req.Method, req.URL, a.Status, a.Code)
	}
	return a
}

// request makes a request; headers are pairs of name and value.
func request(t *testing.T, method, address, body string, headers ...string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	return req
}

func bearer(token string) []string { return []string{"Authorization", "Bearer " + token} }

// pages reads a list to its end.
func pages(t *testing.T, address, token string) []answer {
	t.Helper()
	var all []answer
	for cursor := ""; ; {
		page := mustCall(t, request(t, http.MethodGet, address+"?limit=50&cursor="+url.QueryEscape(cursor), "", bearer(token)...))
		all = append(all, page.Items...)
		if cursor = page.NextCursor; cursor == "" {
			return all
		}
	}
}

// freeAddr returns a loopback address that nobody listens on.
func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func portOf(t *testing.T, addr string) string {
	t.Helper()
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	return port
}
