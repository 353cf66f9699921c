package simulator_test

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"parlor/instagram"
	"parlor/instagram/simulator"
)

// call sends a request as any client could and returns status and body.
func (w world) call(t *testing.T, method, path string, token instagram.Secret) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, w.url+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if !token.IsZero() {
		req.Header.Set("Authorization", "Bearer "+token.Reveal())
	}
	return w.do(t, req)
}

func (w world) do(t *testing.T, req *http.Request) (int, string) {
	t.Helper()
	resp, err := new(http.Client).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

func TestGraphRefuses(t *testing.T) {
	t.Parallel()
	w := start(t, simulator.Options{})
	token, err := w.DashboardToken(casa)
	if err != nil {
		t.Fatal(err)
	}
	other := w.Businesses()[1].UserID
	tests := map[string]struct {
		method, path string
		token        instagram.Secret
		code         int
	}{
		"no token":             {http.MethodGet, "/v25.0/me", "", 2500},
		"bad token":            {http.MethodGet, "/v25.0/me", "IGAAx", 190},
		"other account":        {http.MethodGet, "/v25.0/" + other, token, 100},
		"other's subscription": {http.MethodDelete, "/v25.0/" + other + "/subscribed_apps", token, 100},
		"no fields":            {http.MethodPost, "/v25.0/me/subscribed_apps", token, 100},
		"unknown field":        {http.MethodPost, "/v25.0/me/subscribed_apps?subscribed_fields=messages,gossip", token, 100},
		"unknown path":         {http.MethodGet, "/v25.0/me/secrets", token, 2500},
		"exchange grant":       {http.MethodGet, "/access_token?grant_type=x", "", 100},
		"exchange secret":      {http.MethodGet, "/access_token?grant_type=ig_exchange_token&client_secret=x", "", 101},
		"exchange a long one":  {http.MethodGet, "/access_token?grant_type=ig_exchange_token&client_secret=" + appSecret.Reveal() + "&access_token=" + token.Reveal(), "", 452},
		"refresh grant":        {http.MethodGet, "/refresh_access_token?grant_type=x", "", 100},
		"refresh nothing":      {http.MethodGet, "/refresh_access_token?grant_type=ig_refresh_token", "", 2500},
	}
	for name, tc := range tests {
		status, body := w.call(t, tc.method, tc.path, tc.token)
		var answer struct {
			Error struct {
				Code int    `json:"code"`
				Type string `json:"type"`
			} `json:"error"`
		}
		if err := json.Unmarshal([]byte(body), &answer); err != nil || status != 400 || answer.Error.Code != tc.code || answer.Error.Type != "OAuthException" {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
	own := w.Businesses()[0].UserID
	if status, body := w.call(t, http.MethodGet, "/v24.0/"+own+"?fields=username&access_token="+token.Reveal(), ""); status != 200 || !strings.Contains(body, casa) {
		t.Errorf("own id, token in the query: %d %s", status, body)
	}
}

func TestExchangeForms(t *testing.T) {
	t.Parallel()
	w := start(t, simulator.Options{})
	good := url.Values{
		"client_id": {simulator.DefaultAppID}, "client_secret": {appSecret.Reveal()}, "grant_type": {"authorization_code"}, "redirect_uri": {redirectURI},
	}
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for key := range good {
		_ = form.WriteField(key, good.Get(key))
	}
	_ = form.WriteField("code", w.code(t, casa, "").Reveal())
	_ = form.Close()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.url+"/oauth/access_token", &body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", form.FormDataContentType())
	if status, answer := w.do(t, req); status != 200 || !strings.Contains(answer, "IGAA") {
		t.Errorf("multipart: %d %s", status, answer)
	}
	for key := range good {
		bad := url.Values{"code": {w.code(t, casa, "").Reveal()}}
		for k := range good {
			bad.Set(k, good.Get(k))
		}
		bad.Set(key, "wrong")
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.url+"/oauth/access_token", strings.NewReader(bad.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if status, answer := w.do(t, req); status != 400 || !strings.Contains(answer, `"error_type":"OAuthException"`) {
			t.Errorf("wrong %s: %d %s", key, status, answer)
		}
	}
}

func TestPages(t *testing.T) {
	t.Parallel()
	w := start(t, simulator.Options{})
	for path, want := range map[string]string{
		"/phone": "text/html; charset=utf-8", "/phone/app.js": "text/javascript; charset=utf-8", "/phone/style.css": "text/css; charset=utf-8",
	} {
		resp := w.visit(t, w.url+path)
		csp := resp.Header.Get("Content-Security-Policy")
		if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != want || !strings.HasPrefix(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: %d %q %q", path, resp.StatusCode, resp.Header.Get("Content-Type"), csp)
		}
	}
	if resp := w.visit(t, w.url+"/"); resp.Header.Get("Location") != "/phone" {
		t.Errorf("/ leads to %q", resp.Header.Get("Location"))
	}
	for path, want := range map[string]string{
		"/_sim/businesses": `"username":"velo.werk"`, "/_sim/customers?business=" + casa: `"items":["`, "/_sim/state": `"seeded_at"`,
	} {
		if status, body := w.call(t, http.MethodGet, path, ""); status != 200 || !strings.Contains(body, want) {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]simulator.Options{
		"no secret":  {},
		"odd shapes": {AppSecret: appSecret, Shapes: simulator.Shapes{Permissions: "xml"}},
		"state file": {AppSecret: appSecret, StateFile: t.TempDir() + "/missing/state.jsonl"},
	} {
		if _, err := simulator.New(o); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	w := start(t, simulator.Options{})
	if _, err := w.DashboardToken("nobody"); err == nil {
		t.Error("a token for nobody")
	}
}

// TestCutStateFile: a crash in the middle of a line loses that line alone.
func TestCutStateFile(t *testing.T) {
	t.Parallel()
	file := t.TempDir() + "/state.jsonl"
	first := start(t, simulator.Options{StateFile: file, Conversations: -1})
	for _, text := range []string{"first", "second"} {
		first.post(t, "/_sim/messages", map[string]string{"business": casa, "customer": "iris", "text": text})
	}
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, content[:len(content)-20], 0o600); err != nil {
		t.Fatal(err)
	}
	second := start(t, simulator.Options{StateFile: file, Conversations: -1})
	second.post(t, "/_sim/messages", map[string]string{"business": casa, "customer": "iris", "text": "third"})
	third := start(t, simulator.Options{StateFile: file, Conversations: -1})
	_, body := third.call(t, http.MethodGet, "/_sim/messages?business="+casa+"&customer=iris", "")
	if !strings.Contains(body, "first") || strings.Contains(body, "second") || !strings.Contains(body, "third") {
		t.Errorf("thread %s", body)
	}
}
