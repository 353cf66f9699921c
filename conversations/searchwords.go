package conversations

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"parlor/conversations/words"
	"parlor/tenants"
)

// wordsRow is what a message or a customer is found by.
type wordsRow struct {
	AccountID     tenants.AccountID `gorm:"primaryKey"`
	EntryID       uuid.UUID         `gorm:"primaryKey"`
	MessageID     *uuid.UUID
	ParticipantID *uuid.UUID
	At            time.Time
	Words         string // as a tsvector
}

func (wordsRow) TableName() string { return "tenant.search_words" }

// Kinds of entries; each has a tag of its own, so that one is looked for without the other.
const (
	messageWords = "m"
	personWords  = "p"
)

// wordsTag stands before each word of an account. Should two accounts have the same one, the index is slower for both; whose an entry is, its
// account_id says.
func wordsTag(account tenants.AccountID, kind string) string {
	sum := sha256.Sum256(account.UUID[:])
	return base64.RawURLEncoding.EncodeToString(sum[:6]) + kind
}

// keepWords has a message found by its text as it is now; one without text is not found. Whoever writes a text calls it in the same transaction.
func keepWords(tx *tenants.Tx, m messageRow) error {
	if m.Text == nil || *m.Text == "" {
		return forgetWords(tx, clause.Eq{Column: "message_id", Value: m.MessageID})
	}
	return putWords(tx, wordsOfMessage(tx.AccountID(), m), clause.OnConflict{Columns: wordsKey, DoUpdates: clause.AssignmentColumns([]string{"at", "words"})})
}

// keepName does the same for a customer, by name and username.
func keepName(tx *tenants.Tx, p participantRow) error {
	return putWords(tx, wordsOfPerson(tx.AccountID(), p), clause.OnConflict{Columns: wordsKey, DoUpdates: clause.AssignmentColumns([]string{"words"})})
}

// renamed is keepName for a customer whose row has just changed, unless it was erased meanwhile.
func renamed(tx *tenants.Tx, id uuid.UUID) error {
	var who participantRow
	err := tx.DB().Clauses(clause.Locking{Strength: "KEY SHARE"}).Where("participant_id = ?", id).Take(&who).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return keepName(tx, who)
}

var wordsKey = []clause.Column{{Name: "account_id"}, {Name: "entry_id"}}

func putWords(tx *tenants.Tx, row wordsRow, how clause.OnConflict) error {
	if err := tx.DB().Clauses(how).Create(&row).Error; err != nil {
		return fmt.Errorf("keep words: %w", err)
	}
	return nil
}

func forgetWords(tx *tenants.Tx, which clause.Expression) error {
	if err := tx.DB().Where(which).Delete(&wordsRow{}).Error; err != nil {
		return fmt.Errorf("forget words: %w", err)
	}
	return nil
}

func wordsOfMessage(account tenants.AccountID, m messageRow) wordsRow {
	return wordsRow{
		EntryID: m.MessageID, MessageID: &m.MessageID, At: m.SentAt, Words: words.Vector(wordsTag(account, messageWords), words.Distinct(text(m.Text))),
	}
}

func wordsOfPerson(account tenants.AccountID, p participantRow) wordsRow {
	var names []string
	for _, name := range []*string{p.Username, p.Name} {
		if name != nil {
			names = append(names, *name)
		}
	}
	if p.Username != nil { // also as one word: who types it leaves the dots and lines out
		names = append(names, strings.NewReplacer(".", "", "_", "").Replace(*p.Username))
	}
	return wordsRow{
		EntryID: p.ParticipantID, ParticipantID: &p.ParticipantID, At: p.CreatedAt,
		Words: words.Vector(wordsTag(account, personWords), words.Distinct(strings.Join(names, " "))),
	}
}
