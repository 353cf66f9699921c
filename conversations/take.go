package conversations

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"parlor/instagram"
	"parlor/tenants"
)

// take does what an event says, inside the transaction that settles it.
func (a *Applier) take(ctx context.Context, tx *tenants.Tx, e event) (result, error) {
	if r, done := unwanted(e); done {
		return r, nil
	}
	claimed, err := claimEvent(tx, e)
	if err != nil {
		return result{}, err
	}
	if !claimed {
		return result{outcome: OutcomeSkipped, reason: reasonDuplicate}, nil
	}
	if err := lockMID(tx, e.row); err != nil {
		return result{}, err
	}
	if e.item.Kind.Base() == instagram.KindUnsend {
		return applied, a.unsend(ctx, tx, e)
	}
	return a.addMessage(ctx, tx, e)
}

var applied = result{outcome: OutcomeApplied}

// unwanted settles what adds nothing to a thread.
func unwanted(e event) (result, bool) {
	switch {
	case e.item.Malformed != nil:
		return result{OutcomeFailed, reasonMalformed, true}, true
	case e.item.Kind.Base() == instagram.KindUnsend:
		return result{}, false // whoever owns the thread: the content must go
	case e.item.Kind.Standby():
		return result{OutcomeSkipped, reasonStandby, true}, true
	}
	switch e.item.Kind {
	case instagram.KindMessage, instagram.KindEcho:
		return result{}, false
	case instagram.KindSelf:
		return result{OutcomeSkipped, reasonSelf, false}, true
	case instagram.KindEmpty:
		return result{OutcomeSkipped, reasonEmpty, false}, true
	default:
		return result{OutcomeSkipped, reasonUnhandled, true}, true
	}
}

// claimEvent takes the event's key and reports whether it was free. When another transaction is taking it, this waits for its end.
func claimEvent(tx *tenants.Tx, e event) (bool, error) {
	key := eventKeyRow{Kind: string(e.item.Kind.Base()), MID: e.row.MID, Variant: e.row.Variant, DeliveryID: e.row.DeliveryID, ItemNo: e.row.ItemNo}
	created := tx.DB().Clauses(clause.OnConflict{Columns: eventKey, DoNothing: true}).Create(&key)
	return created.RowsAffected == 1, created.Error
}

// lockMID makes all that concerns one message happen one after the other, whatever order it comes in and whether or not the message is there
// yet. The lock is a key of its own kind, made by the first and locked by the others.
func lockMID(tx *tenants.Tx, row eventRow) error {
	lock := eventKeyRow{Kind: "mid", MID: row.MID, DeliveryID: row.DeliveryID, ItemNo: row.ItemNo}
	return tx.DB().Clauses(clause.OnConflict{
		Columns:   eventKey,
		DoUpdates: clause.Set{{Column: clause.Column{Name: "kind"}, Value: gorm.Expr("event_keys.kind")}},
	}).Create(&lock).Error
}

var eventKey = []clause.Column{{Name: "account_id"}, {Name: "kind"}, {Name: "mid"}, {Name: "variant"}}

// unsent reports whether the message was taken back before it came.
func unsent(tx *tenants.Tx, mid string) (bool, error) {
	var n int64
	err := tx.DB().Model(&eventKeyRow{}).Where("kind = ? and mid = ?", string(instagram.KindUnsend), mid).Count(&n).Error
	return n > 0, err
}

// unsend erases a message's content everywhere. When the message is not there yet, the claimed key is what it will find.
func (a *Applier) unsend(ctx context.Context, tx *tenants.Tx, e event) error {
	// What is still pending blanks itself when it is settled; to touch it here would wait for a worker that waits for this one.
	kept := tx.DB().Model(&eventRow{}).Where("mid = ? and outcome <> ? and body is not null", e.row.MID, OutcomePending)
	if err := kept.Updates(map[string]any{"body": nil, "replayable": false}).Error; err != nil {
		return err
	}
	var rows []messageRow
	if err := tx.DB().Where("mid = ?", e.row.MID).Find(&rows).Error; err != nil || len(rows) == 0 {
		return err
	}
	m := rows[0]
	if err := tx.DB().Where("message_id = ?", m.MessageID).Delete(&attachmentRow{}).Error; err != nil {
		return err
	}
	err := tx.DB().Model(&messageRow{}).Where("message_id = ?", m.MessageID).Updates(map[string]any{"kind": KindUnsent, "text": nil}).Error
	if err != nil {
		return err
	}
	err = tx.DB().Model(&conversationRow{}).Where("conversation_id = ? and last_message_id = ?", m.ConversationID, m.MessageID).
		Updates(map[string]any{"last_message_kind": KindUnsent, "last_message_text": nil}).Error
	if err != nil {
		return err
	}
	return tx.Notify(ctx, tenants.LiveRef{Kind: tenants.LiveMessage, ConversationID: m.ConversationID, MessageID: m.MessageID, Direction: string(m.Direction)})
}

// addMessage adds what a customer or the business wrote to its thread.
func (a *Applier) addMessage(ctx context.Context, tx *tenants.Tx, e event) (result, error) {
	customer := e.item.Customer()
	if customer == "" || e.item.Message == nil {
		return result{OutcomeSkipped, reasonNobody, true}, nil
	}
	conv, err := openConversation(tx, customer, e.item.CustomerUsername, e.at())
	if err != nil {
		return result{}, err
	}
	gone, err := unsent(tx, e.row.MID)
	if err != nil {
		return result{}, err
	}
	m := newMessage(e, conv.ConversationID, gone)
	if m.Direction == Inbound {
		seq := conv.InboundSeq + 1
		m.InboundSeq = &seq
	}
	created := tx.DB().Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "account_id"}, {Name: "mid"}}, DoNothing: true}).Create(&m)
	if created.Error != nil {
		return result{}, created.Error
	}
	if created.RowsAffected == 0 {
		return result{outcome: OutcomeSkipped, reason: reasonDuplicate}, nil
	}
	if err := addAttachments(tx, e, m); err != nil {
		return result{}, err
	}
	if err := advance(tx, conv, m); err != nil {
		return result{}, err
	}
	return applied, tx.Notify(ctx, tenants.LiveRef{Kind: tenants.LiveMessage, ConversationID: conv.ConversationID, MessageID: m.MessageID, Direction: string(m.Direction)})
}

func newMessage(e event, conversationID [16]byte, gone bool) messageRow {
	in := e.item.Message
	m := messageRow{
		MessageID: newID(), ConversationID: conversationID, MID: &e.row.MID,
		Direction: Inbound, State: StateReceived, Kind: kindOf(in), SentAt: e.at().Truncate(time.Microsecond),
	}
	if e.item.Kind == instagram.KindEcho {
		m.Direction, m.State = Outbound, StateSent
	}
	if gone {
		m.Kind = KindUnsent
		return m
	}
	if in.Text != "" {
		m.Text = &in.Text
	}
	if in.ReplyTo != nil && in.ReplyTo.MID != "" {
		m.ReplyToMID = &in.ReplyTo.MID
	}
	return m
}

func kindOf(m *instagram.Message) MessageKind {
	switch {
	case len(m.Attachments) > 0:
		return KindAttachment
	case m.Text != "":
		return KindText
	case m.IsUnsupported:
		return KindUnsupported
	}
	return KindEmpty
}

func addAttachments(tx *tenants.Tx, e event, m messageRow) error {
	if m.Kind != KindAttachment {
		return nil
	}
	rows := make([]attachmentRow, len(e.item.Message.Attachments))
	for i, at := range e.item.Message.Attachments {
		rows[i] = attachmentRow{AttachmentID: newID(), MessageID: m.MessageID, Position: i, Type: at.Type, Payload: at.Payload}
		if at.Title != "" {
			rows[i].Title = &at.Title
		}
	}
	return tx.DB().Create(&rows).Error
}
