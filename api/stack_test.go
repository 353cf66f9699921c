package api_test

import (
	"cmp"
	"context"
	"crypto/sha256"
	"log/slog"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"golang.org/x/crypto/bcrypt"

	"parlor/api"
	"parlor/auth"
	"parlor/conversations"
	"parlor/instagram"
	"parlor/instagram/simulator"
	"parlor/migrations/pgtest"
	"parlor/tenants"
)

const (
	appSecret   = "0123456789abcdef0123456789abcdef"
	verifyToken = "verify-me-please"
	password    = "correct horse battery"
	proxySecret = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
)

// stack is one instance of everything behind the API, wired as cmd does it: a database of its own, the walls, the
// doors, the conversations, and Instagram's stand-in over HTTP.
type stack struct {
	*client
	t        *testing.T
	database *pgtest.Database
	db       *tenants.DB
	platform *tenants.Platform
	server   *api.Server
	sim      *simulator.Simulator
	doors    doors
}

// doors are the parts of package auth.
type doors struct {
	ring        *auth.KeyRing
	revocations *auth.Revocations
	tokens      *auth.Tokens
	sessions    *auth.Sessions
	flow        *auth.Flow
	keys        *auth.APIKeys
}

// options of a stack; the zero value is phase 1 and Instagram together.
type options struct {
	creation auth.AccountCreation // default: open
	proxy    bool                 // bootstrap behind a proxy instead of by password
	now      func() time.Time     // of the revocations
	change   func(*api.Deps)
}

// newStack starts a stack that lives as long as the test.
func newStack(t *testing.T, o options) *stack {
	t.Helper()
	s := &stack{t: t, database: pgtest.New(t)}
	s.openDatabases()
	simulated := s.startSimulator()
	graph := must(instagram.NewClient(instagram.ClientOptions{
		GraphURL: simulated, APIURL: simulated, AuthorizeURL: simulated + "/oauth/authorize", AppID: simulator.DefaultAppID, AppSecret: appSecret,
	}))(t)
	seal := sha256.Sum256([]byte("sealing"))
	connections := instagram.NewConnections(instagram.ConnectionOptions{
		DB: s.db, Platform: s.platform, Client: graph, Sealer: must(instagram.NewSealer(seal[:]))(t), CallGap: time.Millisecond,
	})
	s.openDoors(connections, o, must(auth.NewRegistry(nil, s.bootstrap(o.proxy), auth.NewInstagram(graph, nil)))(t))

	live := conversations.NewLive(s.platform, nil)
	replier := conversations.NewReplier(conversations.ReplierOptions{DB: s.db, Accounts: tenants.NewAccounts(s.platform)})
	ingest := s.startIngest(connections, graph)
	s.background(s.doors.revocations.Run)
	s.background(live.Run)
	d := api.Deps{
		PublicURL: mustURL(t, origin), UI: built(), Logger: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError})),
		Flow: s.doors.flow, Sessions: s.doors.sessions, Tokens: s.doors.tokens,
		Revocations: s.doors.revocations, Keys: s.doors.keys, Accounts: tenants.NewAccounts(s.platform), Users: tenants.NewUsers(s.platform),
		Support: auth.NewSupport(s.doors.sessions), BreakGlass: auth.NewBreakGlass(s.platform, s.doors.sessions, nil), Rollout: auth.NewRollout(auth.RolloutOptions{Platform: s.platform}), DB: s.db, Team: tenants.NewTeam(s.platform), Members: tenants.NewMembers(s.platform),
		Invitations: tenants.NewInvitations(s.platform), Installation: tenants.NewInstallation(s.platform),
		Connections: connections, Conversations: conversations.NewStore(s.db, nil), Live: live, Ingest: ingest,
		Eraser: s.eraser(connections), Disconnect: connections.Disconnect, Deauthorise: connections.Deauthorise,
		Replier: replier, Gestures: conversations.NewGestures(s.db, connections, graph, nil),
		WebhookSecrets: [][]byte{[]byte(appSecret)}, VerifyToken: verifyToken,
	}
	if o.change != nil {
		o.change(&d)
	}
	s.server = must(api.New(d))(t)
	s.client = &client{t: t, handler: s.server}
	eventually(t, "revocations are read", s.doors.revocations.Ready)
	return s
}

func (s *stack) openDatabases() {
	s.t.Helper()
	s.db = must(tenants.Open(s.t.Context(), s.database.AppDSN, tenants.Options{MaxConns: 6, AuditKey: make([]byte, tenants.AuditKeyBytes)}))(s.t)
	s.t.Cleanup(s.db.Close)
	s.platform = must(tenants.OpenPlatform(s.t.Context(), s.database.PlatformDSN, tenants.Options{MaxConns: 6, AuditKey: make([]byte, tenants.AuditKeyBytes)}))(s.t)
	s.t.Cleanup(s.platform.Close)
}

// startSimulator returns the address of Instagram's stand-in.
func (s *stack) startSimulator() string {
	s.t.Helper()
	s.sim = must(simulator.New(simulator.Options{
		AppSecret: appSecret, VerifyToken: verifyToken, RedirectURIs: []string{origin + "/auth/instagram/callback"}, Conversations: -1,
	}))(s.t)
	server := httptest.NewServer(s.sim)
	s.t.Cleanup(server.Close)
	return server.URL
}

// passwordHash is made once for all stacks: bcrypt is slow by design, and slower under the race detector.
var passwordHash = sync.OnceValue(func() string {
	hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.DefaultCost)
	if err != nil {
		panic(err)
	}
	return string(hash)
})

// bootstrap is the operator's way in, in one of its two modes. helen is support and has no account.
func (s *stack) bootstrap(proxy bool) auth.Provider {
	s.t.Helper()
	o := auth.BootstrapOptions{
		Staff:    map[string]tenants.StaffRole{"operator": tenants.StaffOperator, "helen": tenants.StaffSupport},
		Members:  map[string]tenants.Role{"operator": tenants.RoleOwner},
		Throttle: must(auth.NewThrottle(auth.ThrottleOptions{Platform: s.platform, Key: []byte("thirty-two bytes of a test's own key")}))(s.t),
	}
	if proxy {
		return must(auth.NewBootstrapProxy(proxySecret, []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}, o))(s.t)
	}
	users := must(auth.ReadHtpasswd(strings.NewReader("operator:" + passwordHash() + "\nhelen:" + passwordHash() + "\n")))(s.t)
	return auth.NewBootstrapSelf(users, o)
}

func (s *stack) openDoors(connections *instagram.Connections, o options, registry *auth.Registry) {
	s.t.Helper()
	t, d := s.t, &s.doors
	secret := sha256.Sum256([]byte("session key of " + t.Name()))
	d.ring = must(auth.NewKeyRing([]auth.Key{{KID: "k1", Secret: secret[:]}}, time.Now()))(t)
	d.revocations = auth.NewRevocations(auth.RevocationOptions{Platform: s.platform, Now: o.now})
	d.tokens = must(auth.NewTokens(auth.TokenOptions{Keys: d.ring, Issuer: origin, Revocations: d.revocations}))(t)
	d.sessions = must(auth.NewSessions(auth.SessionOptions{Platform: s.platform, Keys: d.ring, Tokens: d.tokens}))(t)
	d.keys = must(auth.NewAPIKeys(auth.APIKeyOptions{Platform: s.platform, Revocations: d.revocations}))(t)
	d.flow = must(auth.NewFlow(auth.FlowOptions{
		Platform: s.platform, Registry: registry, Sessions: d.sessions, Keys: d.ring, Connections: connections,
		PublicURL: origin, Creation: cmp.Or(o.creation, auth.CreateOpen), DefaultAccount: s.sim.Businesses()[0].UserID,
	}))(t)
}

// eraser keeps no files, as an installation without a blob store.
func (s *stack) eraser(connections *instagram.Connections) *conversations.Eraser {
	s.t.Helper()
	key := sha256.Sum256([]byte("erasing"))
	return must(conversations.NewEraser(conversations.EraserOptions{
		DB: s.db, Platform: s.platform, Accounts: tenants.NewAccounts(s.platform), Key: key[:],
		Disconnect: connections.Disconnect, RemoveFiles: func(context.Context) (int, error) { return 0, nil },
	}))(s.t)
}

// startIngest runs the splitter and the workers.
func (s *stack) startIngest(connections *instagram.Connections, graph *instagram.Client) *conversations.Ingest {
	s.t.Helper()
	ingest := conversations.NewIngest(conversations.IngestOptions{DB: s.db, Platform: s.platform, Accounts: tenants.NewAccounts(s.platform)})
	s.background(ingest.Run)
	workers := river.NewWorkers()
	importer := conversations.NewImporter(conversations.ImporterOptions{DB: s.db, Accounts: tenants.NewAccounts(s.platform)})
	sender := conversations.NewReplySender(conversations.SenderOptions{DB: s.db, Gate: connections, Client: graph, Importer: importer})
	for _, worker := range []interface{ Register(*river.Workers) error }{
		conversations.NewApplier(s.db, nil, nil), sender, s.eraser(connections), conversations.PutAside{Platform: s.platform},
	} {
		if err := worker.Register(workers); err != nil {
			s.t.Fatal(err)
		}
	}
	jobs := must(s.platform.Jobs(&river.Config{
		Workers: workers, FetchPollInterval: 100 * time.Millisecond,
		Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 2}, conversations.SendsQueue: {MaxWorkers: 2}},
	}))(s.t)
	s.background(func(ctx context.Context) error {
		if err := jobs.Start(ctx); err != nil {
			return err
		}
		<-ctx.Done()
		return jobs.Stop(context.WithoutCancel(ctx))
	})
	return ingest
}

// background runs until the test ends and is waited for.
func (s *stack) background(run func(context.Context) error) {
	ctx, stop := context.WithCancel(context.WithoutCancel(s.t.Context()))
	var done sync.WaitGroup
	done.Go(func() { _ = run(ctx) })
	s.t.Cleanup(func() { stop(); done.Wait() })
}

// must fails the test on an error: must(f())(t).
func must[T any](v T, err error) func(testing.TB) T {
	return func(tb testing.TB) T {
		tb.Helper()
		if err != nil {
			tb.Fatal(err)
		}
		return v
	}
}

// eventually waits until the condition holds.
func eventually(tb testing.TB, what string, holds func() bool) {
	tb.Helper()
	for deadline := time.Now().Add(10 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			tb.Fatalf("not in time: %s", what)
		}
	}
}
