package pgcluster

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// errServerEnded: the server process ended before it answered.
var errServerEnded = errors.New("PostgreSQL ended at its start")

// stopTimeout bounds a fast shutdown; after it the server is killed, which its write-ahead log survives.
const stopTimeout = 20 * time.Second

// server is the child process.
type server struct {
	cmd  *exec.Cmd
	done chan struct{}
	log  *tail
}

func start(ctx context.Context, bin, files, password string, o Options, as *syscall.Credential) (*Cluster, error) {
	port := o.Port
	if port == 0 {
		var err error
		if port, err = freePort(ctx); err != nil {
			return nil, err
		}
	}
	s, err := launch(bin, files, port, o.Settings, as)
	if err != nil {
		return nil, err
	}
	c := &Cluster{port: port, password: password, server: s}
	if err := c.ready(ctx); err != nil {
		return nil, err
	}
	return c, nil
}

// launch starts postgres. The kernel sends it a fast shutdown when the thread that started it ends, so that thread is kept for as long as
// the server lives.
func launch(bin, files string, port int, settings map[string]string, as *syscall.Credential) (*server, error) {
	args := []string{"-D", files, "-h", "127.0.0.1", "-p", strconv.Itoa(port), "-c", "unix_socket_directories="}
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		args = append(args, "-c", name+"="+settings[name])
	}
	s := &server{done: make(chan struct{}), log: &tail{}}
	s.cmd = exec.Command(filepath.Join(bin, "postgres"), args...) //nolint:noctx,gosec // outlives the context of its start on purpose; paths of ours
	s.cmd.Dir = "/"
	s.cmd.Env = environment()
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Credential: as, Setpgid: true, Pdeathsig: syscall.SIGINT}
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(s.done)
		err := s.cmd.Start()
		started <- err
		if err == nil {
			_ = s.cmd.Wait() // how it ended stands in its log
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start PostgreSQL: %w", err)
	}
	return s, nil
}

func (s *server) stop() error {
	select {
	case <-s.done:
		return nil
	default:
	}
	_ = s.cmd.Process.Signal(syscall.SIGINT) // it may have ended meanwhile
	select {
	case <-s.done:
		return nil
	case <-time.After(stopTimeout):
		_ = s.cmd.Process.Kill()
		<-s.done
		return errors.New("PostgreSQL did not stop in time and was killed")
	}
}

func (s *server) lastWords() string { return lastLine(s.log.String()) }

func freePort(ctx context.Context) (int, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	defer l.Close()
	addr, err := netip.ParseAddrPort(l.Addr().String())
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	return int(addr.Port()), nil
}

// tail keeps the last bytes that were written to it.
type tail struct {
	mu  sync.Mutex
	buf []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(t.buf, p...)
	if over := len(t.buf) - 4096; over > 0 {
		t.buf = t.buf[over:]
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.buf)
}
