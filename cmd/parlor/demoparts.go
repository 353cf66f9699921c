package main

import (
	"context"
	"fmt"
	"net"
	"os"

	"parlor/configs"
	"parlor/instagram"
	"parlor/instagram/simulator"
	"parlor/migrations"
	"parlor/migrations/pgcluster"
)

// takeFolder opens the demo's folder, with what a former run kept there, and the log in it.
func (d *demo) takeFolder(_ context.Context, c demoCommand) (err error) {
	if d.dir, err = openDemoDir(c.Data); err != nil {
		return err
	}
	d.later(d.dir.close)
	if d.state, err = d.dir.state(); err != nil {
		return err
	}
	file, err := os.OpenFile(d.dir.file("parlor.log"), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("open the log: %w", err)
	}
	d.later(file.Close)
	d.log = newLogger(file, configs.Log{Format: configs.LogText})
	return d.dir.writeHtpasswd(d.state.Operator, d.state.Support)
}

// takePorts listens before anything slow is begun.
func (d *demo) takePorts(ctx context.Context, c demoCommand) error {
	for _, one := range []struct {
		listener   *net.Listener
		addr, flag string
	}{{&d.public, c.Addr, "--addr"}, {&d.simulated, c.SimulatorAddr, "--simulator-addr"}, {&d.ops, "127.0.0.1:0", ""}} {
		l, err := listen(ctx, one.addr)
		if err != nil {
			return fmt.Errorf("%s cannot be used: %w; choose another with %s", one.addr, err, one.flag)
		}
		*one.listener = l
		d.later(func() error { _ = l.Close(); return nil }) // closed already after a graceful stop
	}
	return nil
}

// startDatabase runs PostgreSQL, makes roles and database and brings the schema up to date.
func (d *demo) startDatabase(ctx context.Context, c demoCommand) (err error) {
	if d.cluster, err = pgcluster.Start(ctx, pgcluster.Options{Dir: c.Data}); err != nil {
		return err
	}
	d.later(d.cluster.Stop)
	urls := migrations.Logins{App: d.databaseURL("app"), Platform: d.databaseURL("platform"), Migrate: d.databaseURL("migrate")}
	if err := migrations.InitRoles(ctx, d.cluster.AdminDSN("postgres"), urls); err != nil {
		return err
	}
	_, err = migrations.Up(ctx, urls.Migrate)
	return err
}

// makeSimulator makes the stand-in for Instagram, whose webhooks come to the service as Meta's would.
func (d *demo) makeSimulator(context.Context, demoCommand) (err error) {
	d.simulator, err = simulator.New(simulator.Options{
		AppSecret: instagram.Secret(d.state.AppSecret), VerifyToken: instagram.Secret(d.state.VerifyToken),
		RedirectURIs: []string{d.redirectURI()}, CallbackURL: d.url() + "/webhooks/instagram",
		StateFile: d.dir.file("simulator.jsonl"), URL: d.simulatorURL(), Shapes: simulator.Shapes{HumanAgent: true}, Logger: d.log,
	})
	if err == nil {
		d.later(d.simulator.Close)
	}
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
		"PARLOR_AUDIT_KEY=" + d.state.AuditKey,
		"PARLOR_PUSH_KEY=" + d.state.PushKey,
		"PARLOR_PROVIDERS=instagram,bootstrap",
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
		"PARLOR_INSTAGRAM_HUMAN_AGENT=true",
		"PARLOR_BLOB_URL=file://" + d.dir.file("blobs"),
		"PARLOR_MEDIA_EXTRA_HOSTS=" + reachable(d.simulated.Addr().String()),
	}
}
