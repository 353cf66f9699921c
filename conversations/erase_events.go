package conversations

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"parlor/instagram"
)

// reasonErased is why an event was skipped whose customer was erased before it was applied, or that tells of what was before.
const reasonErased = "erased"

// events empties what the ledger still has of the customer, and returns the mids that it named. The counts stay, so that it adds up. What is
// not applied yet is not going to be: whoever is applying one of these events is waited for, and who has only read it finds it settled.
func (e erasing) events(who participantRow, at time.Time) (mids []string, err error) {
	pending := e.tx.DB().Model(&eventRow{}).Where("customer = ? and outcome = ?", who.IGSID, OutcomePending).
		Updates(map[string]any{"outcome": OutcomeSkipped, "reason": reasonErased, "settled_at": at})
	if pending.Error != nil {
		return nil, fmt.Errorf("settle what is not applied yet: %w", pending.Error)
	}
	err = e.tx.DB().Model(&eventRow{}).Where("customer = ? and mid <> ''", who.IGSID).Distinct().Pluck("mid", &mids).Error
	if err != nil {
		return nil, err
	}
	emptied := e.tx.DB().Model(&eventRow{}).Where("customer = ?", who.IGSID).
		Updates(map[string]any{"body": nil, "customer": "", "mid": "", "replayable": false})
	e.removed["tenant.ingest_events"] += emptied.RowsAffected
	if emptied.Error != nil {
		return nil, fmt.Errorf("empty the ledger's events: %w", emptied.Error)
	}
	said, err := e.said(who)
	if err != nil {
		return nil, err
	}
	if err := e.came(said); err != nil {
		return nil, err
	}
	return mids, e.strays(who.IGSID, slices.Concat(mids, said))
}

// erasureID stands in the place of a delivery where an erasure takes an event's key.
var erasureID = uuid.UUID{15: 2}

// came takes the keys of messages that an import or an answer told of, as if a webhook had: one that is late brings nothing back, and neither
// does an edit or a reaction. Like everybody it takes them in order, and before the conversation.
func (e erasing) came(mids []string) error {
	if len(mids) == 0 {
		return nil
	}
	keys := make([]eventKeyRow, len(mids))
	for n, mid := range slices.Sorted(slices.Values(mids)) {
		keys[n] = eventKeyRow{Kind: string(instagram.KindMessage), MID: mid, DeliveryID: erasureID}
	}
	if err := e.tx.DB().Clauses(clause.OnConflict{Columns: eventKey, DoNothing: true}).CreateInBatches(&keys, rowsAtOnce).Error; err != nil {
		return fmt.Errorf("take the keys of what is erased: %w", err)
	}
	return nil
}

// said is the mids of the thread as they stand before it is locked.
func (e erasing) said(who participantRow) (mids []string, err error) {
	var c conversationRow
	err = e.tx.DB().Select("conversation_id").Where("participant_id = ?", who.ParticipantID).Take(&c).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	err = e.tx.DB().Model(&messageRow{}).Where("conversation_id = ? and mid is not null", c.ConversationID).Pluck("mid", &mids).Error
	return mids, err
}

// strays empties events of which nobody could say whose they are and that name the customer or one of the messages, comments for example, and
// items that cannot be read.
func (e erasing) strays(igsid string, mids []string) error {
	var rows []eventRow
	err := e.tx.DB().Select("delivery_id", "item_no", "body").
		Where("customer = '' and outcome <> ? and body is not null", OutcomePending).Find(&rows).Error
	if err != nil {
		return err
	}
	for _, row := range rows {
		if !names(row.Body, igsid, mids) {
			continue
		}
		emptied := e.tx.DB().Model(&eventRow{}).Where("delivery_id = ? and item_no = ?", row.DeliveryID, row.ItemNo).
			Updates(map[string]any{"body": nil, "mid": "", "replayable": false})
		if emptied.Error != nil {
			return fmt.Errorf("empty an event of nobody: %w", emptied.Error)
		}
		e.removed["tenant.ingest_events"] += emptied.RowsAffected
	}
	return nil
}

func names(body []byte, igsid string, mids []string) bool {
	if bytes.Contains(body, []byte(igsid)) {
		return true
	}
	for _, mid := range mids {
		if bytes.Contains(body, []byte(mid)) {
			return true
		}
	}
	return false
}
