package conversations

import (
	"context"
	"fmt"
	"slices"
	"time"

	"parlor/tenants"
)

// Action is what a person may do about a reply.
type Action string

// The actions.
const (
	ActionRetry    Action = "retry"     // send it again: a new attempt, which really calls Instagram
	ActionMarkSent Action = "mark_sent" // it is seen at Instagram: leave it at that
)

// actions returns what may be done about a message: nothing as long as its fate is being looked into.
func actions(m messageRow) []Action {
	switch {
	case m.Source != SourceParlor:
		return nil
	case m.State == StateFailed:
		return []Action{ActionRetry}
	case m.State == StateUnknown && m.Fault != faultChecking:
		return []Action{ActionRetry, ActionMarkSent}
	}
	return nil
}

// Retry sends a reply again that failed, or that nobody knows the fate of: a person has looked. Errors: ErrNotFound, ErrNotPossible,
// ErrNotConnected, *WindowClosedError, ErrHumanAgentNeeded.
func (r *Replier) Retry(ctx context.Context, id MessageID, aPersonSaysSo bool) (Message, error) {
	if err := r.connected(ctx); err != nil {
		return Message{}, err
	}
	return r.decide(ctx, id, ActionRetry, func(tx *tenants.Tx, c conversationRow, m messageRow) error {
		sender := senderOf(ctx)
		if m.SentByKey != nil { // what a machine wrote stays a machine's, whoever sends it again
			sender = SenderMachine
		}
		tag, err := r.mayAnswer(tx, c, sender, aPersonSaysSo || m.HumanAgent)
		if err != nil {
			return err
		}
		now := r.o.Now().UTC().Truncate(time.Microsecond)
		err = tx.DB().Model(&messageRow{}).Where("message_id = ?", m.MessageID).
			Updates(map[string]any{"state": StateQueued, "fault": "", "human_agent": tag, "sent_at": now}).Error
		if err != nil {
			return err
		}
		if err := recount(tx, c.ConversationID); err != nil {
			return err
		}
		return enqueueAttempt(ctx, tx, &c, m)
	})
}

// MarkSent settles a reply whose fate is unknown: a person has seen it at Instagram. Should its echo come yet, the two become one. Errors:
// ErrNotFound, ErrNotPossible.
func (r *Replier) MarkSent(ctx context.Context, id MessageID) (Message, error) {
	return r.decide(ctx, id, ActionMarkSent, func(tx *tenants.Tx, c conversationRow, m messageRow) error {
		if err := show(ctx, tx, m, map[string]any{"state": StateSent, "fault": "", "marked_sent": true}); err != nil {
			return err
		}
		if err := recount(tx, c.ConversationID); err != nil {
			return err
		}
		return tx.Audit(ctx, tenants.AuditEntry{Action: "message.marked_sent", Target: m.MessageID.String()})
	})
}

// decide runs what a person wants done about a reply, if its state allows that, with its conversation locked.
func (r *Replier) decide(ctx context.Context, id MessageID, want Action, do func(*tenants.Tx, conversationRow, messageRow) error) (Message, error) {
	err := r.o.DB.InTenant(ctx, func(tx *tenants.Tx) error {
		m, err := messageOf(tx, id.UUID)
		if err != nil {
			return err
		}
		c, err := lockedConversation(tx, m.ConversationID)
		if err != nil {
			return err
		}
		if m, err = messageOf(tx, id.UUID); err != nil { // as it is now, under the lock
			return err
		}
		if !slices.Contains(actions(m), want) {
			return ErrNotPossible
		}
		return do(tx, c, m)
	})
	if err != nil {
		return Message{}, fmt.Errorf("%s message %s: %w", want, id, err)
	}
	return r.store.Message(ctx, id)
}
