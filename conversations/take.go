package conversations

import (
	"context"
	"slices"
	"time"

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
		return duplicate, nil
	}
	if err := lockMID(tx, e.row); err != nil {
		return result{}, err
	}
	if e.item.Kind.Base() == instagram.KindUnsend {
		return applied, a.unsend(ctx, tx, e)
	}
	return a.addMessage(ctx, tx, e)
}

var (
	applied   = result{outcome: OutcomeApplied}
	duplicate = result{outcome: OutcomeSkipped, reason: reasonDuplicate}
)

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

// addMessage adds what a customer or the business wrote to its thread.
func (a *Applier) addMessage(ctx context.Context, tx *tenants.Tx, e event) (result, error) {
	customer := e.item.Customer()
	if customer == "" || e.item.Message == nil {
		return result{OutcomeSkipped, reasonNobody, true}, nil
	}
	kinds, err := claimedKinds(tx, e.row.MID)
	if err != nil {
		return result{}, err
	}
	if slices.Contains(kinds, instagram.KindMessage) && slices.Contains(kinds, instagram.KindEcho) {
		return duplicate, nil // it came as the other side's before; to open its conversation would leave an empty one
	}
	conv, err := openConversation(tx, customer, e.item.CustomerUsername, e.at())
	if err != nil {
		return result{}, err
	}
	m := newMessage(e, conv.ConversationID, slices.Contains(kinds, instagram.KindUnsend))
	if m.Direction == Inbound {
		seq := conv.InboundSeq + 1
		m.InboundSeq = &seq
	}
	created := tx.DB().Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "account_id"}, {Name: "mid"}}, DoNothing: true}).Create(&m)
	if created.Error != nil {
		return result{}, created.Error
	}
	if created.RowsAffected == 0 {
		return duplicate, nil
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
		Direction: Inbound, State: StateReceived, Source: SourceWebhook, Kind: kindOf(in), SentAt: e.at().Truncate(time.Microsecond),
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
