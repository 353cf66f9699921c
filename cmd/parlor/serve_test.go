package main

import (
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"parlor/migrations/pgtest"
)

// settings are those of a small installation on the database, and the addresses it listens on.
func settings(t *testing.T, db *pgtest.Database) (environ []string, public, ops string) {
	t.Helper()
	entry, err := htpasswdEntry("operator", "correct horse battery staple")
	if err != nil {
		t.Fatal(err)
	}
	htpasswd := filepath.Join(t.TempDir(), "htpasswd")
	if err := os.WriteFile(htpasswd, []byte(entry+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	addr, opsAddr := freeAddr(t), freeAddr(t)
	_, port, _ := net.SplitHostPort(addr)
	public = "http://localhost:" + port
	environ = append(environ, urls(db)[:2]...)
	environ = append(environ,
		"PARLOR_PUBLIC_URL="+public, "PARLOR_ADDR="+addr, "PARLOR_OPS_ADDR="+opsAddr, "PARLOR_SHUTDOWN_TIMEOUT=5s",
		"PARLOR_SESSION_KEYS="+sessionKeysJSON(newSessionKey(time.Now())), "PARLOR_SEALING_KEY="+newKey(), "PARLOR_AUDIT_KEY="+newKey(),
		"PARLOR_BOOTSTRAP_HTPASSWD_FILE="+htpasswd)
	return environ, public, "http://" + opsAddr
}

func TestServeRefusesWhatIsNotFit(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		database func(testing.TB) *pgtest.Database
		breaks   string
		setting  string
		want     []string
	}{
		"pending migrations": {pgtest.NewEmpty, "", "", []string{"pending migration(s)", "00001_", "parlor migrate up"}},
		"a wall that is down": {
			pgtest.New, "alter table tenant.messages no force row level security", "",
			[]string{"nothing is served", "tenant.messages"},
		},
		"a platform role with powers of its own": {
			pgtest.New, `do $$ begin execute format('alter role %I createrole', current_database() || '_platform'); end $$`, "",
			[]string{"nothing is served", "platform role has powers of its own"},
		},
		"two faults of the settings": {
			pgtest.New, "", "PARLOR_LOG_LEVEL=loud", []string{"PARLOR_LOG_LEVEL must be", "1 fault(s)"},
		},
		"a wrong password": {pgtest.New, "", "wrong password", []string{"password authentication failed"}},
		"a broken htpasswd file": {
			pgtest.New, "", "PARLOR_BOOTSTRAP_HTPASSWD_FILE=/dev/null", []string{"PARLOR_BOOTSTRAP_HTPASSWD_FILE", "no user"},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := tc.database(t)
			if tc.breaks != "" {
				db.Exec(t, tc.breaks)
			}
			environ, public, _ := settings(t, db)
			if tc.setting == "wrong password" {
				environ = append(environ, "PARLOR_DATABASE_URL="+withPassword(t, db.AppDSN, "wrong"))
			} else {
				environ = append(environ, tc.setting)
			}
			code, _, stderr := parlor(t, environ, "serve")
			if code != exitError {
				t.Errorf("code %d", code)
			}
			for _, want := range tc.want {
				if !strings.Contains(stderr, want) {
					t.Errorf("it does not say %q:\n%s", want, stderr)
				}
			}
			if status(public+"/auth/providers") != 0 {
				t.Error("it answered all the same")
			}
		})
	}
}

func withPassword(t *testing.T, dsn, password string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(u.User.Username(), password)
	return u.String()
}

// line is a TCP connection to a database that a test can cut and mend.
type line struct {
	addr, target string
	mu           sync.Mutex
	listener     net.Listener
	open         map[net.Conn]struct{}
}

func newLine(t *testing.T, target string) *line {
	t.Helper()
	l := &line{addr: freeAddr(t), target: target, open: map[net.Conn]struct{}{}}
	t.Cleanup(l.cut)
	return l
}

func (l *line) mend(t *testing.T) {
	t.Helper()
	listener, err := net.Listen("tcp", l.addr)
	if err != nil {
		t.Fatal(err)
	}
	l.mu.Lock()
	l.listener = listener
	l.mu.Unlock()
	go func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", l.target)
			if err != nil {
				_ = near.Close()
				continue
			}
			l.carry(near, far)
		}
	}()
}

func (l *line) carry(near, far net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, pair := range [][2]net.Conn{{near, far}, {far, near}} {
		l.open[pair[0]] = struct{}{}
		go func() {
			_, _ = io.Copy(pair[0], pair[1])
			_ = pair[0].Close()
			_ = pair[1].Close()
		}()
	}
}

// cut ends all connections and takes no new ones until mend.
func (l *line) cut() {
	l.mu.Lock()
	if l.listener != nil {
		_ = l.listener.Close()
	}
	l.mu.Unlock()
	l.drop()
}

// drop ends all connections; new ones are taken at once.
func (l *line) drop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for conn := range l.open {
		_ = conn.Close()
	}
	clear(l.open)
}

func through(t *testing.T, dsn, addr string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	u.Host = addr
	return u.String()
}

func TestServeOutlivesTheDatabase(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	u, err := url.Parse(db.AppDSN)
	if err != nil {
		t.Fatal(err)
	}
	database := newLine(t, u.Host)
	environ, public, ops := settings(t, db)
	environ = append(environ, "PARLOR_DATABASE_URL="+through(t, db.AppDSN, database.addr),
		"PARLOR_PLATFORM_DATABASE_URL="+through(t, db.PlatformDSN, database.addr))

	r := start(t, environ, "serve")
	eventually(t, 30*time.Second, "a clear line in the log", func() bool { return strings.Contains(r.errs.String(), "database.unreachable") })
	if got := status(ops + "/healthz"); got != 200 {
		t.Errorf("healthz while the database is down = %d", got)
	}
	if got := status(ops + "/readyz"); got != 503 {
		t.Errorf("readyz while the database is down = %d", got)
	}
	if status(public+"/auth/providers") != 0 {
		t.Error("it serves before the database was looked at")
	}
	opsAddr := "PARLOR_OPS_ADDR=" + strings.TrimPrefix(ops, "http://")
	if code, stdout, _ := parlor(t, []string{opsAddr}, "healthcheck"); code != exitError || !strings.Contains(stdout, "not ready") {
		t.Errorf("healthcheck: %d %s", code, stdout)
	}

	database.mend(t)
	eventually(t, 40*time.Second, "ready when the database is up", func() bool { return status(ops+"/readyz") == 200 })
	if got := status(public + "/auth/providers"); got != 200 {
		t.Errorf("providers = %d", got)
	}
	if code, stdout, stderr := parlor(t, []string{opsAddr}, "healthcheck"); code != exitOK {
		t.Errorf("healthcheck: %d %s%s", code, stdout, stderr)
	}
	if got := status(ops + "/metrics"); got != 200 {
		t.Errorf("metrics = %d", got)
	}

	database.cut()
	eventually(t, 40*time.Second, "not ready when the database has gone", func() bool {
		if len(r.ended) > 0 {
			t.Fatalf("it ended:\n%s", r.errs.String())
		}
		return status(ops+"/readyz") == 503
	})
	database.mend(t)
	eventually(t, 20*time.Second, "ready again", func() bool { return status(ops+"/readyz") == 200 })

	if code := r.end(t); code != exitOK {
		t.Errorf("exit code %d\n%s", code, r.errs.String())
	}
	if status(public+"/auth/providers") != 0 || status(ops+"/healthz") != 0 {
		t.Error("a listener is open after the end")
	}
}

func TestServeStopsWhileItWaits(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	environ, _, _ := settings(t, db)
	nobody := freeAddr(t)
	environ = append(environ, "PARLOR_DATABASE_URL="+through(t, db.AppDSN, nobody), "PARLOR_PLATFORM_DATABASE_URL="+through(t, db.PlatformDSN, nobody))
	r := start(t, environ, "serve")
	eventually(t, 30*time.Second, "it waits", func() bool { return strings.Contains(r.errs.String(), "database.unreachable") })
	if code := r.end(t); code != exitOK {
		t.Errorf("exit code %d\n%s", code, r.errs.String())
	}
	if strings.Contains(r.errs.String(), "for-tests-only") {
		t.Error("the log has a password")
	}
}
