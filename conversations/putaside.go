package conversations

import (
	"context"
	"fmt"

	"github.com/riverqueue/river"

	"parlor/tenants"
)

// ForgetArgs is a job that drops what was put aside and names a message that was taken back.
type ForgetArgs struct {
	AccountID tenants.AccountID `json:"account_id"`
	MID       string            `json:"mid"`
}

// Kind is the job's name in the queue.
func (ForgetArgs) Kind() string { return "forget_put_aside" }

// PutAside is the deliveries that could not be read, or of which a part could not be stored. Nobody knows what they say of whom. It is River's worker
// for ForgetArgs, safe for concurrent use.
type PutAside struct{ Platform *tenants.Platform }

// Register adds the worker to those of a queue.
func (p PutAside) Register(workers *river.Workers) error {
	return river.AddWorkerSafely(workers, river.WorkFunc(func(ctx context.Context, job *river.Job[ForgetArgs]) error {
		_, err := p.drop(ctx, job.Args.MID)
		return err
	}))
}

// drop drops the bodies that name an id, and returns how many. A delivery that is still being tried keeps its body, for others wait for what is
// in it, until it is split or put aside. One statement: a delivery that is put aside in this moment is seen as it is then.
func (p PutAside) drop(ctx context.Context, id string) (dropped int64, err error) {
	err = p.Platform.QueryRow(ctx, `with named as (
			update platform.deliveries set forget = true, body = case when state = 'failed' then null else body end
			where state in ('received', 'failed') and body is not null and position(convert_to($1, 'UTF8') in body) > 0 returning state)
		select count(*) filter (where state = 'failed') from named`, id).Scan(&dropped)
	if err != nil {
		return 0, fmt.Errorf("drop unreadable bodies: %w", err)
	}
	return dropped, nil
}
