package conversations

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"parlor/tenants"
)

// SavedReplyID names a saved reply within its account. It is a UUIDv7.
type SavedReplyID struct{ uuid.UUID }

// SavedReply is a text that the account's people send often. {name}, {first_name}, {username} and {agent} in it are filled by the app when
// somebody takes it into a reply; here they are text.
type SavedReply struct {
	ID   SavedReplyID
	Name string // 1 to 40 characters, unique in the account but for capital letters
	Text string // 1 to MaxTextBytes bytes
}

// MaxSavedReplies is how many an account may have.
const MaxSavedReplies = 200

// What a saved reply cannot be. Test with errors.Is.
var (
	ErrNoSavedReply        = errors.New("no such saved reply")
	ErrSavedReplyName      = errors.New("a saved reply's name has 1 to 40 printable characters")
	ErrSavedReplyText      = errors.New("a saved reply has 1 to 1000 bytes")
	ErrSavedReplyTaken     = errors.New("there is a saved reply of that name")
	ErrTooManySavedReplies = errors.New("an account has at most 200 saved replies")
)

func (r *SavedReply) check() error {
	r.Name, r.Text = strings.Join(strings.Fields(r.Name), " "), strings.TrimSpace(r.Text)
	switch {
	case !nameable(r.Name):
		return ErrSavedReplyName
	case r.Text == "" || len(r.Text) > MaxTextBytes || !storable(r.Text):
		return ErrSavedReplyText
	}
	return nil
}

// SavedReplies returns the account's saved replies by name.
func (s *Store) SavedReplies(ctx context.Context) ([]SavedReply, error) {
	var rows []savedReplyRow
	err := s.db.Read(ctx, &rows, func(db *gorm.DB) *gorm.DB { return db.Order("name_key").Limit(MaxSavedReplies) })
	if err != nil {
		return nil, fmt.Errorf("list saved replies: %w", err)
	}
	replies := make([]SavedReply, len(rows))
	for i, r := range rows {
		replies[i] = SavedReply{ID: SavedReplyID{r.SavedReplyID}, Name: r.Name, Text: r.Text}
	}
	return replies, nil
}

// SaveReply makes a saved reply, or changes the one that has its ID, and returns it. Errors: ErrSavedReplyName, ErrSavedReplyText,
// ErrSavedReplyTaken, ErrTooManySavedReplies, ErrNoSavedReply.
func (s *Store) SaveReply(ctx context.Context, r SavedReply) (SavedReply, error) {
	if err := r.check(); err != nil {
		return SavedReply{}, err
	}
	err := s.db.InTenant(ctx, func(tx *tenants.Tx) error {
		row := savedReplyRow{SavedReplyID: r.ID.UUID, Name: r.Name, NameKey: strings.ToLower(r.Name), Text: r.Text}
		var taken int64
		err := tx.DB().Model(&savedReplyRow{}).Where("name_key = ? and saved_reply_id <> ?", row.NameKey, row.SavedReplyID).Count(&taken).Error
		if err != nil {
			return err
		}
		if taken > 0 {
			return ErrSavedReplyTaken
		}
		if r.ID.UUID != uuid.Nil {
			return changeSavedReply(ctx, tx, row)
		}
		r.ID = SavedReplyID{newID()}
		row.SavedReplyID = r.ID.UUID
		return makeSavedReply(ctx, tx, row)
	})
	if err != nil {
		return SavedReply{}, fmt.Errorf("save a reply for later: %w", err)
	}
	return r, nil
}

func makeSavedReply(ctx context.Context, tx *tenants.Tx, row savedReplyRow) error {
	var n int64
	if err := tx.DB().Model(&savedReplyRow{}).Count(&n).Error; err != nil {
		return err
	}
	if n >= MaxSavedReplies {
		return ErrTooManySavedReplies
	}
	made := tx.DB().Clauses(clause.OnConflict{DoNothing: true}).Create(&row)
	if made.Error == nil && made.RowsAffected == 0 { // by somebody else, a moment ago
		return ErrSavedReplyTaken
	}
	return errors.Join(made.Error, tellSavedReplies(ctx, tx))
}

func changeSavedReply(ctx context.Context, tx *tenants.Tx, row savedReplyRow) error {
	changed := tx.DB().Model(&savedReplyRow{}).Where("saved_reply_id = ?", row.SavedReplyID).
		Updates(map[string]any{"name": row.Name, "name_key": row.NameKey, "text": row.Text})
	if changed.Error == nil && changed.RowsAffected == 0 {
		return ErrNoSavedReply
	}
	return errors.Join(changed.Error, tellSavedReplies(ctx, tx))
}

// DeleteSavedReply removes a saved reply. Error: ErrNoSavedReply.
func (s *Store) DeleteSavedReply(ctx context.Context, id SavedReplyID) error {
	err := s.db.InTenant(ctx, func(tx *tenants.Tx) error {
		gone := tx.DB().Where("saved_reply_id = ?", id.UUID).Delete(&savedReplyRow{})
		if gone.Error == nil && gone.RowsAffected == 0 {
			return ErrNoSavedReply
		}
		return errors.Join(gone.Error, tellSavedReplies(ctx, tx))
	})
	if err != nil {
		return fmt.Errorf("delete a saved reply: %w", err)
	}
	return nil
}

func tellSavedReplies(ctx context.Context, tx *tenants.Tx) error {
	return tx.Notify(ctx, tenants.LiveRef{Kind: tenants.LiveSavedReplies})
}
