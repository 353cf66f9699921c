//go:build e2e

package e2e_test

import (
	"context"
	"crypto/rand"
	"net"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"parlor/instagram"
	"parlor/instagram/simulator"
)

// Phase 1 needs no OAuth: nginx asks the operator for a password, a token from Meta's dashboard connects the default
// account, and a customer's message arrives live. Then Instagram is switched on by configuration alone; the account's
// owner signs in for the first time and finds the same conversation, while the operator's session goes on.
func TestPhaseOneThenInstagram(t *testing.T) {
	i := install(t)
	public, proxySecret := freeAddr(t), newKey()
	i.url = "http://localhost:" + portOf(t, public)
	sim := startSimulator(t, i)
	business := sim.Businesses()[0]
	dashboard, err := sim.DashboardToken(business.UserID)
	if err != nil {
		t.Fatal(err)
	}
	i.environ = append(i.environ,
		"PARLOR_BOOTSTRAP_MODE=proxy", "PARLOR_BOOTSTRAP_PROXY_SECRET="+proxySecret, "PARLOR_BOOTSTRAP_PROXY_CIDRS=127.0.0.1/32",
		"PARLOR_TRUSTED_PROXIES=127.0.0.1/32", "PARLOR_BOOTSTRAP_INSTAGRAM_ACCESS_TOKEN="+dashboard.Reveal(),
		"PARLOR_INSTAGRAM_VERIFY_TOKEN="+sim.verifyToken, "PARLOR_INSTAGRAM_GRAPH_URL="+sim.url)
	startNginx(t, public, i.addr, i.htpasswd, proxySecret)

	service := i.serve(t, i.addr, "PARLOR_PROVIDERS=bootstrap")
	eventually(t, 15*time.Second, "the default account is connected", func() bool {
		return i.count(t, "select count(*) from platform.accounts where status = 'active' and instagram_user_id = '"+business.UserID+"'") == 1
	})
	story := map[string]any{
		"url": i.url, "simulatorURL": sim.url, "business": business.Username, "stranger": sim.Businesses()[1].Username,
		"operator": map[string]any{"username": operatorName, "password": i.password},
		"kept":     filepath.Join(t.TempDir(), "operator.json"), // the operator's browser, between the two stories
	}
	var first, second struct {
		AccountID string `json:"accountID"`
		Latency   int    `json:"latency"` // milliseconds from the customer's message to the screen, through nginx
	}
	tell(t, "phase-one", story, &first)
	t.Logf("phase 1: a customer's message was on the operator's screen after %d ms", first.Latency)

	if code := service.terminate(t); code != 0 {
		t.Errorf("exit code %d after SIGTERM", code)
	}
	i.serve(t, i.addr, "PARLOR_PROVIDERS=bootstrap,instagram", "PARLOR_INSTAGRAM_APP_ID="+simulator.DefaultAppID,
		"PARLOR_INSTAGRAM_API_URL="+sim.url, "PARLOR_INSTAGRAM_AUTHORIZE_URL="+sim.url+"/oauth/authorize")
	tell(t, "phase-two", story, &second)
	t.Logf("phase 2: a customer's message was on both screens after %d ms", second.Latency)
	if first.AccountID == "" || first.AccountID != second.AccountID {
		t.Errorf("the owner found account %q, the operator has %q", second.AccountID, first.AccountID)
	}
	if n := i.count(t, "select count(*) from platform.accounts where kind = 'instagram'"); n != 1 {
		t.Errorf("there are %d accounts, want the default one alone", n)
	}
}

// runningSimulator is Instagram's stand-in, on an address of its own.
type runningSimulator struct {
	*simulator.Simulator
	url, verifyToken string
}

// startSimulator serves the stand-in for Instagram. It has no history, and knows the installation's public address.
func startSimulator(t *testing.T, i *installation) runningSimulator {
	t.Helper()
	s := runningSimulator{verifyToken: rand.Text()}
	var err error
	s.Simulator, err = simulator.New(simulator.Options{
		AppSecret: instagram.Secret(i.appSecret), VerifyToken: instagram.Secret(s.verifyToken), Conversations: -1,
		RedirectURIs: []string{i.url + "/auth/instagram/callback"}, CallbackURL: i.url + "/webhooks/instagram",
	})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.url = "http://" + listener.Addr().String()
	server := &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	delivered := make(chan error, 1)
	go func() { delivered <- s.Run(ctx) }()
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() {
		stop()
		<-delivered
		_ = server.Close()
	})
	return s
}
