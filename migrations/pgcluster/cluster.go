package pgcluster

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// startTimeout bounds the wait for a server that was just started; recovery after kill -9 is part of it.
const startTimeout = 30 * time.Second

// Options says where the cluster lives and how it runs.
type Options struct {
	Dir      string            // kept between runs; made when missing
	Port     int               // on 127.0.0.1; 0 takes a free one
	Settings map[string]string // server settings, name to value
}

// Cluster is a running private PostgreSQL. It is safe for concurrent use.
type Cluster struct {
	port     int
	password string
	server   *server
}

// Start brings the cluster up, making it on first use, and returns when it answers. A cluster that another process has just left
// (kill -9) is waited for. The server ends with this process, whatever ends it.
// Errors: ErrNotInstalled, or what PostgreSQL said in its last line.
func Start(ctx context.Context, o Options) (*Cluster, error) {
	bin, err := findBinaries(debian)
	if err != nil {
		return nil, err
	}
	as, err := owner()
	if err != nil {
		return nil, err
	}
	files, err := place(o.Dir, as)
	if err != nil {
		return nil, err
	}
	password, err := ensureInitialized(ctx, bin, o.Dir, files, as)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		c, err := start(ctx, bin, files, password, o, as)
		if err == nil || ctx.Err() != nil || !errors.Is(err, errServerEnded) {
			return c, err
		}
		select { // most likely a postmaster.pid of a server that is still shutting down
		case <-ctx.Done():
			return nil, err
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// DSN returns a connection URL for a login role of the cluster.
func (c *Cluster) DSN(user, password, database string) string {
	u := url.URL{
		Scheme: "postgres", User: url.UserPassword(user, password),
		Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(c.port)), Path: database, RawQuery: "sslmode=disable",
	}
	return u.String()
}

// AdminDSN returns a connection URL of the superuser.
func (c *Cluster) AdminDSN(database string) string { return c.DSN(Superuser, c.password, database) }

// Port returns the TCP port on 127.0.0.1.
func (c *Cluster) Port() int { return c.port }

// Done is closed when the server has ended, asked or not.
func (c *Cluster) Done() <-chan struct{} { return c.server.done }

// Stop shuts the server down fast (open transactions are rolled back) and waits for it. A second call does nothing.
func (c *Cluster) Stop() error { return c.server.stop() }

// Remove deletes what Start made in dir, for a cluster that is stopped and not wanted any more.
func Remove(dir string) error {
	noted, err := os.ReadFile(filepath.Join(dir, "pg.location")) //nolint:gosec // written by place
	if err == nil {
		err = os.RemoveAll(strings.TrimSpace(string(noted))) //nolint:gosec // written by place
	} else if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, os.RemoveAll(dir))
}

// ready waits until the server lets the administrator in.
func (c *Cluster) ready(ctx context.Context) error {
	for {
		attempt, cancel := context.WithTimeout(ctx, time.Second)
		conn, err := pgx.Connect(attempt, c.AdminDSN("postgres"))
		cancel()
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-c.server.done:
			return fmt.Errorf("%w: %s", errServerEnded, c.server.lastWords())
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("PostgreSQL did not answer in time: %s", c.server.lastWords()), c.Stop())
		case <-time.After(10 * time.Millisecond):
		}
	}
}
