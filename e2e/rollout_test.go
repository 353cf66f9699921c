//go:build e2e

package e2e_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"parlor/auth/oidctest"
)

// visitor is one person's browser, without a screen.
type visitor struct {
	p      *topology
	client *http.Client
	token  string
}

func (p *topology) visitor() *visitor {
	p.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		p.t.Fatal(err)
	}
	return &visitor{p: p, client: &http.Client{Jar: jar, Timeout: 20 * time.Second}}
}

// get follows redirects, as a navigation does, and returns where it ended and how.
func (v *visitor) get(address string, change func(*http.Request)) (*url.URL, int, string) {
	v.p.t.Helper()
	r := request(v.p.t, http.MethodGet, address, "")
	if change != nil {
		change(r)
	}
	answer, err := v.client.Do(r)
	if err != nil {
		v.p.t.Fatal(err)
	}
	defer answer.Body.Close()
	body, _ := io.ReadAll(answer.Body)
	return answer.Request.URL, answer.StatusCode, string(body)
}

// session asks for a token with the cookie, and reports the status.
func (v *visitor) session() (answer, int) {
	v.p.t.Helper()
	r := request(v.p.t, http.MethodPost, v.p.url+"/api/v1/ui/session", "{}", "Sec-Fetch-Site", "same-origin")
	response, err := v.client.Do(r)
	if err != nil {
		v.p.t.Fatal(err)
	}
	defer response.Body.Close()
	var a answer
	if err := json.NewDecoder(response.Body).Decode(&a); err != nil {
		v.p.t.Fatal(err)
	}
	v.token = a.Token
	return a, response.StatusCode
}

func (v *visitor) ask(path string) answer {
	v.p.t.Helper()
	return call(v.p.t, request(v.p.t, http.MethodGet, v.p.url+path, "", bearer(v.token)...))
}

// byPassword answers the browser's own prompt, which nginx shows.
func (v *visitor) byPassword() (*url.URL, int) {
	at, status, _ := v.get(v.p.url+"/auth/bootstrap/login", func(r *http.Request) { r.SetBasicAuth(operatorName, v.p.password) })
	return at, status
}

func (v *visitor) byInstagram(username string) *url.URL {
	v.p.t.Helper()
	direct := v.client.CheckRedirect
	var consent string
	v.client.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		consent = r.URL.String()
		return http.ErrUseLastResponse
	}
	v.get(v.p.url+"/auth/instagram/login", nil)
	v.client.CheckRedirect = direct
	at, _, _ := v.get(consent+"&sim_approve="+url.QueryEscape(username), nil)
	return at
}

func (v *visitor) byOIDC(user string) *url.URL {
	v.p.t.Helper()
	at, _, _ := v.get(v.p.url+"/auth/oidc/login", nil) // ends at the provider's page
	form := url.Values{"username": {user}, "password": {oidctest.Password}, "id": {at.Query().Get("authRequestID")}}
	done, err := v.client.PostForm(v.p.issuer+"/login/username", form)
	if err != nil {
		v.p.t.Fatal(err)
	}
	_ = done.Body.Close()
	return done.Request.URL
}

// From the operator's password behind nginx, over both, to Instagram and OpenID alone: by changing configuration and restarting. The account,
// its conversation and its members are the same throughout; a step that would lock people out is refused, by doctor and at the start.
func TestRollout(t *testing.T) {
	t.Parallel()
	p := newTopology(t)
	p.staff.SetUser("rosa", "Rosa Diaz", "parlor-operators")
	business := p.sim.Businesses()[0]
	const oauth = "docker-compose.oauth.yml"

	// Phase 1: the shipped file alone.
	if err := p.deploy(map[string]string{}); err != nil {
		t.Fatal(err)
	}
	operator := p.visitor()
	if at, status := operator.byPassword(); status != http.StatusOK || at.Path != "/" {
		t.Fatalf("the operator is at %s (%d)", at, status)
	}
	var account string
	eventually(t, 20*time.Second, "the operator is in the default account", func() bool {
		a, _ := operator.session()
		account = a.AccountID
		return account != ""
	})
	eventually(t, 20*time.Second, "a customer's message is there", func() bool {
		if _, _, err := p.sim.Write(business, "amara.bakes", "Is the blue bowl still there?", nil, false); err != nil {
			t.Fatal(err)
		}
		return len(operator.ask("/api/v1/ui/conversations").Items) == 1
	})
	conversation := operator.ask("/api/v1/ui/conversations").Items[0].ID
	same := func(stage string, who *visitor, members int) {
		t.Helper()
		if list := who.ask("/api/v1/ui/conversations"); len(list.Items) != 1 || list.Items[0].ID != conversation {
			t.Errorf("%s: conversations %+v", stage, list)
		}
		if list := who.ask("/api/v1/ui/members"); len(list.Items) != members {
			t.Errorf("%s: %d members, want %d", stage, len(list.Items), members)
		}
	}
	same("phase 1", operator, 1)
	if said, code := p.doctor(p.settings("bootstrap,instagram"), "instagram,oidc", oauth); code == 0 || !strings.Contains(said, "FAIL  next step") {
		t.Errorf("doctor would let everybody be locked out: %d\n%s", code, said)
	}

	// Phase 2: the override, both ways in.
	if err := p.deploy(p.settings("bootstrap,instagram,oidc"), oauth); err != nil {
		t.Fatal(err)
	}
	if a, status := operator.session(); status != http.StatusOK || a.AccountID != account {
		t.Errorf("the operator's session does not go on: %d %+v", status, a)
	}
	owner := p.visitor()
	if at := owner.byInstagram(business.Username); at.Path != "/" && !strings.HasPrefix(at.Path, "/a/") {
		t.Fatalf("the owner is at %s", at)
	}
	if a, status := owner.session(); status != http.StatusOK || a.AccountID != account || a.Role != "owner" {
		t.Errorf("the owner found %+v (%d), the operator has account %s", a, status, account)
	}
	same("both", owner, 2)

	// The last step, too early: staff have no other way yet.
	if err := p.deploy(p.settings("instagram,oidc"), oauth); err == nil || !strings.Contains(err.Error(), "lock people out") {
		t.Fatalf("a configuration that locks staff out was started: %v", err)
	}
	if err := p.deploy(p.settings("bootstrap,instagram,oidc"), oauth); err != nil {
		t.Fatal(err)
	}
	rosa := p.visitor()
	if at := rosa.byOIDC("rosa"); at.Path != "/" {
		t.Fatalf("staff is at %s", at)
	}
	if _, status := rosa.session(); status != http.StatusOK || rosa.ask("/api/v1/operator/accounts").Status != http.StatusOK {
		t.Fatalf("staff has no console: %d", status)
	}
	if said, code := p.doctor(p.settings("bootstrap,instagram,oidc"), "instagram,oidc", oauth); code != 0 {
		t.Errorf("doctor refuses the step that is safe now: %d\n%s", code, said)
	}

	// Phase 3: Instagram and OpenID alone.
	if err := p.deploy(p.settings("instagram,oidc"), oauth); err != nil {
		t.Fatal(err)
	}
	if _, status := operator.byPassword(); status != http.StatusNotFound {
		t.Errorf("the operator's password still leads somewhere: %d", status)
	}
	if _, status := operator.session(); status != http.StatusUnauthorized {
		t.Errorf("the operator's session goes on: %d", status)
	}
	for name, who := range map[string]*visitor{"owner": owner, "staff": rosa} {
		if _, status := who.session(); status != http.StatusOK {
			t.Errorf("the %s was signed out: %d", name, status)
		}
	}
	same("at last", owner, 2)
	if _, _, body := p.visitor().get(p.url+"/auth/providers", nil); strings.Contains(body, "bootstrap") || !strings.Contains(body, "oidc") {
		t.Errorf("the login page offers %s", body)
	}
}
