package conversations

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"parlor/tenants"
)

// MaxFound is how many customers Find returns at most.
const MaxFound = 20

// Found is a customer whom Find knows by name.
type Found struct {
	Participant

	Conversation *ID // nil: nothing was said yet
}

// asWritten takes from a text what it would mean in a pattern.
var asWritten = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// Find returns the customers in whose username or name the text stands, by username, MaxFound at most; none for an empty text. It reads all
// customers of the account, so it is for what a person does rarely.
func (s *Store) Find(ctx context.Context, text string) ([]Found, error) {
	text = strings.TrimPrefix(strings.TrimSpace(text), "@")
	if text == "" {
		return []Found{}, nil
	}
	var found []Found
	err := s.db.InTenant(ctx, func(tx *tenants.Tx) error {
		var rows []participantRow
		pattern := "%" + asWritten.Replace(text) + "%"
		err := tx.DB().Where("username ilike ? or name ilike ?", pattern, pattern).Order("username, participant_id").Limit(MaxFound).Find(&rows).Error
		if err != nil {
			return err
		}
		found, err = withConversations(tx.DB(), rows)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("find customers: %w", err)
	}
	return found, nil
}

// withConversations adds to each customer the conversation, if there is one.
func withConversations(db *gorm.DB, people []participantRow) ([]Found, error) {
	spoken, err := conversationsOf(db, people)
	found := make([]Found, 0, len(people))
	for _, r := range people {
		f := Found{Participant: r.participant()}
		if id, said := spoken[r.ParticipantID]; said {
			f.Conversation = &id
		}
		found = append(found, f)
	}
	return found, err
}

// conversationsOf returns the conversation of each customer who has one.
func conversationsOf(db *gorm.DB, people []participantRow) (map[uuid.UUID]ID, error) {
	ids := make([]uuid.UUID, len(people))
	for i, p := range people {
		ids[i] = p.ParticipantID
	}
	var rows []conversationRow
	if err := db.Select("account_id, conversation_id, participant_id").Where("participant_id in ?", ids).Find(&rows).Error; err != nil {
		return nil, err
	}
	of := make(map[uuid.UUID]ID, len(rows))
	for _, r := range rows {
		of[r.ParticipantID] = ID{r.ConversationID}
	}
	return of, nil
}
