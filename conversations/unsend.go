package conversations

import (
	"bytes"
	"context"
	"slices"

	"gorm.io/gorm/clause"

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
	if err := eraseBodies(tx, e.row.MID); err != nil {
		return err
	}
	// By a job: the deliveries are the platform's, and whoever splits one holds a connection of it already.
	if err := tx.Enqueue(ctx, ForgetArgs{AccountID: tx.AccountID(), MID: e.row.MID}, nil); err != nil {
		return err
	}
	if err := tx.DB().Where("mid = ?", e.row.MID).Delete(&reactionRow{}).Error; err != nil {
		return err
	}
	if err := tx.DB().Where("mid = ?", e.row.MID).Delete(&parkedEditRow{}).Error; err != nil {
		return err
	}
	m, err := lockedByMID(tx, e.row.MID)
	if err != nil || m == nil {
		return err
	}
	if err := eraseContent(tx, *m); err != nil {
		return err
	}
	return told(ctx, tx, *m)
}

// eraseContent leaves of a message that there was one. The bytes of its files are left to be removed from the blob store.
func eraseContent(tx *tenants.Tx, m messageRow) error {
	uploads, err := ownUpload(tx, m)
	if err != nil {
		return err
	}
	if err := (erasing{tx, tenants.Removed{}}).files([]any{m.MessageID}, uploads); err != nil {
		return err
	}
	if err := tx.DB().Where("message_id = ?", m.MessageID).Delete(&attachmentRow{}).Error; err != nil {
		return err
	}
	if err := forgetWords(tx, clause.Eq{Column: "message_id", Value: m.MessageID}); err != nil {
		return err
	}
	err = tx.DB().Model(&messageRow{}).Where("message_id = ?", m.MessageID).Updates(map[string]any{
		"kind": KindUnsent, "text": nil, "button_payload": nil, "referral": nil, "reply_to_mid": nil, "reply_to_story": nil, "edited_at": nil,
		"upload_id": nil,
	}).Error
	if err != nil {
		return err
	}
	err = tx.DB().Model(&conversationRow{}).Where("conversation_id = ? and last_message_id = ?", m.ConversationID, m.MessageID).
		Updates(map[string]any{"last_message_kind": KindUnsent, "last_message_text": nil}).Error
	if err != nil || m.Referral == nil {
		return err
	}
	return newestReferral(tx, m.ConversationID)
}

// ownUpload is the file that was uploaded for a message, unless it was sent in another one as well.
func ownUpload(tx *tenants.Tx, m messageRow) ([]any, error) {
	if m.UploadID == nil {
		return nil, nil
	}
	var others int64
	err := tx.DB().Model(&messageRow{}).Where("upload_id = ? and message_id <> ?", *m.UploadID, m.MessageID).Count(&others).Error
	if err != nil || others > 0 {
		return nil, err
	}
	return []any{*m.UploadID}, nil
}

// eraseBodies blanks what was kept of a message as it came: its own items, and unreadable ones that name it. What is still pending blanks
// itself when it is settled; to touch it here would wait for a worker that waits for this one.
func eraseBodies(tx *tenants.Tx, mid string) error {
	blank := map[string]any{"body": nil, "replayable": false}
	kept := tx.DB().Model(&eventRow{}).Where("mid = ? and outcome <> ? and body is not null", mid, OutcomePending)
	if err := kept.Updates(blank).Error; err != nil {
		return err
	}
	var unread []eventRow
	err := tx.DB().Select("delivery_id", "item_no", "body").Where("mid = '' and outcome = ? and body is not null", OutcomeFailed).Find(&unread).Error
	if err != nil {
		return err
	}
	for _, row := range unread {
		if !bytes.Contains(row.Body, []byte(mid)) {
			continue
		}
		err := tx.DB().Model(&eventRow{}).Where("delivery_id = ? and item_no = ?", row.DeliveryID, row.ItemNo).Updates(blank).Error
		if err != nil {
			return err
		}
	}
	return nil
}
