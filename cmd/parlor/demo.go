package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"slices"

	"golang.org/x/sync/errgroup"

	"parlor/configs"
	"parlor/instagram/simulator"
	"parlor/migrations/pgcluster"
)

type demoCommand struct {
	Data          string `type:"path" default:".demo" help:"Folder that keeps the demo's data; remove it to begin anew."`
	Addr          string `default:"127.0.0.1:8080" help:"Where Parlor listens."`
	SimulatorAddr string `name:"simulator-addr" default:"127.0.0.1:8090" help:"Where the simulated Instagram listens."`
}

// demo is a running demonstration: the service, and everything that stands around one in production.
type demo struct {
	dir       *demoDir
	state     *demoState
	log       *slog.Logger
	public    net.Listener
	ops       net.Listener
	simulated net.Listener
	cluster   *pgcluster.Cluster
	simulator *simulator.Simulator

	cleanups []func() error // in the order in which they were put off
}

// Run brings up PostgreSQL, the schema, the simulator and the service, connects the three businesses, and runs until it
// is told to stop.
func (c demoCommand) Run(p *process) (err error) {
	d := &demo{}
	defer func() { err = errors.Join(err, d.close()) }()
	for _, step := range []func(context.Context, demoCommand) error{d.takeFolder, d.takePorts, d.startDatabase, d.makeSimulator} {
		if err := step(p.ctx, c); err != nil {
			return err
		}
	}
	config, err := configs.FromEnv(d.environ())
	if err != nil {
		return err
	}
	return d.run(p, &service{config: config, log: d.log, public: d.public, ops: d.ops, ready: make(chan struct{})})
}

func (d *demo) later(cleanup func() error) { d.cleanups = append(d.cleanups, cleanup) }

// close undoes what was begun, the last first.
func (d *demo) close() (err error) {
	for _, cleanup := range slices.Backward(d.cleanups) {
		err = errors.Join(err, cleanup())
	}
	return err
}

// run serves until ctx ends or a part fails.
func (d *demo) run(p *process, s *service) error {
	ctx, stop := context.WithCancel(p.ctx)
	defer stop()
	around, cancel := context.WithCancel(context.WithoutCancel(p.ctx)) // the simulator outlives the service
	defer cancel()
	group, around := errgroup.WithContext(around)
	group.Go(func() error { return serveSimulator(around, d.simulator, d.simulated, s.log) })
	group.Go(func() error { return d.watchCluster(around, stop) })
	group.Go(func() error {
		defer cancel()
		return s.run(ctx)
	})
	group.Go(func() error {
		select {
		case <-s.ready:
		case <-ctx.Done():
			return nil
		}
		err := d.welcome(ctx, p, s)
		if p.ctx.Err() != nil {
			return nil //nolint:nilerr // told to stop while it was still coming up
		}
		if err != nil {
			stop()
		}
		return err
	})
	return group.Wait()
}

// watchCluster ends the demo when PostgreSQL ends by itself.
func (d *demo) watchCluster(ctx context.Context, stop func()) error {
	select {
	case <-ctx.Done():
		return nil
	case <-d.cluster.Done():
		stop()
		return errors.New("PostgreSQL has ended")
	}
}
