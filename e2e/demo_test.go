//go:build e2e

package e2e_test

import (
	"encoding/json"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"parlor/migrations/pgcluster"
)

const demoReady = 90 * time.Second

// demoInfo is demo.json as the contract writes it.
type demoInfo struct {
	URL                 string        `json:"url"`
	SimulatorURL        string        `json:"simulator_url"`
	OpsURL              string        `json:"ops_url"`
	DatabaseURL         string        `json:"database_url"`
	PlatformDatabaseURL string        `json:"platform_database_url"`
	AppSecret           string        `json:"app_secret"`
	SessionKeys         []demoKey     `json:"session_keys"`
	Operator            demoLogin     `json:"operator"`
	Support             demoLogin     `json:"support"`
	Accounts            []demoAccount `json:"accounts"`
}

type demoKey struct {
	KID string `json:"kid"`
	Key string `json:"key"`
}

type demoLogin struct {
	Username string `json:"username"`
	Password string `json:"password"`
}

type demoAccount struct {
	AccountID string `json:"account_id"`
	UserID    string `json:"user_id"`
	Username  string `json:"username"`
}

// demo is a running `parlor demo`.
type demo struct {
	*process
	info demoInfo
	raw  []byte // demo.json
	took time.Duration
}

// demoFolder is a folder for --data that goes with the test, its PostgreSQL included.
func demoFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "parlor-e2e-demo-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := pgcluster.Remove(dir); err != nil {
			t.Errorf("remove the demo's folder: %v", err)
		}
	})
	return dir
}

// startDemo runs the demo on free ports and waits until its demo.json is there.
func startDemo(t *testing.T, dir string) *demo {
	t.Helper()
	file := filepath.Join(dir, "demo.json")
	if err := os.Remove(file); err != nil && !os.IsNotExist(err) { // of one that was killed
		t.Fatal(err)
	}
	d := &demo{process: launch(t, nil, binary, "demo", "--data", dir, "--addr", freeAddr(t), "--simulator-addr", freeAddr(t))}
	d.took = eventually(t, demoReady, "the demo is ready", func() (there bool) {
		d.mustRun(t)
		var err error
		d.raw, err = os.ReadFile(file)
		return err == nil
	})
	if err := json.Unmarshal(d.raw, &d.info); err != nil {
		t.Fatal(err)
	}
	return d
}

// The demo is ready within 30 seconds, tells scripts what they need, stops cleanly, and is the same installation when it
// starts again; also after kill -9.
func TestDemoStartsStopsAndStartsAgain(t *testing.T) {
	t.Parallel()
	dir := demoFolder(t)
	first := startDemo(t, dir)
	t.Logf("ready after %s", first.took)
	checkDemoFile(t, dir, first)
	inboxes := checkDoors(t, first.info)
	if len(postgresOn(t, first.info)) == 0 {
		t.Error("no PostgreSQL is found while the demo runs, so its absence later would prove nothing")
	}
	if code := first.terminate(t); code != 0 {
		t.Errorf("exit code %d after SIGTERM", code)
	}
	checkNothingRuns(t, first.info)

	second := startDemo(t, dir)
	t.Logf("ready again after %s", second.took)
	sameInstallation(t, first.info, second.info)
	if again := checkDoors(t, second.info); again != inboxes {
		t.Errorf("the operator's inbox holds %d conversations, before %d", again, inboxes)
	}
	second.kill()
	// PostgreSQL ends with the demo, but nobody is left to wait for it.
	eventually(t, 15*time.Second, "PostgreSQL has ended after kill -9", func() bool { return len(postgresOn(t, second.info)) == 0 })

	third := startDemo(t, dir)
	t.Logf("ready after kill -9 after %s", third.took)
	sameInstallation(t, first.info, third.info)
	if again := checkDoors(t, third.info); again != inboxes {
		t.Errorf("after kill -9 the operator's inbox holds %d conversations, before %d", again, inboxes)
	}
}

// A demo that is started again the moment it was killed, on the same data, comes up too.
func TestDemoRightAfterKill(t *testing.T) {
	t.Parallel()
	dir := demoFolder(t)
	first := startDemo(t, dir)
	first.kill()
	second := startDemo(t, dir)
	t.Logf("ready after %s", second.took)
	sameInstallation(t, first.info, second.info)
	checkDoors(t, second.info)
	if code := second.terminate(t); code != 0 {
		t.Errorf("exit code %d after SIGTERM", code)
	}
	checkNothingRuns(t, second.info)
}

func checkDemoFile(t *testing.T, dir string, d *demo) {
	t.Helper()
	stat, err := os.Stat(filepath.Join(dir, "demo.json"))
	if err != nil || stat.Mode().Perm() != 0o600 {
		t.Errorf("demo.json has mode %v, want 0600 (%v)", stat.Mode(), err)
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(d.raw, &object); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"accounts", "app_secret", "database_url", "operator", "ops_url", "platform_database_url",
		"session_keys", "simulator_url", "support", "url",
	}
	if keys := slices.Sorted(maps.Keys(object)); !slices.Equal(keys, want) {
		t.Errorf("demo.json has the keys %v, want %v", keys, want)
	}
	for key, want := range map[string][]string{"operator": {"password", "username"}, "support": {"password", "username"}} {
		var inner map[string]string
		if err := json.Unmarshal(object[key], &inner); err != nil || !slices.Equal(slices.Sorted(maps.Keys(inner)), want) {
			t.Errorf("%s of demo.json has the keys %v, want %v (%v)", key, slices.Sorted(maps.Keys(inner)), want, err)
		}
	}
	var accounts []map[string]string
	if err := json.Unmarshal(object["accounts"], &accounts); err != nil || len(accounts) != 3 {
		t.Fatalf("demo.json has %d accounts, want 3 (%v)", len(accounts), err)
	}
	for _, a := range accounts {
		if keys := slices.Sorted(maps.Keys(a)); !slices.Equal(keys, []string{"account_id", "user_id", "username"}) {
			t.Errorf("an account of demo.json has the keys %v", keys)
		}
	}
	port := portOf(t, strings.TrimPrefix(d.info.URL, "http://"))
	if d.info.URL != "http://localhost:"+port {
		t.Errorf("url = %s, want http://localhost:%s", d.info.URL, port)
	}
}

// checkDoors signs both staff in and returns how many conversations the operator sees.
func checkDoors(t *testing.T, info demoInfo) int {
	t.Helper()
	enter := func(login demoLogin) answer {
		req := request(t, http.MethodPost, info.URL+"/api/v1/ui/session", "{}")
		req.SetBasicAuth(login.Username, login.Password)
		return mustCall(t, req)
	}
	operator, support := enter(info.Operator), enter(info.Support)
	if operator.AccountID != info.Accounts[0].AccountID || operator.Role != "owner" {
		t.Errorf("the operator is %s of %s, want owner of the default account %s", operator.Role, operator.AccountID, info.Accounts[0].AccountID)
	}
	if support.AccountID != "" {
		t.Errorf("support is in account %s, and should be in none", support.AccountID)
	}
	n := len(pages(t, info.URL+"/api/v1/ui/conversations", operator.Token))
	if n < 90 {
		t.Errorf("the default account has %d conversations at the start, want about a hundred", n)
	}
	return n
}

func sameInstallation(t *testing.T, before, after demoInfo) {
	t.Helper()
	if !reflect.DeepEqual(before.Accounts, after.Accounts) || before.Operator != after.Operator || before.Support != after.Support ||
		before.AppSecret != after.AppSecret || !slices.Equal(before.SessionKeys, after.SessionKeys) {
		t.Error("after the restart accounts, passwords or keys are others")
	}
}

// checkNothingRuns looks for what a stopped demo must not leave.
func checkNothingRuns(t *testing.T, info demoInfo) {
	t.Helper()
	if left := postgresOn(t, info); len(left) > 0 {
		t.Errorf("PostgreSQL is still running: %v", left)
	}
	for _, address := range []string{info.URL, info.SimulatorURL, info.OpsURL, info.DatabaseURL} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		if conn, err := net.DialTimeout("tcp", u.Host, time.Second); err == nil {
			_ = conn.Close()
			t.Errorf("somebody still listens on %s", u.Host)
		}
	}
}

// postgresOn returns the command lines of the PostgreSQL servers on the demo's port.
func postgresOn(t *testing.T, info demoInfo) (found []string) {
	t.Helper()
	u, err := url.Parse(info.DatabaseURL)
	if err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline") // the pattern is well formed
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended meanwhile
		}
		args := strings.Split(strings.TrimRight(string(text), "\x00"), "\x00")
		if strings.HasSuffix(args[0], "postgres") && slices.Contains(args, u.Port()) {
			found = append(found, strings.Join(args, " "))
		}
	}
	return found
}
