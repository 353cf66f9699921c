package simulator_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"parlor/instagram"
	"parlor/instagram/simulator"
)

const (
	redirectURI = "https://parlor.example/auth/instagram/callback"
	appSecret   = instagram.Secret("an-app-secret-of-the-simulator")
	verifyToken = instagram.Secret("verify-me")
	casa        = "casalumen.studio"
)

// world is a simulator behind HTTP with a client of ours in front of it.
type world struct {
	*simulator.Simulator
	url    string
	client *instagram.Client
}

func start(t *testing.T, o simulator.Options) world {
	t.Helper()
	o.AppSecret, o.VerifyToken = appSecret, verifyToken
	if o.RedirectURIs == nil {
		o.RedirectURIs = []string{redirectURI}
	}
	if o.Conversations == 0 {
		o.Conversations = 3
	}
	sim, err := simulator.New(o)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- sim.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
		if err := sim.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	client, err := instagram.NewClient(instagram.ClientOptions{
		GraphURL: server.URL, APIURL: server.URL, AuthorizeURL: server.URL + "/oauth/authorize",
		AppID: simulator.DefaultAppID, AppSecret: appSecret, Now: o.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	return world{Simulator: sim, url: server.URL, client: client}
}

// visit opens the authorize URL as a browser would, without following the redirect.
func (w world) visit(t *testing.T, address string) *http.Response {
	t.Helper()
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := browser.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	return resp
}

// code signs in as the account at once and returns the code of the callback.
func (w world) code(t *testing.T, account, extra string) instagram.Secret {
	t.Helper()
	address := w.client.AuthorizeURL(instagram.AuthorizeRequest{State: "st", RedirectURI: redirectURI})
	resp := w.visit(t, address+"&sim_approve="+account+extra)
	back, err := url.Parse(resp.Header.Get("Location"))
	if err != nil || back.Query().Get("state") != "st" || back.Query().Get("code") == "" {
		t.Fatalf("status %d, location %q, error %v", resp.StatusCode, resp.Header.Get("Location"), err)
	}
	return instagram.Secret(back.Query().Get("code"))
}

func (w world) longToken(t *testing.T, account string) instagram.Token {
	t.Helper()
	short, err := w.client.Exchange(t.Context(), w.code(t, account, ""), redirectURI)
	if err != nil {
		t.Fatal(err)
	}
	token, err := w.client.LongLived(t.Context(), short.Value)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// post calls the control API and returns status and decoded answer.
func (w world) post(t *testing.T, path string, body any) (int, map[string]any) {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.Post(w.url+path, "application/json", bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var answer map[string]any
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &answer); err != nil {
			t.Fatalf("%s answered %q", path, raw)
		}
	}
	return resp.StatusCode, answer
}

// clock is a time that a test moves.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }
