package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"

	"golang.org/x/sync/errgroup"

	"parlor/api"
	"parlor/configs"
	"parlor/instagram"
	"parlor/instagram/simulator"
)

type simulatorCommand struct {
	Addr          string   `default:"127.0.0.1:8090" help:"Where it listens."`
	Callback      string   `help:"Webhook address of a Parlor, such as http://localhost:8080/webhooks/instagram."`
	Redirect      []string `help:"Registered redirect address, such as http://localhost:8080/auth/instagram/callback; may be repeated."`
	State         string   `type:"path" help:"File that keeps subscriptions and messages over a restart."`
	Conversations int      `default:"100" help:"Seeded conversations of each business."`
}

// Run serves the simulator until it is told to stop. Its app id, app secret and verify token are those of the Parlor it
// talks to: PARLOR_INSTAGRAM_APP_ID, PARLOR_INSTAGRAM_APP_SECRET, PARLOR_INSTAGRAM_VERIFY_TOKEN.
func (c simulatorCommand) Run(p *process) error {
	app, err := configs.InstagramFromEnv(p.environ)
	if err != nil {
		return err
	}
	log := newLogger(p.stderr, configs.Log{Format: configs.LogText})
	conversations := c.Conversations
	if conversations == 0 {
		conversations = -1 // the simulator's own word for none
	}
	sim, err := simulator.New(simulator.Options{
		AppID: app.AppID, AppSecret: instagram.Secret(app.AppSecret.Reveal()), VerifyToken: instagram.Secret(app.VerifyToken.Reveal()),
		RedirectURIs: c.Redirect, CallbackURL: c.Callback, StateFile: c.State, Conversations: conversations, Logger: log,
	})
	if err != nil {
		return err
	}
	listener, err := listen(p.ctx, c.Addr)
	if err != nil {
		return errors.Join(fmt.Errorf("listen: %w", err), sim.Close())
	}
	p.printf("The simulated Instagram is at http://%s, its phone at http://%[1]s/phone\n", listener.Addr())
	return errors.Join(serveSimulator(p.ctx, sim, listener, log), sim.Close())
}

// serveSimulator serves pages and delivers webhooks until ctx ends.
func serveSimulator(ctx context.Context, sim *simulator.Simulator, listener net.Listener, log *slog.Logger) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return sim.Run(ctx) })
	group.Go(func() error {
		return serveHTTP(ctx, api.NewHTTPServer("", http.Handler(sim), log), listener, simulatorStop)
	})
	return group.Wait()
}
