package main

import (
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"parlor/instagram"
	"parlor/instagram/simulator"
	"parlor/migrations/pgtest"
)

// at sends a request to one instance under the name of the installation.
func at(t *testing.T, addr, public, method, path, body string) *http.Request {
	t.Helper()
	req := request(t, method, "http://"+addr+path, body)
	u, err := url.Parse(public)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = u.Host
	return req
}

func answer(t *testing.T, req *http.Request) int {
	t.Helper()
	resp, err := (&http.Client{Timeout: 5 * time.Second}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

// A session that ends on one instance is refused by the other within two seconds, also when the other's connections to
// the database, the listening one among them, were cut a moment before.
func TestTwoInstancesAgreeOnAnEndedSession(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	environ, public, ops := settings(t, db)
	start(t, environ, "serve")

	u, err := url.Parse(db.PlatformDSN)
	if err != nil {
		t.Fatal(err)
	}
	database := newLine(t, u.Host)
	database.mend(t)
	otherAddr, otherOps := freeAddr(t), freeAddr(t)
	other := append(append([]string(nil), environ...), "PARLOR_ADDR="+otherAddr, "PARLOR_OPS_ADDR="+otherOps,
		"PARLOR_PLATFORM_DATABASE_URL="+through(t, db.PlatformDSN, database.addr))
	start(t, other, "serve")
	for _, address := range []string{ops, "http://" + otherOps} {
		eventually(t, 40*time.Second, "both ready", func() bool { return status(address+"/readyz") == 200 })
	}

	for name, disturb := range map[string]func(){"undisturbed": func() {}, "connections cut": database.drop} {
		_, port, _ := net.SplitHostPort(strings.TrimPrefix(public, "http://"))
		one := "127.0.0.1:" + port
		login := at(t, one, public, http.MethodPost, "/api/v1/ui/session", "{}")
		login.SetBasicAuth("operator", "correct horse battery staple")
		token := call(t, http.StatusOK, login).Token
		ask := func() int {
			req := at(t, otherAddr, public, http.MethodGet, "/api/v1/ui/session", "")
			req.Header.Set("Authorization", "Bearer "+token)
			return answer(t, req)
		}
		if got := ask(); got != http.StatusOK {
			t.Fatalf("%s: the other instance answers %d to a good token", name, got)
		}
		disturb()
		out := at(t, one, public, http.MethodDelete, "/api/v1/ui/session", "")
		out.Header.Set("Authorization", "Bearer "+token)
		if got := answer(t, out); got != http.StatusNoContent {
			t.Fatalf("%s: sign-out = %d", name, got)
		}
		eventually(t, 2*time.Second, name+": refused by the other instance", func() bool { return ask() == http.StatusUnauthorized })
	}
}

// Phase 1: a token from Meta's dashboard connects the account, though Instagram is down when the service starts.
func TestServeConnectsTheDefaultAccount(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	environ, public, ops := settings(t, db)
	sim, err := simulator.New(simulator.Options{
		AppSecret: "0b6c9f1e8d7a45f2", VerifyToken: "QX7D2LBNV5", CallbackURL: public + "/webhooks/instagram", Conversations: -1,
	})
	if err != nil {
		t.Fatal(err)
	}
	business := sim.Businesses()[0]
	token, err := sim.DashboardToken(business.UserID)
	if err != nil {
		t.Fatal(err)
	}
	down := freeAddr(t)
	r := start(t, append(environ, "PARLOR_INSTAGRAM_GRAPH_URL=http://"+down,
		"PARLOR_INSTAGRAM_APP_SECRET=0b6c9f1e8d7a45f2", "PARLOR_INSTAGRAM_VERIFY_TOKEN=QX7D2LBNV5",
		"PARLOR_BOOTSTRAP_INSTAGRAM_USER_ID="+business.UserID, "PARLOR_BOOTSTRAP_INSTAGRAM_ACCESS_TOKEN="+token.Reveal()), "serve")
	eventually(t, 40*time.Second, "it serves without Instagram", func() bool { return status(ops+"/readyz") == 200 })
	eventually(t, 30*time.Second, "it says so", func() bool { return strings.Contains(r.errs.String(), "default_account.not_connected") })

	l, err := net.Listen("tcp", down)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(sim)
	_ = server.Listener.Close()
	server.Listener = l
	server.Start()
	t.Cleanup(server.Close)
	go func() { _ = sim.Run(t.Context()) }()
	eventually(t, 40*time.Second, "connected when Instagram is up", func() bool { return strings.Contains(r.errs.String(), "default_account.connected") })

	login := request(t, http.MethodPost, public+"/api/v1/ui/session", "{}")
	login.SetBasicAuth("operator", "correct horse battery staple")
	operator := call(t, http.StatusOK, login)
	if operator.Role != "owner" || operator.AccountID == "" {
		t.Fatalf("operator = %+v", operator)
	}
	if _, _, err := sim.Write(business, "amara.bakes", "Is it open today?", nil, false); err != nil {
		t.Fatal(err)
	}
	eventually(t, 20*time.Second, "the message", func() bool {
		list := inbox(t, demoInfo{URL: public}, operator.Token).Items
		return len(list) == 1 && list[0].LastMessage.Text == "Is it open today?"
	})
	if strings.Contains(r.errs.String(), token.Reveal()) || strings.Contains(r.errs.String(), "Is it open") {
		t.Error("the log has the token or the text of a message")
	}
}

func TestServeRefusesAForeignDefaultToken(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	environ, _, _ := settings(t, db)
	sim, err := simulator.New(simulator.Options{AppSecret: instagram.Secret("0b6c9f1e8d7a45f2"), Conversations: -1})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	token, err := sim.DashboardToken(sim.Businesses()[1].UserID)
	if err != nil {
		t.Fatal(err)
	}
	r := start(t, append(environ, "PARLOR_INSTAGRAM_GRAPH_URL="+server.URL,
		"PARLOR_INSTAGRAM_APP_SECRET=0b6c9f1e8d7a45f2", "PARLOR_INSTAGRAM_VERIFY_TOKEN=QX7D2LBNV5",
		"PARLOR_BOOTSTRAP_INSTAGRAM_USER_ID="+sim.Businesses()[0].UserID, "PARLOR_BOOTSTRAP_INSTAGRAM_ACCESS_TOKEN="+token.Reveal()), "serve")
	eventually(t, 40*time.Second, "it names the two keys", func() bool {
		return strings.Contains(r.errs.String(), "PARLOR_BOOTSTRAP_INSTAGRAM_ACCESS_TOKEN is not that of")
	})
}
