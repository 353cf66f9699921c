package pgtest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"parlor/migrations"
	"parlor/migrations/pgcluster"
)

// rolePassword is that of every login role of every test; the server listens on loopback and ends with the tests.
const rolePassword = "for-tests-only"

// server is the PostgreSQL that this process's tests share.
type server struct {
	admin    *pgxpool.Pool
	adminURL url.URL
	template string
	lock     *os.File // of the cluster's directory; nil when the server is not ours
}

// shared starts the server at the first call; a failure is remembered, so that a thousand tests do not each wait for it.
var shared = func() func(context.Context) (*server, error) {
	var once sync.Once
	var s *server
	var err error
	return func(ctx context.Context) (*server, error) {
		once.Do(func() { s, err = newServer(ctx) })
		return s, err
	}
}()

func newServer(ctx context.Context) (*server, error) {
	dsn := os.Getenv("PARLOR_TEST_DATABASE_URL")
	var lock *os.File
	if dsn == "" {
		var err error
		if dsn, lock, err = startCluster(ctx); err != nil {
			return nil, err
		}
	}
	u, err := url.Parse(dsn)
	if err != nil {
		return nil, errors.New("PARLOR_TEST_DATABASE_URL is not a URL")
	}
	cfg, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, errors.New("PARLOR_TEST_DATABASE_URL is not a PostgreSQL URL")
	}
	cfg.MaxConns = 4
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("connect to the tests' server: %w", err)
	}
	s := &server{admin: pool, adminURL: *u, lock: lock}
	return s, s.prepare(ctx)
}

// startCluster makes a throw-away cluster, in memory where there is room, with nothing that makes it durable.
func startCluster(ctx context.Context) (dsn string, lock *os.File, err error) {
	base := os.TempDir()
	var st syscall.Statfs_t
	if err := syscall.Statfs("/dev/shm", &st); err == nil && st.Bavail*uint64(st.Bsize) >= 2<<30 {
		base = "/dev/shm"
	}
	sweep(base)
	dir, lock, err := claim(base)
	if err != nil {
		return "", nil, err
	}
	cluster, err := pgcluster.Start(ctx, pgcluster.Options{Dir: dir, Settings: map[string]string{
		"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off",
		"wal_level": "minimal", "max_wal_senders": "0", "max_connections": "300", "shared_buffers": "64MB",
	}})
	if err != nil {
		return "", nil, errors.Join(err, lock.Close())
	}
	return cluster.AdminDSN("postgres"), lock, nil
}

// prepare makes the template, keyed by the content of the migrations, unless another process has.
func (s *server) prepare(ctx context.Context) error {
	sum, err := schemaSum()
	if err != nil {
		return err
	}
	s.template = "parlor_template_" + sum
	conn, err := s.admin.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("connect to the tests' server: %w", err)
	}
	defer conn.Release()
	if _, err := conn.Exec(ctx, "select pg_advisory_lock(hashtext($1))", s.template); err != nil {
		return fmt.Errorf("wait for the template: %w", err)
	}
	defer conn.Exec(context.WithoutCancel(ctx), "select pg_advisory_unlock(hashtext($1))", s.template)
	var done bool
	err = conn.QueryRow(ctx, "select coalesce((select datistemplate from pg_database where datname = $1), false)", s.template).Scan(&done)
	if err != nil || done {
		return err
	}
	return s.buildTemplate(ctx)
}

func (s *server) buildTemplate(ctx context.Context) error {
	if _, err := s.admin.Exec(ctx, "drop database if exists "+s.template); err != nil {
		return fmt.Errorf("half-made template: %w", err)
	}
	suffix := s.template[len("parlor_template_"):]
	logins := migrations.Logins{
		App: s.dsn("template_app_"+suffix, s.template), Platform: s.dsn("template_platform_"+suffix, s.template),
		Migrate: s.dsn("template_migrate_"+suffix, s.template),
	}
	if err := migrations.InitRoles(ctx, s.adminDSN("postgres"), logins); err != nil {
		return fmt.Errorf("roles of the template: %w", err)
	}
	if _, err := migrations.Up(ctx, logins.Migrate); err != nil {
		return fmt.Errorf("migrate the template: %w", err)
	}
	_, err := s.admin.Exec(ctx, "alter database "+s.template+" with allow_connections false is_template true")
	return err
}

func (s *server) create(ctx context.Context, name string, migrated bool) error {
	if !migrated {
		return migrations.InitRoles(ctx, s.adminDSN("postgres"), migrations.Logins{
			App: s.dsn(name+"_app", name), Platform: s.dsn(name+"_platform", name), Migrate: s.dsn(name+"_migrate", name),
		})
	}
	// CREATE DATABASE stands alone; the rest goes in one trip.
	for _, statement := range []string{
		"create database " + name + " template " + s.template + " strategy file_copy",
		strings.Join([]string{
			"revoke all on database " + name + " from public",
			"grant connect on database " + name + " to parlor_app, parlor_platform, parlor_owner",
			"grant create on database " + name + " to parlor_owner",
			login(name+"_app", "in role parlor_app"),
			login(name+"_bypass", "bypassrls in role parlor_app"),
			login(name+"_platform", "in role parlor_platform"),
			login(name+"_migrate", "in role parlor_owner"),
		}, "; "),
	} {
		if _, err := s.admin.Exec(ctx, statement); err != nil {
			return fmt.Errorf("create %s: %w", name, err)
		}
	}
	return nil
}

func login(name, rest string) string {
	return "create role " + name + " login password '" + rolePassword + "' " + rest
}

func (s *server) drop(name string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	_, err := s.admin.Exec(ctx, "drop database if exists "+name+" with (force)")
	_, roleErr := s.admin.Exec(ctx, strings.ReplaceAll("drop role if exists $_app, $_bypass, $_platform, $_migrate", "$", name))
	return errors.Join(err, roleErr)
}

func (s *server) dsn(user, database string) string {
	u := s.adminURL
	u.User, u.Path = url.UserPassword(user, rolePassword), "/"+database
	return u.String()
}

func (s *server) adminDSN(database string) string {
	u := s.adminURL
	u.Path = "/" + database
	return u.String()
}

// schemaSum identifies the schema by the content of its migrations.
func schemaSum() (string, error) {
	sum := sha256.New()
	names, err := fs.Glob(migrations.Files(), "*.sql")
	if err != nil {
		return "", fmt.Errorf("list migrations: %w", err)
	}
	for _, name := range names {
		content, err := fs.ReadFile(migrations.Files(), name)
		if err != nil {
			return "", fmt.Errorf("read migration: %w", err)
		}
		fmt.Fprintln(sum, name, len(content))
		sum.Write(content)
	}
	return hex.EncodeToString(sum.Sum(nil)[:6]), nil
}
