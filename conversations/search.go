package conversations

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"parlor/conversations/words"
	"parlor/tenants"
)

// ErrEmptyQuery says that there is no word in what was typed.
var ErrEmptyQuery = errors.New("nothing to look for")

// MaxPeopleFound is how many customers a search returns.
const MaxPeopleFound = 8

// MessageHit is a message in which words were found.
type MessageHit struct {
	ConversationID ID
	MessageID      MessageID
	Participant    Participant
	Direction      Direction
	SentAt         time.Time
	Snippet        []words.Segment
}

// SearchPage is one page of what was found.
type SearchPage struct {
	People   []Found // on the first page alone
	Messages Page[MessageHit]
	// Complete is false while the messages from before the account's first search are still being prepared: then some are not found yet.
	Complete bool
}

// Search returns the account's messages that have all words of a text, or words that begin so, the newest first, and the customers whose names
// have them. Notes are not searched. Errors: ErrEmptyQuery, ErrBadCursor.
func (s *Store) Search(ctx context.Context, text, after string, limit int) (page SearchPage, err error) {
	query := words.ParseQuery(text)
	if query.Empty() {
		return page, ErrEmptyQuery
	}
	behind, err := decodeCursor(after, searchCursor)
	if err != nil {
		return page, err
	}
	limit = min(max(limit, 1), maxLimit)
	err = s.db.InTenant(ctx, func(tx *tenants.Tx) (err error) {
		if page.Complete, err = prepared(ctx, tx); err != nil {
			return err
		}
		if behind == nil {
			if page.People, err = peopleWith(ctx, tx, query); err != nil {
				return err
			}
		}
		page.Messages, err = messagesWith(ctx, tx, query, behind, limit)
		return err
	})
	if err != nil {
		return SearchPage{}, fmt.Errorf("search: %w", err)
	}
	return page, nil
}

func messagesWith(ctx context.Context, tx *tenants.Tx, query words.Query, behind *cursor, limit int) (page Page[MessageHit], err error) {
	var before *tenants.WordsEntry
	if behind != nil {
		before = &tenants.WordsEntry{ID: behind.id, At: behind.at}
	}
	found, err := tx.FindWords(ctx, query.TSQuery(wordsTag(tx.AccountID(), messageWords)), before, limit+1)
	if err != nil {
		return page, err
	}
	if len(found) > limit {
		found = found[:limit]
		page.Next = cursor{at: found[limit-1].At, id: found[limit-1].ID}.encode(searchCursor)
	}
	page.Items, err = hits(tx, query, found)
	return page, err
}

// hits reads the messages that were found, in their order. One that is hidden, as the echo of a reply is, is left out.
func hits(tx *tenants.Tx, query words.Query, found []tenants.WordsEntry) ([]MessageHit, error) {
	var rows []messageRow
	err := tx.DB().Where("shadow_of is null and text is not null").Where(clause.IN{Column: "message_id", Values: anys(idsOf(found))}).Find(&rows).Error
	if err != nil {
		return nil, err
	}
	byID := make(map[uuid.UUID]messageRow, len(rows))
	threads := make([]uuid.UUID, 0, len(rows))
	for _, r := range rows {
		byID[r.MessageID] = r
		threads = append(threads, r.ConversationID)
	}
	with, err := participantsOf(tx, threads)
	if err != nil {
		return nil, err
	}
	out := make([]MessageHit, 0, len(rows))
	for _, f := range found {
		if m, ok := byID[f.ID]; ok {
			out = append(out, MessageHit{
				ConversationID: ID{m.ConversationID}, MessageID: MessageID{m.MessageID}, Participant: with[m.ConversationID],
				Direction: m.Direction, SentAt: m.SentAt, Snippet: query.Snippet(*m.Text),
			})
		}
	}
	return out, nil
}

// participantsOf returns whom each of the conversations is with.
func participantsOf(tx *tenants.Tx, conversations []uuid.UUID) (map[uuid.UUID]Participant, error) {
	var rows []conversationRow
	err := tx.DB().Preload("Participant").Where(clause.IN{Column: "conversation_id", Values: anys(conversations)}).Find(&rows).Error
	if err != nil {
		return nil, err
	}
	with := make(map[uuid.UUID]Participant, len(rows))
	for _, r := range rows {
		with[r.ConversationID] = r.Participant.participant()
	}
	return with, nil
}

func peopleWith(ctx context.Context, tx *tenants.Tx, query words.Query) ([]Found, error) {
	found, err := tx.FindWords(ctx, query.TSQuery(wordsTag(tx.AccountID(), personWords)), nil, MaxPeopleFound)
	if err != nil {
		return nil, err
	}
	var rows []participantRow
	if err := tx.DB().Where(clause.IN{Column: "participant_id", Values: anys(idsOf(found))}).Order("username, participant_id").Find(&rows).Error; err != nil {
		return nil, err
	}
	return withConversations(tx.DB(), rows)
}

func idsOf(found []tenants.WordsEntry) []uuid.UUID {
	ids := make([]uuid.UUID, len(found))
	for i, f := range found {
		ids[i] = f.ID
	}
	return ids
}

// progressRow is how far the words are of what was there before.
type progressRow struct {
	AccountID tenants.AccountID `gorm:"primaryKey"`
	Phase     indexPhase
	At        *time.Time
	EntryID   *uuid.UUID
}

func (progressRow) TableName() string { return "tenant.search_progress" }

// prepared tells whether everything is found that there is. Asked for the first time, it has the rest prepared.
func prepared(ctx context.Context, tx *tenants.Tx) (bool, error) {
	var row progressRow
	err := tx.DB().Take(&row).Error
	if !errors.Is(err, gorm.ErrRecordNotFound) {
		return row.Phase == indexDone, err
	}
	row.Phase = indexMessages
	if err := tx.DB().Clauses(clause.OnConflict{DoNothing: true}).Create(&row).Error; err != nil {
		return false, err
	}
	return false, tx.Enqueue(ctx, IndexArgs{AccountID: tx.AccountID()}, nil)
}
