package auth_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"parlor/auth"
	"parlor/tenants"
)

// arrived is a request as it came through nginx, and whom the strategy took it for.
type arrived struct {
	uri       string
	header    http.Header
	assertion auth.Assertion
	err       error
}

// door is the shipped nginx configuration in a real nginx, with the proxy mode of bootstrap behind it.
type door struct {
	address string // host:port of nginx
	mu      sync.Mutex
	seen    []arrived
}

// newDoor starts nginx with the shipped file; only addresses and paths are put in.
func newDoor(t *testing.T) *door {
	t.Helper()
	binary, err := exec.LookPath("nginx")
	if err != nil {
		binary = "/usr/sbin/nginx"
	}
	if _, err := os.Stat(binary); err != nil {
		t.Fatal("this test needs a real nginx: apt-get install nginx-light")
	}
	d := &door{}
	proxy, err := auth.NewBootstrapProxy(proxySecret, []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, bootstrapOptions(nil))
	if err != nil {
		t.Fatal(err)
	}
	parlor := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { d.serve(w, r, proxy) }))
	t.Cleanup(parlor.Close)
	d.run(t, binary, strings.TrimPrefix(parlor.URL, "http://"))
	return d
}

// serve notes the request; on the stream's path it sends one event and waits.
func (d *door) serve(w http.ResponseWriter, r *http.Request, p auth.Direct) {
	peer, _ := netip.ParseAddrPort(r.RemoteAddr)
	a, err := p.Verify(r.Context(), auth.Credential{
		RemoteUser: r.Header.Get("X-Remote-User"), ProxySecret: r.Header.Get("X-Proxy-Auth"), PeerAddr: peer.Addr(),
	})
	d.mu.Lock()
	d.seen = append(d.seen, arrived{uri: r.RequestURI, header: r.Header.Clone(), assertion: a, err: err})
	d.mu.Unlock()
	if r.URL.Path == "/api/v1/ui/events" {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, "event: hello\ndata: {}\n\n")
		_ = http.NewResponseController(w).Flush()
		select { // the second event comes when the first is on its way, in a packet of its own
		case <-r.Context().Done():
			return
		case <-time.After(100 * time.Millisecond):
		}
		_, _ = io.WriteString(w, "event: message\ndata: {}\n\n")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}
}

func (d *door) run(t *testing.T, binary, upstream string) {
	t.Helper()
	dir := t.TempDir()
	shipped, err := os.ReadFile("../configs/nginx/phase1.conf")
	if err != nil {
		t.Fatal(err)
	}
	d.address = freeAddress(t)
	conf := string(shipped)
	for from, to := range map[string]string{
		"    listen 80;": "    listen " + d.address + ";", "server parlor:8080 ": "server " + upstream + " ",
		"auth_basic_user_file /run/secrets/": "auth_basic_user_file " + dir + "/", "include          /run/secrets/": "include          " + dir + "/",
		"access_log /var/log/nginx/": "access_log " + dir + "/",
	} {
		if strings.Count(conf, from) != 1 {
			t.Fatalf("the shipped file has %q %d times, want once", from, strings.Count(conf, from))
		}
		conf = strings.Replace(conf, from, to, 1)
	}
	user := ""
	if os.Geteuid() == 0 {
		user = "user root;" // the worker must reach the test's own folder
	}
	var temp strings.Builder
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		fmt.Fprintf(&temp, "%s_temp_path %s/%s;\n", kind, dir, kind)
	}
	for name, content := range map[string]string{
		"htpasswd": users(), "nginx_proxy_auth.conf": fmt.Sprintf("proxy_set_header X-Proxy-Auth %q;\n", proxySecret), "phase1.conf": conf,
		"nginx.conf": fmt.Sprintf("%s\npid %s/pid;\nerror_log %s/error.log;\nevents {}\nhttp {\n%sinclude %s/phase1.conf;\n}\n", user, dir, dir, temp.String(), dir),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, stop := context.WithCancel(context.Background())
	nginx := exec.CommandContext(ctx, binary, "-p", dir, "-e", dir+"/error.log", "-c", dir+"/nginx.conf", "-g", "daemon off; master_process off;")
	var said strings.Builder
	nginx.Stderr = &said
	if err := nginx.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { defer close(ended); _ = nginx.Wait() }()
	t.Cleanup(func() { stop(); <-ended })
	eventually(t, 10*time.Second, "nginx listens", func() bool {
		select {
		case <-ended:
			logged, _ := os.ReadFile(dir + "/error.log")
			t.Fatalf("nginx ended: %s%s", said.String(), logged)
		default:
		}
		conn, err := net.Dial("tcp", d.address)
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	})
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// ask sends a request whose path stays exactly as written, and returns the status and what arrived behind nginx.
func (d *door) ask(t *testing.T, path string, header ...string) (int, http.Header, []arrived) {
	t.Helper()
	conn, err := net.Dial("tcp", d.address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	d.mu.Lock()
	before := len(d.seen)
	d.mu.Unlock()
	lines := append([]string{"GET " + path + " HTTP/1.1", "Host: inbox.example.com:8080", "Connection: close"}, header...)
	if _, err := io.WriteString(conn, strings.Join(lines, "\r\n")+"\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	d.mu.Lock()
	defer d.mu.Unlock()
	return resp.StatusCode, resp.Header, slices.Clone(d.seen[before:])
}

func basic(user, password string) string {
	r := &http.Request{Header: http.Header{}}
	r.SetBasicAuth(user, password)
	return "Authorization: " + r.Header.Get("Authorization")
}

// spoofed is everything that a stranger can send to be taken for somebody.
var spoofed = []string{
	"X-Remote-User: operator", "x-remote-user: operator", "X_Remote_User: operator", "X-Proxy-Auth: guess", "Remote-User: operator",
	"X-Forwarded-User: operator", "X-Forwarded-For: 127.0.0.1", basic("operator", "right horse"),
}

// TestNginxNamesOnlyWhomItAsked sends every spoofed header to every kind of path: nobody is named but at the guarded one.
func TestNginxNamesOnlyWhomItAsked(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	for _, path := range []string{
		"/", "/login", "/a/x/inbox", "/api/v1/ui/session", "/api/v1/ui/conversations", "/api/v1/conversations", "/auth/providers", "/auth/instagram/login",
		"/auth/instagram/callback?state=x&code=y", "/auth/bootstrap/callback", "/auth/bootstrap/login/", "/auth/bootstrap/login/x", "/auth/bootstrap",
		"/AUTH/BOOTSTRAP/LOGIN", "/auth/bootstrap/Login", "/auth/bootstrap/login%2f", "/auth/bootstrap/login%00x", "/auth/bootstrap/login;x", "/auth%2fbootstrap%2flogin/x",
		"/auth/bootstrap/login.", "/auth/bootstrap/%6cogi", "/x/../auth/bootstrap/loginx", "/webhooks/instagram", "/media/x", "/openapi.json", "/assets/x.js",
	} {
		status, header, seen := d.ask(t, path, spoofed...)
		if status == http.StatusBadRequest && len(seen) == 0 {
			continue // nginx itself refuses, such as a NUL
		}
		if status != http.StatusOK || len(seen) != 1 {
			t.Errorf("%s: status %d, %d requests behind", path, status, len(seen))
			continue
		}
		got := seen[0]
		for _, name := range []string{"X-Remote-User", "X-Proxy-Auth", "X_Remote_User"} {
			if got.header.Get(name) != "" {
				t.Errorf("%s: %s arrives", path, name)
			}
		}
		if got.err == nil || got.assertion.Subject != "" {
			t.Errorf("%s: taken for %q", path, got.assertion.Subject)
		}
		if header.Get("WWW-Authenticate") != "" {
			t.Errorf("%s: the browser is asked for a password", path)
		}
	}
}

// TestNginxGuardsEverySpelling asks for the password however the path is written, and passes on the plain one.
func TestNginxGuardsEverySpelling(t *testing.T) {
	t.Parallel()
	for _, path := range []string{
		"/auth/bootstrap/login", "/auth/bootstrap/login?return_to=/a/x", "//auth/bootstrap/login", "/auth//bootstrap///login", "/auth/./bootstrap/login",
		"/x/../auth/bootstrap/login", "/auth/boot%73trap/login", "/%61uth/bootstrap/login", "/auth/bootstrap/x/../login", "/auth%2fbootstrap%2flogin",
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			d := newDoor(t) // each its own, for nginx counts the attempts
			for name, header := range map[string][]string{
				"nobody": spoofed[:len(spoofed)-1], "wrong password": {basic("operator", "left horse")}, "unknown user": {basic("nobody", "right horse")},
			} {
				status, answer, seen := d.ask(t, path, header...)
				if status != http.StatusUnauthorized || len(seen) != 0 || !strings.HasPrefix(answer.Get("WWW-Authenticate"), "Basic ") {
					t.Errorf("%s: status %d, %d requests behind", name, status, len(seen))
				}
			}
			status, _, seen := d.ask(t, path, append(spoofed[:len(spoofed)-1:len(spoofed)-1], basic("support", "left horse"))...)
			if status != http.StatusOK || len(seen) != 1 {
				t.Fatalf("status %d, %d requests behind", status, len(seen))
			}
			got := seen[0]
			if got.err != nil || got.assertion.Subject != "support" || got.assertion.StaffRole != tenants.StaffSupport {
				t.Errorf("taken for %q, %v", got.assertion.Subject, got.err)
			}
			_, query, _ := strings.Cut(path, "?")
			if strings.TrimSuffix("/auth/bootstrap/login?"+query, "?") != got.uri {
				t.Errorf("passed on as %s", got.uri)
			}
			if len(got.header.Values("X-Remote-User")) != 1 || got.header.Get("Authorization") != "" || got.header.Get("X-Proxy-Auth") != proxySecret {
				t.Errorf("headers: %d users, password passed on: %v", len(got.header.Values("X-Remote-User")), got.header.Get("Authorization") != "")
			}
		})
	}
}

// TestNginxPassesOn leaves Bearer, Host and the client's address as they are, and does not hold events back.
func TestNginxPassesOn(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	_, _, seen := d.ask(t, "/api/v1/ui/conversations", "Authorization: Bearer abc", "X-Forwarded-For: 203.0.113.7")
	if len(seen) != 1 {
		t.Fatalf("%d requests behind", len(seen))
	}
	for name, want := range map[string]string{"Authorization": "Bearer abc", "X-Forwarded-For": "203.0.113.7, 127.0.0.1"} {
		if got := seen[0].header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+d.address+"/api/v1/ui/events", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	stream := bufio.NewReader(resp.Body)
	for _, want := range []string{"event: hello\n", "data: {}\n", "\n", "event: message\n"} {
		if line, err := stream.ReadString('\n'); err != nil || line != want {
			t.Fatalf("the stream is held back: %q, %v, want %q", line, err, want)
		}
	}
}

// TestNginxLimitsGuesses answers 429 before it has compared many passwords.
func TestNginxLimitsGuesses(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	counts := map[int]int{}
	for range 30 {
		status, _, seen := d.ask(t, "/auth/bootstrap/login", basic("operator", "guess"))
		counts[status]++
		if len(seen) != 0 {
			t.Fatal("a guess came through")
		}
	}
	if counts[http.StatusTooManyRequests] < 10 || counts[http.StatusUnauthorized] < 5 || counts[401]+counts[429] != 30 {
		t.Errorf("answers %v", counts)
	}
}
