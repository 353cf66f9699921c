package conversations

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/riverqueue/river"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"parlor/tenants"
)

// Bounds of what is asked for at once.
const (
	MaxBulk   = 100 // conversations in one change
	maxLabels = 20  // of one conversation
	maxSnooze = 366 * 24 * time.Hour
)

// What a change cannot be. Test with errors.Is.
var (
	ErrBadChange   = errors.New("the change contradicts itself")
	ErrSnoozeTime  = errors.New("a snooze ends in the future, within a year")
	ErrTooManySets = errors.New("a conversation has at most 20 labels, and a change at most 100 conversations")
	ErrNoLabel     = errors.New("no such label")
)

// Change is what one or more conversations become. A field that is nil or empty leaves them as they are.
type Change struct {
	Status       *Status
	SnoozedUntil time.Time       // only with StatusSnoozed; zero: until the customer writes
	Assignee     *tenants.UserID // zero: nobody
	Starred      *bool
	Label        []LabelID
	Unlabel      []LabelID
	Unread       *bool  // of the reader alone: true marks as not read, false as read to the end
	ReadSeq      *int64 // of the reader alone: as MarkRead
}

// touchesAll reports whether the change is more than a note of the reader's own.
func (c Change) touchesAll() bool {
	return c.Status != nil || c.Assignee != nil || c.Starred != nil || len(c.Label)+len(c.Unlabel) > 0
}

func (c Change) check(now time.Time) error {
	snoozes := c.Status != nil && *c.Status == StatusSnoozed
	switch {
	case c.Status != nil && !c.Status.Valid(), !snoozes && !c.SnoozedUntil.IsZero(), !c.touchesAll() && c.Unread == nil && c.ReadSeq == nil:
		return ErrBadChange
	case slices.ContainsFunc(c.Label, func(id LabelID) bool { return slices.Contains(c.Unlabel, id) }):
		return ErrBadChange
	case !c.SnoozedUntil.IsZero() && (!c.SnoozedUntil.After(now) || c.SnoozedUntil.After(now.Add(maxSnooze))):
		return ErrSnoozeTime
	case len(c.Label)+len(c.Unlabel) > maxLabels:
		return ErrTooManySets
	}
	return nil
}

// Change changes conversations of the account, all or none, and returns them as they are now for the reader, in the order of ids. Those that
// are not there are left out. Every page that shows one is told. Whether an assignee is a member is for the caller to know. Errors:
// ErrBadChange, ErrSnoozeTime, ErrTooManySets, ErrNoLabel, ErrReadBeyond, ErrNoReader for marking without a person.
func (s *Store) Change(ctx context.Context, ids []ID, c Change) ([]Conversation, error) {
	c.Label, c.Unlabel = distinct(c.Label), distinct(c.Unlabel)
	if err := c.check(s.now()); err != nil {
		return nil, err
	}
	if len(ids) > MaxBulk {
		return nil, ErrTooManySets
	}
	err := s.db.InTenant(ctx, func(tx *tenants.Tx) error {
		var rows []conversationRow
		// In one order, so that two changes of the same conversations wait for each other and not crosswise.
		err := tx.DB().Clauses(clause.Locking{Strength: "NO KEY UPDATE"}).Select("conversation_id", "inbound_seq", "status", "snoozed_until", "assignee_id").
			Where(clause.IN{Column: "conversation_id", Values: anyIDs(ids)}).Order("conversation_id").Find(&rows).Error
		if err != nil {
			return err
		}
		return s.change(ctx, tx, rows, c)
	})
	if err != nil {
		return nil, fmt.Errorf("change conversations: %w", err)
	}
	return s.named(ctx, ids)
}

func (s *Store) change(ctx context.Context, tx *tenants.Tx, rows []conversationRow, c Change) error {
	if len(rows) == 0 {
		return nil
	}
	ids := make([]uuid.UUID, len(rows))
	var lines []historyRow
	for i, r := range rows {
		ids[i] = r.ConversationID
		lines = append(lines, c.history(ctx, r)...)
	}
	if err := remember(tx, s.now(), lines); err != nil {
		return err
	}
	if columns := c.columns(); len(columns) > 0 {
		if err := tx.DB().Model(&conversationRow{}).Where(clause.IN{Column: "conversation_id", Values: anys(ids)}).Updates(columns).Error; err != nil {
			return err
		}
	}
	if err := relabel(tx, ids, c); err != nil {
		return err
	}
	for _, r := range rows {
		if c.ReadSeq == nil {
			break
		}
		if err := s.markRead(ctx, tx, r, *c.ReadSeq); err != nil {
			return err
		}
	}
	if err := s.markUnread(ctx, tx, rows, c.Unread); err != nil {
		return err
	}
	for _, r := range rows {
		if err := s.follow(ctx, tx, r.ConversationID, c); err != nil {
			return err
		}
	}
	if c.Assignee == nil || c.Assignee.IsZero() {
		return nil
	}
	// The assignee may have been put out since the caller looked, and what that released did not know of this.
	return tx.Enqueue(ctx, tenants.MemberGoneArgs{AccountID: tx.AccountID(), UserID: *c.Assignee}, nil)
}

// columns are those of the conversation's own row.
func (c Change) columns() map[string]any {
	columns := map[string]any{}
	if c.Status != nil {
		columns["status"], columns["snoozed_until"] = *c.Status, nil
	}
	if !c.SnoozedUntil.IsZero() {
		columns["snoozed_until"] = c.SnoozedUntil.UTC()
	}
	if c.Assignee != nil {
		columns["assignee_id"] = *c.Assignee
		if c.Assignee.IsZero() {
			columns["assignee_id"] = nil
		}
	}
	if c.Starred != nil {
		columns["starred"] = *c.Starred
	}
	return columns
}

// relabel puts labels on and takes labels off.
func relabel(tx *tenants.Tx, conversations []uuid.UUID, c Change) error {
	if len(c.Label) > 0 {
		var known int64
		if err := tx.DB().Model(&labelRow{}).Where(clause.IN{Column: "label_id", Values: anyLabels(c.Label)}).Count(&known).Error; err != nil {
			return err
		}
		if known != int64(len(c.Label)) {
			return ErrNoLabel
		}
	}
	var rows []conversationLabelRow
	for _, id := range conversations {
		for _, label := range c.Label {
			rows = append(rows, conversationLabelRow{ConversationID: id, LabelID: label.UUID})
		}
	}
	if len(rows) > 0 {
		if err := tx.DB().Clauses(clause.OnConflict{DoNothing: true}).CreateInBatches(&rows, rowsAtOnce).Error; err != nil {
			return err
		}
	}
	if len(c.Unlabel) > 0 {
		err := tx.DB().Where(clause.IN{Column: "conversation_id", Values: anys(conversations)}).
			Where(clause.IN{Column: "label_id", Values: anyLabels(c.Unlabel)}).Delete(&conversationLabelRow{}).Error
		if err != nil {
			return err
		}
	}
	return checkLabels(tx, rows, conversations)
}

// checkLabels reports ErrTooManySets when one of the conversations, whose rows are locked, has more labels than it may after some were added.
func checkLabels(tx *tenants.Tx, added []conversationLabelRow, conversations []uuid.UUID) error {
	if len(added) == 0 {
		return nil
	}
	var over []conversationLabelRow
	err := tx.DB().Select("conversation_id").Where(clause.IN{Column: "conversation_id", Values: anys(conversations)}).
		Group("conversation_id").Having("count(*) > ?", maxLabels).Limit(1).Find(&over).Error
	if err == nil && len(over) > 0 {
		err = ErrTooManySets
	}
	return err
}

// distinct returns each label once.
func distinct(ids []LabelID) (once []LabelID) {
	for _, id := range ids {
		if !slices.Contains(once, id) {
			once = append(once, id)
		}
	}
	return once
}

// markUnread notes for the reader that conversations are unread, or read to the end.
func (s *Store) markUnread(ctx context.Context, tx *tenants.Tx, rows []conversationRow, mark *bool) error {
	if mark == nil {
		return nil
	}
	who, ok := reader(ctx)
	if !ok {
		return ErrNoReader
	}
	reads := make([]readRow, len(rows))
	for i, r := range rows {
		reads[i] = readRow{ConversationID: r.ConversationID, UserID: who, ReadAt: s.now(), MarkedUnread: *mark}
		if !*mark {
			reads[i].ReadSeq = r.InboundSeq
		}
	}
	how := furthest
	if *mark {
		how.DoUpdates = clause.AssignmentColumns([]string{"marked_unread"})
		how.Where = clause.Where{}
	}
	return tx.DB().Clauses(how).Create(&reads).Error
}

// follow tells the pages, and sees to it that a snooze ends.
func (s *Store) follow(ctx context.Context, tx *tenants.Tx, id uuid.UUID, c Change) error {
	ref := tenants.LiveRef{Kind: tenants.LiveConversation, ConversationID: id}
	if !c.touchesAll() {
		ref.UserID, _ = reader(ctx)
	}
	if err := tx.Notify(ctx, ref); err != nil || c.SnoozedUntil.IsZero() {
		return err
	}
	return tx.Enqueue(ctx, WakeArgs{AccountID: tx.AccountID(), ConversationID: id}, &river.InsertOpts{ScheduledAt: c.SnoozedUntil})
}

// named returns conversations in the order of their ids; those that are not there are left out.
func (s *Store) named(ctx context.Context, ids []ID) ([]Conversation, error) {
	var rows []listRow
	err := s.db.Read(ctx, &rows, func(db *gorm.DB) *gorm.DB {
		return s.listed(ctx, db).Where(clause.IN{Column: clause.Column{Table: clause.CurrentTable, Name: "conversation_id"}, Values: anyIDs(ids)})
	})
	if err != nil {
		return nil, fmt.Errorf("load conversations: %w", err)
	}
	found := map[ID]Conversation{}
	for _, c := range s.page(rows, len(rows), nil).Items {
		found[c.ID] = c
	}
	var out []Conversation
	for _, id := range ids {
		if c, ok := found[id]; ok {
			out = append(out, c)
			delete(found, id) // named twice: shown once
		}
	}
	return out, nil
}

func anyIDs(ids []ID) []any {
	out := make([]any, len(ids))
	for i, id := range ids {
		out[i] = id.UUID
	}
	return out
}
