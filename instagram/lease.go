package instagram

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"parlor/tenants"
)

// A lease outlives its holder's death by at most leaseLife. A call is cut off a while before, so that no two overlap.
const (
	leaseLife  = 20 * time.Second
	leaseBound = 18 * time.Second
)

// anyStatus lets an account call whatever its status is; callable lists the states of one that is connected.
var (
	anyStatus []tenants.AccountStatus
	callable  = []tenants.AccountStatus{tenants.AccountActive, tenants.AccountConnecting}
)

// takeSQL takes the account's lease if nobody holds it and its time has come, by the one clock that all instances share.
// It tells the status, whether the lease is ours now, and otherwise in how many seconds to look again: null while held.
const takeSQL = `
	with account as (select account_id, status from platform.accounts where account_id = $1),
	taken as (
		insert into platform.graph_leases as l (account_id, holder, held_until, free_at)
		select account_id, $2, clock_timestamp() + make_interval(secs => $3), clock_timestamp() + make_interval(secs => $4)
		from account where cardinality($5::text[]) = 0 or status = any ($5)
		on conflict (account_id) do update set holder = excluded.holder, held_until = excluded.held_until, free_at = excluded.free_at
		where (l.holder is null or l.held_until <= clock_timestamp()) and l.free_at <= clock_timestamp()
		returning account_id)
	select a.status, exists (select from taken),
	       case when l.holder is null or l.held_until <= clock_timestamp()
	            then extract(epoch from l.free_at - clock_timestamp())::float8 end
	from account a left join platform.graph_leases l on l.account_id = a.account_id`

// turn waits for the account's lease and runs do, one call to Instagram, under it: one at a time over all instances, and
// the next one not before CallGap after this one went out. No transaction is open meanwhile.
func (c *Connections) turn(ctx context.Context, in []tenants.AccountStatus, do func(ctx context.Context) error) error {
	account, ok := tenants.AccountFrom(ctx)
	if !ok {
		return tenants.ErrNoAccount
	}
	holder := uuid.New()
	if err := c.take(ctx, account, holder, in); err != nil {
		return err
	}
	noted, made := withExchanges(ctx)
	bounded, cancel := context.WithTimeout(noted, leaseBound)
	defer cancel()
	after := rest{pause: c.o.CallGap}
	defer func() { c.give(ctx, account, holder, after) }() // also when do panics
	err := do(bounded)
	sent, asked := made.outcome()
	after = rest{pause: max(c.o.CallGap-sent, asked), refused: FaultOf(err) == FaultRate}
	if api, ok := errors.AsType[*APIError](err); ok {
		after.told = api.RetryAfter
	}
	return err
}

// rest is what an account keeps after a call.
type rest struct {
	pause   time.Duration // at least
	refused bool          // Instagram has told it to stop
	told    time.Duration // for so long; 0: it did not say
}

// How long an account rests that Instagram has told to stop, without saying for how long: twice as long each time in a row, over all instances,
// for calls made meanwhile prolong it.
const (
	firstRest = 4 * time.Second
	maxRest   = 15 * time.Minute
)

// patience is how long a caller whose time is bounded waits while the account rests. Others need the worker.
const patience = 15 * time.Second

// RestError is an ErrNoTurn of an account that rests: Instagram has told it to stop.
type RestError struct {
	For time.Duration // from now
}

// Error says how long.
func (e *RestError) Error() string { return fmt.Sprintf("%v: it rests for %s", ErrNoTurn, e.For) }

// Is makes it an ErrNoTurn.
func (e *RestError) Is(target error) bool { return target == ErrNoTurn }

// take waits until the lease is the holder's, or ctx ends. Errors: ErrNoTurn, at once where the account rests for longer than a bounded caller has
// patience; ErrNotConnected when the status is none of in.
func (c *Connections) take(ctx context.Context, account tenants.AccountID, holder uuid.UUID, in []tenants.AccountStatus) error {
	for {
		var status tenants.AccountStatus
		var taken bool
		var free *float64
		err := c.o.Platform.QueryRow(ctx, takeSQL, account, holder, leaseLife.Seconds(), c.o.CallGap.Seconds(), words(in)).
			Scan(&status, &taken, &free)
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			return tenants.ErrNotFound
		case err != nil:
			return fmt.Errorf("wait for the right to call: %w", err)
		case taken:
			return nil
		case len(in) > 0 && !slices.Contains(in, status):
			return ErrNotConnected
		}
		if _, bounded := ctx.Deadline(); bounded && free != nil && *free > patience.Seconds() {
			return &RestError{For: time.Duration(*free * float64(time.Second))}
		}
		if err := sleep(ctx, lookAgain(free)); err != nil {
			return fmt.Errorf("%w: %w", ErrNoTurn, err)
		}
	}
}

// lookAgain is when to ask for the lease again: at its time, or soon while somebody holds it; a little scattered, so that
// nobody is always second.
func lookAgain(free *float64) time.Duration {
	wait := 40 * time.Millisecond
	if free != nil {
		wait = time.Duration(max(0, min(*free, 2)) * float64(time.Second)) // looked at again though nothing is due: it may be given up earlier
	}
	return wait + rand.N(20*time.Millisecond) //nolint:gosec // no secret
}

func words(in []tenants.AccountStatus) []string {
	list := make([]string, 0, len(in))
	for _, status := range in {
		list = append(list, string(status))
	}
	return list
}

// giveSQL hands the lease back, and counts how often in a row Instagram has refused.
const giveSQL = `
	update platform.graph_leases set holder = null, refusals = case when $4 then refusals + 1 else 0 end,
	       free_at = greatest(free_at, clock_timestamp() + make_interval(secs => greatest($3::float8, case when $4 then
	           coalesce(nullif($5::float8, 0), least($6 * 2 ^ least(refusals, 16), $7)) * (1 + random() / 8) end)))
	where account_id = $1 and holder = $2`

// give hands the lease back. The next call starts after the rest at the earliest. It works though ctx has ended; where the
// database is away, the lease runs out by itself.
func (c *Connections) give(ctx context.Context, account tenants.AccountID, holder uuid.UUID, after rest) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
	defer cancel()
	_, err := c.o.Platform.Exec(ctx, giveSQL, account, holder, max(0, after.pause).Seconds(), after.refused, after.told.Seconds(),
		firstRest.Seconds(), maxRest.Seconds())
	if err != nil {
		c.o.Logger.WarnContext(ctx, "the right to call runs out by itself", "account_id", account.String(), "error", err.Error())
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// rest counts the call that told whose the token is, which was made before anybody knew for which account: the next one waits for it.
func (c *Connections) rest(ctx context.Context, account tenants.AccountID) error {
	_, err := c.o.Platform.Exec(ctx, `insert into platform.graph_leases (account_id, free_at)
		values ($1, clock_timestamp() + make_interval(secs => $2))
		on conflict (account_id) do update set free_at = greatest(graph_leases.free_at, excluded.free_at)`, account, c.o.CallGap.Seconds())
	if err != nil {
		return fmt.Errorf("put off the next call: %w", err)
	}
	return nil
}
