package tenants

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// ListenHandler is what Listen calls, one at a time and from one goroutine. Both are required and should return soon: nothing is heard
// while they run.
type ListenHandler struct {
	Connected func(ctx context.Context) error // after every (re)connection, before anything heard on it: catch up here; an error reconnects
	Notified  func(payload string)
}

// listenPace is how Listen watches its connection.
type listenPace struct {
	beat     time.Duration // between heartbeats
	silence  time.Duration // after which the connection is given up
	minRetry time.Duration // wait before the first reconnection, doubled for each further one
	maxRetry time.Duration
}

var defaultListenPace = listenPace{
	beat: 5 * time.Second, silence: 10 * time.Second, minRetry: 100 * time.Millisecond, maxRetry: 5 * time.Second,
}

var (
	errListenSilent = errors.New("own heartbeat was not heard")
	errListenName   = errors.New("not a channel name")
)

// Listen hears a channel on a connection of its own until ctx ends, and then returns its error. A lost connection is made anew, with growing
// waits; one that has gone silent is noticed by a heartbeat that Listen notifies to itself. Notifications sent in between are lost, which
// is why Connected must read what they would have announced. The connection must not go through a pooler that shares sessions.
func (p *Platform) Listen(ctx context.Context, channel string, h ListenHandler) error {
	if channel == "" || len(channel) > 63 {
		return fmt.Errorf("listen: %w", errListenName)
	}
	wait := p.pace.minRetry
	for ctx.Err() == nil {
		connected, err := p.listen(ctx, channel, h)
		if ctx.Err() != nil {
			break
		}
		if connected {
			wait = p.pace.minRetry
		}
		p.log.WarnContext(ctx, "listening connection lost", "channel", channel, "retry_in", wait, "error", err)
		select {
		case <-ctx.Done():
		case <-time.After(jittered(wait)):
		}
		wait = min(2*wait, p.pace.maxRetry)
	}
	return ctx.Err()
}

// listen serves one connection until it fails or ctx ends. It reports whether it got as far as listening.
func (p *Platform) listen(ctx context.Context, channel string, h ListenHandler) (connected bool, err error) {
	conn, err := pgx.ConnectConfig(ctx, p.pool.Config().ConnConfig)
	if err != nil {
		return false, fmt.Errorf("connect: %w", err)
	}
	defer closeSoon(conn)
	// Heard by this connection alone; it proves that notifications arrive, which a bare query would not.
	heartbeat := "parlor_beat_" + uuid.NewString()
	_, err = conn.Exec(ctx, "listen "+pgx.Identifier{channel}.Sanitize()+"; listen "+pgx.Identifier{heartbeat}.Sanitize())
	if err != nil {
		return false, fmt.Errorf("listen: %w", err)
	}
	if err := h.Connected(ctx); err != nil {
		return false, fmt.Errorf("catch up: %w", err)
	}
	heard := time.Now()
	for {
		n, err := waitUntil(ctx, conn, time.Now().Add(p.pace.beat))
		switch {
		case err != nil:
			return true, err
		case n != nil && n.Channel == channel:
			h.Notified(n.Payload)
			heard = time.Now()
		case n != nil:
			heard = time.Now()
		case time.Since(heard) >= p.pace.silence:
			return true, errListenSilent
		default:
			if err := beat(ctx, conn, heartbeat, heard.Add(p.pace.silence)); err != nil {
				return true, err
			}
		}
	}
}

// waitUntil returns the next notification, nil when none has come by t.
func waitUntil(ctx context.Context, conn *pgx.Conn, t time.Time) (*pgconn.Notification, error) {
	bounded, cancel := context.WithDeadline(ctx, t)
	defer cancel()
	n, err := conn.WaitForNotification(bounded)
	if err != nil && bounded.Err() != nil && ctx.Err() == nil && !conn.IsClosed() {
		return nil, nil //nolint:nilnil // a quiet connection is neither
	}
	return n, err
}

// beat notifies the connection's own heartbeat; by then it must have been sent.
func beat(ctx context.Context, conn *pgx.Conn, channel string, by time.Time) error {
	bounded, cancel := context.WithDeadline(ctx, by)
	defer cancel()
	if _, err := conn.Exec(bounded, "select pg_notify($1, '')", channel); err != nil {
		return fmt.Errorf("heartbeat: %w", err)
	}
	return nil
}

// closeSoon says goodbye where somebody may listen, and does not wait long for it.
func closeSoon(conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = conn.Close(ctx)
}

// jittered spreads the reconnections of many instances over half the wait.
func jittered(wait time.Duration) time.Duration {
	return wait/2 + rand.N(wait/2+1) //nolint:gosec // no secret
}
