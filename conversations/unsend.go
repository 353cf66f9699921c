package conversations

import (
	"context"
	"slices"

	"parlor/instagram"
	"parlor/tenants"
)

// unsent reports whether the message was taken back before it came.
func unsent(tx *tenants.Tx, mid string) (bool, error) {
	kinds, err := claimedKinds(tx, mid)
	return slices.Contains(kinds, instagram.KindUnsend), err
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
