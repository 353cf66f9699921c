package conversations

import (
	"context"
	"errors"
	"time"

	"parlor/instagram"
	"parlor/tenants"
)

// tellMore puts what a webhook tells of a message on the one that is there already: told by an import, sent by us, or tapped as a button and
// written as a message at once.
func (a *Applier) tellMore(ctx context.Context, tx *tenants.Tx, conv conversationRow, m incoming, kinds []instagram.Kind) (result, error) {
	known, err := byMID(tx, *m.MID)
	if err != nil || known == nil {
		return duplicate, err
	}
	if known.Direction != m.Direction && (known.Kind == KindPostback || m.Kind == KindPostback) {
		return applied, a.beside(ctx, tx, conv, *known, m, kinds)
	}
	if known.ConversationID != conv.ConversationID || known.Direction != m.Direction {
		return duplicate, nil
	}
	if known.Source == SourceWebhook {
		return a.merge(ctx, tx, conv, *known, m)
	}
	counts := known.InboundSeq == nil && m.InboundSeq != nil
	changes := enrich(known, m)
	if len(m.attachments) > 0 {
		if err := replaceAttachments(tx, *known, m.attachments); err != nil {
			return result{}, err
		}
	}
	if err := tx.DB().Model(&messageRow{}).Where("message_id = ?", known.MessageID).Updates(changes).Error; err != nil {
		return result{}, err
	}
	if err := keepWords(tx, *known); err != nil {
		return result{}, err
	}
	known.InboundSeq = nil // it has its number already
	if counts {
		known.InboundSeq = m.InboundSeq
	}
	return applied, a.reshow(ctx, tx, conv, *known, kinds)
}

// enrich takes over from a webhook what is missing or what a webhook knows better, in memory, and returns the changed columns.
func enrich(known *messageRow, m incoming) map[string]any {
	changes := map[string]any{"sent_at": m.SentAt, "app_id": m.AppID, "reply_to_mid": m.ReplyToMID, "reply_to_story": m.ReplyToStory}
	known.SentAt, known.AppID, known.ReplyToMID, known.ReplyToStory = m.SentAt, m.AppID, m.ReplyToMID, m.ReplyToStory
	if known.Source == SourceBackfill {
		known.Source, known.Recovered, known.Standby, known.ButtonPayload, known.opens = SourceWebhook, false, m.Standby, m.ButtonPayload, m.opens
		changes["source"], changes["recovered"], changes["standby"], changes["button_payload"] = known.Source, false, m.Standby, m.ButtonPayload
		if known.InboundSeq == nil {
			changes["inbound_seq"] = m.InboundSeq
		}
	}
	if m.Referral != nil {
		known.Referral, changes["referral"] = m.Referral, m.Referral
	}
	if known.Text == nil && m.Text != nil {
		known.Text, changes["text"] = m.Text, m.Text
	}
	if m.Kind == KindPostback || m.Kind == KindAttachment || known.Kind == KindEmpty || known.Kind == KindUnsupported {
		known.Kind, changes["kind"] = m.Kind, m.Kind
	}
	return changes
}

// sameTap is how far the two webhooks of one tap, the message and the postback, may lie apart.
const sameTap = 5 * time.Second

// merge makes a button and the message of the same mid one: it is shown as a button, with what the customer is said to have written.
func (a *Applier) merge(ctx context.Context, tx *tenants.Tx, conv conversationRow, known messageRow, m incoming) (result, error) {
	apart := m.SentAt.Sub(known.SentAt).Abs()
	switch {
	case known.Kind == KindPostback && m.Kind == KindPostback && apart > sameTap:
		m.MID = nil
		if _, err := store(tx, conv, &m, nil); err != nil { // the same button again
			return result{}, err
		}
		return applied, a.show(ctx, tx, conv, m, nil)
	case (known.Kind == KindPostback) == (m.Kind == KindPostback):
		return duplicate, nil
	}
	tap, said := m.messageRow, known
	if known.Kind == KindPostback {
		tap, said = known, m.messageRow
	}
	if said.Text == nil {
		said.Text = tap.Text
	}
	known.Text, known.Kind, known.opens, known.InboundSeq = said.Text, KindPostback, OpenedByPostback, nil // it has its number already
	changes := map[string]any{"kind": known.Kind, "text": known.Text, "button_payload": tap.ButtonPayload}
	if err := tx.DB().Model(&messageRow{}).Where("message_id = ?", known.MessageID).Updates(changes).Error; err != nil {
		return result{}, err
	}
	if err := errors.Join(keepWords(tx, known), addAttachments(tx, m.attachments, known)); err != nil {
		return result{}, err
	}
	return applied, a.reshow(ctx, tx, conv, known, nil)
}

// beside adds a message whose mid a button of the other side bears as well: the message keeps it.
func (a *Applier) beside(ctx context.Context, tx *tenants.Tx, conv conversationRow, known messageRow, m incoming, kinds []instagram.Kind) error {
	if m.Kind == KindPostback {
		m.MID, kinds = nil, nil
	} else if err := tx.DB().Model(&messageRow{}).Where("message_id = ?", known.MessageID).Update("mid", nil).Error; err != nil {
		return err
	}
	if _, err := store(tx, conv, &m, kinds); err != nil {
		return err
	}
	return a.show(ctx, tx, conv, m, kinds)
}

// reshow brings the conversation up to date with a message that has changed.
func (a *Applier) reshow(ctx context.Context, tx *tenants.Tx, conv conversationRow, m messageRow, kinds []instagram.Kind) error {
	if err := caughtUp(ctx, tx, &m, kinds); err != nil {
		return err
	}
	if err := advance(tx, conv, m); err != nil {
		return err
	}
	if m.Referral != nil {
		if err := newestReferral(tx, conv.ConversationID); err != nil {
			return err
		}
	}
	if err := recount(tx, conv.ConversationID); err != nil {
		return err
	}
	return told(ctx, tx, m)
}

// replaceAttachments: what an import or an upload has put there is what the webhook names better. Their ids stay: pages show files by them.
func replaceAttachments(tx *tenants.Tx, m messageRow, attachments []instagram.Attachment) error {
	ids, err := takeAttachments(tx, m.MessageID)
	if err != nil {
		return err
	}
	return addAttachments(tx, attachments, m, ids...)
}
