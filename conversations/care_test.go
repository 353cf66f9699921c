package conversations_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"parlor/conversations"
	"parlor/instagram"
	"parlor/instagram/simulator"
	"parlor/tenants"
)

// watchdog looks after silent accounts by the town's clock.
func (w *town) watchdog() *conversations.Watchdog {
	return conversations.NewWatchdog(conversations.WatchdogOptions{
		DB: w.tenants, Platform: w.platform, Prove: w.connections.Prove, MinSilence: time.Hour, Now: func() time.Time { return time.Now().Add(w.ahead) },
	})
}

func (w *town) watch(t *testing.T) {
	t.Helper()
	if err := w.watchdog().Watch(w.owner(t)); err != nil {
		t.Fatal(err)
	}
}

// deaf ends the account's webhooks without a word.
func (w *town) deaf(t *testing.T) {
	t.Helper()
	w.simulated(t, http.MethodPost, "/_sim/unsubscribe", fmt.Sprintf(`{"business":%q}`, w.business.UserID))
}

// lost is a message that no webhook tells.
func (w *town) lost(t *testing.T, customer, text string) {
	t.Helper()
	if _, _, err := w.sim.Write(w.business, customer, text, nil, false); err != nil {
		t.Fatal(err)
	}
}

// gapFilled waits until an import of a gap is done.
func (w *town) gapFilled(t *testing.T) (p conversations.BackfillProgress) {
	t.Helper()
	eventually(t, "a gap is filled", func() bool {
		got, err := w.store.Backfill(w.owner(t))
		if err != nil || got == nil || got.Cause != conversations.CauseGap || got.State != conversations.BackfillDone {
			return false
		}
		p = *got
		return true
	})
	return p
}

// A look that read nothing is no look: what was lost before it is read by the next one.
func TestWatchdogForgetsNoGap(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.begin(t)
	w.hears(t, "amara", "Before the gap")
	w.begins(t, false)
	w.imported(t)
	w.deaf(t)
	w.lost(t, "amara", "Lost")
	w.ahead = 25 * time.Hour
	w.fault(t, simulator.Fault{Endpoint: "/me", Kind: simulator.Fault5xx, Times: 1})
	w.watch(t)
	if p, err := w.store.Backfill(w.owner(t)); err != nil || p.Cause != conversations.CauseConnect {
		t.Fatalf("after a proof that failed: %+v, %v", p, err)
	}
	w.ahead += 12 * time.Hour
	w.watch(t)
	if p := w.gapFilled(t); p.Recovered != 1 {
		t.Errorf("recovered %d", p.Recovered)
	}
}

// Instagram takes the subscription and does not list it: that is paced, and what can be read is read.
func TestWatchdogReadsThoughNotSubscribed(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.begin(t)
	w.hears(t, "amara", "Before the gap")
	w.begins(t, false)
	w.imported(t)
	w.deaf(t)
	w.lost(t, "amara", "Lost")
	w.ahead = 25 * time.Hour
	proofs := 0
	dog := conversations.NewWatchdog(conversations.WatchdogOptions{
		DB: w.tenants, Platform: w.platform, MinSilence: time.Hour, Now: func() time.Time { return time.Now().Add(w.ahead) },
		Prove: func(context.Context) error { proofs++; return fmt.Errorf("prove: %w", instagram.ErrNotSubscribed) },
	})
	for range 2 {
		if err := dog.Watch(w.owner(t)); err != nil {
			t.Fatal(err)
		}
	}
	if p := w.gapFilled(t); p.Recovered != 1 || proofs != 1 {
		t.Errorf("recovered %d, proved %d times", p.Recovered, proofs)
	}
}

// However many accounts are quiet within their own measure, each that is silent beyond its own is looked after.
func TestWatchdogReachesEveryAccount(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	dog := w.watchdog()
	w.db.Exec(t, `insert into platform.accounts (account_id, instagram_user_id, username, name, status, last_webhook_at)
		select gen_random_uuid(), (17841400100000000 + n)::text, 'quiet' || n, '', 'active', now() - interval '2 hours' from generate_series(1, 130) n`)
	w.db.Exec(t, `update platform.accounts set last_webhook_at = now() - interval '25 hours', watch_at = now() - interval '1 minute' where account_id = $1`, w.account)
	for range 3 {
		if err := dog.Round(t.Context()); err != nil {
			t.Fatal(err)
		}
		var due []tenants.AccountID
		rows, err := w.db.Admin(t).Query(t.Context(), `delete from platform.river_job where kind = 'watch_account' returning (args->>'account_id')::uuid`)
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			var id tenants.AccountID
			if err := rows.Scan(&id); err != nil {
				t.Fatal(err)
			}
			due = append(due, id)
		}
		if rows.Err() != nil {
			t.Fatal(rows.Err())
		}
		for _, id := range due {
			if err := dog.Watch(tenants.WithAccount(t.Context(), id)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if p, err := w.store.Backfill(w.owner(t)); err != nil || p == nil || p.Cause != conversations.CauseGap {
		t.Errorf("the silent one was not looked after: %+v, %v", p, err)
	}
}

// An import that failed is begun again, from where it should have begun.
func TestFailedImportBeginsAgain(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.history(t, 12, 1)
	w.sim.Revoke(w.business)
	w.begin(t)
	w.begins(t, false)
	if p := w.imported(t); p.State != conversations.BackfillFailed {
		t.Fatalf("progress = %+v", p)
	}
	var waits int
	w.ask(t, &waits, `select count(*) from platform.river_job where kind = 'reimport' and scheduled_at > now() + interval '50 minutes'`)
	if waits != 1 {
		t.Errorf("%d jobs wait to begin again", waits)
	}
	again := conversations.NewBackfiller(conversations.BackfillerOptions{DB: w.tenants, Gate: w.connections, Client: w.client, Importer: w.importer})
	if err := again.Reimport(w.owner(t)); err != nil { // not connected: connecting begins one
		t.Fatal(err)
	}
	if p, _ := w.store.Backfill(w.owner(t)); p.State != conversations.BackfillFailed {
		t.Errorf("begun though not connected: %+v", p)
	}
	w.connect(t)
	var early *river.JobSnoozeError
	if err := again.Reimport(w.owner(t)); !errors.As(err, &early) || early.Duration < 59*time.Minute {
		t.Errorf("before its time: %v", err)
	}
	w.db.Exec(t, `update tenant.backfills set due_at = now() where state = 'waiting'`)
	if err := again.Reimport(w.owner(t)); err != nil {
		t.Fatal(err)
	}
	if p := w.imported(t); p.State != conversations.BackfillDone || p.Seen != 12 {
		t.Errorf("begun again: %+v", p)
	}
	if err := again.Reimport(w.owner(t)); err != nil {
		t.Fatal(err)
	}
	if p, _ := w.store.Backfill(w.owner(t)); p.State != conversations.BackfillDone {
		t.Errorf("begun though made good: %+v", p)
	}
}

// Whose conversation moves to the front of the list while it is read is not left out of a gap.
func TestGapReadsWhatMovesMeanwhile(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.begin(t)
	w.begins(t, false)
	w.imported(t)
	w.deaf(t)
	for n := range 70 {
		w.lost(t, fmt.Sprintf("customer.%02d", n), fmt.Sprintf("Lost %d", n))
	}
	before := len(w.sim.Calls(w.business.UserID))
	w.fault(t, simulator.Fault{Endpoint: "/me/conversations", DelayMS: 400, Times: 2})
	w.begins(t, true)
	eventually(t, "the second page is asked for", func() bool { return len(w.sim.Calls(w.business.UserID)) >= before+2 })
	w.lost(t, "customer.00", "Lost again") // from the second page to the first
	if p := w.imported(t); p.State != conversations.BackfillDone || p.Recovered != 71 {
		t.Errorf("progress = %+v", p)
	}
}

// A cursor that Instagram takes no more costs a list, not the import: neither the list nor the second look at it.
func TestImportOutlivesItsCursor(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		phase string
		seen  int
	}{"the list": {"list", 60}, "what moved meanwhile": {"again", 50}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTown(t)
			w.history(t, 60, 1)
			w.begins(t, false)
			w.db.Exec(t, `update tenant.backfills set cursor = 'gone', phase = $1`, tc.phase)
			w.fault(t, simulator.Fault{Endpoint: "/me/conversations", Status: 400, Code: 100, Times: 1})
			w.begin(t)
			if p := w.imported(t); p.State != conversations.BackfillDone || p.Seen != tc.seen {
				t.Errorf("progress = %+v", p)
			}
			var restarts int
			w.ask(t, &restarts, `select restarts from tenant.backfills`)
			if restarts != 1 {
				t.Errorf("%d restarts, so the cursor was not refused", restarts)
			}
		})
	}
}

// A customer's name is asked for when the account has rested, and no try is used up by that.
func TestProfileWaitsWhileTheAccountRests(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.begin(t)
	w.db.Exec(t, `update platform.graph_leases set free_at = clock_timestamp() + interval '10 minutes'`)
	w.hears(t, "amara.bakes", "Hello")
	var state string
	eventually(t, "the look-up waits", func() bool {
		w.ask(t, &state, `select state || ' ' || attempt || ' ' || (scheduled_at > now() + interval '9 minutes') from platform.river_job where kind = $1`, conversations.ProfileArgs{}.Kind())
		return strings.HasPrefix(state, "scheduled")
	})
	if state != "scheduled 0 true" && state != "scheduled 1 true" {
		t.Errorf("job = %q", state)
	}
}
