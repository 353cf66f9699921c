//go:build e2e

package e2e_test

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/crypto/bcrypt"

	"parlor/migrations/pgtest"
)

// The accounts and people of the stories.
const (
	defaultUserID = "17841463072915507" // of the simulator's first business
	operatorName  = "operator"
)

// installation is what `parlor serve` is configured with: one database, one public address, one operator.
type installation struct {
	db        *pgtest.Database
	url       string // what browsers use
	addr      string // where the first instance listens
	password  string // of the operator
	htpasswd  string // path of the file
	appSecret string
	environ   []string
	superuser *pgx.Conn
}

// install makes the settings. Without a reverse proxy the public address is that of the first instance.
func install(t *testing.T) *installation {
	t.Helper()
	i := &installation{db: pgtest.New(t), addr: freeAddr(t), password: rand.Text(), appSecret: newKey()}
	i.url = "http://localhost:" + portOf(t, i.addr)
	i.htpasswd = i.writeHtpasswd(t)
	i.environ = []string{
		"PARLOR_DATABASE_URL=" + i.db.AppDSN,
		"PARLOR_PLATFORM_DATABASE_URL=" + i.db.PlatformDSN,
		"PARLOR_SESSION_KEYS=" + fmt.Sprintf(`[{"kid":"e2e","key":%q}]`, newKey()),
		"PARLOR_SEALING_KEY=" + newKey(),
		"PARLOR_AUDIT_KEY=" + newKey(),
		"PARLOR_INSTAGRAM_APP_SECRET=" + i.appSecret,
		"PARLOR_BOOTSTRAP_INSTAGRAM_USER_ID=" + defaultUserID,
		"PARLOR_SHUTDOWN_TIMEOUT=5s",
		"PARLOR_LOG_FORMAT=text",
	}
	return i
}

// writeHtpasswd lets the operator in. The file lies in a folder that nginx's worker may enter.
func (i *installation) writeHtpasswd(t *testing.T) string {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte(i.password), bcrypt.DefaultCost)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(openDir(t), "htpasswd")
	if err := os.WriteFile(file, []byte(operatorName+":"+string(hash)+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// openDir makes a folder that every user may enter; those above t.TempDir are closed when the tests run as root.
func openDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "parlor-e2e-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// serve starts an instance that listens on addr, and returns when it is ready. Settings are added to the installation's.
func (i *installation) serve(t *testing.T, addr string, settings ...string) *process {
	t.Helper()
	ops := freeAddr(t)
	environ := append([]string{"PARLOR_PUBLIC_URL=" + i.url, "PARLOR_ADDR=" + addr, "PARLOR_OPS_ADDR=" + ops}, i.environ...)
	p := launch(t, append(environ, settings...), binary, "serve")
	eventually(t, 30*time.Second, "parlor serve is ready", func() bool {
		p.mustRun(t)
		return call(t, request(t, http.MethodGet, "http://"+ops+"/readyz", "")).Status == http.StatusOK
	})
	return p
}

// admin is a superuser's connection, one for the whole test.
func (i *installation) admin(t *testing.T) *pgx.Conn {
	t.Helper()
	if i.superuser == nil {
		i.superuser = i.db.Admin(t)
	}
	return i.superuser
}

// self are the settings of the bootstrap provider without nginx.
func (i *installation) self() string { return "PARLOR_BOOTSTRAP_HTPASSWD_FILE=" + i.htpasswd }

// signIn makes a session of the operator at one instance.
func (i *installation) signIn(t *testing.T, addr string) answer {
	t.Helper()
	req := i.at(t, addr, http.MethodPost, "/api/v1/ui/session", "")
	req.SetBasicAuth(operatorName, i.password)
	return mustCall(t, req)
}

// at makes a request to one instance under the name of the installation.
func (i *installation) at(t *testing.T, addr, method, path, token string) *http.Request {
	t.Helper()
	body := ""
	if method == http.MethodPost {
		body = "{}"
	}
	req := request(t, method, "http://"+addr+path, body)
	req.Host = i.url[len("http://"):]
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	return req
}

// newKey returns 32 random bytes in base64.
func newKey() string {
	key := make([]byte, 32)
	_, _ = rand.Read(key)
	return base64.StdEncoding.EncodeToString(key)
}
