package conversations

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/riverqueue/river"
	"gorm.io/gorm/clause"

	"parlor/tenants"
)

// WakeArgs names a conversation whose snooze is to end.
type WakeArgs struct {
	AccountID      tenants.AccountID `json:"account_id"`
	ConversationID uuid.UUID         `json:"conversation_id"`
}

// Kind is the job's name in the queue.
func (WakeArgs) Kind() string { return "wake_conversation" }

// Waker opens snoozed conversations when their time has come, and gives back to everybody what was assigned to a person who may not answer (any
// more). It is safe for concurrent use.
type Waker struct {
	db      *tenants.DB
	members *tenants.Members
	now     func() time.Time
	gone    func(ctx context.Context, user tenants.UserID) error
}

// NewWaker takes the walled database, and who the members are; now may be nil for time.Now.
func NewWaker(db *tenants.DB, members *tenants.Members, now func() time.Time) *Waker {
	if now == nil {
		now = time.Now
	}
	return &Waker{db: db, members: members, now: now, gone: func(context.Context, tenants.UserID) error { return nil }}
}

// WithGone makes a Waker that also asks gone to look after whoever may have left the account of ctx.
func (w *Waker) WithGone(gone func(ctx context.Context, user tenants.UserID) error) *Waker {
	with := *w
	with.gone = gone
	return &with
}

// Register adds both jobs to the workers of a queue.
func (w *Waker) Register(workers *river.Workers) error {
	if err := river.AddWorkerSafely(workers, river.WorkFunc(w.wake)); err != nil {
		return err
	}
	return river.AddWorkerSafely(workers, river.WorkFunc(w.release))
}

// wake opens the conversation, unless somebody has decided otherwise meanwhile. A snooze that was put off has a job of its own.
func (w *Waker) wake(ctx context.Context, job *river.Job[WakeArgs]) error {
	ctx = tenants.WithAccount(ctx, job.Args.AccountID)
	due := w.now()
	if due.Before(job.ScheduledAt) { // the database said that it is time, whose clock may be ahead of ours; nobody would come again
		due = job.ScheduledAt
	}
	err := w.db.InTenant(ctx, func(tx *tenants.Tx) error {
		woken := tx.DB().Model(&conversationRow{}).
			Where("conversation_id = ? and status = ? and snoozed_until <= ?", job.Args.ConversationID, StatusSnoozed, due.UTC()).
			Updates(map[string]any{"status": StatusOpen, "snoozed_until": nil})
		if woken.Error != nil || woken.RowsAffected == 0 {
			return woken.Error
		}
		line := historyRow{ConversationID: job.Args.ConversationID, Kind: HistoryReopened, Cause: CauseSnoozeOver}
		if err := remember(tx, w.now(), []historyRow{line}); err != nil {
			return err
		}
		return tx.Notify(ctx, tenants.LiveRef{Kind: tenants.LiveConversation, ConversationID: job.Args.ConversationID})
	})
	if err != nil {
		return fmt.Errorf("wake conversation %s: %w", job.Args.ConversationID, err)
	}
	return nil
}

// release takes the conversations of somebody who may not answer from them: work that is nobody's must be seen to be nobody's. It asks as of now:
// who was let in again before the job's turn keeps what they were given since. What they
// had begun to write goes with it.
func (w *Waker) release(ctx context.Context, job *river.Job[tenants.MemberGoneArgs]) error {
	ctx = tenants.WithAccount(ctx, job.Args.AccountID)
	if err := w.gone(ctx, job.Args.UserID); err != nil {
		return err
	}
	if answers, err := w.members.MayAnswer(ctx, job.Args.UserID); err != nil || answers {
		return err
	}
	err := w.db.InTenant(ctx, func(tx *tenants.Tx) error {
		if err := tx.DB().Where("user_id = ?", job.Args.UserID).Delete(&draftRow{}).Error; err != nil {
			return err
		}
		var theirs []conversationRow
		err := tx.DB().Clauses(clause.Locking{Strength: "NO KEY UPDATE"}).Select("conversation_id").Where("assignee_id = ?", job.Args.UserID).
			Order("conversation_id").Find(&theirs).Error
		if err != nil || len(theirs) == 0 {
			return err
		}
		if err := tx.DB().Model(&conversationRow{}).Where("assignee_id = ?", job.Args.UserID).Update("assignee_id", nil).Error; err != nil {
			return err
		}
		lines := make([]historyRow, len(theirs))
		for i, c := range theirs {
			lines[i] = historyRow{ConversationID: c.ConversationID, Kind: HistoryUnassigned, Cause: CauseCannotAnswer, AboutID: &job.Args.UserID}
		}
		if err := remember(tx, w.now(), lines); err != nil {
			return err
		}
		return tx.Notify(ctx, tenants.LiveRef{Kind: tenants.LiveMembers}) // the pages read their lists again
	})
	if err != nil {
		return fmt.Errorf("release what user %s had: %w", job.Args.UserID, err)
	}
	return nil
}
