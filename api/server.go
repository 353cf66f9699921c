package api

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"

	"parlor/auth"
	"parlor/conversations"
	"parlor/conversations/media"
	"parlor/conversations/push"
	"parlor/instagram"
	"parlor/tenants"
)

// Deps is what the HTTP layer serves. The pointers are required; the rest has a useful zero value.
type Deps struct {
	PublicURL      *url.URL              // scheme, host and port under which browsers reach us; no path
	TrustedProxies []netip.Prefix        // whose X-Forwarded-For is believed; default: nobody's
	UI             fs.FS                 // the built app; nil or without index.html: its pages answer 503
	Version        string                // shown in the OpenAPI document; default: the contract's
	Logger         *slog.Logger          // default: discards
	Metrics        prometheus.Registerer // default: unregistered
	Now            func() time.Time      // default: time.Now

	Flow        *auth.Flow
	Sessions    *auth.Sessions
	Tokens      *auth.Tokens
	Revocations *auth.Revocations
	Keys        *auth.APIKeys
	Support     *auth.Support
	BreakGlass  *auth.BreakGlass
	Rollout     *auth.Rollout
	Configured  []string // providers that could be switched on, for the roll-out
	KeyRate     int      // requests a minute of one API key; 0: DefaultKeyRate

	Connections   *instagram.Connections
	DB            *tenants.DB // for the accounts' logs
	Team          *tenants.Team
	Members       *tenants.Members
	Invitations   *tenants.Invitations
	Installation  *tenants.Installation
	Accounts      *tenants.Accounts
	Users         *tenants.Users
	Conversations *conversations.Store
	Replier       *conversations.Replier
	Gestures      *conversations.Gestures
	Eraser        *conversations.Eraser
	Keeps         Keeps                                               // shown to owners
	Disconnect    func(ctx context.Context, reason string) error      // of the account in ctx; for Meta's data-deletion callback
	Deauthorise   func(ctx context.Context, issuedAt time.Time) error // of the account in ctx; for Meta's deauthorize callback
	Live          *conversations.Live
	Media         *media.Media
	Push          *push.Push // nil: the installation has it switched off

	Ingest         *conversations.Ingest
	WebhookSecrets [][]byte         // of the app; none: every webhook is refused
	VerifyToken    instagram.Secret // of the webhook handshake; zero: it is refused
}

// Server is the handler of the public listener. It is safe for concurrent use.
type Server struct {
	engine  *gin.Engine
	api     huma.API
	table   map[string]route // by method and gin path
	log     *slog.Logger
	guard   *guard
	traffic *traffic

	doors      *doors
	connection *connection
	intents    *intents
	switches   *switches
	devices    *devices
	team       *team
	apiKeys    *apiKeys
	auditLog   *auditLog
	visits     *visits
	operator   *operator
	sessions   *sessions
	inbox      *inbox
	notes      *notes
	drafts     *drafts
	saved      *savedReplies
	insights   *insights
	pushes     *pushes
	replies    *replies
	live       *live
	webhooks   *webhooks
	files      *files
	uploads    *uploads
	erasures   *erasures
	data       *data
	meta       *metaCallbacks
	docs       *docs
	ui         *ui
}

// New builds the server: middleware, every row of the route table, the OpenAPI document and the app's files.
func New(d Deps) (*Server, error) {
	if d.PublicURL == nil || d.PublicURL.Host == "" {
		return nil, errors.New("the public URL is required")
	}
	if d.Logger == nil {
		d.Logger = slog.New(slog.DiscardHandler)
	}
	if d.Now == nil {
		d.Now = time.Now
	}
	s, err := newServer(d)
	if err != nil {
		return nil, err
	}
	if err := s.use(d); err != nil {
		return nil, err
	}
	return s, s.mountAll()
}

// describe builds a server for the sake of its document: it has all routes and nothing behind them.
func describe() (*Server, error) {
	s, err := newServer(Deps{Logger: slog.New(slog.DiscardHandler), PublicURL: &url.URL{Scheme: "https", Host: "parlor.invalid"}})
	if err != nil {
		return nil, err
	}
	return s, s.mountAll()
}

func newServer(d Deps) (*Server, error) {
	app, err := loadUI(d.UI)
	if err != nil {
		return nil, err
	}
	page, err := loadDocs()
	if err != nil {
		return nil, err
	}
	gin.SetMode(gin.ReleaseMode) // or gin prints every route
	engine := gin.New()
	engine.HandleMethodNotAllowed = true
	engine.RedirectTrailingSlash = false // another spelling is another path, and must not pass a guard
	engine.ForwardedByClientIP = false   // clientAddress does it, without gin's trust in everybody
	if err := engine.SetTrustedProxies(nil); err != nil {
		return nil, err
	}
	s := &Server{engine: engine, api: newHuma(engine, d.Version), table: map[string]route{}, log: d.Logger, docs: &page, ui: app}
	s.wire(d)
	return s, nil
}

// wire gives each group of handlers what it works with.
func (s *Server) wire(d Deps) {
	names, host := cookies{https: d.PublicURL.Scheme == "https"}, newHostGuard(d.PublicURL)
	s.guard = &guard{
		server: s, tokens: d.Tokens, revocations: d.Revocations, keys: d.Keys, support: d.Support, members: d.Members,
		limits: newKeyLimits(d.KeyRate, d.Now), wrongKeys: newLimiters(wrongKeyRate, d.Now), now: d.Now,
		cookies: names, origin: host.origin, trusted: d.TrustedProxies,
	}
	s.doors = &doors{server: s, guard: s.guard, flow: d.Flow, cookies: names, now: d.Now}
	s.intents = &intents{flow: d.Flow, doors: s.doors, accounts: d.Accounts, invited: d.Invitations}
	s.connection = &connection{keeper: d.Connections, store: d.Conversations, ingest: d.Ingest, flow: d.Flow, intents: s.intents}
	s.sessions = &sessions{
		flow: d.Flow, sessions: d.Sessions, tokens: d.Tokens, accounts: d.Accounts, users: d.Users, support: d.Support, emergency: d.BreakGlass, store: d.Conversations,
		cookies: names, now: d.Now,
	}
	s.switches = &switches{sessions: s.sessions, support: d.Support, accounts: d.Accounts, now: d.Now}
	s.devices = &devices{sessions: d.Sessions}
	s.team = &team{people: d.Team, publicURL: d.PublicURL, now: d.Now}
	s.apiKeys = &apiKeys{keys: d.Keys, now: d.Now}
	s.auditLog = &auditLog{db: d.DB, now: d.Now}
	s.visits = &visits{support: d.Support, db: d.DB, store: d.Conversations, now: d.Now}
	s.operator = &operator{installation: d.Installation, sessions: d.Sessions, revocations: d.Revocations, flow: d.Flow, version: d.Version, rollout: d.Rollout, configured: d.Configured}
	shown := newShown(d.Media, d.Members)
	s.notes = &notes{store: d.Conversations, shown: shown}
	s.drafts = &drafts{store: d.Conversations}
	s.saved = &savedReplies{store: d.Conversations}
	s.pushes = &pushes{push: d.Push}
	s.insights = &insights{store: d.Conversations, name: shown.name}
	s.inbox = &inbox{store: d.Conversations, members: d.Members, shown: shown}
	s.replies = &replies{replier: d.Replier, gestures: d.Gestures, shown: shown}
	s.webhooks = &webhooks{ingest: d.Ingest, secrets: d.WebhookSecrets, verifyToken: d.VerifyToken, large: newLargeBodies()}
	s.files = &files{server: s, media: d.Media, revocations: d.Revocations, now: d.Now}
	s.uploads = &uploads{media: d.Media}
	s.erasures = &erasures{eraser: d.Eraser, accounts: d.Accounts}
	s.data = &data{keeps: d.Keeps, store: d.Conversations}
	s.meta = &metaCallbacks{
		server: s, secrets: d.WebhookSecrets, publicURL: d.PublicURL, accounts: d.Accounts, eraser: d.Eraser, disconnect: d.Disconnect, deauthorise: d.Deauthorise,
	}
	s.live = &live{hints: d.Live, revocations: d.Revocations, now: d.Now, pingEvery: pingEvery, closing: make(chan struct{})}
}

// use puts the middleware in its order: a name for the request first, then what records it, then each guard, the
// cheapest refusal before the next.
func (s *Server) use(d Deps) error {
	var err error
	if s.traffic, err = newTraffic(d.Metrics); err != nil {
		return err
	}
	s.live.open = s.traffic.streams
	s.engine.Use(
		nameRequest, s.traffic.observe(d.Logger), catchPanics(d.Logger), guardHeaders(s.guard.cookies.https), limitHeaders,
		newHostGuard(d.PublicURL).check, limitBody(s.bodyLimit), limitTime, s.guard.check,
	)
	return nil
}

// bodyLimit is the most that the matched route reads.
func (s *Server) bodyLimit(c *gin.Context) int64 {
	return s.table[c.Request.Method+" "+c.FullPath()].bodyLimit()
}

// mountAll mounts the route table and answers everything else.
func (s *Server) mountAll() error {
	for _, r := range s.routes() {
		s.table[r.method+" "+ginPath(r.path)] = r
		r.mount(s, r)
	}
	s.engine.NoMethod(errMethodNotAllowed.answer)
	s.engine.NoRoute(s.unrouted)
	document, err := s.document()
	if err != nil {
		return err
	}
	s.docs.document, err = newAsset("/openapi.json", document)
	return err
}

// unrouted serves the app's pages. Under the prefixes of the machines there are none.
func (s *Server) unrouted(c *gin.Context) {
	if isMachine(c.Request.URL.Path) {
		errNotFound.answer(c)
		return
	}
	s.ui.serve(c)
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.engine.ServeHTTP(w, r) }

// isAPI reports whether a path lies under /api, however it is spelled.
func isAPI(p string) bool { return under(p, "/api") }

// machinePrefixes are for programs: what lies there is never answered with a page nor kept by a cache. The last three
// belong to the operations listener; a probe that asks here by mistake must not be told that all is well.
var machinePrefixes = []string{"/api", "/auth", "/webhooks", "/media", "/data-deletion", "/healthz", "/readyz", "/metrics"}

func isMachine(p string) bool {
	return slices.ContainsFunc(machinePrefixes, func(prefix string) bool { return under(p, prefix) })
}

func under(p, prefix string) bool {
	p = strings.ToLower(path.Clean("/" + p))
	return p == prefix || strings.HasPrefix(p, prefix+"/")
}
