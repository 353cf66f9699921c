package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"parlor/configs"
	"parlor/instagram"
	"parlor/instagram/simulator"
	"parlor/migrations"
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
	public    net.Listener
	ops       net.Listener
	simulated net.Listener
	cluster   *pgcluster.Cluster
	simulator *simulator.Simulator
}

// Run brings up PostgreSQL, the schema, the simulator and the service, connects the three businesses, and runs until it
// is told to stop.
func (c demoCommand) Run(p *process) (err error) {
	d := &demo{}
	var cleanups []func() error
	defer func() { err = errors.Join(err, undo(cleanups)) }()
	later := func(f func() error) { cleanups = append(cleanups, f) }

	if d.dir, err = openDemoDir(c.Data); err != nil {
		return err
	}
	later(d.dir.close)
	if d.state, err = d.dir.state(); err != nil {
		return err
	}
	if err := d.dir.writeHtpasswd(d.state.Operator, d.state.Support); err != nil {
		return err
	}
	if err := d.listen(c, later); err != nil {
		return err
	}
	logFile, err := os.OpenFile(d.dir.file("parlor.log"), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("open the log: %w", err)
	}
	later(logFile.Close)
	log := newLogger(logFile, configs.Log{Format: configs.LogText})

	if d.cluster, err = pgcluster.Start(p.ctx, pgcluster.Options{Dir: c.Data}); err != nil {
		return err
	}
	later(d.cluster.Stop)
	if err := d.prepareDatabase(p.ctx); err != nil {
		return err
	}
	if d.simulator, err = d.newSimulator(log); err != nil {
		return err
	}
	later(d.simulator.Close)
	config, err := configs.FromEnv(d.environ())
	if err != nil {
		return err
	}
	s := &service{config: config, log: log, public: d.public, ops: d.ops, ready: make(chan struct{})}
	return d.run(p, s)
}

// undo runs what was put off, the last first.
func undo(cleanups []func() error) (err error) {
	for i := len(cleanups) - 1; i >= 0; i-- {
		err = errors.Join(err, cleanups[i]())
	}
	return err
}

// listen takes the ports before anything slow is begun.
func (d *demo) listen(c demoCommand, later func(func() error)) error {
	for _, one := range []struct {
		listener *net.Listener
		addr     string
		flag     string
	}{{&d.public, c.Addr, "--addr"}, {&d.simulated, c.SimulatorAddr, "--simulator-addr"}, {&d.ops, "127.0.0.1:0", ""}} {
		l, err := net.Listen("tcp", one.addr)
		if err != nil {
			return fmt.Errorf("%s cannot be used: %w; choose another with %s", one.addr, err, one.flag)
		}
		*one.listener = l
		later(func() error { _ = l.Close(); return nil }) // closed already after a graceful stop
	}
	return nil
}

// prepareDatabase makes roles and database and brings the schema up to date.
func (d *demo) prepareDatabase(ctx context.Context) error {
	urls := migrations.Logins{App: d.databaseURL("app"), Platform: d.databaseURL("platform"), Migrate: d.databaseURL("migrate")}
	if err := migrations.InitRoles(ctx, d.cluster.AdminDSN("postgres"), urls); err != nil {
		return err
	}
	_, err := migrations.Up(ctx, urls.Migrate)
	return err
}

func (d *demo) databaseURL(role string) string {
	password := map[string]string{"app": d.state.AppPassword, "platform": d.state.PlatformPassword, "migrate": d.state.MigratePassword}[role]
	return d.cluster.DSN("parlor_"+role+"_login", password, "parlor")
}

// url is what browsers use: localhost, so that the simulator on 127.0.0.1 is another site to them.
func (d *demo) url() string {
	_, port, _ := net.SplitHostPort(d.public.Addr().String())
	return "http://localhost:" + port
}

func (d *demo) simulatorURL() string { return "http://" + reachable(d.simulated.Addr().String()) }

// environ is how the demo configures the service: as anybody would.
func (d *demo) environ() []string {
	return []string{
		"PARLOR_PUBLIC_URL=" + d.url(),
		"PARLOR_ADDR=" + d.public.Addr().String(),
		"PARLOR_OPS_ADDR=" + d.ops.Addr().String(),
		"PARLOR_LOG_FORMAT=text",
		"PARLOR_SHUTDOWN_TIMEOUT=5s",
		"PARLOR_DATABASE_URL=" + d.databaseURL("app"),
		"PARLOR_PLATFORM_DATABASE_URL=" + d.databaseURL("platform"),
		"PARLOR_SESSION_KEYS=" + sessionKeysJSON(d.state.SessionKeys...),
		"PARLOR_SEALING_KEY=" + d.state.SealingKey,
		"PARLOR_PROVIDERS=bootstrap,instagram",
		"PARLOR_ACCOUNT_CREATION=open",
		"PARLOR_BOOTSTRAP_HTPASSWD_FILE=" + d.dir.file("htpasswd"),
		"PARLOR_BOOTSTRAP_STAFF=operator=operator,support=support",
		"PARLOR_BOOTSTRAP_MEMBERS=operator=owner",
		"PARLOR_BOOTSTRAP_INSTAGRAM_USER_ID=" + d.simulator.Businesses()[0].UserID,
		"PARLOR_INSTAGRAM_APP_ID=" + simulator.DefaultAppID,
		"PARLOR_INSTAGRAM_APP_SECRET=" + d.state.AppSecret,
		"PARLOR_INSTAGRAM_VERIFY_TOKEN=" + d.state.VerifyToken,
		"PARLOR_INSTAGRAM_GRAPH_URL=" + d.simulatorURL(),
		"PARLOR_INSTAGRAM_API_URL=" + d.simulatorURL(),
		"PARLOR_INSTAGRAM_AUTHORIZE_URL=" + d.simulatorURL() + "/oauth/authorize",
	}
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
		if err != nil {
			stop()
		}
		if ctx.Err() != nil && p.ctx.Err() != nil {
			return nil // told to stop while it was still coming up
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

// welcome fills the house and says where to go.
func (d *demo) welcome(ctx context.Context, p *process, s *service) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	accounts, err := d.connectBusinesses(ctx, s)
	if err != nil {
		return fmt.Errorf("connect the three businesses: %w", err)
	}
	if err := d.deliverHistory(ctx, s); err != nil {
		return fmt.Errorf("deliver the history: %w", err)
	}
	info := demoInfo{
		URL: d.url(), SimulatorURL: d.simulatorURL(), OpsURL: "http://" + d.ops.Addr().String(),
		DatabaseURL: d.databaseURL("app"), PlatformDatabaseURL: d.databaseURL("platform"),
		AppSecret: d.state.AppSecret, SessionKeys: d.state.SessionKeys,
		Operator: d.state.Operator, Support: d.state.Support, Accounts: accounts,
	}
	if err := d.dir.writeJSON("demo.json", info); err != nil {
		return err
	}
	p.printf("%s", d.greeting(info))
	return nil
}

func (d *demo) greeting(info demoInfo) string {
	names := make([]string, len(info.Accounts))
	for i, a := range info.Accounts {
		names[i] = a.Username
	}
	return fmt.Sprintf(`
Parlor is ready.

  The inbox        %[1]s
                   "Continue with Instagram" and choose %[2]s;
                   or "Operator sign-in": %[3]s / %[4]s
  A phone          %[5]s/phone
                   write to a business as its customer, and watch the message arrive
  By command       curl -X POST %[5]s/_sim/messages -H 'Content-Type: application/json' \
                     -d '{"business": "%[6]s", "customer": "amara.bakes", "text": "Is the blue bowl still there?"}'
  For scripts      %[7]s
  Log              %[8]s

Stop it with Ctrl-C; the data stays in %[9]s.
`, info.URL, strings.Join(names, ", "), info.Operator.Username, info.Operator.Password, info.SimulatorURL, names[0],
		d.dir.file("demo.json"), d.dir.file("parlor.log"), d.dir.path)
}

// credentials for package instagram, whose Secret is a type of its own.
func secret(s configs.Secret) instagram.Secret { return instagram.Secret(s.Reveal()) }
