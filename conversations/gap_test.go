package conversations_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"parlor/conversations"
	"parlor/instagram"
	"parlor/instagram/simulator"
	"parlor/tenants"
)

// told are connections that tell of what a proof finds, as those of an installation do.
func (w *town) told(t *testing.T) *instagram.Connections {
	t.Helper()
	o := w.connectionOptions
	o.Connected, o.Missed = conversations.Connected, conversations.Missed
	return instagram.NewConnections(o)
}

// losing is a town whose account was imported, and has lost one message since.
func losing(t *testing.T) *town {
	t.Helper()
	w := newTown(t)
	w.begin(t)
	w.hears(t, "amara", "Before the gap")
	w.begins(t, false)
	w.imported(t)
	w.db.Exec(t, `update tenant.backfills set started_at = now() - interval '3 days'`)
	w.db.Exec(t, `update tenant.ingest_events set received_at = now() - interval '2 days'`)
	w.deaf(t)
	w.lost(t, "amara", "Lost")
	return w
}

// waits tells since how many hours an import that waits is to read; -1 when none waits.
func (w *town) waits(t *testing.T) (hours int) {
	t.Helper()
	w.ask(t, &hours, `select coalesce((select round(extract(epoch from now() - since) / 3600)::int from tenant.backfills where state = 'waiting'), -1)`)
	return hours
}

// begunWhenDue has what waits begun by its job, as if its time had come.
func (w *town) begunWhenDue(t *testing.T) {
	t.Helper()
	w.db.Exec(t, `update tenant.backfills set due_at = now() where state = 'waiting'`)
	b := conversations.NewBackfiller(conversations.BackfillerOptions{DB: w.tenants, Gate: w.connections, Client: w.client, Importer: w.importer})
	if err := b.Reimport(w.owner(t)); err != nil {
		t.Fatal(err)
	}
}

// A proof that subscribed anew and then broke off is not the end of the gap, though the account hears again.
func TestGapOutlivesAProofThatBrokeOff(t *testing.T) {
	t.Parallel()
	for name, prove := range map[string]func(w *town, ctx context.Context) error{
		"the watchdog's": func(w *town, ctx context.Context) error {
			w.ahead = 25 * time.Hour
			defer func() { w.ahead = 0 }()
			return w.watchdog().Watch(ctx)
		},
		"the daily one": func(w *town, ctx context.Context) error {
			if err := w.told(t).Prove(ctx); instagram.FaultOf(err) != instagram.FaultTransient {
				return fmt.Errorf("proved: %w", err)
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := losing(t)
			w.fault(t, simulator.Fault{Endpoint: "/me/subscribed_apps", Times: 2}) // the list and the subscription pass
			w.fault(t, simulator.Fault{Endpoint: "/me/subscribed_apps", Kind: simulator.Fault5xx, Times: 1})
			if err := prove(w, w.owner(t)); err != nil {
				t.Fatal(err)
			}
			w.hears(t, "amara", "Heard again")
			if got := w.waits(t); got != 49 {
				t.Fatalf("an import waits that reads %d hours", got)
			}
			w.begunWhenDue(t)
			if p := w.gapFilled(t); p.Recovered != 1 {
				t.Errorf("recovered %d", p.Recovered)
			}
		})
	}
}

// The daily proof that finds the subscription gone begins to read what was missed.
func TestDailyProofFillsTheGap(t *testing.T) {
	t.Parallel()
	w := losing(t)
	if err := w.told(t).Prove(w.owner(t)); err != nil {
		t.Fatal(err)
	}
	if p := w.gapFilled(t); p.Recovered != 1 {
		t.Errorf("recovered %d", p.Recovered)
	}
	if err := w.told(t).Prove(w.owner(t)); err != nil { // it is subscribed now
		t.Fatal(err)
	}
	if got := w.waits(t); got != -1 {
		t.Errorf("another import waits")
	}
}

// A gap that is found while an import is under way is read after it.
func TestGapWaitsForTheImportUnderWay(t *testing.T) {
	t.Parallel()
	w := losing(t)
	w.db.Exec(t, `insert into tenant.backfills (account_id, backfill_id, cause, state, phase, since, started_at)
		values ($1, gen_random_uuid(), 'gap', 'running', 'rest', now(), now() - interval '60 hours')`, w.account)
	w.ahead = 25 * time.Hour
	w.watch(t)
	if got := w.waits(t); got != 49 {
		t.Fatalf("an import waits that reads %d hours", got)
	}
	var id string
	w.ask(t, &id, `select backfill_id::text from tenant.backfills where state = 'running'`)
	w.works(t, id)
	if p := w.gapFilled(t); p.Recovered != 1 || w.waits(t) != -1 {
		t.Errorf("recovered %d", p.Recovered)
	}
}

// Of an import that reads further back only what it has read already is left to the next one.
func TestNextImportReadsOnlyWhatMayBeNew(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.begins(t, false)
	w.db.Exec(t, `update tenant.backfills set started_at = now() - interval '10 hours'`)
	w.begins(t, true)
	if got := w.waits(t); got != 10 {
		t.Errorf("the next one reads %d hours", got)
	}
	w.db.Exec(t, `update tenant.backfills set since = now() - interval '20 hours' where state = 'running'`)
	ctx := w.owner(t)
	if err := w.tenants.InTenant(ctx, func(tx *tenants.Tx) error {
		_, err := conversations.StartBackfill(ctx, tx, conversations.CauseGap, new(time.Now().Add(-30*time.Hour)))
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if got := w.waits(t); got != 30 {
		t.Errorf("the next one reads %d hours, and the one under way 20", got)
	}
}

// What an import that failed was to read is missing still when the account has heard again, and more that is missed joins it.
func TestNextImportReadsWhatTheFailedOneLeft(t *testing.T) {
	t.Parallel()
	w := losing(t)
	w.sim.Revoke(w.business)
	w.begins(t, true)
	if p := w.imported(t); p.State != conversations.BackfillFailed {
		t.Fatalf("progress = %+v", p)
	}
	time.Sleep(2 * time.Millisecond) // the new token is to be issued later
	w.connect(t)
	w.hears(t, "amara", "Heard again")
	if got := w.waits(t); got != 49 {
		t.Fatalf("an import waits that reads %d hours", got)
	}
	w.begins(t, true)
	if p := w.imported(t); p.State != conversations.BackfillDone || p.Recovered != 1 || w.waits(t) != -1 {
		t.Errorf("progress = %+v", p)
	}
}

// failing makes reading some conversations of those that Instagram lists fail.
func (w *town) failing(t *testing.T, some int) {
	t.Helper()
	var threads []instagram.Thread
	err := w.connections.Call(w.owner(t), func(ctx context.Context, token instagram.Secret) error {
		page, err := w.client.Threads(ctx, token, instagram.ThreadQuery{Limit: 10})
		threads = page.Threads
		return err
	})
	if err != nil || len(threads) < some {
		t.Fatalf("%d threads, %v", len(threads), err)
	}
	for _, thread := range threads[:some] {
		w.fault(t, simulator.Fault{Endpoint: "/" + thread.ID, Kind: simulator.Fault5xx, Times: 1000})
	}
}

// failsLong makes it look as if each conversation that is left had failed for long.
func (w *town) failsLong(t *testing.T) {
	t.Helper()
	w.db.Exec(t, `update tenant.backfill_threads set tries = 4, failing_since = now() - interval '31 minutes' where state = 'open'`)
}

// One conversation that can never be read goes last, and is left out in the end; the others are read.
func TestOneFailingThreadEndsNoImport(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.deaf(t)
	for n := range 3 {
		w.lost(t, fmt.Sprintf("customer.%d", n), "Hello")
	}
	w.failing(t, 1)
	w.begin(t)
	w.begins(t, false) // so few are read one by one
	eventually(t, "the others are read", func() bool {
		p, err := w.store.Backfill(w.owner(t))
		return err == nil && p != nil && p.Seen == 2
	})
	w.failsLong(t)
	if p := w.imported(t); p.State != conversations.BackfillDone || p.Seen != 3 || p.Messages != 2 {
		t.Errorf("progress = %+v", p)
	}
}

// Where none can be read it is Instagram that fails, however long: nothing is left out.
func TestOutageLeavesNothingOut(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.deaf(t)
	for n := range 3 {
		w.lost(t, fmt.Sprintf("customer.%d", n), "Hello")
	}
	w.failing(t, 3)
	w.begins(t, false)
	var id string
	w.ask(t, &id, `select backfill_id::text from tenant.backfills`)
	for range 5 {
		w.works(t, id)
		w.failsLong(t)
	}
	if p, err := w.store.Backfill(w.owner(t)); err != nil || p.State != conversations.BackfillRunning || p.Seen != 0 {
		t.Errorf("progress = %+v, %v", p, err)
	}
}

// works has an import worked on for a turn, whatever comes of it.
func (w *town) works(t *testing.T, id string) {
	t.Helper()
	b := conversations.NewBackfiller(conversations.BackfillerOptions{DB: w.tenants, Gate: w.connections, Client: w.client, Importer: w.importer})
	args := conversations.BackfillArgs{AccountID: w.account, BackfillID: uuid.MustParse(id)}
	err := b.Work(t.Context(), &river.Job[conversations.BackfillArgs]{JobRow: &rivertype.JobRow{Attempt: 1}, Args: args})
	if _, snoozed := errors.AsType[*river.JobSnoozeError](err); err != nil && !snoozed {
		t.Fatal(err)
	}
}
