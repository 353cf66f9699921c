package conversations

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"parlor/instagram"
	"parlor/tenants"
)

// see notes that the customer has seen a message of ours and all before it. When the message is not here yet, the claimed key is what it
// will find. An old shape names no message: then all that was sent until that moment was seen.
func (a *Applier) see(ctx context.Context, tx *tenants.Tx, e event) (result, error) {
	if e.item.Read.MID == "" {
		return a.seeAll(ctx, tx, e)
	}
	m, err := byMID(tx, e.row.MID)
	if err != nil || m == nil {
		return applied, err
	}
	return applied, seenUntil(ctx, tx, m.ConversationID, m.SentAt)
}

func (a *Applier) seeAll(ctx context.Context, tx *tenants.Tx, e event) (result, error) {
	nobody := result{outcome: OutcomeSkipped, reason: reasonNobody}
	var who []participantRow
	if err := tx.DB().Where("igsid = ?", e.item.Customer()).Find(&who).Error; err != nil || len(who) == 0 {
		return nobody, err
	}
	var c []conversationRow
	if err := tx.DB().Where("participant_id = ?", who[0].ParticipantID).Find(&c).Error; err != nil || len(c) == 0 {
		return nobody, err
	}
	return applied, seenUntil(ctx, tx, c[0].ConversationID, e.at())
}

// seenUntil moves the mark on, never back.
func seenUntil(ctx context.Context, tx *tenants.Tx, conversationID uuid.UUID, until time.Time) error {
	moved := tx.DB().Model(&conversationRow{}).Where("conversation_id = ? and (seen_until is null or seen_until < ?)", conversationID, until).
		Update("seen_until", until.Truncate(time.Microsecond))
	if moved.Error != nil || moved.RowsAffected == 0 {
		return moved.Error
	}
	return tx.Notify(ctx, tenants.LiveRef{Kind: tenants.LiveConversation, ConversationID: conversationID})
}

// caughtUp brings a message that was stored before, and is told of again or has just got its mid, up to date with what came before that: an
// edit, and that it was seen. kinds are the claimed ones of its mid. That it was taken back its maker looks for.
func caughtUp(ctx context.Context, tx *tenants.Tx, m *messageRow, kinds []instagram.Kind) error {
	if slices.Contains(kinds, instagram.KindEdit) {
		if err := revised(tx, m); err != nil {
			return err
		}
	}
	return seenIfRead(ctx, tx, *m, kinds)
}

// seenIfRead moves the mark on when the customer's read came before the message.
func seenIfRead(ctx context.Context, tx *tenants.Tx, m messageRow, kinds []instagram.Kind) error {
	if m.Direction != Outbound || !slices.Contains(kinds, instagram.KindRead) {
		return nil
	}
	return seenUntil(ctx, tx, m.ConversationID, m.SentAt)
}
