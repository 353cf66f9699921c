package tenants_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"parlor/migrations/pgtest"
	"parlor/tenants"
)

// greetArgs is a job of this test.
type greetArgs struct {
	Name string `json:"name" river:"unique"`
}

func (greetArgs) Kind() string { return "test_greet" }

type greetWorker struct {
	river.WorkerDefaults[greetArgs]
	done chan string
}

func (w *greetWorker) Work(_ context.Context, job *river.Job[greetArgs]) error {
	w.done <- job.Args.Name
	return nil
}

// Jobs enqueued by either role are worked by the platform role, once they are committed and only then.
func TestJobsRunOnceCommitted(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	p, d := openPlatform(t, db), openTenants(t, db.AppDSN)
	w := &greetWorker{done: make(chan string, 16)}
	workers := river.NewWorkers()
	river.AddWorker(workers, w)
	client, err := p.Jobs(&river.Config{
		Workers: workers, Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 1}}, FetchPollInterval: time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	in := tenants.WithAccount(t.Context(), newAccount(t, db, "17841400000000001"))
	once := &river.InsertOpts{UniqueOpts: river.UniqueOpts{ByArgs: true}}
	enqueue := func(name string, result error) {
		t.Helper()
		err := d.InTenant(in, func(tx *tenants.Tx) error { return errors.Join(tx.Enqueue(in, greetArgs{name}, once), result) })
		if !errors.Is(err, result) {
			t.Fatal(err)
		}
	}
	enqueue("from the inside", nil)
	enqueue("from the inside", nil) // unique: the role that enqueues may find the first one
	enqueue("rolled back", errors.New("mine"))
	inTx(t, p, func(tx *tenants.PlatformTx) error {
		return tx.Enqueue(t.Context(), greetArgs{"from the platform"}, nil)
	})

	if err := client.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stopJobs(t, client.Stop) })
	if one, two := within(t, w.done), within(t, w.done); one != "from the inside" || two != "from the platform" {
		t.Errorf("worked %q, %q", one, two)
	}
	// Woken rather than polled for: the client listens for inserts in our schema.
	enqueue("while running", nil)
	if got := within(t, w.done); got != "while running" {
		t.Errorf("worked %q", got)
	}
}

func stopJobs(t *testing.T, stop func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := stop(ctx); err != nil {
		t.Errorf("stop the workers: %v", err)
	}
}

// What the app role may do with the queue is to add to it.
func TestTheAppRoleCannotTamperWithJobs(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	conn := dial(t, db.AppDSN)
	for _, statement := range []string{
		"update platform.river_job set state = 'completed', finalized_at = now()", "update platform.river_job set args = '{}'",
		"delete from platform.river_job", "truncate platform.river_job", "select from platform.river_leader", "select from platform.river_queue",
		"insert into platform.river_queue (name) values ('x')", "select from platform.river_notification", "select from platform.river_migration",
		"select setval('platform.river_job_id_seq', 1)", "select from platform.accounts", "select from platform.sessions",
		"select kind from platform.auth_events", "select from platform.schema_migrations",
	} {
		if _, err := conn.Exec(t.Context(), statement); !isDenied(err) {
			t.Errorf("%s: err = %v, want denied", statement, err)
		}
	}
}
