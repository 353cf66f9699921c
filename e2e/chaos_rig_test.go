//go:build e2e

package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"parlor/instagram"
	"parlor/instagram/simulator"
	"parlor/migrations"
	"parlor/migrations/pgcluster"
)

const (
	chaosBusiness    = "casalumen.studio"
	chaosVerifyToken = "f2c9a1d4-of-a-bad-day-7b60"
)

// chaosRig is an installation that can be broken: a database of its own, a simulated Instagram, two instances behind one address.
type chaosRig struct {
	*installation
	plan      chaosPlan
	seed      uint64
	cluster   *pgcluster.Cluster
	dir       string
	sim       *simulator.Simulator
	simURL    string
	instances [2]*instance
	front     *httptest.Server // what nginx is: passes each request to an instance that is up
	token     atomic.Pointer[string]
}

// instance is one of the two, or what is left of it.
type instance struct {
	addr string
	mu   sync.Mutex
	p    *process
}

// newChaosRig starts it all, and returns when the account is connected. before happens when Instagram is there, but nobody asks it yet.
func newChaosRig(t *testing.T, plan chaosPlan, before func(*chaosRig)) *chaosRig {
	t.Helper()
	r := &chaosRig{plan: plan, seed: chaosSeed, dir: openDir(t)}
	if text := os.Getenv("PARLOR_TEST_SEED"); text != "" {
		seed, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		r.seed = seed
	}
	t.Logf("seed %d, plan %+v", r.seed, plan)
	r.startDatabase(t)
	r.installation = &installation{addr: freeAddr(t), password: "operator-of-a-bad-day", appSecret: newKey()}
	r.htpasswd = r.writeHtpasswd(t)
	r.instances = [2]*instance{{addr: r.addr}, {addr: freeAddr(t)}}
	r.front = httptest.NewServer(r.proxy())
	t.Cleanup(r.front.Close)
	r.url = strings.Replace(r.front.URL, "127.0.0.1", "localhost", 1)
	r.startSimulator(t)
	r.environ = append(r.logins(t).environ(),
		"PARLOR_SESSION_KEYS="+fmt.Sprintf(`[{"kid":"e2e","key":%q}]`, newKey()),
		"PARLOR_SEALING_KEY="+newKey(),
		"PARLOR_AUDIT_KEY="+newKey(),
		"PARLOR_INSTAGRAM_APP_SECRET="+r.appSecret, "PARLOR_INSTAGRAM_VERIFY_TOKEN="+chaosVerifyToken,
		"PARLOR_INSTAGRAM_GRAPH_URL="+r.simURL, "PARLOR_INSTAGRAM_API_URL="+r.simURL, "PARLOR_INSTAGRAM_AUTHORIZE_URL="+r.simURL+"/oauth/authorize",
		"PARLOR_BOOTSTRAP_INSTAGRAM_USER_ID="+defaultUserID,
		"PARLOR_WATCHDOG_SILENCE=8s", "PARLOR_LOG_LEVEL=warn", "PARLOR_SHUTDOWN_TIMEOUT=5s", "PARLOR_LOG_FORMAT=text", r.self(),
	)
	before(r)
	r.up(t, 0)
	eventually(t, time.Minute, "the account is connected and subscribed", func() bool {
		return strings.Contains(r.simulated(t, http.MethodGet, "/_sim/state", ""), `"messages"`) && r.signIn(t)
	})
	r.up(t, 1)
	return r
}

// proxy passes a request to an instance that is up, and to the other one when that fails before anything was answered.
func (r *chaosRig) proxy() http.Handler {
	var next atomic.Int64
	to := func(n int) *httputil.ReverseProxy {
		target := &url.URL{Scheme: "http", Host: r.instances[n].addr}
		return &httputil.ReverseProxy{
			Rewrite:      func(p *httputil.ProxyRequest) { p.SetURL(target); p.Out.Host = p.In.Host },
			ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
			ErrorLog:     nil,
		}
	}
	proxies := []*httputil.ReverseProxy{to(0), to(1)}
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		proxies[next.Add(1)%2].ServeHTTP(w, req)
	})
}

func (r *chaosRig) startDatabase(t *testing.T) {
	t.Helper()
	cluster, err := pgcluster.Start(t.Context(), pgcluster.Options{Dir: r.dir})
	if err != nil {
		t.Fatal(err)
	}
	r.cluster = cluster
	t.Cleanup(func() { _ = r.cluster.Stop() })
}

type chaosLogins migrations.Logins

func (r *chaosRig) logins(t *testing.T) chaosLogins {
	t.Helper()
	dsn := func(role string) string { return r.cluster.DSN("chaos_"+role, "of-"+role, "parlor") }
	l := migrations.Logins{App: dsn("app"), Platform: dsn("platform"), Migrate: dsn("migrate")}
	if err := migrations.InitRoles(t.Context(), r.cluster.AdminDSN("postgres"), l); err != nil {
		t.Fatal(err)
	}
	if _, err := migrations.Up(t.Context(), l.Migrate); err != nil {
		t.Fatal(err)
	}
	return chaosLogins(l)
}

func (l chaosLogins) environ() []string {
	return []string{"PARLOR_DATABASE_URL=" + l.App, "PARLOR_PLATFORM_DATABASE_URL=" + l.Platform}
}

func (r *chaosRig) startSimulator(t *testing.T) {
	t.Helper()
	sim, err := simulator.New(simulator.Options{
		AppSecret: instagram.Secret(r.appSecret), VerifyToken: chaosVerifyToken, CallbackURL: r.front.URL + "/webhooks/instagram", Conversations: -1, Seed: r.seed,
		RetryDelays: []time.Duration{0, 200 * time.Millisecond, time.Second}, InFlight: 8,
	})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	server := &http.Server{Handler: sim}
	done := make(chan struct{})
	go func() { _ = server.Serve(listener) }()
	go func() { defer close(done); _ = sim.Run(ctx) }()
	t.Cleanup(func() { cancel(); _ = server.Close(); <-done })
	r.sim, r.simURL = sim, "http://"+listener.Addr().String()
}

// up starts an instance, with a token of today, and waits until it serves.
func (r *chaosRig) up(t *testing.T, n int) {
	t.Helper()
	token, err := r.sim.DashboardToken(chaosBusiness)
	if err != nil {
		t.Fatal(err)
	}
	p := r.serve(t, r.instances[n].addr, "PARLOR_BOOTSTRAP_INSTAGRAM_ACCESS_TOKEN="+token.Reveal())
	r.instances[n].mu.Lock()
	defer r.instances[n].mu.Unlock()
	r.instances[n].p = p
}

// trouble plays the day's disasters, evenly spread: kill -9 of one instance after the other, restarts of the database, the end of the token.
func (r *chaosRig) trouble(t *testing.T) {
	t.Helper()
	disasters := []func(){}
	for n := range r.plan.kills {
		disasters = append(disasters, func() {
			t.Logf("kill -9 of instance %d", n%2)
			r.instances[n%2].p.kill()
			r.up(t, n%2)
		})
	}
	for range r.plan.restarts {
		disasters = append(disasters, func() { r.restartDatabase(t) })
	}
	disasters = append(disasters, func() { r.endToken(t) })
	for n, disaster := range disasters {
		at := time.Now().Add(r.plan.lasts / time.Duration(len(disasters)+1))
		if n == 0 {
			at = time.Now().Add(r.plan.lasts / time.Duration(2*(len(disasters)+1)))
		}
		time.Sleep(time.Until(at))
		disaster()
	}
}

// faults are the bad day's. Most calls go well, so that most replies are sent.
func (r *chaosRig) faults(t *testing.T) {
	t.Helper()
	for _, fault := range []string{
		`{"kind":"duplicate","rate":0.05}`, `{"kind":"reorder","rate":0.1,"delay_ms":500}`, `{"kind":"drop","rate":0.05}`, `{"kind":"delay","rate":0.05,"delay_ms":3000}`,
		`{"endpoint":"/me/messages","kind":"429","rate":0.03}`, `{"endpoint":"/me/messages","kind":"5xx","rate":0.01}`,
		`{"endpoint":"/me/messages","kind":"html","rate":0.01}`, `{"endpoint":"/me/messages","kind":"hang","rate":0.005}`,
		`{"endpoint":"/me/messages","kind":"accept_then_timeout","rate":0.02}`,
		`{"endpoint":"/me/conversations","kind":"5xx","rate":0.05}`, `{"endpoint":"/me/conversations","kind":"429","rate":0.05}`,
		`{"endpoint":"/me/conversations","kind":"hang","rate":0.01}`,
	} {
		r.simulated(t, http.MethodPost, "/_sim/faults", fault)
	}
}

// calm ends the bad day.
func (r *chaosRig) calm(t *testing.T) {
	t.Helper()
	r.simulated(t, http.MethodDelete, "/_sim/faults", "")
}

func (r *chaosRig) restartDatabase(t *testing.T) {
	t.Helper()
	t.Log("the database goes away and comes back")
	port := r.cluster.Port()
	if err := r.cluster.Stop(); err != nil {
		t.Fatal(err)
	}
	cluster, err := pgcluster.Start(t.Context(), pgcluster.Options{Dir: r.dir, Port: port})
	if err != nil {
		t.Fatal(err)
	}
	r.cluster = cluster
}

// endToken kills every token of the business; then an instance that starts brings a new one, as an operator would who pasted it.
func (r *chaosRig) endToken(t *testing.T) {
	t.Helper()
	t.Log("the token ends")
	r.simulated(t, http.MethodPost, "/_sim/revoke", `{"business":"`+chaosBusiness+`"}`)
	time.Sleep(3 * time.Second) // of refused calls: long enough that somebody tries
	r.instances[0].p.kill()
	r.up(t, 0)
}

// write lets a customer write.
func (r *chaosRig) write(t *testing.T, customer, text string) {
	t.Helper()
	body, err := json.Marshal(map[string]string{"business": chaosBusiness, "customer": customer, "text": text})
	if err != nil {
		t.Fatal(err)
	}
	r.simulated(t, http.MethodPost, "/_sim/messages", string(body))
}

// simulated asks the simulator's control API, which must answer with a success.
func (r *chaosRig) simulated(t *testing.T, method, path, body string) string {
	t.Helper()
	response, err := http.DefaultClient.Do(request(t, method, r.simURL+path, body))
	if err != nil {
		t.Errorf("simulator: %v", err)
		return ""
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode/100 != 2 {
		t.Errorf("simulator: %s %s = %d %s (%v)", method, path, response.StatusCode, text, err)
	}
	return string(text)
}

// signIn takes a fresh token of the operator, who is the default account's owner.
func (r *chaosRig) signIn(t *testing.T) bool {
	t.Helper()
	req := request(t, http.MethodPost, r.url+"/api/v1/ui/session", "{}")
	req.SetBasicAuth(operatorName, r.password)
	got := call(t, req)
	if got.Status != http.StatusOK || got.AccountID == "" {
		return false
	}
	r.token.Store(&got.Token)
	return true
}

func (r *chaosRig) ask(t *testing.T, method, path, body string) *http.Request {
	t.Helper()
	return request(t, method, r.url+path, body, bearer(*r.token.Load())...)
}

// exec changes the database as its superuser.
func (r *chaosRig) exec(t *testing.T, statement string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), r.cluster.AdminDSN("parlor"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}

// count asks the database as its superuser; a connection each time, for the database comes and goes.
func (r *chaosRig) count(t *testing.T, query string) (n int) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), r.cluster.AdminDSN("parlor"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if err := conn.QueryRow(t.Context(), query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
