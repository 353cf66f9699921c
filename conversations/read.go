package conversations

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"parlor/tenants"
)

// MarkRead notes that the principal of ctx has read the conversation up to the inbound message of that number. It never goes back. When it
// went on, the person's other pages are told. Errors: ErrNotFound, ErrReadBeyond, ErrNoReader.
func (s *Store) MarkRead(ctx context.Context, id ID, readSeq int64) (Conversation, error) {
	err := s.db.InTenant(ctx, func(tx *tenants.Tx) error {
		var row conversationRow
		err := tx.DB().Select("conversation_id", "inbound_seq").Where("conversation_id = ?", id.UUID).Take(&row).Error
		if errors.Is(err, gorm.ErrRecordNotFound) {
			return ErrNotFound
		}
		if err != nil {
			return err
		}
		return s.markRead(ctx, tx, row, readSeq)
	})
	if err != nil {
		return Conversation{}, fmt.Errorf("mark %s as read: %w", id, err)
	}
	return s.Conversation(ctx, id)
}

func (s *Store) markRead(ctx context.Context, tx *tenants.Tx, row conversationRow, readSeq int64) error {
	who, ok := reader(ctx)
	if !ok {
		return ErrNoReader
	}
	if readSeq < 0 || readSeq > row.InboundSeq {
		return ErrReadBeyond
	}
	read := readRow{ConversationID: row.ConversationID, UserID: who, ReadSeq: readSeq, ReadAt: s.now()}
	noted := tx.DB().Clauses(furthest).Create(&read)
	if noted.Error != nil || noted.RowsAffected == 0 {
		return noted.Error // as far as that, it was read before
	}
	return tx.Notify(ctx, tenants.LiveRef{Kind: tenants.LiveConversation, ConversationID: row.ConversationID, UserID: who})
}

// furthest keeps the higher of two read numbers, whichever comes last. Whoever reads to where a mark was set has come back.
var furthest = clause.OnConflict{
	Columns:   []clause.Column{{Name: "account_id"}, {Name: "conversation_id"}, {Name: "user_id"}},
	DoUpdates: clause.AssignmentColumns([]string{"read_seq", "read_at", "marked_unread"}),
	Where:     clause.Where{Exprs: []clause.Expression{gorm.Expr("conversation_reads.read_seq < excluded.read_seq or (conversation_reads.marked_unread and conversation_reads.read_seq = excluded.read_seq)")}},
}
