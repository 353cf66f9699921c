package instagram_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"parlor/instagram"
	"parlor/instagram/simulator"
	"parlor/migrations/pgtest"
	"parlor/tenants"
)

// noGap is a gap between calls for tests that are not about it.
const noGap = time.Millisecond

// house is everything that a connection needs, all of it real but Instagram.
type house struct {
	*instagram.Connections
	sim      *simulator.Simulator
	client   *instagram.Client
	admin    *pgx.Conn
	db       *pgtest.Database
	ahead    *atomic.Int64 // nanoseconds that Instagram's clock, and ours, are ahead
	options  instagram.ConnectionOptions
	platform *tenants.Platform
	told     *news
}

// news counts what Connections told about new tokens.
type news struct{ first, again atomic.Int64 }

func (n *news) connected(_ context.Context, _ *tenants.Tx, again bool) error {
	if again {
		n.again.Add(1)
	} else {
		n.first.Add(1)
	}
	return nil
}

const casa = "casalumen.studio"

func newHouse(t *testing.T) house {
	t.Helper()
	return newHouseBehind(t, func(instagram http.Handler) http.Handler { return instagram })
}

// newHouseBehind puts something between Instagram and us.
func newHouseBehind(t *testing.T, between func(http.Handler) http.Handler) house {
	t.Helper()
	ahead := new(atomic.Int64)
	now := func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	sim, err := simulator.New(simulator.Options{
		AppSecret: secretApp, RedirectURIs: []string{someRedirect}, Conversations: -1, Now: now,
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(between(sim))
	t.Cleanup(server.Close)
	client, err := instagram.NewClient(instagram.ClientOptions{
		GraphURL: server.URL, APIURL: server.URL, AuthorizeURL: server.URL + "/oauth/authorize",
		AppID: simulator.DefaultAppID, AppSecret: secretApp, Now: now,
	})
	if err != nil {
		t.Fatal(err)
	}
	database := pgtest.New(t)
	db, err := tenants.Open(t.Context(), database.AppDSN, tenants.Options{AuditKey: make([]byte, tenants.AuditKeyBytes)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	platform, err := tenants.OpenPlatform(t.Context(), database.PlatformDSN, tenants.Options{AuditKey: make([]byte, tenants.AuditKeyBytes)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(platform.Close)
	sealer, err := instagram.NewSealer(make([]byte, instagram.SealingKeyBytes))
	if err != nil {
		t.Fatal(err)
	}
	h := house{sim: sim, client: client, admin: database.Admin(t), db: database, ahead: ahead, platform: platform, told: &news{}}
	h.options = instagram.ConnectionOptions{
		DB: db, Platform: platform, Client: client, Sealer: sealer, CallGap: noGap, Now: now, Connected: h.told.connected,
	}
	h.Connections = instagram.NewConnections(h.options)
	return h
}

// connected is an account with a living connection, and a context inside it.
func (h house) connected(t *testing.T) (context.Context, tenants.AccountID, instagram.Grant) {
	t.Helper()
	id := h.account(t, h.sim.Businesses()[0].UserID)
	g := h.grant(t, casa, h.options.Now())
	if err := h.Connect(t.Context(), id, g); err != nil {
		t.Fatal(err)
	}
	return tenants.WithAccount(t.Context(), id), id, g
}

// pass moves Instagram's clock and ours.
func (h house) pass(d time.Duration) { h.ahead.Add(int64(d)) }

// account makes a row that waits for its connection.
func (h house) account(t *testing.T, userID string) tenants.AccountID {
	t.Helper()
	id, err := tenants.ParseAccountID(h.db.InsertAccount(t, userID, "old.name"))
	if err != nil {
		t.Fatal(err)
	}
	h.db.Exec(t, `update platform.accounts set status = 'connecting' where account_id = $1`, id)
	return id
}

// grant is what the owner's consent would have given.
func (h house) grant(t *testing.T, business string, issuedAt time.Time) instagram.Grant {
	t.Helper()
	value, err := h.sim.DashboardToken(business)
	if err != nil {
		t.Fatal(err)
	}
	me, err := h.client.Me(t.Context(), value)
	if err != nil {
		t.Fatal(err)
	}
	return instagram.Grant{
		Token:       instagram.Token{Value: value, IssuedAt: issuedAt, ExpiresAt: issuedAt.Add(60 * 24 * time.Hour)},
		Permissions: []string{instagram.ScopeBasic, instagram.ScopeManageMessages},
		Profile:     me,
	}
}

// text reads one value as superuser.
func (h house) text(t *testing.T, query string, args ...any) string {
	t.Helper()
	var value string
	if err := h.admin.QueryRow(t.Context(), query, args...).Scan(&value); err != nil {
		t.Fatal(err)
	}
	return value
}

func (h house) status(t *testing.T, id tenants.AccountID) string {
	t.Helper()
	return h.text(t, `select status || ' ' || status_reason from platform.accounts where account_id = $1`, id)
}

func TestConnect(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.account(t, h.sim.Businesses()[0].UserID)
	issuedAt := time.Now().UTC().Truncate(time.Microsecond)
	g := h.grant(t, casa, issuedAt)
	for range 2 { // the second changes nothing
		if err := h.Connect(t.Context(), id, g); err != nil {
			t.Fatal(err)
		}
	}
	inside := tenants.WithAccount(t.Context(), id)
	if token, err := h.Token(inside); err != nil || token != g.Token.Value {
		t.Errorf("token %v, %v", token == g.Token.Value, err)
	}
	if got := h.status(t, id); got != "active " {
		t.Errorf("status %q", got)
	}
	row := h.text(t, `select concat_ws(' ', username, name, account_type, instagram_app_scoped_id, instagram_app_id,
		subscribed_at is not null, token_expires_at = $2) from platform.accounts where account_id = $1`, id, g.Token.ExpiresAt)
	if want := "casalumen.studio Casa Lumen BUSINESS 24918830471526639 " + simulator.DefaultAppID + " t t"; row != want {
		t.Errorf("account %q, want %q", row, want)
	}
	if n := h.text(t, `select count(*)::text from platform.auth_events where kind = 'account_changed' and account_id = $1`, id); n != "1" {
		t.Errorf("instances were told %s times", n)
	}
	fields, err := h.client.Subscriptions(t.Context(), g.Token.Value)
	if err != nil || !slices.Contains(fields, "messages") || !slices.Contains(fields, "message_echoes") {
		t.Errorf("subscribed to %q, %v", fields, err)
	}
	stored := h.text(t, `select array_to_string(permissions, ',') || ' ' || (position('IGAA' in encode(sealed_token, 'escape')))
		from tenant.connections where account_id = $1`, id)
	if stored != "instagram_business_basic,instagram_business_manage_messages 0" {
		t.Errorf("stored %q", stored)
	}
	if got := h.text(t, `select string_agg(action || ' ' || target, ',') from tenant.audit where account_id = $1`, id); got != "connection.made "+g.Profile.UserID {
		t.Errorf("audited %q", got)
	}
}

func TestConnectionsStayApart(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	first, second := h.account(t, h.sim.Businesses()[0].UserID), h.account(t, h.sim.Businesses()[1].UserID)
	g := h.grant(t, casa, time.Now())
	if err := h.Connect(t.Context(), second, g); !errors.Is(err, instagram.ErrWrongAccount) {
		t.Errorf("another account's token: %v", err)
	}
	if err := h.Connect(t.Context(), first, g); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Token(tenants.WithAccount(t.Context(), second)); !errors.Is(err, instagram.ErrNoConnection) {
		t.Errorf("the other account's token: %v", err)
	}
	if _, err := h.Token(t.Context()); !errors.Is(err, tenants.ErrNoAccount) {
		t.Errorf("without an account: %v", err)
	}
	if err := h.Connect(t.Context(), second, h.grant(t, "nordkaffee", time.Now())); err != nil {
		t.Fatal(err)
	}
	if token, err := h.Token(tenants.WithAccount(t.Context(), first)); err != nil || token != g.Token.Value {
		t.Errorf("the first account's token after the second connected: %v", err)
	}
	h.db.Exec(t, `delete from tenant.connections where account_id = $1`, second)
	h.db.Exec(t, `insert into tenant.connections select $2, sealed_token, permissions, issued_at, expires_at, connected_at
		from tenant.connections where account_id = $1`, first, second)
	if _, err := h.Token(tenants.WithAccount(t.Context(), second)); !errors.Is(err, instagram.ErrUnsealable) {
		t.Errorf("a moved token: %v", err)
	}
	if err := h.Connect(t.Context(), tenants.NewAccountID(), g); !errors.Is(err, tenants.ErrNotFound) {
		t.Errorf("an unknown account: %v", err)
	}
	if err := h.Connect(t.Context(), tenants.ProbeAccountA, g); !errors.Is(err, tenants.ErrNotFound) {
		t.Errorf("the probe account: %v", err)
	}
}

func TestUselessGrants(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.account(t, h.sim.Businesses()[0].UserID)
	good := h.grant(t, casa, time.Now())

	personal := good
	personal.Profile.AccountType = "Personal"
	unticked := good
	unticked.Permissions = []string{instagram.ScopeBasic}
	for want, g := range map[error]instagram.Grant{instagram.ErrPersonalAccount: personal, instagram.ErrNoMessagePermission: unticked} {
		if err := h.Connect(t.Context(), id, g); !errors.Is(err, want) {
			t.Errorf("%v, want %v", err, want)
		}
	}
	if _, err := h.Token(tenants.WithAccount(t.Context(), id)); !errors.Is(err, instagram.ErrNoConnection) {
		t.Errorf("a useless token was stored: %v", err)
	}
	silent := good
	silent.Permissions = nil
	if err := h.Connect(t.Context(), id, silent); err != nil {
		t.Errorf("permissions not named: %v", err)
	}
}

func TestInstagramFailsWhileConnecting(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.account(t, h.sim.Businesses()[0].UserID)
	g := h.grant(t, casa, time.Now())
	h.sim.Fail(simulator.Fault{Endpoint: "/subscribed_apps", Status: 503})
	if err := h.Connect(t.Context(), id, g); instagram.FaultOf(err) != instagram.FaultTransient {
		t.Errorf("Instagram is down: %v", err)
	}
	if got := h.status(t, id); got != "connecting transient" {
		t.Errorf("status %q", got)
	}
	h.sim.Fail(simulator.Fault{Endpoint: "/subscribed_apps", Status: 403, Code: 200})
	if err := h.Connect(t.Context(), id, g); !errors.Is(err, instagram.ErrNoMessagePermission) {
		t.Errorf("Instagram refuses: %v", err)
	}
	if err := h.Connect(t.Context(), id, g); err != nil || h.status(t, id) != "active " {
		t.Errorf("afterwards: %v, %q", err, h.status(t, id))
	}
	h.db.Exec(t, `update platform.accounts set status = 'suspended', status_reason = 'abuse' where account_id = $1`, id)
	if err := h.Connect(t.Context(), id, g); !errors.Is(err, instagram.ErrNotConnected) || h.status(t, id) != "suspended abuse" {
		t.Errorf("suspended: %v, %q", err, h.status(t, id))
	}
}

// TestSubscriptionThatIsNone: Instagram says yes to everything and delivers nothing.
func TestSubscriptionThatIsNone(t *testing.T) {
	t.Parallel()
	h := newHouseBehind(t, func(sim http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/subscribed_apps") {
				_, _ = io.WriteString(w, `{"data":[{"subscribed_fields":["comments"]}]}`)
				return
			}
			sim.ServeHTTP(w, r)
		})
	})
	id := h.account(t, h.sim.Businesses()[0].UserID)
	if err := h.Connect(t.Context(), id, h.grant(t, casa, time.Now())); !errors.Is(err, instagram.ErrNotSubscribed) {
		t.Errorf("err = %v", err)
	}
	if got := h.status(t, id); got != "connecting not_subscribed" {
		t.Errorf("status %q", got)
	}
}

func TestTwoCallbacksAtOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.account(t, h.sim.Businesses()[0].UserID)
	start := time.Now().UTC().Truncate(time.Microsecond)
	var newest instagram.Grant
	var all sync.WaitGroup
	for n := range 8 {
		g := h.grant(t, casa, start.Add(time.Duration(n)*time.Second))
		newest = g
		all.Go(func() {
			if err := h.Connect(t.Context(), id, g); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if token, err := h.Token(tenants.WithAccount(t.Context(), id)); err != nil || token != newest.Token.Value {
		t.Errorf("the token issued last does not stand: %v", err)
	}
	if got := h.status(t, id); got != "active " {
		t.Errorf("status %q", got)
	}
}
