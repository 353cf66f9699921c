package push

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
	"gorm.io/gorm"

	"parlor/tenants"
)

// Queue is where devices are told, so that a push service that does not answer holds up nothing else.
const Queue = "push"

// unfinished are the states in which a job makes a second one of the same arguments superfluous.
var unfinished = []rivertype.JobState{
	rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable, rivertype.JobStateRunning, rivertype.JobStateScheduled,
}

// Span names what was written to an account within one gathering. A message that comes while its job runs is of a later one, or so late that its
// own job looks again.
type Span struct {
	AccountID tenants.AccountID `json:"account_id"`
	From      int64             `json:"from"` // microseconds since 1970
	Micros    int64             `json:"micros"`
}

func (s Span) from() time.Time { return time.UnixMicro(s.From).UTC() }

func (s Span) until() time.Time { return time.UnixMicro(s.From + s.Micros).UTC() }

// AnnounceArgs is the job that finds the devices to tell of a span.
type AnnounceArgs struct{ Span }

// Kind is the job's name in the queue.
func (AnnounceArgs) Kind() string { return "push_announce" }

// InsertOpts makes many messages one job.
func (AnnounceArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: Queue, MaxAttempts: 3, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: unfinished}}
}

// News has devices told, a little later, that something was written to the account of tx; at is the message's created_at. It is for the
// transaction that adds the message.
func (p *Push) News(ctx context.Context, tx *tenants.Tx, at time.Time) error {
	if p == nil {
		return nil
	}
	var one subscriptionRow
	err := tx.DB().Select("account_id", "subscription_id").Take(&one).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look for push subscriptions: %w", err)
	}
	gather := p.o.Gather.Microseconds()
	written := at.Round(time.Microsecond).UnixMicro() // as PostgreSQL keeps it
	span := Span{AccountID: tx.AccountID(), From: written - written%gather, Micros: gather}
	return tx.Enqueue(ctx, AnnounceArgs{span}, &river.InsertOpts{ScheduledAt: span.until().Add(p.o.Settle)})
}

// announce makes one job for each device, so that each is tried again by itself.
func (p *Push) announce(ctx context.Context, job *river.Job[AnnounceArgs]) error {
	if p == nil {
		return nil // left over from when there was a key
	}
	ctx = tenants.WithAccount(ctx, job.Args.AccountID)
	return p.o.DB.InTenant(ctx, func(tx *tenants.Tx) error {
		var rows []subscriptionRow
		if err := tx.DB().Select("account_id", "subscription_id").Order("subscription_id").Find(&rows).Error; err != nil {
			return fmt.Errorf("list push subscriptions: %w", err)
		}
		for _, row := range rows {
			if err := tx.Enqueue(ctx, SendArgs{Span: job.Args.Span, SubscriptionID: row.SubscriptionID}, nil); err != nil {
				return err
			}
		}
		return nil
	})
}

// unread is what a person has not read of what was written within a span.
type unread struct {
	conversation uuid.UUID // the only one, or zero for several
	messages     int64
}

// longAgo is when a message that Instagram tells of so late is no news any more.
const longAgo = 24 * time.Hour

// unreadOf looks what of the span this person has not read, as of now.
func unreadOf(tx *tenants.Tx, s Span, user tenants.UserID) (unread, error) {
	var written []messageRow
	err := tx.DB().Select("account_id", "message_id", "conversation_id").
		Where("sent_at > ? and created_at >= ? and created_at < ?", s.from().Add(-longAgo), s.from(), s.until()).
		Where("inbound_seq is not null and kind <> ?", "unsent").Find(&written).Error
	if err != nil || len(written) == 0 {
		return unread{}, err
	}
	ids := make([]uuid.UUID, len(written))
	for i, m := range written {
		ids[i] = m.ConversationID
	}
	var threads []conversationRow
	if err := tx.DB().Where("conversation_id in ?", ids).Find(&threads).Error; err != nil {
		return unread{}, err
	}
	var marks []readRow
	if err := tx.DB().Where("user_id = ? and conversation_id in ?", user, ids).Find(&marks).Error; err != nil {
		return unread{}, err
	}
	read := map[uuid.UUID]int64{}
	for _, m := range marks {
		read[m.ConversationID] = m.ReadSeq
	}
	return count(threads, read), nil
}

func count(threads []conversationRow, read map[uuid.UUID]int64) (u unread) {
	several := false
	for _, t := range threads {
		left := t.InboundSeq - read[t.ConversationID]
		if left <= 0 {
			continue
		}
		several = several || u.messages > 0
		u.messages += left
		u.conversation = t.ConversationID
	}
	if several {
		u.conversation = uuid.Nil
	}
	return u
}
