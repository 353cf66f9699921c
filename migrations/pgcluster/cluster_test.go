package pgcluster_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"parlor/migrations/pgcluster"
)

// holderDir, when set, makes this test binary a process that holds a cluster until it is killed.
const holderDir = "PARLOR_TEST_CLUSTER_HOLDER"

func TestMain(m *testing.M) {
	if dir := os.Getenv(holderDir); dir != "" {
		os.Exit(hold(dir))
	}
	os.Exit(m.Run())
}

func hold(dir string) int {
	cluster, err := pgcluster.Start(context.Background(), pgcluster.Options{Dir: dir})
	if err != nil {
		fmt.Println("error:", err)
		return 1
	}
	fmt.Println(cluster.AdminDSN("postgres"))
	<-cluster.Done()
	return 0
}

// clusterDir returns a directory for a cluster, which is removed with all that the cluster put elsewhere.
func clusterDir(t *testing.T, mode os.FileMode) string {
	t.Helper()
	above, err := os.MkdirTemp("", "parlor-pgcluster-")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(above, mode); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(above, "data")
	t.Cleanup(func() {
		if err := errors.Join(pgcluster.Remove(dir), os.RemoveAll(above)); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func start(t *testing.T, o pgcluster.Options) *pgcluster.Cluster {
	t.Helper()
	c, err := pgcluster.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Stop(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func run(t *testing.T, dsn, statement string) (answer string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if err := conn.QueryRow(t.Context(), statement).Scan(&answer); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	return answer
}

func execute(t *testing.T, dsn, statement string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func TestDataOutlivesTheServer(t *testing.T) {
	t.Parallel()
	dir := clusterDir(t, 0o711)
	first := start(t, pgcluster.Options{Dir: dir, Settings: map[string]string{"work_mem": "5MB"}})
	if got := run(t, first.AdminDSN("postgres"), "show work_mem"); got != "5MB" {
		t.Errorf("work_mem = %s", got)
	}
	execute(t, first.AdminDSN("postgres"), "create table kept as select 'still here' as word")
	if err := errors.Join(first.Stop(), first.Stop()); err != nil {
		t.Fatal(err)
	}
	second := start(t, pgcluster.Options{Dir: dir, Port: first.Port()})
	if second.Port() != first.Port() {
		t.Errorf("port = %d, want %d", second.Port(), first.Port())
	}
	if got := run(t, second.AdminDSN("postgres"), "select word from kept"); got != "still here" {
		t.Errorf("word = %q", got)
	}
}

// The process that holds the cluster is killed; what it had committed is there for the next, which starts at once. It could not, were the
// killed process's server still alive: a server locks its files.
func TestRestartAfterKill(t *testing.T) {
	t.Parallel()
	dir := clusterDir(t, 0o711)
	holder := exec.CommandContext(t.Context(), os.Args[0])
	holder.Env = append(os.Environ(), holderDir+"="+dir)
	out, err := holder.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	line := make([]byte, 1024)
	n, err := out.Read(line)
	if err != nil {
		t.Fatal(err)
	}
	dsn := strings.TrimSpace(string(line[:n]))
	execute(t, dsn, "create table kept as select 'still here' as word")
	if err := holder.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, out)
	_ = holder.Wait()

	again := start(t, pgcluster.Options{Dir: dir})
	if got := run(t, again.AdminDSN("postgres"), "select word from kept"); got != "still here" {
		t.Errorf("word = %q", got)
	}
}

// The server's user cannot enter a directory below one of 0700, such as root's home.
func TestUnreachableDirectory(t *testing.T) {
	t.Parallel()
	dir := clusterDir(t, 0o700)
	c := start(t, pgcluster.Options{Dir: dir})
	files := run(t, c.AdminDSN("postgres"), "show data_directory")
	if inside := strings.HasPrefix(files, dir); inside == (os.Geteuid() == 0) {
		t.Errorf("as uid %d the cluster is in %s", os.Geteuid(), files)
	}
	if err := c.Stop(); err != nil {
		t.Fatal(err)
	}
	again := start(t, pgcluster.Options{Dir: dir})
	if got := run(t, again.AdminDSN("postgres"), "show data_directory"); got != files {
		t.Errorf("the second start uses %s, the first used %s", got, files)
	}
}

// The server does not run as root, whoever we are, and lets nobody in without the password.
func TestServerIsUnprivilegedAndClosed(t *testing.T) {
	t.Parallel()
	c := start(t, pgcluster.Options{Dir: clusterDir(t, 0o711)})
	var st syscall.Stat_t
	pid := run(t, c.AdminDSN("postgres"), "select split_part(pg_read_file('postmaster.pid'), E'\n', 1)")
	if err := syscall.Stat(filepath.Join("/proc", pid), &st); err != nil || st.Uid == 0 {
		t.Errorf("the server's user is %d, %v", st.Uid, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, c.DSN(pgcluster.Superuser, "wrong", "postgres"))
	if err == nil {
		_ = conn.Close(ctx)
		t.Error("a wrong password is accepted")
	}
}

func TestNoPostgreSQLOnTheMachine(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := pgcluster.FindBinaries(t.TempDir())
	if !errors.Is(err, pgcluster.ErrNotInstalled) {
		t.Fatalf("err = %v, want ErrNotInstalled", err)
	}
	for _, way := range []string{"apt-get install postgresql", "docker compose up", "PARLOR_DATABASE_URL"} {
		if !strings.Contains(err.Error(), way) {
			t.Errorf("%q does not name %q", err, way)
		}
	}
}

func TestNewestVersionIsTaken(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	versions := t.TempDir()
	for _, v := range []string{"9", "15", "17"} {
		bin := filepath.Join(versions, v, "bin")
		if err := os.MkdirAll(bin, 0o755); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"initdb", "postgres"} {
			if v == "17" && name == "postgres" {
				continue // client tools alone
			}
			if err := os.WriteFile(filepath.Join(bin, name), nil, 0o755); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got, err := pgcluster.FindBinaries(versions); err != nil || got != filepath.Join(versions, "15", "bin") {
		t.Errorf("found %s, %v; want 15's", got, err)
	}
}
