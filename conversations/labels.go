package conversations

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"parlor/tenants"
)

// LabelID names a label within its account. It is a UUIDv7.
type LabelID struct{ uuid.UUID }

// Label is a word that the account's people put on conversations.
type Label struct {
	ID     LabelID
	Name   string // 1 to 40 characters, unique in the account but for capital letters
	Colour string // one of LabelColours
}

// LabelColours are those that a label can have; the app knows how each looks in light and dark.
func LabelColours() []string {
	return []string{"grey", "red", "orange", "yellow", "green", "teal", "blue", "violet", "pink"}
}

// MaxLabels is how many an account may have.
const MaxLabels = 100

// What a label cannot be. Test with errors.Is.
var (
	ErrLabelName     = errors.New("a label's name has 1 to 40 printable characters")
	ErrLabelColour   = errors.New("a label has one of the colours that labels have")
	ErrLabelTaken    = errors.New("there is a label of that name")
	ErrTooManyLabels = errors.New("an account has at most 100 labels")
)

func (l *Label) check() error {
	l.Name = strings.Join(strings.Fields(l.Name), " ")
	switch {
	case !nameable(l.Name):
		return ErrLabelName
	case !slices.Contains(LabelColours(), l.Colour):
		return ErrLabelColour
	}
	return nil
}

// nameable reports whether a text without blanks around it can be the name of something that people choose from a list.
func nameable(name string) bool {
	n := utf8.RuneCountInString(name)
	return n >= 1 && n <= 40 && utf8.ValidString(name) && !strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// Labels returns the account's labels by name.
func (s *Store) Labels(ctx context.Context) ([]Label, error) {
	var rows []labelRow
	err := s.db.Read(ctx, &rows, func(db *gorm.DB) *gorm.DB { return db.Model(&labelRow{}).Order("name_key").Limit(MaxLabels) })
	if err != nil {
		return nil, fmt.Errorf("list labels: %w", err)
	}
	labels := make([]Label, len(rows))
	for i, r := range rows {
		labels[i] = Label{ID: LabelID{r.LabelID}, Name: r.Name, Colour: r.Colour}
	}
	return labels, nil
}

// SaveLabel makes a label, or changes the one that has its ID, and returns it. Errors: ErrLabelName, ErrLabelColour, ErrLabelTaken,
// ErrTooManyLabels, ErrNoLabel.
func (s *Store) SaveLabel(ctx context.Context, l Label) (Label, error) {
	if err := l.check(); err != nil {
		return Label{}, err
	}
	err := s.db.InTenant(ctx, func(tx *tenants.Tx) error {
		row := labelRow{LabelID: l.ID.UUID, Name: l.Name, NameKey: strings.ToLower(l.Name), Colour: l.Colour}
		var taken int64
		if err := tx.DB().Model(&labelRow{}).Where("name_key = ? and label_id <> ?", row.NameKey, row.LabelID).Count(&taken).Error; err != nil {
			return err
		}
		if taken > 0 {
			return ErrLabelTaken
		}
		if l.ID.UUID != uuid.Nil {
			return changeLabel(ctx, tx, row)
		}
		l.ID = LabelID{newID()}
		row.LabelID = l.ID.UUID
		return makeLabel(ctx, tx, row)
	})
	if err != nil {
		return Label{}, fmt.Errorf("save label: %w", err)
	}
	return l, nil
}

func makeLabel(ctx context.Context, tx *tenants.Tx, row labelRow) error {
	var n int64
	if err := tx.DB().Model(&labelRow{}).Count(&n).Error; err != nil {
		return err
	}
	if n >= MaxLabels {
		return ErrTooManyLabels
	}
	made := tx.DB().Clauses(clause.OnConflict{DoNothing: true}).Create(&row)
	if made.Error == nil && made.RowsAffected == 0 { // by somebody else, a moment ago
		return ErrLabelTaken
	}
	return errors.Join(made.Error, tx.Notify(ctx, tenants.LiveRef{Kind: tenants.LiveLabels}))
}

func changeLabel(ctx context.Context, tx *tenants.Tx, row labelRow) error {
	changed := tx.DB().Model(&labelRow{}).Where("label_id = ?", row.LabelID).
		Updates(map[string]any{"name": row.Name, "name_key": row.NameKey, "colour": row.Colour})
	if changed.Error == nil && changed.RowsAffected == 0 {
		return ErrNoLabel
	}
	return errors.Join(changed.Error, tx.Notify(ctx, tenants.LiveRef{Kind: tenants.LiveLabels}))
}

// DeleteLabel takes a label off every conversation and removes it. Error: ErrNoLabel.
func (s *Store) DeleteLabel(ctx context.Context, id LabelID) error {
	err := s.db.InTenant(ctx, func(tx *tenants.Tx) error {
		if err := tx.DB().Where("label_id = ?", id.UUID).Delete(&conversationLabelRow{}).Error; err != nil {
			return err
		}
		gone := tx.DB().Where("label_id = ?", id.UUID).Delete(&labelRow{})
		if gone.Error == nil && gone.RowsAffected == 0 {
			return ErrNoLabel
		}
		return errors.Join(gone.Error, tx.Notify(ctx, tenants.LiveRef{Kind: tenants.LiveLabels}))
	})
	if err != nil {
		return fmt.Errorf("delete label: %w", err)
	}
	return nil
}

func anyLabels(ids []LabelID) []any {
	out := make([]any, len(ids))
	for i, id := range ids {
		out[i] = id.UUID
	}
	return out
}
