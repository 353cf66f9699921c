package conversations

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/riverqueue/river"
	"gorm.io/gorm"

	"parlor/tenants"
)

// SendsQueue is the queue of the jobs that send replies.
const SendsQueue = "sends"

// sendTries is so large that no reply is ever given up by the queue: what becomes of it is decided here.
const sendTries = 100_000

// SendArgs names the attempt that a job sends, or settles.
type SendArgs struct {
	AccountID tenants.AccountID `json:"account_id"`
	AttemptID uuid.UUID         `json:"attempt_id"`
}

// Kind is the job's name in the queue.
func (SendArgs) Kind() string { return "send_reply" }

// InsertOpts names the queue.
func (SendArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: SendsQueue, MaxAttempts: sendTries, Priority: 1}
}

// A conversation's attempts form a chain: only its first open one has a job. Whoever settles an attempt enqueues the next one in the same
// transaction, so none is left behind, none overtakes another, and no job waits for its turn.

// enqueueAttempt adds an attempt to send m at the end of its conversation's chain. The conversation is locked by the caller.
func enqueueAttempt(ctx context.Context, tx *tenants.Tx, c *conversationRow, m messageRow) error {
	first, err := firstOpen(tx, c.ConversationID)
	if err != nil {
		return err
	}
	c.OutboundSeq++
	a := attemptRow{
		AttemptID: newID(), MessageID: m.MessageID, ConversationID: c.ConversationID, Seq: c.OutboundSeq, State: AttemptQueued,
	}
	if err := tx.DB().Create(&a).Error; err != nil {
		return err
	}
	err = tx.DB().Model(&conversationRow{}).Where("conversation_id = ?", c.ConversationID).Update("outbound_seq", c.OutboundSeq).Error
	if err != nil {
		return err
	}
	if first == nil {
		if err := tx.Enqueue(ctx, SendArgs{AccountID: tx.AccountID(), AttemptID: a.AttemptID}, nil); err != nil {
			return err
		}
	}
	return told(ctx, tx, m)
}

// firstOpen returns the attempt whose turn it is, or nil.
func firstOpen(tx *tenants.Tx, conversationID uuid.UUID) (*attemptRow, error) {
	var a attemptRow
	err := tx.DB().Where("conversation_id = ? and state in ?", conversationID, []AttemptState{AttemptQueued, AttemptSending, AttemptSettling}).
		Order("seq").Take(&a).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, nil
	}
	return &a, err
}

// passOn gives the turn to the conversation's next attempt. The caller has just closed the one before.
func passOn(ctx context.Context, tx *tenants.Tx, conversationID uuid.UUID) error {
	next, err := firstOpen(tx, conversationID)
	if err != nil || next == nil {
		return err
	}
	return tx.Enqueue(ctx, SendArgs{AccountID: tx.AccountID(), AttemptID: next.AttemptID}, nil)
}

// lastAttempt returns the newest attempt of a message.
func lastAttempt(tx *tenants.Tx, messageID uuid.UUID) (attemptRow, error) {
	var a attemptRow
	err := tx.DB().Where("message_id = ?", messageID).Order("seq desc").Take(&a).Error
	return a, err
}

func attemptOf(tx *tenants.Tx, id uuid.UUID) (attemptRow, error) {
	var a attemptRow
	err := tx.DB().Where("attempt_id = ?", id).Take(&a).Error
	return a, err
}

// mark changes an attempt.
func mark(tx *tenants.Tx, a attemptRow, changes map[string]any) error {
	err := tx.DB().Model(&attemptRow{}).Where("attempt_id = ?", a.AttemptID).Updates(changes).Error
	if err != nil {
		return fmt.Errorf("mark the attempt: %w", err)
	}
	return nil
}

// show changes what a reply's message says of it. What Instagram has given an id was sent, whatever becomes of another try.
func show(ctx context.Context, tx *tenants.Tx, m messageRow, changes map[string]any) error {
	if m.MID != nil {
		return nil
	}
	if err := tx.DB().Model(&messageRow{}).Where("message_id = ?", m.MessageID).Updates(changes).Error; err != nil {
		return fmt.Errorf("show the reply's state: %w", err)
	}
	return told(ctx, tx, m)
}

// told announces a change of a message.
func told(ctx context.Context, tx *tenants.Tx, m messageRow) error {
	return tx.Notify(ctx, tenants.LiveRef{
		Kind: tenants.LiveMessage, ConversationID: m.ConversationID, MessageID: m.MessageID, Direction: string(m.Direction),
	})
}

func messageOf(tx *tenants.Tx, id uuid.UUID) (messageRow, error) {
	var m messageRow
	err := tx.DB().Where("message_id = ?", id).Take(&m).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return m, ErrNotFound
	}
	return m, err
}
