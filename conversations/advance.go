package conversations

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"parlor/tenants"
)

// openConversation finds or makes the customer and the conversation, and locks the latter: messages of one thread are added one after the
// other. Two workers may make them at the same time; then both go on with what the first has made. A username that the newest event tells
// is kept for display; what else there is to know about them is left to a job, when it is due.
func openConversation(ctx context.Context, tx *tenants.Tx, igsid, username string, at, now time.Time) (conversationRow, error) {
	who, err := participantOf(tx, igsid)
	if err != nil {
		return conversationRow{}, err
	}
	c, err := conversationWith(tx, who.ParticipantID, at)
	if err == nil {
		err = askProfile(ctx, tx, who, now)
	}
	if err != nil || username == "" || at.Before(c.LastMessageAt) || (who.Username != nil && *who.Username == username) {
		return c, err
	}
	if err := tx.DB().Model(&participantRow{}).Where("participant_id = ?", who.ParticipantID).Update("username", username).Error; err != nil {
		return c, err
	}
	who.Username = &username
	return c, keepName(tx, who)
}

// participantOf returns the customer, who is made when unknown.
func participantOf(tx *tenants.Tx, igsid string) (participantRow, error) {
	var p participantRow
	err := tx.DB().Where("igsid = ?", igsid).Take(&p).Error
	if !errors.Is(err, gorm.ErrRecordNotFound) {
		return p, err
	}
	fresh := participantRow{ParticipantID: newID(), IGSID: igsid}
	byIGSID := []clause.Column{{Name: "account_id"}, {Name: "igsid"}}
	if err := tx.DB().Clauses(clause.OnConflict{Columns: byIGSID, DoNothing: true}).Create(&fresh).Error; err != nil {
		return participantRow{}, err
	}
	err = tx.DB().Where("igsid = ?", igsid).Take(&p).Error
	return p, err
}

// conversationWith returns the locked conversation with a customer, which is made when there is none.
func conversationWith(tx *tenants.Tx, participantID uuid.UUID, at time.Time) (conversationRow, error) {
	c, err := lockConversation(tx, participantID)
	if !errors.Is(err, gorm.ErrRecordNotFound) {
		return c, err
	}
	fresh := conversationRow{ConversationID: newID(), ParticipantID: participantID, LastMessageAt: at}
	byParticipant := []clause.Column{{Name: "account_id"}, {Name: "participant_id"}}
	if err := tx.DB().Clauses(clause.OnConflict{Columns: byParticipant, DoNothing: true}).Create(&fresh).Error; err != nil {
		return conversationRow{}, err
	}
	return lockConversation(tx, participantID)
}

func lockConversation(tx *tenants.Tx, participantID uuid.UUID) (conversationRow, error) {
	var c conversationRow
	err := tx.DB().Clauses(clause.Locking{Strength: forUpdate}).Where("participant_id = ?", participantID).Take(&c).Error
	return c, err
}

// advance brings the conversation's own columns up to date with a message that was just added. Messages come in any order: an older one
// never replaces what a newer one has set.
func advance(tx *tenants.Tx, c conversationRow, m messageRow) error {
	changes := map[string]any{}
	newest := c.LastMessageID == nil || !m.SentAt.Before(c.LastMessageAt)
	if newest {
		changes["last_message_id"], changes["last_message_at"] = m.MessageID, m.SentAt
		changes["last_message_text"], changes["last_message_kind"], changes["last_message_direction"] = m.Text, m.Kind, m.Direction
	}
	if m.Direction == Inbound {
		if m.InboundSeq != nil { // nil: told by an import, which raises nobody's unread
			changes["inbound_seq"] = *m.InboundSeq
			if m.asks() && c.Status != StatusOpen {
				changes["status"], changes["snoozed_until"] = StatusOpen, nil // the customer has written: somebody must look
				line := historyRow{ConversationID: c.ConversationID, Kind: HistoryReopened, Cause: CauseCustomerWrote}
				if err := remember(tx, tx.DB().NowFunc(), []historyRow{line}); err != nil {
					return err
				}
			}
		}
		if by := m.openedBy(); by != "" && (c.LastInboundAt == nil || !m.SentAt.Before(*c.LastInboundAt)) {
			changes["last_inbound_at"], changes["window_opened_by"] = m.SentAt, by
			changes["window_closes_at"] = m.SentAt.Add(ReplyWindow)
			changes["human_agent_until"] = m.SentAt.Add(HumanAgentWindow)
		}
	}
	waiting, err := waitingSince(tx, c, m, newest && (c.LastMessageID == nil || m.SentAt.After(c.LastMessageAt)))
	if err != nil {
		return err
	}
	changes["waiting_since"] = waiting
	return tx.DB().Model(&conversationRow{}).Where("conversation_id = ?", c.ConversationID).Updates(changes).Error
}

// waitingSince is the time of the first inbound message behind the last outbound one. A message at the end of the thread tells it by itself;
// one that came late needs a look at the thread.
func waitingSince(tx *tenants.Tx, c conversationRow, m messageRow, newest bool) (*time.Time, error) {
	switch {
	case m.Direction == Outbound && m.State != StateSent:
		return c.WaitingSince, nil // not said yet
	case m.Direction == Inbound && !m.asks():
		return c.WaitingSince, nil
	case newest && m.Direction == Outbound:
		return nil, nil
	case newest && c.WaitingSince != nil:
		return c.WaitingSince, nil
	case newest:
		return &m.SentAt, nil
	}
	return stillWaiting(tx, c.ConversationID)
}

// stillWaiting looks for the first inbound message behind the last outbound one.
func stillWaiting(tx *tenants.Tx, conversationID uuid.UUID) (*time.Time, error) {
	answered, err := edge(tx, conversationID, Outbound, time.Time{}, "sent_at desc")
	if err != nil {
		return nil, err
	}
	var since time.Time
	if answered != nil {
		since = *answered
	}
	return edge(tx, conversationID, Inbound, since, "sent_at")
}

// edge returns the time of the first message, in that order, of one direction after a moment; nil when there is none. See asks.
func edge(tx *tenants.Tx, conversationID uuid.UUID, d Direction, after time.Time, order string) (*time.Time, error) {
	var row messageRow
	err := tx.DB().Select("sent_at").Where("conversation_id = ? and direction = ? and sent_at > ?", conversationID, d, after).
		Where("state in ? and shadow_of is null", []MessageState{StateReceived, StateSent}).
		Where("direction = ? or (not standby and kind <> ?)", Outbound, KindReferral).Order(order).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &row.SentAt, nil
}

// openedBy says how a customer's message opens the reply window; empty for what does not open it.
func (r messageRow) openedBy() OpenedBy {
	switch {
	case r.Direction != Inbound || r.Kind == KindReferral:
		return ""
	case r.opens != "":
		return r.opens
	case r.Kind == KindPostback:
		return OpenedByPostback
	case r.ReplyToStory != nil:
		return OpenedByStoryReply
	}
	return OpenedByMessage
}
