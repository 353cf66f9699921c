package push

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/riverqueue/river"
	"gorm.io/gorm"

	"parlor/tenants"
)

// Bounds of telling one device.
const (
	sendAttempts = 4
	maxFailures  = 5                // in a row, of pushes given up or refused; then the subscription is none any more
	newsFor      = 15 * time.Minute // later than that a push says nothing new
)

// SendArgs is the job that tells one device of a span.
type SendArgs struct {
	Span
	SubscriptionID uuid.UUID `json:"subscription_id"`
}

// Kind is the job's name in the queue.
func (SendArgs) Kind() string { return "push_send" }

// InsertOpts bounds the tries.
func (SendArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: Queue, MaxAttempts: sendAttempts, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: unfinished}}
}

// Payload is all that a push says.
type Payload struct {
	Kind           string            `json:"kind"` // message
	AccountID      tenants.AccountID `json:"account_id"`
	ConversationID uuid.UUID         `json:"conversation_id,omitzero"` // zero: several
	Unread         int64             `json:"unread"`
}

// Register adds both jobs to the workers of a queue.
func (p *Push) Register(workers *river.Workers) error {
	if err := river.AddWorkerSafely(workers, river.WorkFunc(p.announce)); err != nil {
		return err
	}
	return river.AddWorkerSafely(workers, &sender{push: p})
}

type sender struct {
	river.WorkerDefaults[SendArgs]
	push *Push
}

// NextRetry waits longer each time: a push service that has too much to do says so by 429 or 5xx.
func (s *sender) NextRetry(job *river.Job[SendArgs]) time.Time {
	return time.Now().Add(time.Duration(job.Attempt*job.Attempt) * 10 * time.Second)
}

// Work tells one device, if there is still something to tell.
func (s *sender) Work(ctx context.Context, job *river.Job[SendArgs]) error {
	if s.push == nil {
		return nil
	}
	ctx = tenants.WithAccount(ctx, job.Args.AccountID)
	row, news, err := s.push.due(ctx, job.Args)
	if err != nil || news.messages == 0 {
		return err
	}
	to, err := s.push.open(row)
	if err != nil { // sealed with another key: the browser must subscribe anew
		return s.push.remove(ctx, "subscription_id = ?", row.SubscriptionID)
	}
	text, err := json.Marshal(Payload{Kind: "message", AccountID: job.Args.AccountID, ConversationID: news.conversation, Unread: news.messages})
	if err != nil {
		return fmt.Errorf("write a push: %w", err)
	}
	return s.push.settle(ctx, row, s.push.deliver(ctx, row, to, text), job.Attempt >= job.MaxAttempts)
}

// due finds the device and what is to be told there; no messages: nothing, to nobody.
func (p *Push) due(ctx context.Context, args SendArgs) (row subscriptionRow, news unread, err error) {
	now := p.o.Now()
	if now.Sub(args.until()) > newsFor {
		return row, unread{}, nil
	}
	err = p.o.DB.Read(ctx, &row, func(db *gorm.DB) *gorm.DB { return db.Where("subscription_id = ?", args.SubscriptionID) })
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return row, unread{}, nil
	}
	if err != nil {
		return row, unread{}, fmt.Errorf("load push subscription: %w", err)
	}
	if counts, err := p.counts(ctx, row); err != nil || !counts {
		return row, unread{}, err
	}
	if row.quiet().at(now) {
		return row, unread{}, nil
	}
	err = p.o.DB.InTenant(ctx, func(tx *tenants.Tx) (err error) {
		news, err = unreadOf(tx, args.Span, row.UserID)
		return err
	})
	return row, news, err
}

// counts reports whether the sign-in that subscribed still is one, of somebody who belongs to the account; else the subscription goes.
func (p *Push) counts(ctx context.Context, row subscriptionRow) (bool, error) {
	stands, err := p.o.Stands(ctx, row.SessionID, row.UserID)
	if err != nil {
		return false, err
	}
	if stands {
		if stands, err = p.o.Members.Belongs(ctx, row.UserID); err != nil {
			return false, err
		}
	}
	if !stands {
		return false, p.remove(ctx, "subscription_id = ?", row.SubscriptionID)
	}
	return true, nil
}
