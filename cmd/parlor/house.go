package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/riverqueue/river"
	"gocloud.dev/blob"
	"golang.org/x/sync/errgroup"

	"parlor/api"
	"parlor/auth"
	"parlor/configs"
	"parlor/conversations"
	"parlor/conversations/media"
	"parlor/conversations/push"
	"parlor/instagram"
	"parlor/tenants"
	"parlor/web"
)

// house is the parts of a service, put together. Nothing in it runs before work is called.
type house struct {
	config   configs.Config
	log      *slog.Logger
	db       *tenants.DB
	platform *tenants.Platform
	accounts *tenants.Accounts

	client      *instagram.Client
	connections *instagram.Connections
	revocations *auth.Revocations
	registry    *auth.Registry
	sessions    *auth.Sessions
	support     *auth.Support
	ring        *auth.KeyRing
	throttle    *auth.Throttle
	rollout     *auth.Rollout
	inbox       *conversations.Store
	replier     *conversations.Replier
	ingest      *conversations.Ingest
	live        *conversations.Live
	media       *media.Media
	push        *push.Push // nil: nobody is told by push
	eraser      *conversations.Eraser
	bucket      *blob.Bucket // nil: nothing can be uploaded
	jobs        *river.Client[pgx.Tx]
	server      *api.Server
}

// newHouse wires the domain together from the right of the import order to its left.
func newHouse(c configs.Config, log *slog.Logger, db *tenants.DB, platform *tenants.Platform, metrics prometheus.Registerer) (*house, error) {
	h := &house{config: c, log: log, db: db, platform: platform, accounts: tenants.NewAccounts(platform)}
	if err := h.meetInstagram(); err != nil {
		return nil, err
	}
	if err := h.keepFiles(); err != nil {
		return nil, err
	}
	if err := h.takeMessages(); err != nil {
		return nil, err
	}
	deps, err := h.openDoors()
	if err != nil {
		return nil, err
	}
	deps.PublicURL, deps.TrustedProxies = c.HTTP.PublicURL, c.HTTP.TrustedProxies
	deps.UI, deps.Version, deps.Logger, deps.Metrics = web.Files(), currentVersion(), log, metrics
	deps.Accounts, deps.Users, deps.Connections = h.accounts, tenants.NewUsers(platform), h.connections
	deps.DB, deps.Team, deps.Members = db, tenants.NewTeam(platform), tenants.NewMembers(platform)
	h.revocations.OnEvent(deps.Members.Apply)
	deps.Invitations, deps.Installation = tenants.NewInvitations(platform), tenants.NewInstallation(platform)
	deps.Conversations, deps.Live, deps.Ingest, deps.Media = h.inbox, h.live, h.ingest, h.media
	deps.Eraser, deps.Disconnect, deps.Deauthorise = h.eraser, h.connections.Disconnect, h.connections.Deauthorise
	deps.Push = h.push
	deps.Keeps = api.Keeps{Raw: c.RawKeep, Unreadable: c.UnreadableKeep, MediaDays: c.Media.KeepDays}
	deps.Replier, deps.Gestures = h.replier, conversations.NewGestures(db, h.connections, h.client, nil)
	for _, s := range c.Instagram.WebhookSecrets {
		deps.WebhookSecrets = append(deps.WebhookSecrets, []byte(s.Reveal()))
	}
	deps.VerifyToken = secret(c.Instagram.VerifyToken)
	h.server, err = api.New(deps)
	return h, err
}

// meetInstagram makes the client and the keeper of the accounts' tokens.
func (h *house) meetInstagram() (err error) {
	in := h.config.Instagram
	h.client, err = instagram.NewClient(instagram.ClientOptions{
		GraphURL: in.GraphURL.String(), APIURL: in.APIURL.String(), AuthorizeURL: in.AuthorizeURL.String(), Version: in.Version,
		AppID: in.AppID, AppSecret: secret(in.AppSecret),
	})
	if err != nil {
		return fmt.Errorf("instagram client: %w", err)
	}
	sealer, err := instagram.NewSealer(h.config.SealingKey.Bytes())
	if err != nil {
		return fmt.Errorf("PARLOR_SEALING_KEY: %w", err)
	}
	h.connections = instagram.NewConnections(instagram.ConnectionOptions{
		DB: h.db, Platform: h.platform, Client: h.client, Sealer: sealer, Connected: conversations.Connected, Missed: conversations.Missed,
		HumanAgent: in.HumanAgent, Logger: h.log,
	})
	return nil
}

// checks are what /readyz asks besides whether requests are served.
func (h *house) checks() []api.Check {
	return []api.Check{
		{Name: "database", Ok: h.db.Ping},
		{Name: "platform_database", Ok: h.platform.Ping},
		{Name: "revocations", Ok: func(context.Context) error {
			if !h.revocations.Ready() || h.revocations.Stale() {
				return errors.New("ended sessions are not known up to date")
			}
			return nil
		}},
	}
}

// work starts everything that runs beside the requests. A part that ends before ctx does ends the group.
func (h *house) work(ctx context.Context, group *errgroup.Group, bound time.Duration) {
	for name, run := range map[string]func(context.Context) error{
		"revocations": h.revocations.Run,
		"visits":      h.support.Run,
		"key ring":    h.followKeys,
		"throttle":    h.throttle.Run,
		"htpasswd":    h.followUsers,
		"live hints":  h.live.Run,
		"ingest":      h.ingest.Run,
		"media":       h.media.Run,
		"jobs":        func(ctx context.Context) error { return h.runJobs(ctx, bound) },
	} {
		group.Go(func() error {
			err := run(ctx)
			if ctx.Err() != nil {
				return nil //nolint:nilerr // ended because it was told to
			}
			return fmt.Errorf("%s ended by itself: %w", name, errors.Join(err, errEnded))
		})
	}
	if !h.config.Bootstrap.InstagramAccessToken.IsZero() {
		group.Go(func() error { h.connectDefault(ctx); return nil })
	}
}

var errEnded = errors.New("it must not end while the service runs")

// runJobs works jobs until ctx ends, then lets those under way end within the bound.
func (h *house) runJobs(ctx context.Context, bound time.Duration) error {
	if err := h.jobs.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("start the job workers: %w", err)
	}
	<-ctx.Done()
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), bound)
	defer cancel()
	if err := h.jobs.Stop(stopping); err != nil {
		return h.jobs.StopAndCancel(context.WithoutCancel(ctx))
	}
	return nil
}

// connectDefault connects the account of the configured token. Instagram may be down: it tries until ctx ends, or until
// waiting cannot help.
func (h *house) connectDefault(ctx context.Context) {
	b := h.config.Bootstrap
	for wait := time.Second; ; wait = min(2*wait, time.Minute) {
		id, err := h.connections.ConnectDefault(ctx, instagram.Default{UserID: b.InstagramUserID, Token: secret(b.InstagramAccessToken)})
		switch {
		case err == nil:
			h.log.InfoContext(ctx, "default_account.connected", "account_id", id.String())
			return
		case ctx.Err() != nil:
			return
		case errors.Is(err, instagram.ErrWrongAccount):
			h.log.ErrorContext(ctx, "default_account.refused", "error", "PARLOR_BOOTSTRAP_INSTAGRAM_ACCESS_TOKEN is not that of PARLOR_BOOTSTRAP_INSTAGRAM_USER_ID")
			return
		case instagram.FaultOf(err) == instagram.FaultReconnect, errors.Is(err, instagram.ErrNotConnected):
			h.log.ErrorContext(ctx, "default_account.refused", "error", err.Error())
			return
		}
		h.log.WarnContext(ctx, "default_account.not_connected", "error", err.Error(), "next_try", wait.String())
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

// secret hands a configured secret to package instagram, whose Secret is a type of its own.
func secret(s configs.Secret) instagram.Secret { return instagram.Secret(s.Reveal()) }
