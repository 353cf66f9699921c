package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/riverqueue/river"

	"parlor/tenants"
)

// headMessage is the message of the lines in which the heads of the accounts' logs are written down.
const headMessage = "audit.head"

// headsJob writes down the heads of all accounts' logs, once a day over all instances.
type headsJob struct{}

// Kind names the job for the queue.
func (headsJob) Kind() string { return "audit.heads" }

// headsWorker logs the heads: whoever can change the database later cannot change what was logged before.
type headsWorker struct {
	river.WorkerDefaults[headsJob]
	house *house
}

// Register adds the worker.
func (w *headsWorker) Register(workers *river.Workers) error {
	return river.AddWorkerSafely(workers, w)
}

// periodic runs the job daily, and once when an instance becomes the leader.
func (w *headsWorker) periodic() *river.PeriodicJob {
	return river.NewPeriodicJob(river.PeriodicInterval(24*time.Hour), func() (river.JobArgs, *river.InsertOpts) {
		return headsJob{}, &river.InsertOpts{UniqueOpts: river.UniqueOpts{ByPeriod: time.Hour}}
	}, &river.PeriodicJobOpts{RunOnStart: true})
}

// Work logs one line for each account.
func (w *headsWorker) Work(ctx context.Context, _ *river.Job[headsJob]) error {
	accounts, err := w.house.accounts.All(ctx)
	if err != nil {
		return err
	}
	for _, a := range accounts {
		head, err := w.house.db.AuditHead(tenants.WithAccount(ctx, a.ID))
		if err != nil {
			return fmt.Errorf("account %s: %w", a.ID, err)
		}
		if len(head.MAC) > 0 {
			w.house.log.InfoContext(ctx, headMessage, "account_id", a.ID.String(), "seq", head.Seq, "mac", hex.EncodeToString(head.MAC))
		}
	}
	return nil
}
