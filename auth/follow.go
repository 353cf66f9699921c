package auth

import (
	"context"
	"fmt"
	"sync"
	"time"

	"parlor/tenants"
)

const (
	readTimeout = 5 * time.Second
	sweepEvery  = time.Hour
	// eventsKept is for how long the table keeps events; longer than any reader looks back.
	eventsKept = 3 * remember
	// sessionsKept is for how long a session that is over stays visible.
	sessionsKept = 30 * 24 * time.Hour
)

// Run loads and follows the events until ctx ends, and then returns nil. The poll is the truth; a NOTIFY only wakes it.
func (r *Revocations) Run(ctx context.Context) error {
	wake := make(chan struct{}, 1)
	var listening sync.WaitGroup
	defer listening.Wait()
	listening.Go(func() { r.listen(ctx, wake) })
	poll, sweep := time.NewTicker(r.o.Poll), time.NewTicker(sweepEvery)
	defer poll.Stop()
	defer sweep.Stop()
	healthy := true
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-wake: // the first one comes when LISTEN stands, so nothing falls between it and the load
		case <-poll.C:
		case <-sweep.C:
			r.sweep(ctx)
			continue
		}
		err := r.read(ctx)
		if (err == nil) != healthy && ctx.Err() == nil {
			healthy = err == nil
			r.o.Logger.WarnContext(ctx, "reading revocations", "healthy", healthy, "error", err)
		}
	}
}

func (r *Revocations) listen(ctx context.Context, wake chan<- struct{}) {
	nudge := func() {
		select {
		case wake <- struct{}{}:
		default: // a read is due already, and it will see this event too
		}
	}
	err := r.o.Platform.Listen(ctx, tenants.AuthEventsChannel, tenants.ListenHandler{
		Connected: func(context.Context) error { nudge(); return nil },
		Notified:  func(string) { nudge() },
	})
	if err != nil && ctx.Err() == nil {
		r.o.Logger.ErrorContext(ctx, "listening for auth events ended; the poll goes on", "error", err)
	}
}

// sweep drops what nobody can depend on any more, from memory and from the tables.
func (r *Revocations) sweep(ctx context.Context) {
	r.forget()
	now := r.o.Now()
	_, err := r.o.Platform.PruneAuthEvents(ctx, now.Add(-eventsKept))
	if err == nil {
		_, err = r.o.Platform.Exec(ctx, `delete from platform.sessions where least(ended_at, expires_at, idle_expires_at) < $1`,
			now.Add(-sessionsKept).UTC())
	}
	if err != nil && ctx.Err() == nil {
		r.o.Logger.WarnContext(ctx, "sweep auth events and sessions", "error", err)
	}
}

// read takes in the events since the last read; at first those of a token's life.
func (r *Revocations) read(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	startedAt := r.o.Now()
	if !r.follow.begun {
		const before = `select coalesce(max(seq), 0) from platform.auth_events where at < $1`
		if err := r.o.Platform.QueryRow(ctx, before, startedAt.Add(-remember)).Scan(&r.follow.last); err != nil {
			return fmt.Errorf("find the first auth event: %w", err)
		}
	}
	events, err := r.o.Platform.AuthEvents(ctx, r.follow.from())
	if err != nil {
		return err
	}
	fresh, commit := r.follow.fresh(events, startedAt)
	news, err := r.digest(ctx, fresh)
	if err != nil {
		return err
	}
	commit()
	r.apply(news, startedAt)
	for _, e := range fresh {
		for _, listen := range r.listeners {
			listen(e)
		}
	}
	return nil
}
