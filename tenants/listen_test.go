package tenants_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"parlor/migrations/pgtest"
	"parlor/tenants"
)

// ear is a running Listen.
type ear struct {
	connected chan struct{}
	heard     chan string
	ended     chan error
}

func listen(ctx context.Context, p *tenants.Platform, channel string) ear {
	e := ear{connected: make(chan struct{}, 64), heard: make(chan string, 64), ended: make(chan error, 1)}
	go func() {
		e.ended <- p.Listen(ctx, channel, tenants.ListenHandler{
			Connected: func(context.Context) error { e.connected <- struct{}{}; return nil },
			Notified:  func(payload string) { e.heard <- payload },
		})
	}()
	return e
}

// within waits for a value with a bound that only a broken program reaches.
func within[T any](t *testing.T, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(20 * time.Second):
		t.Fatal("nothing came")
		panic("unreachable")
	}
}

func notify(t *testing.T, p *tenants.Platform, channel, payload string) {
	t.Helper()
	if _, err := p.Exec(t.Context(), "select pg_notify($1, $2)", channel, payload); err != nil {
		t.Fatal(err)
	}
}

func TestListenHearsUntilItsContextEnds(t *testing.T) {
	t.Parallel()
	p := openPlatform(t, pgtest.New(t))
	ctx, cancel := context.WithCancel(t.Context())
	e := listen(ctx, p, `odd "channel"`)
	within(t, e.connected)
	notify(t, p, `odd "channel"`, "one")
	notify(t, p, "another channel", "not for us")
	notify(t, p, `odd "channel"`, "two")
	if one, two := within(t, e.heard), within(t, e.heard); one != "one" || two != "two" {
		t.Errorf("heard %q and %q", one, two)
	}
	cancel()
	if err := within(t, e.ended); !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
}

// Whatever cuts the connection, the listener is there again, and is told that it must catch up.
func TestListenSurvivesACutConnection(t *testing.T) {
	t.Parallel()
	cuts := map[string]func(t *testing.T, db *pgtest.Database, x *proxy){
		"by the server": func(t *testing.T, db *pgtest.Database, _ *proxy) {
			t.Helper()
			// Its last statement was the LISTEN, or a heartbeat by now.
			db.Exec(t, `select pg_terminate_backend(pid) from pg_stat_activity
				where datname = current_database() and pid <> pg_backend_pid() and (query like 'listen %' or query like 'select pg_notify%')`)
		},
		"by the network": func(_ *testing.T, _ *pgtest.Database, x *proxy) { x.cut() },
		"without a sign": func(t *testing.T, _ *pgtest.Database, x *proxy) {
			t.Helper()
			x.stall(true)
			within(t, x.accepted) // the listener has given the old connection up by itself
		},
		"database is away": func(_ *testing.T, _ *pgtest.Database, x *proxy) { x.down(true) },
	}
	for name, cut := range cuts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := pgtest.New(t)
			x := newProxy(t, db.PlatformDSN)
			p, err := tenants.OpenPlatform(t.Context(), x.through(t, db.PlatformDSN), tenants.Options{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(p.Close)
			p.Hasten(50*time.Millisecond, 300*time.Millisecond)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			e := listen(ctx, p, "test")
			within(t, e.connected)
			<-x.accepted
			cut(t, db, x)
			x.stall(false)
			x.down(false)
			within(t, e.connected)
			notify(t, openPlatform(t, db), "test", "after")
			if got := within(t, e.heard); got != "after" {
				t.Errorf("heard %q", got)
			}
		})
	}
}

func TestListenCatchesUpBeforeItHears(t *testing.T) {
	t.Parallel()
	p := openPlatform(t, pgtest.New(t))
	order := make(chan string, 8)
	tries := 0
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- p.Listen(ctx, "test", tenants.ListenHandler{
			Connected: func(ctx context.Context) error {
				// Sent while we catch up: it must come after that.
				if _, err := p.Exec(ctx, "select pg_notify('test', 'early')"); err != nil {
					return err
				}
				if tries++; tries == 1 {
					return errors.New("could not catch up")
				}
				order <- "connected"
				return nil
			},
			Notified: func(payload string) { order <- payload },
		})
	}()
	if first, second := within(t, order), within(t, order); first != "connected" || second != "early" {
		t.Errorf("order %q, %q", first, second)
	}
	cancel()
	within(t, ended)
	if tries != 2 {
		t.Errorf("caught up %d times, want a second try after the first failed", tries)
	}
}

func TestListenRefusesWhatIsNoChannel(t *testing.T) {
	t.Parallel()
	p := openPlatform(t, pgtest.New(t))
	for _, name := range []string{"", strings.Repeat("x", 64)} {
		if err := p.Listen(t.Context(), name, tenants.ListenHandler{}); err == nil {
			t.Errorf("channel %q is accepted", name)
		}
	}
}
