package main

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"parlor/migrations"
	"parlor/migrations/pgcluster"
)

//go:embed seed.sql
var seedSQL string

// size is how much data there is.
type size struct{ accounts, conversations, messages int } // conversations per account, messages per conversation

func (s size) String() string {
	return fmt.Sprintf("%d accounts, %d conversations, %d messages", s.accounts, s.accounts*s.conversations, s.accounts*s.conversations*s.messages)
}

// The database's roles. The password protects nothing: the server listens on loopback and ends with this process.
const (
	dbName     = "bench"
	dbPassword = "bench-loopback-only"
	bypassRole = "bench_bypass"
)

// dataset is a filled database on a server of its own.
type dataset struct {
	cluster *pgcluster.Cluster
}

func (d *dataset) dsn(role string) string { return d.cluster.DSN(role, dbPassword, dbName) }

// openDataset starts the server below dir and fills it, unless an earlier run has.
func openDataset(ctx context.Context, dir string, s size) (*dataset, error) {
	cluster, err := pgcluster.Start(ctx, pgcluster.Options{Dir: filepath.Join(dir, "pg-"+strconv.Itoa(s.accounts)), Settings: map[string]string{
		"shared_buffers": "1GB", "max_wal_size": "4GB", "synchronous_commit": "off", "max_connections": "150", "random_page_cost": "1.1",
	}})
	if err != nil {
		return nil, err
	}
	d := &dataset{cluster}
	if err := d.fill(ctx, filepath.Join(dir, "filled-"+strconv.Itoa(s.accounts)), s); err != nil {
		return nil, fmt.Errorf("fill the database: %w", err)
	}
	return d, nil
}

// fill makes roles, schema and rows; mark is written last and says that all of it is there.
func (d *dataset) fill(ctx context.Context, mark string, s size) error {
	logins := migrations.Logins{App: d.dsn("bench_app"), Platform: d.dsn("bench_platform"), Migrate: d.dsn("bench_migrate")}
	if _, err := os.Stat(mark); err == nil {
		_, err := migrations.Up(ctx, logins.Migrate) // the schema may have grown since
		return err
	}
	began := time.Now()
	if err := migrations.InitRoles(ctx, d.cluster.AdminDSN("postgres"), logins); err != nil {
		return err
	}
	if _, err := migrations.Up(ctx, logins.Migrate); err != nil {
		return err
	}
	conn, err := pgx.Connect(ctx, d.cluster.AdminDSN(dbName))
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	seed := strings.NewReplacer("$accounts", strconv.Itoa(s.accounts), "$conversations", strconv.Itoa(s.conversations), "$messages", strconv.Itoa(s.messages)).Replace(seedSQL)
	for _, statement := range []string{
		"create role " + bypassRole + " login bypassrls password '" + dbPassword + "' in role parlor_app", seed, "vacuum analyze",
	} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return err
		}
	}
	fmt.Fprintf(os.Stderr, "filled with %v in %v\n", s, time.Since(began).Round(time.Second))
	return os.WriteFile(mark, nil, 0o600)
}
