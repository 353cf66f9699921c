package conversations

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"parlor/tenants"
)

// HistoryKind says what was done with a conversation.
type HistoryKind string

// The kinds of history.
const (
	HistoryClosed       HistoryKind = "closed"
	HistoryReopened     HistoryKind = "reopened"
	HistorySnoozed      HistoryKind = "snoozed"
	HistoryAssigned     HistoryKind = "assigned"
	HistoryUnassigned   HistoryKind = "unassigned"
	HistorySupportVisit HistoryKind = "support_visit" // a visit of support opened the conversation
)

// HistoryCause says why something happened that nobody did; empty when somebody did it.
type HistoryCause string

// The causes.
const (
	CauseCustomerWrote HistoryCause = "customer_wrote"
	CauseSnoozeOver    HistoryCause = "snooze_over"
	CauseCannotAnswer  HistoryCause = "cannot_answer"
)

// History is one thing that was done with a conversation.
type History struct {
	ID        uuid.UUID
	Kind      HistoryKind
	Cause     HistoryCause
	ActorID   tenants.UserID // zero when nobody did it
	ActorName string         // as it was then
	About     tenants.UserID // whom it was assigned to, or taken from
	Until     *time.Time     // of a snooze that ends by itself
	At        time.Time
}

// MaxHistory is how much of a conversation's history is kept: the newest.
const MaxHistory = 200

// History returns what was done with a conversation, the oldest first; nothing for one that is not there.
func (s *Store) History(ctx context.Context, id ID) ([]History, error) {
	var rows []historyRow
	err := s.db.Read(ctx, &rows, func(db *gorm.DB) *gorm.DB {
		return db.Where("conversation_id = ?", id.UUID).Order("at desc, event_id desc").Limit(MaxHistory)
	})
	if err != nil {
		return nil, fmt.Errorf("read the history of %s: %w", id, err)
	}
	slices.Reverse(rows)
	lines := make([]History, len(rows))
	for i, r := range rows {
		lines[i] = History{ID: r.EventID, Kind: r.Kind, Cause: r.Cause, ActorName: r.ActorName, Until: r.Until, At: r.At}
		if r.ActorID != nil {
			lines[i].ActorID = *r.ActorID
		}
		if r.AboutID != nil {
			lines[i].About = *r.AboutID
		}
	}
	return lines, nil
}

// NoteVisit notes, once a visit, that the visit of support in ctx has opened the conversation. Whoever is no visitor leaves nothing. Error:
// ErrNotFound.
func (s *Store) NoteVisit(ctx context.Context, id ID) error {
	p, _ := tenants.PrincipalFrom(ctx)
	if p.Grant == nil {
		return nil
	}
	err := s.db.InTenant(ctx, func(tx *tenants.Tx) error {
		if _, err := lockedConversation(tx, id.UUID); err != nil {
			return err
		}
		line := historyRow{EventID: newID(), ConversationID: id.UUID, Kind: HistorySupportVisit, GrantID: &p.Grant.ID, At: s.now().UTC()}
		line = line.by(ctx)
		noted := tx.DB().Clauses(clause.OnConflict{DoNothing: true}).Create(&line)
		if noted.Error != nil || noted.RowsAffected == 0 {
			return noted.Error
		}
		if err := trimHistory(tx, []uuid.UUID{id.UUID}); err != nil {
			return err
		}
		return tx.Notify(ctx, tenants.LiveRef{Kind: tenants.LiveConversation, ConversationID: id.UUID})
	})
	if err != nil {
		return fmt.Errorf("note a visit to %s: %w", id, err)
	}
	return nil
}

// by returns the line with the name of who acts in ctx.
func (r historyRow) by(ctx context.Context) historyRow {
	if p, ok := tenants.PrincipalFrom(ctx); ok && !p.IsKey() {
		r.ActorID, r.ActorName = &p.UserID, p.DisplayName
	}
	return r
}

// history is what the change by whoever acts in ctx does to a conversation that was like this: nothing where it changes nothing.
func (c Change) history(ctx context.Context, was conversationRow) []historyRow {
	var lines []historyRow
	add := func(line historyRow) {
		line.ConversationID = was.ConversationID
		lines = append(lines, line.by(ctx))
	}
	if c.Status != nil && (*c.Status != was.Status || *c.Status == StatusSnoozed && !sameTime(c.SnoozedUntil, was.SnoozedUntil)) {
		line := historyRow{Kind: historyOf[*c.Status]}
		if !c.SnoozedUntil.IsZero() {
			until := c.SnoozedUntil.UTC()
			line.Until = &until
		}
		add(line)
	}
	if c.Assignee == nil {
		return lines
	}
	switch now := *c.Assignee; {
	case now.IsZero() && was.AssigneeID != nil:
		add(historyRow{Kind: HistoryUnassigned, AboutID: was.AssigneeID})
	case !now.IsZero() && (was.AssigneeID == nil || *was.AssigneeID != now):
		add(historyRow{Kind: HistoryAssigned, AboutID: &now})
	}
	return lines
}

var historyOf = map[Status]HistoryKind{StatusOpen: HistoryReopened, StatusSnoozed: HistorySnoozed, StatusClosed: HistoryClosed}

// sameTime compares a moment, zero for none, with a stored one.
func sameTime(a time.Time, b *time.Time) bool {
	if b == nil {
		return a.IsZero()
	}
	return a.UTC().Truncate(time.Microsecond).Equal(*b)
}

// remember stores history in the transaction that makes it, and drops what is too much.
func remember(tx *tenants.Tx, at time.Time, lines []historyRow) error {
	if len(lines) == 0 {
		return nil
	}
	var ids []uuid.UUID
	for i := range lines {
		lines[i].EventID, lines[i].At = newID(), at.UTC().Truncate(time.Microsecond)
		ids = append(ids, lines[i].ConversationID)
	}
	if err := tx.DB().CreateInBatches(&lines, rowsAtOnce).Error; err != nil {
		return err
	}
	return trimHistory(tx, ids)
}

// trimHistory drops the oldest of what is more than MaxHistory in each of these locked conversations.
func trimHistory(tx *tenants.Tx, ids []uuid.UUID) error {
	for some := range slices.Chunk(ids, valuesAtOnce) {
		var full []uuid.UUID
		err := tx.DB().Model(&historyRow{}).Where(clause.IN{Column: "conversation_id", Values: anys(some)}).
			Group("conversation_id").Having("count(*) > ?", MaxHistory).Pluck("conversation_id", &full).Error
		if err != nil {
			return err
		}
		for _, id := range full {
			var oldest []uuid.UUID
			err := tx.DB().Model(&historyRow{}).Where("conversation_id = ?", id).Order("at desc, event_id desc").Offset(MaxHistory).Pluck("event_id", &oldest).Error
			if err != nil {
				return err
			}
			if err := tx.DB().Where(clause.IN{Column: "event_id", Values: anys(oldest)}).Delete(&historyRow{}).Error; err != nil {
				return err
			}
		}
	}
	return nil
}
