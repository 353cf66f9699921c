//go:build e2e

package e2e_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"parlor/auth/oidctest"
	"parlor/instagram"
	"parlor/instagram/simulator"
	"parlor/migrations/pgtest"
)

// topology is the shape of docker-compose.yml and its override, run by plain processes from the same files: PostgreSQL with the three roles,
// nginx with the shipped configuration, and Parlor twice behind it. Instagram is the simulator, the OpenID provider is one that is not ours.
type topology struct {
	t        *testing.T
	db       *pgtest.Database
	url      string // what browsers use: nginx
	addrs    []string
	secrets  string // the folder that the containers would have under /run/secrets
	password string // of the operator
	sim      *simulator.Simulator
	simURL   string
	staff    *oidctest.Server
	issuer   string
	running  []*process
}

func newTopology(t *testing.T) *topology {
	t.Helper()
	p := &topology{t: t, db: pgtest.NewEmpty(t), addrs: []string{freeAddr(t), freeAddr(t)}, secrets: openDir(t), password: rand.Text()}
	public := freeAddr(t)
	p.url = "http://localhost:" + portOf(t, public)
	p.startOthers()
	p.writeSecrets()
	for _, step := range [][]string{{"db", "init"}, {"migrate", "up"}} {
		service := map[string]string{"db": "db-init", "migrate": "migrate"}[step[0]]
		command := launch(t, p.environ(service, nil), binary, step...)
		select {
		case <-command.ended:
		case <-time.After(time.Minute):
			t.Fatalf("%v does not end", step)
		}
		if command.code != 0 {
			t.Fatalf("%v: %s", step, command.said.String())
		}
	}
	startNginx(t, public, strings.Join(p.addrs, " max_fails=0;\n    server "), filepath.Join(p.secrets, "htpasswd"), p.secret("proxy_secret"))
	return p
}

// startOthers serves Instagram's stand-in and the OpenID provider.
func (p *topology) startOthers() {
	p.t.Helper()
	appSecret, verify := newKey(), rand.Text()
	var err error
	p.sim, err = simulator.New(simulator.Options{
		AppSecret: instagram.Secret(appSecret), VerifyToken: instagram.Secret(verify), Conversations: -1,
		RedirectURIs: []string{p.url + "/auth/instagram/callback"}, CallbackURL: p.url + "/webhooks/instagram",
	})
	if err != nil {
		p.t.Fatal(err)
	}
	p.simURL = p.serve(p.sim)
	background(p.t, p.sim.Run)
	var inner http.Handler
	p.issuer = p.serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { inner.ServeHTTP(w, r) }))
	p.staff = oidctest.New(p.issuer, p.url+"/auth/oidc/callback")
	inner = p.staff
	p.keep("instagram_app_secret", appSecret)
	p.keep("instagram_verify_token", verify)
}

func (p *topology) serve(h http.Handler) string {
	p.t.Helper()
	server := httptest.NewServer(h)
	p.t.Cleanup(server.Close)
	return server.URL
}

func (p *topology) keep(name, content string) {
	p.t.Helper()
	if err := os.WriteFile(filepath.Join(p.secrets, name), []byte(content+"\n"), 0o644); err != nil {
		p.t.Fatal(err)
	}
}

func (p *topology) secret(name string) string {
	p.t.Helper()
	text, err := os.ReadFile(filepath.Join(p.secrets, name))
	if err != nil {
		p.t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

// writeSecrets lets `parlor secrets` write what is the operator's to make, and puts in its place what this machine decides.
func (p *topology) writeSecrets() {
	p.t.Helper()
	made := launch(p.t, nil, binary, "secrets", p.secrets)
	<-made.ended
	if made.code != 0 {
		p.t.Fatalf("parlor secrets: %s", made.said.String())
	}
	if err := os.Chmod(p.secrets, 0o755); err != nil { // nginx's worker reads the htpasswd file
		p.t.Fatal(err)
	}
	token, err := p.sim.DashboardToken(defaultUserID)
	if err != nil {
		p.t.Fatal(err)
	}
	i := installation{password: p.password}
	htpasswd, err := os.ReadFile(i.writeHtpasswd(p.t))
	if err != nil {
		p.t.Fatal(err)
	}
	for name, content := range map[string]string{
		"database_url": p.db.AppDSN, "platform_database_url": p.db.PlatformDSN, "migrate_database_url": p.db.MigrateDSN,
		"admin_database_url": p.db.AdminDSN, "instagram_access_token": token.Reveal(), "htpasswd": strings.TrimSpace(string(htpasswd)),
		"oidc_client_secret": oidctest.ClientSecret,
	} {
		p.keep(name, content)
	}
}

// compose is as much of a compose file as these tests need.
type compose struct {
	Services map[string]struct {
		Environment map[string]string `yaml:"environment"`
	} `yaml:"services"`
}

var variable = regexp.MustCompile(`\$\{([A-Z_]+)(?::([-?])([^}]*))?\}`)

// environ is the environment of a service as the compose files give it, with what a machine decides put in its place: addresses, networks,
// folders, and where Instagram is.
func (p *topology) environ(service string, given map[string]string, files ...string) []string {
	p.t.Helper()
	merged := map[string]string{}
	for _, name := range append([]string{"docker-compose.yml"}, files...) {
		text, err := os.ReadFile(filepath.Join("..", name))
		if err != nil {
			p.t.Fatal(err)
		}
		var c compose
		// A service that merges an anchor and then gives a key of its own means its own, as docker compose reads it.
		if err := yaml.NewDecoder(bytes.NewReader(text), yaml.AllowDuplicateMapKey()).Decode(&c); err != nil {
			p.t.Fatalf("%s: %v", name, err)
		}
		maps.Copy(merged, c.Services[service].Environment)
	}
	var environ []string
	for _, key := range slices.Sorted(maps.Keys(merged)) {
		value := variable.ReplaceAllStringFunc(merged[key], func(text string) string {
			m := variable.FindStringSubmatch(text)
			if value, set := given[m[1]]; set {
				return value
			}
			if m[2] == "?" {
				p.t.Fatalf("%s is required: %s", m[1], m[3])
			}
			return m[3]
		})
		value = strings.ReplaceAll(value, "/run/secrets", p.secrets)
		value = strings.ReplaceAll(value, "172.30.57.10/32", "127.0.0.1/32")
		value = strings.ReplaceAll(value, "/var/lib/parlor/blobs", p.secrets+"-blobs")
		environ = append(environ, key+"="+value)
	}
	return environ
}

// deploy stops what runs and starts both instances with these settings, as `docker compose up -d` would. An instance that ends by itself
// ends the deployment with what it said.
func (p *topology) deploy(given map[string]string, files ...string) error {
	p.t.Helper()
	p.stop()
	given["PARLOR_PUBLIC_URL"], given["PARLOR_BOOTSTRAP_INSTAGRAM_USER_ID"] = p.url, defaultUserID
	environ := p.environ("parlor", given, files...)
	if err := os.MkdirAll(p.secrets+"-blobs", 0o700); err != nil {
		p.t.Fatal(err)
	}
	for _, addr := range p.addrs {
		ops := freeAddr(p.t)
		process := launch(p.t, append(environ, "PARLOR_ADDR="+addr, "PARLOR_OPS_ADDR="+ops, "PARLOR_LOG_FORMAT=text",
			"PARLOR_INSTAGRAM_GRAPH_URL="+p.simURL, "PARLOR_INSTAGRAM_API_URL="+p.simURL, "PARLOR_INSTAGRAM_AUTHORIZE_URL="+p.simURL+"/oauth/authorize"), binary, "serve")
		for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
			select {
			case <-process.ended:
				return fmt.Errorf("exit code %d: %s", process.code, process.said.String())
			default:
			}
			if call(p.t, request(p.t, http.MethodGet, "http://"+ops+"/readyz", "")).Status == http.StatusOK {
				p.running = append(p.running, process)
				break
			}
			if time.Now().After(deadline) {
				return fmt.Errorf("not ready: %s", process.said.String())
			}
		}
	}
	return nil
}

func (p *topology) stop() {
	p.t.Helper()
	for _, process := range p.running {
		process.terminate(p.t)
	}
	p.running = nil
}

// doctor asks `parlor doctor` about a next step, in the environment of the deployment.
func (p *topology) doctor(given map[string]string, next string, files ...string) (string, int) {
	p.t.Helper()
	given["PARLOR_PUBLIC_URL"], given["PARLOR_BOOTSTRAP_INSTAGRAM_USER_ID"] = p.url, defaultUserID
	command := launch(p.t, p.environ("parlor", given, files...), binary, "doctor", "--offline", "--providers", next)
	<-command.ended
	return command.said.String(), command.code
}

// TestTopology keeps the topology running for a person to look at, when it is asked to (make topology).
func TestTopology(t *testing.T) {
	if os.Getenv("PARLOR_TEST_TOPOLOGY") == "" {
		t.Skip("only by make topology; TestRollout uses the same")
	}
	p := newTopology(t)
	p.staff.SetUser("rosa", "Rosa Diaz", "parlor-operators")
	if err := p.deploy(p.settings("bootstrap,instagram,oidc"), "docker-compose.oauth.yml"); err != nil {
		t.Fatal(err)
	}
	t.Logf("\n%s behind nginx, Parlor at %v\noperator / %s\nstaff: rosa / %s\nInstagram: %s\nCtrl-C ends it", p.url, p.addrs, p.password, oidctest.Password, p.simURL)
	select {}
}

// settings are what an operator would put into the environment of `docker compose`.
func (p *topology) settings(providers string) map[string]string {
	return map[string]string{
		"PARLOR_PROVIDERS": providers, "PARLOR_INSTAGRAM_APP_ID": simulator.DefaultAppID, "PARLOR_OIDC_ISSUER": p.issuer,
		"PARLOR_OIDC_CLIENT_ID": oidctest.ClientID, "PARLOR_OIDC_GROUP_ROLES": "parlor-operators=operator",
	}
}

// background runs until the test ends and is waited for.
func background(t *testing.T, run func(context.Context) error) {
	t.Helper()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = run(ctx)
	}()
	t.Cleanup(func() { stop(); <-done })
}
