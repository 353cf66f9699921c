package conversations

import (
	"context"
	"slices"

	"gorm.io/gorm/clause"

	"parlor/instagram"
	"parlor/tenants"
)

// addMessage adds an item to its thread, or tells more of one that is there already. kinds are the claimed ones of its mid.
func (a *Applier) addMessage(ctx context.Context, tx *tenants.Tx, e event, m incoming, kinds []instagram.Kind) (result, error) {
	customer := e.item.Customer()
	if customer == "" {
		return result{outcome: OutcomeSkipped, reason: reasonNobody, replayable: true}, nil
	}
	if slices.Contains(kinds, instagram.KindMessage) && slices.Contains(kinds, instagram.KindEcho) {
		return duplicate, nil // it came as the other side's before; to open its conversation would leave an empty one
	}
	conv, err := openConversation(ctx, tx, customer, e.item.CustomerUsername, e.at(), a.now())
	if err != nil {
		return result{}, err
	}
	if err := a.erased.still(tx, customer, e.erased); err != nil {
		return result{}, err
	}
	m.ConversationID = conv.ConversationID
	if slices.Contains(kinds, instagram.KindUnsend) {
		m.forget()
	}
	created, err := store(tx, conv, &m, kinds)
	if err != nil {
		return result{}, err
	}
	if !created {
		return a.tellMore(ctx, tx, conv, m, kinds)
	}
	return applied, a.show(ctx, tx, conv, m, kinds)
}

// forget leaves nothing but that there was a message.
func (m *incoming) forget() {
	m.Kind, m.Text, m.attachments = KindUnsent, nil, nil
	m.ButtonPayload, m.Referral, m.ReplyToMID, m.ReplyToStory = nil, nil, nil, nil
}

// store writes the message with its attachments and with an edit that waited for it. created is false when its mid is there already.
func store(tx *tenants.Tx, conv conversationRow, m *incoming, kinds []instagram.Kind) (created bool, err error) {
	if m.asks() {
		seq := conv.InboundSeq + 1
		m.InboundSeq = &seq
	}
	once := clause.OnConflict{Columns: []clause.Column{{Name: "account_id"}, {Name: "mid"}}, DoNothing: true}
	written := tx.DB().Clauses(once).Create(&m.messageRow)
	if written.Error != nil || written.RowsAffected == 0 {
		return false, written.Error
	}
	if slices.Contains(kinds, instagram.KindEdit) {
		if err := revised(tx, &m.messageRow); err != nil {
			return true, err
		}
	}
	if err := keepWords(tx, m.messageRow); err != nil {
		return true, err
	}
	return true, addAttachments(tx, m.attachments, m.messageRow)
}

// show brings everything around a new message up to date and announces it.
func (a *Applier) show(ctx context.Context, tx *tenants.Tx, conv conversationRow, m incoming, kinds []instagram.Kind) error {
	if err := seenIfRead(ctx, tx, m.messageRow, kinds); err != nil {
		return err
	}
	if m.Direction == Outbound {
		taken, err := claimTrace(ctx, tx, m.messageRow, a.now())
		if err != nil || taken {
			return err // it is a reply of ours, which announces itself, or may turn out to be one
		}
	}
	if err := advance(tx, conv, m.messageRow); err != nil {
		return err
	}
	if m.Referral != nil {
		if err := newestReferral(tx, conv.ConversationID); err != nil {
			return err
		}
	}
	if err := told(ctx, tx, m.messageRow); err != nil || m.InboundSeq == nil || m.Kind == KindUnsent {
		return err
	}
	return a.news(ctx, tx, m.CreatedAt)
}

// asks reports whether the message counts as unread and waits for an answer. What another app takes care of does not, nor what the customer
// did without saying anything.
func (r messageRow) asks() bool {
	return r.Direction == Inbound && !r.Standby && r.Kind != KindReferral
}
