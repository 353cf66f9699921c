package pgtest

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Database is one test's own database; it and its login roles go when the test ends. All fields are connection URLs.
type Database struct {
	AppDSN      string // the service's app role: both walls
	PlatformDSN string // the service's platform role
	MigrateDSN  string // a member of parlor_owner
	BypassDSN   string // like the app role, but with BYPASSRLS: the GORM wall alone
	AdminDSN    string // a superuser: sees and may break everything
}

// New returns a fresh database. It fails the test when there is no PostgreSQL: nothing here is skipped.
func New(tb testing.TB) *Database {
	tb.Helper()
	return fresh(tb, true)
}

// NewEmpty returns a database without any migration applied, whose roles exist.
func NewEmpty(tb testing.TB) *Database {
	tb.Helper()
	return fresh(tb, false)
}

func fresh(tb testing.TB, migrated bool) *Database {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	s, err := shared(ctx)
	if err != nil {
		tb.Fatalf("a database for this test: %v", err)
	}
	name := "test_" + strings.ToLower(rand.Text()[:16])
	if err := s.create(ctx, name, migrated); err != nil {
		tb.Fatalf("a database for this test: %v", err)
	}
	tb.Cleanup(func() {
		if err := s.drop(name); err != nil {
			tb.Errorf("drop the test's database: %v", err)
		}
	})
	return &Database{
		AppDSN: s.dsn(name+"_app", name), PlatformDSN: s.dsn(name+"_platform", name), MigrateDSN: s.dsn(name+"_migrate", name),
		BypassDSN: s.dsn(name+"_bypass", name), AdminDSN: s.adminDSN(name),
	}
}

// Admin opens a superuser's connection that closes with the test.
func (d *Database) Admin(tb testing.TB) *pgx.Conn {
	tb.Helper()
	conn, err := pgx.Connect(context.Background(), d.AdminDSN)
	if err != nil {
		tb.Fatalf("connect as superuser: %v", err)
	}
	tb.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// Exec runs statements as superuser, for a test that arranges or breaks something. Arguments are allowed with one statement alone.
func (d *Database) Exec(tb testing.TB, statement string, args ...any) {
	tb.Helper()
	conn, err := pgx.Connect(context.Background(), d.AdminDSN)
	if err != nil {
		tb.Fatalf("connect as superuser: %v", err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(context.Background(), statement, args...); err != nil {
		tb.Fatalf("as superuser: %v", err)
	}
}

// InsertAccount makes an active account with the given Instagram user id and returns its id.
func (d *Database) InsertAccount(tb testing.TB, instagramUserID, username string) (accountID string) {
	tb.Helper()
	conn := d.Admin(tb)
	err := conn.QueryRow(context.Background(), `insert into platform.accounts (account_id, instagram_user_id, username, name, status)
		values (gen_random_uuid(), $1, $2, $2, 'active') returning account_id::text`, instagramUserID, username).Scan(&accountID)
	if err != nil {
		tb.Fatalf("insert account: %v", err)
	}
	return accountID
}

// LoginName returns the user of one of the database's URLs.
func LoginName(dsn string) string {
	u, err := url.Parse(dsn)
	if err != nil {
		panic(fmt.Sprintf("a URL that pgtest made does not parse: %v", err))
	}
	return u.User.Username()
}
