package conversations

import (
	"encoding/json"

	"github.com/google/uuid"

	"parlor/tenants"
)

// newestReferral keeps on the conversation what led the customer here last. Messages come in any order and are taken back, so the thread
// is asked; few messages have a referral at all.
func newestReferral(tx *tenants.Tx, conversationID uuid.UUID) error {
	var found []messageRow
	err := tx.DB().Select("referral").Where("conversation_id = ? and referral is not null", conversationID).
		Order("sent_at desc, message_id desc").Limit(1).Find(&found).Error
	if err != nil {
		return err
	}
	var newest json.RawMessage
	if len(found) > 0 {
		newest = found[0].Referral
	}
	return tx.DB().Model(&conversationRow{}).Where("conversation_id = ?", conversationID).Update("referral", newest).Error
}
