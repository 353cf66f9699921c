package conversations

import (
	"context"
	"errors"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"parlor/tenants"
)

// newestEdit keeps the higher numbered of two edits that wait for one message.
var newestEdit = clause.OnConflict{
	Columns:   []clause.Column{{Name: "account_id"}, {Name: "mid"}},
	DoUpdates: clause.AssignmentColumns([]string{"num", "text", "edited_at", "parked_at"}),
	Where:     clause.Where{Exprs: []clause.Expression{gorm.Expr("parked_edits.num < excluded.num")}},
}

// edit changes a message's text, or waits for the message. An older edit never replaces a newer one. One of a message that came and is not
// here any more has nothing to wait for.
func (a *Applier) edit(ctx context.Context, tx *tenants.Tx, e event, came bool) (result, error) {
	if !e.item.Edit.Applies() {
		return result{outcome: OutcomeSkipped, reason: reasonNoEdit}, nil
	}
	edit := parkedEditRow{MID: e.row.MID, Num: e.item.Edit.Num, Text: *e.item.Edit.Text, EditedAt: e.at(), ParkedAt: a.now()}
	m, err := lockedByMID(tx, e.row.MID)
	if err != nil {
		return result{}, err
	}
	if m == nil && came {
		return forgotten, nil
	}
	if m == nil {
		return applied, tx.DB().Clauses(newestEdit).Create(&edit).Error
	}
	if !revise(m, edit) {
		return result{outcome: OutcomeSkipped, reason: reasonOutdated}, nil
	}
	if err := saveRevision(tx, *m); err != nil {
		return result{}, err
	}
	err = tx.DB().Model(&conversationRow{}).Where("conversation_id = ? and last_message_id = ?", m.ConversationID, m.MessageID).
		Updates(map[string]any{"last_message_kind": m.Kind, "last_message_text": m.Text}).Error
	if err != nil {
		return result{}, err
	}
	return applied, told(ctx, tx, *m)
}

// revise puts an edit on the message in memory and reports whether it is one: neither outdated nor of a message that was taken back.
func revise(m *messageRow, e parkedEditRow) bool {
	if m.Kind == KindUnsent || e.Num <= m.EditNum {
		return false
	}
	if m.Kind == KindEmpty {
		m.Kind = KindText
	}
	m.Text, m.EditNum, m.EditedAt = &e.Text, e.Num, &e.EditedAt
	return true
}

func saveRevision(tx *tenants.Tx, m messageRow) error {
	changes := map[string]any{"text": m.Text, "kind": m.Kind, "edit_num": m.EditNum, "edited_at": m.EditedAt}
	if err := tx.DB().Model(&messageRow{}).Where("message_id = ?", m.MessageID).Updates(changes).Error; err != nil {
		return err
	}
	return keepWords(tx, m)
}

// revised puts the edit on a message that came before it, if one did.
func revised(tx *tenants.Tx, m *messageRow) error {
	var waiting parkedEditRow
	err := tx.DB().Where("mid = ?", *m.MID).Take(&waiting).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if revise(m, waiting) {
		if err := saveRevision(tx, *m); err != nil {
			return err
		}
	}
	return tx.DB().Where("mid = ?", *m.MID).Delete(&parkedEditRow{}).Error
}
