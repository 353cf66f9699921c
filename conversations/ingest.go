package conversations

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"parlor/tenants"
)

// Bounds of the splitters. The poll finds what a process that was killed had accepted. Each holds a connection of both pools while it works.
const (
	splitters     = 4
	pollEvery     = time.Second
	sweepEvery    = 10 * time.Minute
	unroutedKeep  = 24 * time.Hour
	splitAttempts = 8
	splitTimeout  = 20 * time.Second
)

// IngestOptions holds what an Ingest works with; the first three are required.
type IngestOptions struct {
	DB             *tenants.DB
	Platform       *tenants.Platform
	Accounts       *tenants.Accounts
	UnreadableKeep time.Duration // how long a body that cannot be read is kept; default 72h
	RawKeep        time.Duration // how long the body of a settled event is kept; default 24h, negative: until the next sweep
	Erased         Erased        // default: nobody's data was erased
	News           News          // default: nobody is told beside the open pages
	Logger         *slog.Logger
	Now            func() time.Time
}

// Ingest takes webhook deliveries in, splits them into events and applies these. It is safe for concurrent use, also by several processes on one database.
type Ingest struct {
	o       IngestOptions
	applier *Applier
	wake    chan struct{}
}

// NewIngest fills in what has a default.
func NewIngest(o IngestOptions) *Ingest {
	if o.UnreadableKeep <= 0 {
		o.UnreadableKeep = 72 * time.Hour
	}
	if o.RawKeep == 0 {
		o.RawKeep = rawKeepDefault
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Erased == nil {
		o.Erased = nobodyErased
	}
	return &Ingest{o: o, applier: NewApplier(o.DB, o.Logger, o.Now).WithErased(o.Erased).WithNews(o.News), wake: make(chan struct{}, splitters)}
}

// Accept stores one delivery whose signature holds. When it returns nil the body is durable and Instagram may be told so. It looks at
// nothing in the body: one that cannot be read is found out later and kept for a look.
func (i *Ingest) Accept(ctx context.Context, body []byte) error {
	_, err := i.o.Platform.Exec(ctx, "insert into platform.deliveries (delivery_id, body) values ($1, $2)", newID(), body)
	if err != nil {
		return fmt.Errorf("store delivery: %w", err)
	}
	select {
	case i.wake <- struct{}{}:
	default: // all splitters are awake
	}
	return nil
}

// Run splits deliveries until ctx ends, which is the only way it returns.
func (i *Ingest) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	for range splitters {
		wg.Go(func() { i.splitAll(ctx) })
	}
	wg.Go(func() { i.sweepAll(ctx) })
	wg.Wait()
	return ctx.Err()
}

// splitAll works off what there is, then waits for more.
func (i *Ingest) splitAll(ctx context.Context) {
	poll := time.NewTicker(pollEvery)
	defer poll.Stop()
	for ctx.Err() == nil {
		found, err := i.SplitNext(ctx)
		if err != nil && ctx.Err() == nil {
			i.o.Logger.ErrorContext(ctx, "delivery could not be split", "error", err.Error())
		}
		if found && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
		case <-i.wake:
		case <-poll.C:
		}
	}
}

func (i *Ingest) sweepAll(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for ctx.Err() == nil {
		if err := i.Sweep(ctx); err != nil && ctx.Err() == nil {
			i.o.Logger.ErrorContext(ctx, "old deliveries could not be swept", "error", err.Error())
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
}

// Sweep drops what nobody needs any more: bodies of unknown accounts after a day, of settled events and unreadable ones after the configured
// times, rows of split deliveries after a week.
func (i *Ingest) Sweep(ctx context.Context) error {
	now := i.o.Now()
	_, err := i.o.Platform.Exec(ctx, "update platform.unrouted_events set body = null where body is not null and received_at < $1", now.Add(-unroutedKeep))
	if err != nil {
		return fmt.Errorf("drop bodies of unknown accounts: %w", err)
	}
	_, err = i.o.Platform.Exec(ctx, "update platform.deliveries set body = null where state = 'failed' and body is not null and received_at < $1",
		now.Add(-i.o.UnreadableKeep))
	if err != nil {
		return fmt.Errorf("drop unreadable bodies: %w", err)
	}
	return errors.Join(i.sweepDeliveries(ctx), i.sweepAccounts(ctx))
}
