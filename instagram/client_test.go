package instagram_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"parlor/instagram"
)

// What must never be seen in an error, a log or a redirect.
const (
	secretCode   = instagram.Secret("AQ-the-code-of-the-callback")
	secretToken  = instagram.Secret("IGAA-the-access-token")
	secretApp    = instagram.Secret("the-app-secret-0123456789")
	someRedirect = "https://parlor.example/auth/instagram/callback"
)

// answering is a client whose Instagram answers every request with the same.
func answering(t *testing.T, status int, body string) *instagram.Client {
	t.Helper()
	return serving(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	})
}

func serving(t *testing.T, handler http.HandlerFunc) *instagram.Client {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return clientOf(t, server.URL, time.Second)
}

func clientOf(t *testing.T, address string, timeout time.Duration) *instagram.Client {
	t.Helper()
	client, err := instagram.NewClient(instagram.ClientOptions{
		GraphURL: address, APIURL: address + "/", AuthorizeURL: address + "/oauth/authorize",
		AppID: "990602627938098", AppSecret: secretApp, Timeout: timeout,
	})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// calls is every call that takes something secret.
var calls = map[string]func(context.Context, *instagram.Client) error{
	"exchange": func(ctx context.Context, c *instagram.Client) error {
		_, err := c.Exchange(ctx, secretCode, someRedirect)
		return err
	},
	"long-lived": func(ctx context.Context, c *instagram.Client) error {
		_, err := c.LongLived(ctx, secretToken)
		return err
	},
	"refresh": func(ctx context.Context, c *instagram.Client) error {
		_, err := c.Refresh(ctx, secretToken)
		return err
	},
	"me":          func(ctx context.Context, c *instagram.Client) error { _, err := c.Me(ctx, secretToken); return err },
	"subscribe":   func(ctx context.Context, c *instagram.Client) error { return c.Subscribe(ctx, secretToken) },
	"unsubscribe": func(ctx context.Context, c *instagram.Client) error { return c.Unsubscribe(ctx, secretToken) },
	"subscriptions": func(ctx context.Context, c *instagram.Client) error {
		_, err := c.Subscriptions(ctx, secretToken)
		return err
	},
}

func TestBadAnswersKeepSecrets(t *testing.T) {
	t.Parallel()
	// Each answer quotes everything it was sent, as an unkind upstream might.
	echo := func(status int, shape string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			_ = r.ParseForm()
			quoted := strings.ReplaceAll(fmt.Sprint(r.URL, r.Form, r.Header), `"`, "'")
			w.Header().Set("Location", "/elsewhere?"+r.URL.RawQuery)
			w.WriteHeader(status)
			_, _ = fmt.Fprintf(w, shape, quoted)
		}
	}
	upstreams := map[string]http.HandlerFunc{
		"flat error":   echo(400, `{"error_type":"OAuthException","code":400,"error_message":"%s"}`),
		"nested error": echo(401, `{"error":{"message":"%s","type":"OAuthException","code":190,"error_subcode":463}}`),
		"error in 200": echo(200, `{"error":{"message":"%s","code":2}}`),
		"html":         echo(502, `<html>%s</html>`),
		"not json":     echo(200, `%s`),
		"empty object": echo(200, `{"x":"%s"}`),
		"redirect":     echo(302, `%s`),
		"too large":    echo(200, `{"access_token":"a","x":"`+strings.Repeat("y", 4<<20)+`","z":"%s"}`),
		"cut":          cutOff,
		"garbage":      garbage,
	}
	for upstream, handler := range upstreams {
		client := serving(t, handler)
		for name, call := range calls {
			wantKept(t, upstream+": "+name, call(t.Context(), client))
		}
	}
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	for name, call := range calls {
		wantKept(t, "closed: "+name, call(t.Context(), clientOf(t, closed.URL, time.Second)))
	}
}

// cutOff promises more than it sends.
func cutOff(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Length", "1000")
	_, _ = io.WriteString(w, r.URL.RawQuery)
}

// garbage answers with what is no HTTP and quotes the request.
func garbage(w http.ResponseWriter, r *http.Request) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	_, _ = io.WriteString(conn, r.URL.RawQuery+r.Header.Get("Authorization")+"\r\n\r\n")
	_ = conn.Close()
}

func wantKept(t *testing.T, name string, err error) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: no error", name)
		return
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Error("call", "error", err, "token", secretToken, "secret", secretApp)
	shown := fmt.Sprintf("%v %+v %#v %q %s", err, err, err, err, log.String())
	for _, secret := range []instagram.Secret{secretCode, secretToken, secretApp} {
		if strings.Contains(shown, secret.Reveal()) || strings.Contains(shown, url.QueryEscape(secret.Reveal())) {
			t.Errorf("%s shows a secret: %s", name, shown)
		}
	}
	if _, ok := errors.AsType[*url.Error](err); ok {
		t.Errorf("%s: the chain holds a *url.Error", name)
	}
	if instagram.FaultOf(err) == instagram.FaultNone {
		t.Errorf("%s: unclassified %v", name, err)
	}
}

func TestSlowInstagram(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(release) })
	client := clientOf(t, server.URL, 30*time.Millisecond)
	for name, call := range calls {
		err := call(t.Context(), client)
		if !errors.Is(err, instagram.ErrUnreachable) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNoRedirectIsFollowed(t *testing.T) {
	t.Parallel()
	followed := false
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { followed = true }))
	t.Cleanup(other.Close)
	client := serving(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL+r.URL.String(), http.StatusTemporaryRedirect)
	})
	for name, call := range calls {
		if err := call(t.Context(), client); !errors.Is(err, instagram.ErrBadAnswer) || followed {
			t.Errorf("%s: %v, followed: %v", name, err, followed)
		}
	}
}

func TestExchangeShapes(t *testing.T) {
	t.Parallel()
	both := []string{"a", "b"}
	tests := map[string]struct {
		body   string
		userID string
		perms  []string
	}{
		"flat, number, array": {`{"access_token":"t","user_id":17841463072915507,"permissions":["a","b"]}`, account, both},
		"flat, string, text":  {`{"access_token":"t","user_id":"17841463072915507","permissions":"a, b"}`, account, both},
		"wrapped":             {`{"data":[{"access_token":"t","user_id":"17841463072915507","permissions":"a,b"}]}`, account, both},
		"wrapped number":      {`{"data":[{"access_token":"t","user_id":17841463072915507,"permissions":["a","b"]}]}`, account, both},
		"wrapped object":      {`{"data":{"access_token":"t","user_id":17841463072915507}}`, account, nil},
		"no permissions":      {`{"access_token":"t","user_id":17841463072915507}`, account, nil},
		"null permissions":    {`{"access_token":"t","user_id":17841463072915507,"permissions":null}`, account, nil},
		"none granted":        {`{"access_token":"t","permissions":""}`, "", []string{}},
		"empty array":         {`{"access_token":"t","permissions":[]}`, "", []string{}},
	}
	for name, tc := range tests {
		got, err := answering(t, 200, tc.body).Exchange(t.Context(), secretCode, someRedirect)
		if err != nil || got.Value != "t" || got.UserID != tc.userID || !slices.Equal(got.Permissions, tc.perms) || (got.Permissions == nil) != (tc.perms == nil) {
			t.Errorf("%s: %q %q %v, %v", name, got.UserID, got.Permissions, got.Permissions == nil, err)
		}
	}
	for name, body := range map[string]string{
		"empty token": `{"access_token":"","user_id":1}`, "no token": `{"user_id":1}`, "empty data": `{"data":[]}`,
		"float id": `{"access_token":"t","user_id":1.7e16}`, "list": `[]`, "null": `null`, "text token": `{"access_token":5}`,
		"odd permissions": `{"access_token":"t","permissions":5}`,
	} {
		if _, err := answering(t, 200, body).Exchange(t.Context(), secretCode, someRedirect); !errors.Is(err, instagram.ErrBadAnswer) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestExchangeSends(t *testing.T) {
	t.Parallel()
	var form url.Values
	client := serving(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.URL.Path != "/oauth/access_token" || r.URL.RawQuery != "" || r.Header.Get("Authorization") != "" {
			t.Errorf("%s %s", r.Method, r.URL)
		}
		_ = r.ParseForm()
		form = r.PostForm
		_, _ = io.WriteString(w, `{"access_token":"t"}`)
	})
	if _, err := client.Exchange(t.Context(), secretCode+"#_", someRedirect); err != nil {
		t.Fatal(err)
	}
	want := url.Values{
		"client_id": {"990602627938098"}, "client_secret": {secretApp.Reveal()}, "grant_type": {"authorization_code"},
		"redirect_uri": {someRedirect}, "code": {secretCode.Reveal()},
	}
	if form.Encode() != want.Encode() {
		t.Errorf("form %v", form)
	}
}

func TestAuthorizeURL(t *testing.T) {
	t.Parallel()
	client, err := instagram.NewClient(instagram.ClientOptions{AppID: "42"})
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(client.AuthorizeURL(instagram.AuthorizeRequest{State: "s t", RedirectURI: someRedirect, ForceReauth: true}))
	if err != nil {
		t.Fatal(err)
	}
	want := url.Values{
		"client_id": {"42"}, "redirect_uri": {someRedirect}, "response_type": {"code"}, "state": {"s t"}, "force_reauth": {"true"},
		"enable_fb_login": {"false"}, "scope": {"instagram_business_basic,instagram_business_manage_messages"},
	}
	if u.Query().Encode() != want.Encode() || u.Scheme+"://"+u.Host+u.Path != "https://www.instagram.com/oauth/authorize" {
		t.Errorf("authorize URL %s", u)
	}
}

func TestMeShapes(t *testing.T) {
	t.Parallel()
	want := instagram.Profile{UserID: account, AppScopedID: "24918830471526639", Username: "casa", AccountType: "BUSINESS"}
	for name, body := range map[string]string{
		"flat":    `{"user_id":"17841463072915507","id":"24918830471526639","username":"casa","account_type":"BUSINESS"}`,
		"numbers": `{"user_id":17841463072915507,"id":24918830471526639,"username":"casa","account_type":"BUSINESS","name":null}`,
		"wrapped": `{"data":[{"user_id":"17841463072915507","id":"24918830471526639","username":"casa","account_type":"BUSINESS"}]}`,
	} {
		if got, err := answering(t, 200, body).Me(t.Context(), secretToken); err != nil || got != want {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	for name, body := range map[string]string{
		"no user_id": `{"id":"24918830471526639","username":"casa"}`, "empty": `{"user_id":"","id":"1"}`,
		"letters": `{"user_id":"17841x"}`, "float": `{"user_id":1.7841463072915507e16}`, "empty data": `{"data":[]}`,
	} {
		if got, err := answering(t, 200, body).Me(t.Context(), secretToken); !errors.Is(err, instagram.ErrBadAnswer) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	for kind, want := range map[string]bool{"BUSINESS": true, "Business": true, "Media_Creator": true, "CREATOR": true, "": true, "PERSONAL": false, "Personal": false} {
		if got := (instagram.Profile{AccountType: kind}).Professional(); got != want {
			t.Errorf("%q is professional: %v", kind, got)
		}
	}
}

func TestTokenLifetimes(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"none": `{"access_token":"t"}`, "negative": `{"access_token":"t","expires_in":-1}`, "huge": `{"access_token":"t","expires_in":99999999999}`,
		"empty token": `{"access_token":"","expires_in":5}`,
	} {
		if _, err := answering(t, 200, body).LongLived(t.Context(), secretToken); !errors.Is(err, instagram.ErrBadAnswer) {
			t.Errorf("%s: %v", name, err)
		}
	}
	got, err := answering(t, 200, `{"access_token":"t","token_type":"bearer","expires_in":"5183944","permissions":["a"]}`).Refresh(t.Context(), secretToken)
	if err != nil || got.ExpiresAt.Sub(got.IssuedAt) != 5183944*time.Second {
		t.Errorf("%v, %v", got, err)
	}
}

func TestSubscriptionShapes(t *testing.T) {
	t.Parallel()
	for body, want := range map[string][]string{
		`{"data":[]}`: {},
		`{"data":[{"id":"1","subscribed_fields":["messages","comments"]}]}`:                                           {"comments", "messages"},
		`{"data":[{"subscribed_fields":[{"name":"messages","version":"v25.0"}]},{"subscribed_fields":["messages"]}]}`: {"messages"},
	} {
		if got, err := answering(t, 200, body).Subscriptions(t.Context(), secretToken); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %v", body, got, err)
		}
	}
	for _, body := range []string{`{}`, `[]`, `{"data":5}`, `{"data":[{"subscribed_fields":5}]}`} {
		if got, err := answering(t, 200, body).Subscriptions(t.Context(), secretToken); !errors.Is(err, instagram.ErrBadAnswer) {
			t.Errorf("%s: %q, %v", body, got, err)
		}
	}
	if err := answering(t, 200, `{"success":false}`).Subscribe(t.Context(), secretToken); !errors.Is(err, instagram.ErrBadAnswer) {
		t.Errorf("no success: %v", err)
	}
}

func TestClientRefusesAddresses(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"graph.instagram.com", "ftp://x", "https://user:pass@x", "://", "https://"} {
		if _, err := instagram.NewClient(instagram.ClientOptions{GraphURL: address}); err == nil {
			t.Errorf("%q was taken", address)
		}
	}
}
