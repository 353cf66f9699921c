package conversations_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"parlor/conversations"
	"parlor/tenants"
)

// TestConnectionsCutAnywhere cuts every connection of the service, again and again, while splitters work: to the database it looks as if the
// process had been killed. What they leave, the next ones finish.
func TestConnectionsCutAnywhere(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	const sent, splitters = 60, 3
	for n := range sent {
		at := noon.Add(time.Duration(n) * time.Second)
		b := body(acmeUserID, said(acmeUserID, strconv.Itoa(n%4), fmt.Sprint("mid.", n), "x", at),
			answered(strconv.Itoa(n%4), fmt.Sprint("echo.", n), "x", at.Add(time.Millisecond)))
		if err := r.ingest.Accept(t.Context(), []byte(b)); err != nil {
			t.Fatal(err)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	var failed atomic.Int32
	for range splitters {
		wg.Go(func() {
			for ctx.Err() == nil {
				if _, err := r.ingest.SplitNext(ctx); err != nil {
					failed.Add(1)
				}
			}
		})
	}
	dice := rand.New(rand.NewPCG(1, 2))
	for range 25 {
		time.Sleep(time.Duration(dice.IntN(20)) * time.Millisecond) // the moment is what is drawn
		r.db.Exec(t, "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()")
	}
	stop()
	wg.Wait()
	r.start(t)
	r.splitAll(t)
	r.workOff(t)
	if failed.Load() < 5 {
		t.Errorf("only %d splits failed", failed.Load())
	}
	if l := r.ledger(t, r.acme); l.Received != 2*sent || l.Applied != 2*sent {
		t.Errorf("ledger = %+v", l)
	}
	for _, c := range r.inbox(t, r.acme) {
		if c.Unread() != sent/4 || len(r.thread(t, r.acme, c.ID)) != 2*sent/4 || c.WaitingSince != nil {
			t.Errorf("conversation = %+v", c)
		}
	}
}

// TestASplitterFinishesWhatItHasBegun: the end of its context keeps it from the next delivery only.
func TestASplitterFinishesWhatItHasBegun(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := r.ingest.Accept(t.Context(), []byte(three())); err != nil {
		t.Fatal(err)
	}
	if found, err := r.ingest.SplitNext(ctx); found || !errors.Is(err, context.Canceled) {
		t.Errorf("begun after the end: %v, %v", found, err)
	}
	holder := r.db.Admin(t)
	tx, err := holder.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "lock table tenant.messages in access exclusive mode"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel = context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- r.ingest.Run(ctx) }()
	eventually(t, "the splitter waits for the lock", func() (waits bool) {
		r.ask(t, &waits, "select exists (select from pg_locks where not granted and relation = 'tenant.messages'::regclass)")
		return waits
	})
	cancel()
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-ended
	if l := r.ledger(t, r.acme); l.Applied != 3 {
		t.Errorf("ledger = %+v", l)
	}
}

// refuse makes the database answer an SQLSTATE to one message, as often as given.
func (r *rig) refuse(t *testing.T, mid, code string, times int) {
	t.Helper()
	r.db.Exec(t, "create sequence tenant.refusals; grant usage on sequence tenant.refusals to parlor_app")
	r.db.Exec(t, fmt.Sprintf(`create function tenant.refuse() returns trigger language plpgsql as $$ begin
		if new.mid = '%s' and nextval('tenant.refusals') <= %d then raise exception 'refused' using errcode = '%s'; end if; return new; end $$`, mid, times, code))
	r.db.Exec(t, "grant execute on function tenant.refuse() to parlor_app")
	r.db.Exec(t, "create trigger refuse before insert on tenant.messages for each row execute function tenant.refuse()")
}

func TestAFaultIsTriedAgainByAJob(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.refuse(t, "mid.2", "55P03", 1) // a lock that could not be had
	if err := r.ingest.Accept(t.Context(), []byte(three())); err != nil {
		t.Fatal(err)
	}
	r.splitAll(t)
	if l := r.ledger(t, r.acme); l.Applied != 2 || l.Pending != 1 || r.openJobs(t) != 1 {
		t.Fatalf("after the first try: %+v", l)
	}
	r.workOff(t)
	if l := r.ledger(t, r.acme); l.Applied != 3 {
		t.Errorf("after the job: %+v", l)
	}
	if c := r.conversationWith(t, "7"); c.Unread() != 3 || *c.Last.Text != "three" {
		t.Errorf("conversation = %+v", c)
	}
}

func TestWhatTheDatabaseRefusesIsFailed(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.refuse(t, "mid.2", "22001", 1000) // a value it does not take
	r.deliver(t, three())
	if l := r.ledger(t, r.acme); l.Applied != 2 || l.Failed != 1 {
		t.Errorf("ledger = %+v", l)
	}
	var kept int
	r.ask(t, &kept, "select count(*) from tenant.ingest_events where outcome = 'failed' and reason = 'refused' and replayable and body is not null")
	if kept != 1 {
		t.Errorf("%d failed events can be replayed, want 1", kept)
	}
}

func TestTheLastTryPutsAside(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.refuse(t, "mid.2", "55P03", 1000)
	if err := r.ingest.Accept(t.Context(), []byte(three())); err != nil {
		t.Fatal(err)
	}
	r.splitAll(t)
	args := conversations.ApplyArgs{AccountID: r.acme, EntryID: acmeUserID}
	r.ask(t, &args.DeliveryID, "select delivery_id from platform.deliveries")
	job := func(attempt int) *river.Job[conversations.ApplyArgs] {
		return &river.Job[conversations.ApplyArgs]{JobRow: &rivertype.JobRow{Attempt: attempt, MaxAttempts: 25}, Args: args}
	}
	if err := r.applier.Work(t.Context(), job(24)); err == nil {
		t.Error("the last but one try succeeded")
	}
	cut, cancel := context.WithCancel(t.Context())
	cancel()
	var snooze *rivertype.JobSnoozeError
	if err := r.applier.Work(cut, job(25)); !errors.As(err, &snooze) {
		t.Errorf("a try that was cut off: %v", err)
	}
	if l := r.ledger(t, r.acme); l.Pending != 1 {
		t.Errorf("before the last try: %+v", l)
	}
	if err := r.applier.Work(t.Context(), job(25)); err != nil {
		t.Errorf("the last try: %v", err)
	}
	if l := r.ledger(t, r.acme); l.Applied != 2 || l.Failed != 1 {
		t.Errorf("after the last try: %+v", l)
	}
}

// TestADatabaseThatIsAwayUsesUpNoTries: a delivery was promised with a 200; it is tried until it is split.
func TestADatabaseThatIsAwayUsesUpNoTries(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.db.Exec(t, "revoke insert on tenant.ingest_events from parlor_app")
	if err := r.ingest.Accept(t.Context(), []byte(three())); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if found, err := r.ingest.SplitNext(t.Context()); !found || err == nil {
			t.Fatalf("found %v, %v", found, err)
		}
	}
	// Others are not held up.
	if err := r.ingest.Accept(t.Context(), []byte(body("17841499999999999", said("17841499999999999", "7", "m", "x", noon)))); err != nil {
		t.Fatal(err)
	}
	if found, err := r.ingest.SplitNext(t.Context()); !found || err != nil {
		t.Errorf("behind a delivery that fails: %v, %v", found, err)
	}
	r.db.Exec(t, "grant insert on tenant.ingest_events to parlor_app")
	r.splitAll(t)
	if l := r.ledger(t, r.acme); l.Applied != 3 {
		t.Errorf("ledger = %+v", l)
	}
}

// TestOneAccountsFaultKeepsNothingFromTheOthers: a batch for two accounts, of which one cannot take its part for good.
func TestOneAccountsFaultKeepsNothingFromTheOthers(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.db.Exec(t, "alter table tenant.ingest_events add constraint no_acme check (account_id <> '"+r.acme.String()+"')")
	const canary = "canary-4e71"
	b := `[` + three() + `,` + body(globexUserID, said(globexUserID, "7", "mid.1", canary, noon)) + `]`
	if err := r.ingest.Accept(t.Context(), []byte(b)); err != nil {
		t.Fatal(err)
	}
	tries := 0
	for ; tries < 100; tries++ {
		if found, err := r.ingest.SplitNext(t.Context()); !found {
			break
		} else if err == nil {
			t.Fatal("the refused part was taken")
		}
	}
	var reason string
	r.ask(t, &reason, "select reason from platform.deliveries where state = 'failed' and body is not null")
	if tries != 8 || reason != "gave_up" {
		t.Errorf("after %d tries: %s", tries, reason)
	}
	if l := r.ledger(t, r.globex); l.Received != 1 || l.Applied != 1 {
		t.Errorf("the other account's ledger = %+v", l)
	}
	// What was put aside holds the other account's message, too, and must not outlive it.
	r.deliver(t, body(globexUserID, takenBack("7", "mid.1", noon.Add(time.Minute))))
	r.assertNowhere(t, canary)
}

// What is taken back, or erased, while a delivery that holds it is still being tried goes when that one is put aside.
func TestADeliveryThatIsPutAsideLaterKeepsNothingThatWentBefore(t *testing.T) {
	t.Parallel()
	const canary = "canary-9b02"
	for what, goes := range map[string]func(*testing.T, *rig){
		"taken back": func(t *testing.T, r *rig) {
			t.Helper()
			if err := r.ingest.Accept(t.Context(), []byte(body(globexUserID, takenBack("7", "mid.1", noon.Add(time.Minute))))); err != nil {
				t.Fatal(err)
			}
			if found, err := r.ingest.SplitNext(t.Context()); !found || err != nil {
				t.Fatal(found, err)
			}
			r.workOff(t)
		},
		"erased": func(t *testing.T, r *rig) {
			t.Helper()
			who := r.inbox(t, r.globex)[0].Participant.ID
			if _, err := r.eraser(t).Participant(r.as(t, r.globex, tenants.NewUserID()), who); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.db.Exec(t, "alter table tenant.ingest_events add constraint no_acme check (account_id <> '"+r.acme.String()+"')")
			b := `[` + three() + `,` + body(globexUserID, said(globexUserID, "7", "mid.1", canary, noon)) + `]`
			if err := r.ingest.Accept(t.Context(), []byte(b)); err != nil {
				t.Fatal(err)
			}
			for range 3 {
				if found, err := r.ingest.SplitNext(t.Context()); !found || err == nil {
					t.Fatal(found, err)
				}
			}
			goes(t, r)
			for found := true; found; {
				found, _ = r.ingest.SplitNext(t.Context())
			}
			var reason string
			r.ask(t, &reason, "select reason from platform.deliveries where state = 'failed' and body is null")
			if reason != "gave_up" {
				t.Errorf("it ended as %s", reason)
			}
			r.assertNowhere(t, canary)
		})
	}
}

// TestABatchTooLargeForTheSplitterIsAJob also has an item without a time and one that names no customer, which are read again from their rows.
func TestABatchTooLargeForTheSplitterIsAJob(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	items := []any{
		item{"recipient": item{"id": acmeUserID}, "timestamp": noon.UnixMilli(), "message": item{"mid": "mid.nobody", "text": "x"}},
		item{"sender": item{"id": "8"}, "recipient": item{"id": acmeUserID}, "message": item{"mid": "mid.timeless", "text": "x"}},
	}
	for n := range 150 {
		items = append(items, said(acmeUserID, "7", fmt.Sprint("mid.", n), "x", noon.Add(time.Duration(n)*time.Second)))
	}
	if err := r.ingest.Accept(t.Context(), []byte(body(acmeUserID, items...))); err != nil {
		t.Fatal(err)
	}
	r.splitAll(t)
	if l := r.ledger(t, r.acme); l.Pending != 152 || r.openJobs(t) != 1 {
		t.Fatalf("after the splitter: %+v", l)
	}
	r.workOff(t)
	if l := r.ledger(t, r.acme); l.Applied != 151 || l.Skipped != 1 {
		t.Errorf("after the job: %+v", l)
	}
	var customers int
	r.ask(t, &customers, "select count(*) from tenant.participants where igsid <> $1", acmeUserID)
	if customers != 2 || len(r.inbox(t, r.acme)) != 2 {
		t.Errorf("%d customers", customers)
	}
}

func TestATimeFromTheFutureIsNone(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.deliver(t, body(acmeUserID, said(acmeUserID, "7", "mid.1", "from 2099", time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC))))
	var received time.Time
	r.ask(t, &received, "select received_at from platform.deliveries")
	if c := r.conversationWith(t, "7"); !c.Last.SentAt.Equal(received) {
		t.Errorf("sent at %s, want %s", c.Last.SentAt, received)
	}
}

func TestGuardedCatchesPanics(t *testing.T) {
	t.Parallel()
	err := conversations.Guarded(func() error { panic("mistake") })
	if !errors.Is(err, conversations.ErrPanicked) {
		t.Errorf("err = %v", err)
	}
}

// TestUnsendRacesItsMessage: the two arrive at the same time, many times over; whichever is first, no content is left and nothing waits for
// each other until the database gives up.
func TestUnsendRacesItsMessage(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	const canary, pairs = "canary-5521", 30
	for n := range pairs {
		mid := fmt.Sprint("mid.", n)
		for _, b := range []string{
			body(acmeUserID, said(acmeUserID, "7", mid, canary, noon.Add(time.Duration(n)*time.Second))),
			body(acmeUserID, takenBack("7", mid, noon.Add(time.Hour))),
			body(acmeUserID, item{"sender": item{"id": "7"}, "recipient": item{"id": acmeUserID}, "timestamp": noon.UnixMilli(), "message_edit": item{"mid": mid, "text": canary, "num_edit": 1}}),
			body(acmeUserID, said(acmeUserID, "7", mid, canary, noon.Add(time.Duration(n)*time.Second))),
		} {
			if err := r.ingest.Accept(t.Context(), []byte(b)); err != nil {
				t.Fatal(err)
			}
		}
	}
	r.splitByMany(t, 4)
	if n := r.openJobs(t); n != pairs { // what each unsend leaves to be forgotten
		t.Errorf("%d events waited in vain", n-pairs)
	}
	// The edit is applied when it comes before the unsend, and skipped otherwise.
	if l := r.ledger(t, r.acme); l.Received != 4*pairs || l.Applied < 2*pairs || l.Applied > 3*pairs || l.Failed != 0 {
		t.Errorf("ledger = %+v", l)
	}
	r.assertNowhere(t, canary)
}

func TestStandbyUnsendErasesToo(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	const canary = "canary-9c10"
	for _, i := range []item{said(acmeUserID, "7", "mid.1", canary, noon), takenBack("7", "mid.1", noon.Add(time.Second))} {
		raw := body(acmeUserID, i)
		r.deliver(t, standby(raw))
	}
	if l := r.ledger(t, r.acme); l.Applied != 2 {
		t.Errorf("ledger = %+v", l)
	}
	r.assertNowhere(t, canary)
}

// three is a delivery of three messages of one customer.
func three() string {
	return body(acmeUserID, said(acmeUserID, "7", "mid.1", "one", noon.Add(-3*time.Minute)),
		said(acmeUserID, "7", "mid.2", "two", noon.Add(-2*time.Minute)), said(acmeUserID, "7", "mid.3", "three", noon.Add(-time.Minute)))
}
