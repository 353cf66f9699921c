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

// NoteID names a note within its account. It is a UUIDv7.
type NoteID struct{ uuid.UUID }

// Note is what one of the account's people tells the others in a thread. It is never sent to the customer.
type Note struct {
	ID         NoteID
	AuthorID   tenants.UserID
	AuthorName string // as it was when the note was written
	Text       string
	CreatedAt  time.Time
}

// Bounds of notes.
const (
	MaxNoteCharacters = 2000
	MaxNotes          = 500 // of one conversation
)

// What a note cannot be. Test with errors.Is.
var (
	ErrNoteText     = errors.New("a note has 1 to 2000 characters")
	ErrTooManyNotes = errors.New("a conversation has at most 500 notes")
	ErrNoNote       = errors.New("no such note")
	ErrNotYours     = errors.New("only its author or an owner may remove a note")
)

// Notes returns the notes of a conversation, the oldest first. Error: ErrNotFound.
func (s *Store) Notes(ctx context.Context, id ID) ([]Note, error) {
	var rows []noteRow
	err := s.db.Read(ctx, &rows, func(db *gorm.DB) *gorm.DB {
		return db.Where("conversation_id = ?", id.UUID).Order("created_at, note_id").Limit(MaxNotes)
	})
	if err != nil {
		return nil, fmt.Errorf("list notes of %s: %w", id, err)
	}
	if len(rows) == 0 { // a thread without notes and a missing one look alike here
		if _, err := s.Conversation(ctx, id); err != nil {
			return nil, err
		}
	}
	notes := make([]Note, len(rows))
	for i, r := range rows {
		notes[i] = r.note()
	}
	return notes, nil
}

func (r noteRow) note() Note {
	return Note{ID: NoteID{r.NoteID}, AuthorID: r.AuthorID, AuthorName: r.AuthorName, Text: r.Text, CreatedAt: r.CreatedAt}
}

// AddNote adds a note of the principal of ctx and reports whether this call made it: the same client id again returns the note that is
// there. It is nobody's unread, and removes the draft that it was. Errors: ErrNotFound, ErrNoteText, ErrTooManyNotes, ErrClientIDUsed,
// ErrNoReader.
func (s *Store) AddNote(ctx context.Context, id ID, clientID uuid.UUID, text string) (Note, bool, error) {
	text = strings.TrimSpace(text)
	if n := utf8.RuneCountInString(text); n < 1 || n > MaxNoteCharacters || !storable(text) {
		return Note{}, false, ErrNoteText
	}
	p, _ := tenants.PrincipalFrom(ctx)
	if p.UserID.IsZero() {
		return Note{}, false, ErrNoReader
	}
	row := noteRow{
		NoteID: newID(), ConversationID: id.UUID, ClientID: clientID, AuthorID: p.UserID, AuthorName: p.DisplayName, Text: text,
		CreatedAt: s.now().UTC().Truncate(time.Microsecond),
	}
	created := true
	err := s.db.InTenant(ctx, func(tx *tenants.Tx) error {
		if _, err := lockedConversation(tx, id.UUID); err != nil {
			return err
		}
		var known noteRow
		err := tx.DB().Where("client_id = ?", clientID).Take(&known).Error
		switch {
		case err == nil && known.ConversationID != id.UUID:
			return ErrClientIDUsed
		case err == nil:
			row, created = known, false
			return nil
		case !errors.Is(err, gorm.ErrRecordNotFound):
			return err
		}
		if err := addNote(tx, row); err != nil {
			return err
		}
		if err := s.sent(ctx, tx, row.ConversationID, DraftNote, text); err != nil {
			return err
		}
		return tx.Notify(ctx, tenants.LiveRef{Kind: tenants.LiveConversation, ConversationID: id.UUID})
	})
	if err != nil {
		return Note{}, false, fmt.Errorf("add a note to %s: %w", id, err)
	}
	return row.note(), created, nil
}

// addNote adds to a locked conversation.
func addNote(tx *tenants.Tx, row noteRow) error {
	var n int64
	if err := tx.DB().Model(&noteRow{}).Where("conversation_id = ?", row.ConversationID).Count(&n).Error; err != nil {
		return err
	}
	if n >= MaxNotes {
		return ErrTooManyNotes
	}
	made := tx.DB().Clauses(clause.OnConflict{DoNothing: true}).Create(&row)
	if made.Error == nil && made.RowsAffected == 0 { // in another conversation, a moment ago
		return ErrClientIDUsed
	}
	return made.Error
}

// RemoveNote removes a note for everybody. Errors: ErrNoNote, ErrNotYours for whoever neither wrote it nor owns the account.
func (s *Store) RemoveNote(ctx context.Context, id NoteID) error {
	p, _ := tenants.PrincipalFrom(ctx)
	err := s.db.InTenant(ctx, func(tx *tenants.Tx) error {
		var row noteRow
		err := tx.DB().Where("note_id = ?", id.UUID).Take(&row).Error
		switch {
		case errors.Is(err, gorm.ErrRecordNotFound):
			return ErrNoNote
		case err != nil:
			return err
		case !row.note().RemovableBy(p):
			return ErrNotYours
		}
		if err := tx.DB().Where("note_id = ?", id.UUID).Delete(&noteRow{}).Error; err != nil {
			return err
		}
		return tx.Notify(ctx, tenants.LiveRef{Kind: tenants.LiveConversation, ConversationID: row.ConversationID})
	})
	if err != nil {
		return fmt.Errorf("remove note %s: %w", id, err)
	}
	return nil
}

// RemovableBy reports whether p may remove the note: its author, and any owner of the account.
func (n Note) RemovableBy(p tenants.Principal) bool {
	return p.Can(tenants.NotesWrite) && (p.UserID == n.AuthorID || p.Role == tenants.RoleOwner)
}

// storable reports whether PostgreSQL keeps the text as it is.
func storable(text string) bool { return utf8.ValidString(text) && !strings.ContainsRune(text, 0) }
