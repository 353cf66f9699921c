package simulator_test

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"parlor/instagram"
	"parlor/instagram/simulator"
)

func TestSignInInEveryShape(t *testing.T) {
	t.Parallel()
	for _, permissions := range []string{"string", "array", "absent"} {
		for _, wrapped := range []bool{false, true} {
			for _, numeric := range []bool{false, true} {
				shapes := simulator.Shapes{Wrapped: wrapped, NumericIDs: numeric, Permissions: permissions, LowerTypes: numeric}
				w := start(t, simulator.Options{Shapes: shapes})
				signIn(t, w, permissions != "absent")
			}
		}
	}
}

func signIn(t *testing.T, w world, saysPermissions bool) {
	t.Helper()
	want := w.Businesses()[0]
	short, err := w.client.Exchange(t.Context(), w.code(t, casa, "")+"#_", redirectURI)
	if err != nil {
		t.Fatal(err)
	}
	granted := []string{instagram.ScopeBasic, instagram.ScopeManageMessages}
	if !saysPermissions {
		granted = nil
	}
	if short.UserID != want.UserID || !slices.Equal(short.Permissions, granted) {
		t.Errorf("short token of %q with %q, want %q with %q", short.UserID, short.Permissions, want.UserID, granted)
	}
	token, err := w.client.LongLived(t.Context(), short.Value)
	if err != nil {
		t.Fatal(err)
	}
	if days := token.ExpiresAt.Sub(token.IssuedAt).Hours() / 24; days < 59 || days > 60 {
		t.Errorf("token lives %.1f days", days)
	}
	me, err := w.client.Me(t.Context(), token.Value)
	if err != nil {
		t.Fatal(err)
	}
	if me.UserID != want.UserID || me.AppScopedID != want.AppScopedID || me.Username != casa || me.Name != want.Name || !me.Professional() {
		t.Errorf("me = %+v", me)
	}
}

func TestConsentIsRefusedOrWrong(t *testing.T) {
	t.Parallel()
	w := start(t, simulator.Options{})
	good := w.client.AuthorizeURL(instagram.AuthorizeRequest{State: "a b", RedirectURI: redirectURI})
	swap := func(from, to string) string {
		return strings.Replace(good, url.QueryEscape(from), url.QueryEscape(to), 1)
	}

	resp := w.visit(t, good+"&sim_deny=1")
	back, err := url.Parse(resp.Header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	q := back.Query()
	if q.Get("error") != "access_denied" || q.Get("error_reason") != "user_denied" || q.Get("state") != "a b" || q.Has("code") {
		t.Errorf("denied: %s", back)
	}
	for name, address := range map[string]string{
		"other client":        swap(simulator.DefaultAppID, "1"),
		"trailing slash":      swap(redirectURI, redirectURI+"/"),
		"no basic scope":      swap(instagram.ScopeBasic+",", ""),
		"unknown scope":       swap(instagram.ScopeManageMessages, "business_everything"),
		"response type":       strings.Replace(good, "response_type=code", "response_type=token", 1),
		"unknown account":     good + "&sim_approve=nobody",
		"denied wrong client": swap(simulator.DefaultAppID, "1") + "&sim_deny=1",
	} {
		resp := w.visit(t, address)
		if resp.StatusCode != http.StatusBadRequest || resp.Header.Get("Location") != "" {
			t.Errorf("%s: status %d, location %q", name, resp.StatusCode, resp.Header.Get("Location"))
		}
	}
}

func TestConsentPage(t *testing.T) {
	t.Parallel()
	w := start(t, simulator.Options{})
	resp := w.visit(t, w.client.AuthorizeURL(instagram.AuthorizeRequest{State: `"><script>`, RedirectURI: redirectURI}))
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	page := string(text)
	for _, want := range []string{"casalumen.studio", "nordkaffee", "velo.werk", "Not a professional account", ">Allow<", ">Cancel<"} {
		if !strings.Contains(page, want) {
			t.Errorf("page lacks %q", want)
		}
	}
	if strings.Contains(page, `"><script>`) {
		t.Error("state is not escaped")
	}
	csp := resp.Header.Get("Content-Security-Policy")
	if strings.Contains(csp, "unsafe") || !strings.HasSuffix(csp, "form-action 'self' https://parlor.example") {
		t.Errorf("policy %q", csp)
	}
}

func TestConsentForm(t *testing.T) {
	t.Parallel()
	w := start(t, simulator.Options{})
	form := url.Values{
		"client_id": {simulator.DefaultAppID}, "redirect_uri": {redirectURI}, "response_type": {"code"}, "state": {"s"},
		"scope":   {instagram.ScopeBasic + "," + instagram.ScopeManageMessages},
		"account": {"nordkaffee"}, "granted": {instagram.ScopeBasic}, "decision": {"allow"},
	}
	location := submit(t, w, form)
	if !strings.HasSuffix(location, "#_") {
		t.Errorf("location %q lacks #_", location)
	}
	back, err := url.Parse(location)
	if err != nil {
		t.Fatal(err)
	}
	short, err := w.client.Exchange(t.Context(), instagram.Secret(back.Query().Get("code")), redirectURI)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(short.Permissions, []string{instagram.ScopeBasic}) {
		t.Errorf("unticked, yet granted %q", short.Permissions)
	}
	form.Set("decision", "cancel")
	if location := submit(t, w, form); !strings.Contains(location, "error=access_denied") {
		t.Errorf("cancel leads to %q", location)
	}
}

func TestPartAndPersonalConsent(t *testing.T) {
	t.Parallel()
	w := start(t, simulator.Options{})
	part, err := w.client.Exchange(t.Context(), w.code(t, casa, "&sim_scopes="+instagram.ScopeBasic), redirectURI)
	if err != nil || !slices.Equal(part.Permissions, []string{instagram.ScopeBasic}) {
		t.Fatalf("granted %q, %v", part.Permissions, err)
	}
	if err := w.client.Subscribe(t.Context(), part.Value); instagram.FaultOf(err) != instagram.FaultPermission {
		t.Errorf("subscribed without the permission: %v", err)
	}
	personal, err := w.client.Exchange(t.Context(), w.code(t, "lena.unterwegs", ""), redirectURI)
	if err != nil {
		t.Fatal(err)
	}
	if me, err := w.client.Me(t.Context(), personal.Value); err != nil || me.Professional() {
		t.Errorf("personal account %+v, %v", me, err)
	}
}

func submit(t *testing.T, w world, form url.Values) string {
	t.Helper()
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := browser.PostForm(w.url+"/oauth/authorize", form)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	return resp.Header.Get("Location")
}

func TestCodeServesOnceAndForAnHour(t *testing.T) {
	t.Parallel()
	for _, nested := range []bool{false, true} {
		c := &clock{at: time.Now()}
		w := start(t, simulator.Options{Now: c.now, Shapes: simulator.Shapes{NestedErrors: nested}})
		used, otherURI, old := w.code(t, casa, ""), w.code(t, casa, ""), w.code(t, casa, "")
		if _, err := w.client.Exchange(t.Context(), used, redirectURI); err != nil {
			t.Fatal(err)
		}
		wantAPIError(t, "used", exchange(t, w, used, redirectURI))
		wantAPIError(t, "other redirect", exchange(t, w, otherURI, redirectURI+"/"))
		c.at = c.at.Add(time.Hour)
		wantAPIError(t, "old", exchange(t, w, old, redirectURI))
		wantAPIError(t, "invented", exchange(t, w, "AQinvented", redirectURI))
	}
}

func exchange(t *testing.T, w world, code instagram.Secret, redirect string) error {
	t.Helper()
	_, err := w.client.Exchange(t.Context(), code, redirect)
	return err
}

func wantAPIError(t *testing.T, name string, err error) {
	t.Helper()
	var api *instagram.APIError
	if !errors.As(err, &api) || api.HTTPStatus != 400 || api.Code != 400 || api.Fault() != instagram.FaultPermanent {
		t.Errorf("%s: %v", name, err)
	}
}

func TestTokensAge(t *testing.T) {
	t.Parallel()
	c := &clock{at: time.Now()}
	w := start(t, simulator.Options{Now: c.now})
	token := w.longToken(t, casa)

	if _, err := w.client.Refresh(t.Context(), token.Value); instagram.FaultOf(err) != instagram.FaultPermanent {
		t.Errorf("refreshed at once: %v", err)
	}
	c.at = c.at.Add(25 * time.Hour)
	renewed, err := w.client.Refresh(t.Context(), token.Value)
	if err != nil || renewed.Value == token.Value || !renewed.ExpiresAt.After(token.ExpiresAt) {
		t.Fatalf("refresh after a day: %v", err)
	}
	c.at = c.at.Add(61 * 24 * time.Hour)
	if _, err := w.client.Me(t.Context(), token.Value); instagram.FaultOf(err) != instagram.FaultReconnect {
		t.Errorf("expired token: %v", err)
	}
	if _, err := w.client.Refresh(t.Context(), renewed.Value); instagram.FaultOf(err) != instagram.FaultReconnect {
		t.Errorf("refreshed an expired token: %v", err)
	}
}

func TestTokensAreRevokedForgedAndForeign(t *testing.T) {
	t.Parallel()
	w := start(t, simulator.Options{})
	token := w.longToken(t, casa)
	for name, value := range map[string]instagram.Secret{
		"empty": "", "invented": "IGAAinvented", "cut": token.Value[:len(token.Value)-2], "shortened": token.Value[:40],
	} {
		if _, err := w.client.Me(t.Context(), value); err == nil {
			t.Errorf("%s token was taken", name)
		}
	}
	if status, _ := w.post(t, "/_sim/revoke", map[string]string{"business": casa}); status != http.StatusNoContent {
		t.Fatalf("revoke: %d", status)
	}
	_, err := w.client.Me(t.Context(), token.Value)
	var api *instagram.APIError
	if !errors.As(err, &api) || api.Code != 190 || api.Subcode != 460 || api.TraceID == "" {
		t.Errorf("revoked: %v", err)
	}
}

func TestTokenOutlivesARestart(t *testing.T) {
	t.Parallel()
	file := t.TempDir() + "/state.jsonl"
	first := start(t, simulator.Options{StateFile: file})
	token, err := first.DashboardToken(casa)
	if err != nil {
		t.Fatal(err)
	}
	if err := first.client.Subscribe(t.Context(), token); err != nil {
		t.Fatal(err)
	}
	_, answer := first.post(t, "/_sim/messages", map[string]string{"business": casa, "customer": "iris", "text": "Olá"})

	second := start(t, simulator.Options{StateFile: file})
	fields, err := second.client.Subscriptions(t.Context(), token)
	if err != nil || !slices.Contains(fields, "messages") {
		t.Errorf("subscriptions after a restart: %q, %v", fields, err)
	}
	if !slices.EqualFunc(first.History(casa), second.History(casa), sameMessage) {
		t.Error("the history changed with the restart")
	}
	if resp := second.visit(t, second.url+"/_sim/messages?business="+casa+"&customer=iris"); !bodyHas(t, resp, answer["mid"].(string)) {
		t.Error("the written message is gone")
	}
}

func sameMessage(a, b simulator.Message) bool {
	return a.MID == b.MID && a.Text == b.Text && a.At.Equal(b.At) && a.IGSID == b.IGSID
}

func bodyHas(t *testing.T, resp *http.Response, want string) bool {
	t.Helper()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Contains(string(text), want)
}
