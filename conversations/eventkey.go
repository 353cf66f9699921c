package conversations

import (
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"parlor/instagram"
	"parlor/tenants"
)

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

// claimedKinds returns what has happened to a message so far: that it came, from either side, that it was taken back, edited or seen.
func claimedKinds(tx *tenants.Tx, mid string) (kinds []instagram.Kind, err error) {
	all := []instagram.Kind{instagram.KindMessage, instagram.KindEcho, instagram.KindUnsend, instagram.KindEdit, instagram.KindRead}
	err = tx.DB().Model(&eventKeyRow{}).Where("kind in ? and mid = ?", all, mid).Pluck("kind", &kinds).Error
	return kinds, err
}

// lockedByMID returns the message with its conversation locked, or nil. Without that lock it might be merged with a reply meanwhile. The order
// of locks is the same everywhere: mid, conversation, message.
func lockedByMID(tx *tenants.Tx, mid string) (*messageRow, error) {
	m, err := byMID(tx, mid)
	if err != nil || m == nil {
		return nil, err
	}
	if _, err := lockedConversation(tx, m.ConversationID); err != nil {
		return nil, err
	}
	return byMID(tx, mid)
}

var eventKey = []clause.Column{{Name: "account_id"}, {Name: "kind"}, {Name: "mid"}, {Name: "variant"}}
