package main

// These tests are inside the package because a main package cannot be imported; they drive run, as main does.

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"parlor/configs"
)

// asParlor makes this test binary be parlor itself, for the tests that need a process to kill.
const asParlor = "PARLOR_TEST_AS_PARLOR"

func TestMain(m *testing.M) {
	if os.Getenv(asParlor) != "" {
		main()
	}
	os.Exit(m.Run())
}

// output collects what a command prints while a test reads it.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// parlor runs a command to its end.
func parlor(t *testing.T, environ []string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var out, errs output
	code = run(ctx, args, &out, &errs, environ)
	return code, out.String(), errs.String()
}

// running is a command that goes on until it is stopped.
type running struct {
	out, errs output
	stop      context.CancelFunc
	ended     chan int
}

func start(t *testing.T, environ []string, args ...string) *running {
	t.Helper()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	r := &running{stop: stop, ended: make(chan int, 1)}
	go func() { r.ended <- run(ctx, args, &r.out, &r.errs, environ) }()
	t.Cleanup(func() { r.end(t) })
	return r
}

// end stops the command and returns its exit code; a second call returns the same.
func (r *running) end(t *testing.T) int {
	t.Helper()
	r.stop()
	select {
	case code := <-r.ended:
		r.ended <- code
		return code
	case <-time.After(30 * time.Second):
		t.Fatalf("the command did not stop; it said:\n%s%s", r.out.String(), r.errs.String())
		return 0
	}
}

// eventually polls until the condition holds.
func eventually(t *testing.T, within time.Duration, what string, holds func() bool) {
	t.Helper()
	deadline := time.Now().Add(within)
	for !holds() {
		if time.Now().After(deadline) {
			t.Fatalf("not within %s: %s", within, what)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// status asks an address and returns the answer's status; 0 when nobody answers.
func status(address string) int {
	answer, err := (&http.Client{Timeout: 5 * time.Second}).Get(address)
	if err != nil {
		return 0
	}
	_ = answer.Body.Close()
	return answer.StatusCode
}

// freeAddr returns a loopback address that nobody listens on.
func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

func TestCommandLine(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		args   []string
		code   int
		stdout string
		stderr string
	}{
		"no command":      {nil, exitOK, "Usage: parlor <command>", ""},
		"help":            {[]string{"--help"}, exitOK, "prove-isolation", ""},
		"help of one":     {[]string{"demo", "--help"}, exitOK, "--simulator-addr", ""},
		"unknown command": {[]string{"server"}, exitUsage, "", "unexpected argument server"},
		"unknown flag":    {[]string{"serve", "--port=1"}, exitUsage, "", "unknown flag --port"},
		"missing flag":    {[]string{"key", "create", "--name=x"}, exitUsage, "", "--account"},
		"version":         {[]string{"version"}, exitOK, "parlor ", ""},
		"no settings":     {[]string{"serve"}, exitError, "", "PARLOR_DATABASE_URL is required"},
		"nothing to migrate": {
			[]string{"migrate", "status"}, exitError, "", "set PARLOR_MIGRATE_DATABASE_URL or PARLOR_PLATFORM_DATABASE_URL",
		},
		"no app":   {[]string{"simulator"}, exitError, "", "PARLOR_INSTAGRAM_APP_SECRET is required"},
		"no admin": {[]string{"db", "init"}, exitError, "", "PARLOR_ADMIN_DATABASE_URL is required"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := parlor(t, nil, tc.args...)
			if code != tc.code || !strings.Contains(stdout, tc.stdout) || !strings.Contains(stderr, tc.stderr) {
				t.Errorf("code %d\nstdout: %s\nstderr: %s", code, stdout, stderr)
			}
		})
	}
}

func TestOpenAPIIsTheGeneratedFile(t *testing.T) {
	t.Parallel()
	code, stdout, stderr := parlor(t, nil, "openapi")
	var document struct {
		OpenAPI string `json:"openapi"`
	}
	if code != exitOK || json.Unmarshal([]byte(stdout), &document) != nil || !strings.HasPrefix(document.OpenAPI, "3.1") {
		t.Fatalf("code %d, %q, %s", code, document.OpenAPI, stderr)
	}
}

func TestSecrets(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "secrets")
	code, stdout, stderr := parlor(t, nil, "secrets", dir)
	if code != exitOK {
		t.Fatal(stderr)
	}
	read := func(name string) string {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(text))
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder is open to others: %v %v", info.Mode(), err)
	}
	_, password, _ := strings.Cut(stdout, "operator / ")
	_, hash, _ := strings.Cut(read("htpasswd"), ":")
	if bcrypt.CompareHashAndPassword([]byte(hash), []byte(strings.TrimSpace(password))) != nil {
		t.Error("the password shown is not that of the htpasswd file")
	}
	if !strings.Contains(read("admin_database_url"), read("postgres_password")) || !strings.Contains(read("nginx_proxy_auth.conf"), read("proxy_secret")) {
		t.Error("two files that hold the same secret differ")
	}

	before := read("session_keys") + read("htpasswd") + read("nginx_proxy_auth.conf")
	code, again, stderr := parlor(t, nil, "secrets", dir)
	if code != exitOK || strings.Contains(again, "Operator sign-in") || read("session_keys")+read("htpasswd")+read("nginx_proxy_auth.conf") != before {
		t.Errorf("a second run changed something: %s %s", again, stderr)
	}

	// What it makes must be what serve takes.
	environ := []string{
		"PARLOR_PUBLIC_URL=https://inbox.acme.org",
		"PARLOR_BOOTSTRAP_MODE=proxy", "PARLOR_BOOTSTRAP_PROXY_CIDRS=10.1.2.3/32",
	}
	for key, name := range map[string]string{
		"DATABASE_URL": "database_url", "PLATFORM_DATABASE_URL": "platform_database_url", "MIGRATE_DATABASE_URL": "migrate_database_url",
		"SESSION_KEYS": "session_keys", "SEALING_KEY": "sealing_key", "AUDIT_KEY": "audit_key", "PUSH_KEY": "push_key", "BOOTSTRAP_PROXY_SECRET": "proxy_secret",
		"INSTAGRAM_VERIFY_TOKEN": "instagram_verify_token", "INSTAGRAM_APP_SECRET": "instagram_app_secret",
	} {
		environ = append(environ, "PARLOR_"+key+"_FILE="+filepath.Join(dir, name))
	}
	if _, err := configs.FromEnv(environ); err != nil {
		t.Errorf("serve would refuse what secrets made: %v", err)
	}
}

func TestReachable(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]string{
		"0.0.0.0:9090": "127.0.0.1:9090", "[::]:9090": "127.0.0.1:9090", ":9090": "127.0.0.1:9090",
		"127.0.0.1:1": "127.0.0.1:1", "10.0.0.7:2": "10.0.0.7:2", "[::1]:3": "[::1]:3",
	} {
		if got := reachable(addr); got != want {
			t.Errorf("reachable(%q) = %q, want %q", addr, got, want)
		}
	}
}
