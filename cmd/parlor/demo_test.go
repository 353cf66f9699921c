package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"parlor/migrations/pgcluster"
)

// demoFolder is a folder that the demo's PostgreSQL may enter; t.TempDir lies below one that it may not.
func demoFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "parlor-demo-")
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

func demoArgs(t *testing.T, dir string) []string {
	t.Helper()
	return []string{"demo", "--data", dir, "--addr", freeAddr(t), "--simulator-addr", freeAddr(t)}
}

// ready waits for demo.json and reads it.
func ready(t *testing.T, dir string, said func() string) demoInfo {
	t.Helper()
	var info demoInfo
	deadline := time.Now().Add(3 * time.Minute) // with the race detector, beside other tests, a start takes a while
	for {
		text, err := os.ReadFile(filepath.Join(dir, "demo.json"))
		if err == nil {
			strict := json.NewDecoder(bytes.NewReader(text))
			strict.DisallowUnknownFields()
			if err := strict.Decode(&info); err != nil {
				t.Fatal(err)
			}
			return info
		}
		if time.Now().After(deadline) {
			t.Fatalf("not ready within three minutes; it said:\n%s", said())
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// page is as much of the contract's answers as these tests look at.
type page struct {
	Token       string `json:"token"`
	AccountID   string `json:"account_id"`
	Role        string `json:"role"`
	StaffRole   string `json:"staff_role"`
	LastMessage struct {
		Text string `json:"text"`
	} `json:"last_message"`
	Items []page `json:"items"`
	MID   string `json:"mid"`
}

// call sends a request and returns the answer, which must have the status.
func call(t *testing.T, want int, req *http.Request) page {
	t.Helper()
	answer, err := (&http.Client{Timeout: 10 * time.Second}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var body bytes.Buffer
	if _, err := body.ReadFrom(answer.Body); err != nil {
		t.Fatal(err)
	}
	var p page
	if err := json.Unmarshal(body.Bytes(), &p); answer.StatusCode != want || err != nil {
		t.Fatalf("%s %s = %d, want %d: %s", req.Method, req.URL, answer.StatusCode, want, body.String())
	}
	return p
}

func request(t *testing.T, method, address, body string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	return req
}

func signIn(t *testing.T, info demoInfo, login demoLogin) page {
	t.Helper()
	req := request(t, http.MethodPost, info.URL+"/api/v1/ui/session", "{}")
	req.SetBasicAuth(login.Username, login.Password)
	return call(t, http.StatusOK, req)
}

func inbox(t *testing.T, info demoInfo, token string) page {
	t.Helper()
	req := request(t, http.MethodGet, info.URL+"/api/v1/ui/conversations?limit=100", "")
	req.Header.Set("Authorization", "Bearer "+token)
	return call(t, http.StatusOK, req)
}

func TestDemo(t *testing.T) {
	t.Parallel()
	dir := demoFolder(t)
	r := start(t, nil, demoArgs(t, dir)...)
	info := ready(t, dir, func() string { return r.out.String() + r.errs.String() })
	checkDemoInfo(t, dir, info)

	operator := signIn(t, info, info.Operator)
	if operator.AccountID != info.Accounts[0].AccountID || operator.Role != "owner" || operator.StaffRole != "operator" {
		t.Errorf("operator = %+v", operator)
	}
	if support := signIn(t, info, info.Support); support.AccountID != "" || support.StaffRole != "support" {
		t.Errorf("support = %+v", support)
	}
	if got := len(inbox(t, info, operator.Token).Items); got < 90 {
		t.Errorf("the inbox holds %d conversations at the start, want about a hundred", got)
	}
	sent := `{"business": "` + info.Accounts[0].Username + `", "customer": "demo.test", "text": "Hello from the test"}`
	if call(t, http.StatusCreated, request(t, http.MethodPost, info.SimulatorURL+"/_sim/messages", sent)).MID == "" {
		t.Error("no mid")
	}
	eventually(t, 20*time.Second, "the customer's message on top of the inbox", func() bool {
		return inbox(t, info, operator.Token).Items[0].LastMessage.Text == "Hello from the test"
	})
	if code, stdout, stderr := parlor(t, []string{"PARLOR_DATABASE_URL=" + info.DatabaseURL}, "prove-isolation"); code != exitOK {
		t.Errorf("prove-isolation on the demo: %s%s", stdout, stderr)
	}
	for _, want := range []string{info.URL, info.Operator.Password, info.SimulatorURL + "/phone", "curl -X POST"} {
		if !strings.Contains(r.out.String(), want) {
			t.Errorf("the greeting does not say %q", want)
		}
	}
	if code, _, stderr := parlor(t, nil, demoArgs(t, dir)...); code != exitError || !strings.Contains(stderr, "another demo is running") {
		t.Errorf("a second demo on the folder: %d %s", code, stderr)
	}
	stream := openStream(t, info, operator.Token)
	if code := r.end(t); code != exitOK {
		t.Errorf("exit code %d\n%s", code, r.errs.String())
	}
	// A stream that held the stop up would be cut when the time for stopping is over.
	if _, err := io.Copy(io.Discard, stream); err != nil {
		t.Errorf("the page's stream was cut instead of ended: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "demo.json")); err == nil {
		t.Error("demo.json is there while no demo runs")
	}

	again := start(t, nil, demoArgs(t, dir)...)
	second := ready(t, dir, func() string { return again.out.String() + again.errs.String() })
	if second.Operator != info.Operator || second.Support != info.Support || second.Accounts[2] != info.Accounts[2] || second.AppSecret != info.AppSecret {
		t.Error("the second run is not the first one's installation")
	}
	if got := inbox(t, second, signIn(t, second, second.Operator).Token).Items[0].LastMessage.Text; got != "Hello from the test" {
		t.Errorf("after a restart the newest message is %q", got)
	}
}

// openStream opens the event stream of a page and returns it after the first event.
func openStream(t *testing.T, info demoInfo, token string) io.Reader {
	t.Helper()
	req := request(t, http.MethodGet, info.URL+"/api/v1/ui/events", "")
	req.Header.Set("Authorization", "Bearer "+token)
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = answer.Body.Close() })
	events := bufio.NewReader(answer.Body)
	if first, err := events.ReadString('\n'); err != nil || first != "event: hello\n" {
		t.Fatalf("the stream begins with %q, %v", first, err)
	}
	return events
}

func checkDemoInfo(t *testing.T, dir string, info demoInfo) {
	t.Helper()
	stat, err := os.Stat(filepath.Join(dir, "demo.json"))
	if err != nil || stat.Mode().Perm() != 0o600 {
		t.Errorf("demo.json: %v, %v", stat.Mode(), err)
	}
	if len(info.Accounts) != 3 || info.AppSecret == "" || len(info.SessionKeys) != 1 || !strings.HasPrefix(info.URL, "http://localhost:") {
		t.Errorf("demo.json = %+v", info)
	}
	if got := status(info.OpsURL + "/readyz"); got != 200 {
		t.Errorf("readyz = %d", got)
	}
	if info.DatabaseURL == info.PlatformDatabaseURL || !strings.HasPrefix(info.DatabaseURL, "postgres://") {
		t.Error("the database URLs are not two")
	}
}

func TestDemoAfterKill(t *testing.T) {
	t.Parallel()
	dir := demoFolder(t)
	args := demoArgs(t, dir)
	var out output
	command := exec.Command(os.Args[0], args...)
	command.Env = append(os.Environ(), asParlor+"=1")
	command.Stdout, command.Stderr = &out, &out
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	first := ready(t, dir, out.String)
	if err := command.Process.Kill(); err != nil { // kill -9
		t.Fatal(err)
	}
	_ = command.Wait()
	if err := os.Remove(filepath.Join(dir, "demo.json")); err != nil { // the killed one's, which must not pass for the next one's
		t.Error(err)
	}

	second := exec.Command(os.Args[0], args...) // the same ports too
	var outAgain output
	second.Env, second.Stdout, second.Stderr = command.Env, &outAgain, &outAgain
	if err := second.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- second.Wait() }()
	t.Cleanup(func() { _ = second.Process.Kill() })
	info := ready(t, dir, outAgain.String)
	if info.Operator != first.Operator || len(inbox(t, info, signIn(t, info, info.Operator).Token).Items) < 90 {
		t.Error("the data did not outlive kill -9")
	}
	if err := second.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("after SIGTERM: %v\n%s", err, outAgain.String())
		}
	case <-time.After(20 * time.Second):
		t.Fatal("it does not stop on SIGTERM")
	}
}

func TestDemoNamesAPortThatIsTaken(t *testing.T) {
	t.Parallel()
	dir := demoFolder(t)
	args := demoArgs(t, dir)
	taken := newLine(t, "")
	args[4] = taken.addr
	taken.mend(t)
	code, _, stderr := parlor(t, nil, args...)
	if code != exitError || !strings.Contains(stderr, taken.addr+" cannot be used") || !strings.Contains(stderr, "--addr") {
		t.Errorf("code %d: %s", code, stderr)
	}
}
