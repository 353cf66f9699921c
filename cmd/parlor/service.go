package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"golang.org/x/sync/errgroup"

	"parlor/api"
	"parlor/configs"
	"parlor/tenants"
)

// service is one running instance.
type service struct {
	config configs.Config
	log    *slog.Logger
	public net.Listener // nil: opened at the configured address, once the database is fit to serve
	ops    net.Listener // nil: opened at the configured address, at once

	house *house        // set before ready is closed
	ready chan struct{} // closed when requests are served; may be nil

	serving atomic.Bool // what /readyz tells besides the checks
}

// run opens the operations listener, waits until the database is fit to serve, and serves until ctx ends. Then it stops
// in this order: readiness, new requests and streams, workers, the operations listener, the pools.
func (s *service) run(ctx context.Context) error {
	options := tenants.Options{MaxConns: s.config.Database.MaxConns, Logger: s.log, AuditKey: s.config.AuditKey.Bytes()}
	db, err := tenants.Open(ctx, s.config.Database.App.Reveal(), options)
	if err != nil {
		return fmt.Errorf("PARLOR_DATABASE_URL: %w", err)
	}
	defer db.Close()
	platform, err := tenants.OpenPlatform(ctx, s.config.Database.Platform.Reveal(), options)
	if err != nil {
		return fmt.Errorf("PARLOR_PLATFORM_DATABASE_URL: %w", err)
	}
	defer platform.Close()

	metrics := prometheus.NewRegistry()
	metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	s.house, err = newHouse(s.config, s.log, db, platform, metrics)
	if err != nil {
		return err
	}

	behind, stop := context.WithCancel(context.WithoutCancel(ctx)) // workers and operations outlive the last request
	defer stop()
	group, behind := errgroup.WithContext(behind)
	if err := s.serveOps(behind, group, metrics); err != nil {
		return err
	}
	err = s.serve(ctx, behind, group)
	stop()
	return errors.Join(err, group.Wait())
}

// serve waits for the database, starts the workers and answers requests until ctx or a worker ends.
func (s *service) serve(ctx, behind context.Context, group *errgroup.Group) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(behind, cancel)()
	if err := s.preflight(ctx); err != nil {
		if ctx.Err() != nil {
			return nil // told to stop while waiting
		}
		return err
	}
	if s.public == nil {
		listener, err := listen(ctx, s.config.HTTP.Addr)
		if err != nil {
			return fmt.Errorf("PARLOR_ADDR: %w", err)
		}
		s.public = listener
	}
	s.house.work(behind, group, s.config.HTTP.ShutdownTimeout)
	s.serving.Store(true)
	defer context.AfterFunc(ctx, func() { s.serving.Store(false) })()
	s.log.InfoContext(ctx, "service.started", "url", s.config.HTTP.PublicURL.String(), "addr", s.public.Addr().String(), "version", currentVersion())
	if s.ready != nil {
		close(s.ready)
	}
	err := serveHTTP(ctx, s.house.server.HTTPServer(""), s.public, s.config.HTTP.ShutdownTimeout)
	s.log.InfoContext(ctx, "service.stopped")
	return err
}

// serveOps starts the operations listener.
func (s *service) serveOps(behind context.Context, group *errgroup.Group, metrics prometheus.Gatherer) error {
	if s.ops == nil {
		listener, err := listen(behind, s.config.HTTP.OpsAddr)
		if err != nil {
			return fmt.Errorf("PARLOR_OPS_ADDR: %w", err)
		}
		s.ops = listener
	}
	handler := api.NewOps(api.OpsDeps{Checks: append(s.house.checks(), api.Check{Name: "serving", Ok: s.isServing}), Metrics: metrics, Logger: s.log})
	server := api.NewHTTPServer("", handler, s.log)
	group.Go(func() error { return serveHTTP(behind, server, s.ops, time.Second) })
	return nil
}

func (s *service) isServing(context.Context) error {
	if !s.serving.Load() {
		return errors.New("starting or stopping")
	}
	return nil
}
