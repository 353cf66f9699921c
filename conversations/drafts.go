package conversations

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"parlor/tenants"
)

// DraftMode says what a draft is to become.
type DraftMode string

// The modes.
const (
	DraftReply DraftMode = "reply"
	DraftNote  DraftMode = "note"
)

// Valid reports whether m is one of the modes above.
func (m DraftMode) Valid() bool { return m == DraftReply || m == DraftNote }

// KeptDraft is what the reader has begun to write in a conversation, on any device.
type KeptDraft struct {
	Conversation ID
	Mode         DraftMode
	Text         string // empty: there is none any more
	Revision     int64  // grows with every change; 0: there never was one
	UpdatedAt    time.Time
}

// Bounds of drafts.
const (
	MaxDraftCharacters = 4000
	MaxDrafts          = 500                 // of one person in one account
	emptyDraftsKeep    = 30 * 24 * time.Hour // for as long a late write is known to be late
)

// What a draft cannot be. Test with errors.Is.
var (
	ErrDraft         = errors.New("a draft has at most 4000 characters, and is of a reply or a note")
	ErrTooManyDrafts = errors.New("a person has at most 500 drafts in an account")
)

// Drafts returns the reader's drafts, the newest first. Error: ErrNoReader.
func (s *Store) Drafts(ctx context.Context) ([]KeptDraft, error) {
	who, ok := reader(ctx)
	if !ok {
		return nil, ErrNoReader
	}
	var rows []draftRow
	err := s.db.Read(ctx, &rows, func(db *gorm.DB) *gorm.DB {
		return db.Where("user_id = ? and text <> ''", who).Order("updated_at desc, conversation_id, mode").Limit(MaxDrafts)
	})
	if err != nil {
		return nil, fmt.Errorf("list drafts: %w", err)
	}
	drafts := make([]KeptDraft, len(rows))
	for i, r := range rows {
		drafts[i] = r.draft()
	}
	return drafts, nil
}

func (r draftRow) draft() KeptDraft {
	return KeptDraft{Conversation: ID{r.ConversationID}, Mode: r.Mode, Text: r.Text, Revision: r.Revision, UpdatedAt: r.UpdatedAt}
}

// KeepDraft stores the reader's draft d if the one that is there has d's Revision, and reports whether it did; otherwise somebody else, or a
// later write of the same page, was faster, and what is there is returned untouched. The reader's other pages are told. Errors: ErrDraft,
// ErrTooManyDrafts, ErrNotFound, ErrNoReader.
func (s *Store) KeepDraft(ctx context.Context, d KeptDraft) (KeptDraft, bool, error) {
	if !d.Mode.Valid() || utf8.RuneCountInString(d.Text) > MaxDraftCharacters || !storable(d.Text) {
		return KeptDraft{}, false, ErrDraft
	}
	who, ok := reader(ctx)
	if !ok {
		return KeptDraft{}, false, ErrNoReader
	}
	row := draftRow{UserID: who, ConversationID: d.Conversation.UUID, Mode: d.Mode, Text: d.Text, Revision: s.revision(d.Revision), UpdatedAt: s.now().UTC().Truncate(time.Microsecond)}
	kept := false
	err := s.db.InTenant(ctx, func(tx *tenants.Tx) (err error) {
		if kept, err = s.keepDraft(tx, d.Revision, row); err != nil {
			return err
		}
		if !kept {
			err = tx.DB().Clauses(row.key()).Take(&row).Error
			if errors.Is(err, gorm.ErrRecordNotFound) {
				row.Text, row.Revision, err = "", 0, nil
			}
			return err
		}
		return tx.Notify(ctx, row.ref())
	})
	if err != nil {
		return KeptDraft{}, false, fmt.Errorf("keep a draft in %s: %w", d.Conversation, err)
	}
	return row.draft(), kept, nil
}

func (s *Store) keepDraft(tx *tenants.Tx, before int64, row draftRow) (bool, error) {
	// Held, so that no erasure comes between.
	var c conversationRow
	err := tx.DB().Clauses(clause.Locking{Strength: "KEY SHARE"}).Select("conversation_id").Where("conversation_id = ?", row.ConversationID).Take(&c).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		err = ErrNotFound
	}
	if err != nil {
		return false, err
	}
	if before != 0 {
		changed := tx.DB().Model(&draftRow{}).Clauses(row.key()).Where("revision = ?", before).
			Updates(map[string]any{"text": row.Text, "revision": row.Revision, "updated_at": row.UpdatedAt})
		return changed.RowsAffected > 0, changed.Error
	}
	if err := s.roomForDraft(tx, row); err != nil {
		return false, err
	}
	made := tx.DB().Clauses(clause.OnConflict{DoNothing: true}).Create(&row)
	return made.RowsAffected > 0, made.Error
}

// roomForDraft drops what the person emptied long ago, and counts the rest.
func (s *Store) roomForDraft(tx *tenants.Tx, row draftRow) error {
	err := tx.DB().Where("user_id = ? and text = '' and updated_at < ?", row.UserID, s.now().Add(-emptyDraftsKeep)).Delete(&draftRow{}).Error
	if err != nil {
		return err
	}
	if row.Text == "" {
		return nil
	}
	var n int64
	if err := tx.DB().Model(&draftRow{}).Where("user_id = ? and text <> ''", row.UserID).Count(&n).Error; err != nil {
		return err
	}
	if n >= MaxDrafts {
		return ErrTooManyDrafts
	}
	return nil
}

// sent empties the draft that was just sent, in the same transaction. What has been typed meanwhile is another text, and stays.
func (s *Store) sent(ctx context.Context, tx *tenants.Tx, conversation uuid.UUID, mode DraftMode, text string) error {
	who, ok := reader(ctx)
	if !ok {
		return nil
	}
	row := draftRow{UserID: who, ConversationID: conversation, Mode: mode}
	err := tx.DB().Clauses(row.key(), clause.Locking{Strength: "NO KEY UPDATE"}).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil
	}
	if err != nil || text == "" || strings.TrimSpace(row.Text) != text {
		return err
	}
	row.Revision = s.revision(row.Revision)
	err = tx.DB().Model(&draftRow{}).Clauses(row.key()).
		Updates(map[string]any{"text": "", "revision": row.Revision, "updated_at": s.now().UTC()}).Error
	if err != nil {
		return err
	}
	return tx.Notify(ctx, row.ref())
}

// revision follows another one. It is the time, so that a row made anew does not repeat the numbers of the one before it.
func (s *Store) revision(before int64) int64 { return max(before+1, s.now().UnixMicro()) }

func (r draftRow) key() clause.Where {
	return clause.Where{Exprs: []clause.Expression{
		clause.Eq{Column: "user_id", Value: r.UserID}, clause.Eq{Column: "conversation_id", Value: r.ConversationID}, clause.Eq{Column: "mode", Value: r.Mode},
	}}
}

func (r draftRow) ref() tenants.LiveRef {
	return tenants.LiveRef{Kind: tenants.LiveDraft, ConversationID: r.ConversationID, UserID: r.UserID, Revision: r.Revision}
}
