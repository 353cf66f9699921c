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

// drop drops the bodies that name an id, and returns how many.
func (p PutAside) drop(ctx context.Context, id string) (int64, error) {
	tag, err := p.Platform.Exec(ctx, `update platform.deliveries set body = null
		where state = 'failed' and body is not null and position(convert_to($1, 'UTF8') in body) > 0`, id)
	if err != nil {
		return 0, fmt.Errorf("drop unreadable bodies: %w", err)
	}
	return tag.RowsAffected(), nil
}
