package conversations

import (
	"context"
	"errors"
	"slices"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"parlor/conversations/words"
	"parlor/tenants"
)

// Exported for the tests alone.

var errDryRun = errors.New("dry run")

// InboxSQL returns the statement of an inbox page as the wall lets it through, to be explained.
func InboxSQL(ctx context.Context, db *tenants.DB, q ListQuery) (sql string, args []any, err error) {
	after, err := decodeCursor(q.Cursor, orders[q.Sort].version)
	if err != nil {
		return "", nil, err
	}
	err = db.InTenant(ctx, func(tx *tenants.Tx) error {
		dry := NewStore(db, nil).inboxPage(ctx, tx.DB().Session(&gorm.Session{DryRun: true}), q, after).Limit(q.Limit + 1).Find(&[]listRow{})
		sql, args = dry.Statement.SQL.String(), dry.Statement.Vars
		return errors.Join(dry.Error, errDryRun)
	})
	if !errors.Is(err, errDryRun) {
		return "", nil, err
	}
	return sql, args, nil
}

// InsightsSQL returns the statement of one page of the walk for the figures: the first, or the one behind a message.
func InsightsSQL(ctx context.Context, db *tenants.DB, span Span, after *Message) (sql string, args []any, err error) {
	var behind *cursor
	if after != nil {
		behind = &cursor{at: after.SentAt, id: after.ID.UUID}
	}
	err = db.InTenant(ctx, func(tx *tenants.Tx) error {
		dry := walk(tx.DB().Session(&gorm.Session{DryRun: true}), span, behind).Find(&[]walkedRow{})
		sql, args = dry.Statement.SQL.String(), dry.Statement.Vars
		return errors.Join(dry.Error, errDryRun)
	})
	if !errors.Is(err, errDryRun) {
		return "", nil, err
	}
	return sql, args, nil
}

// InsightsAtMost is Insights with a lower bound of messages.
func (s *Store) InsightsAtMost(ctx context.Context, span Span, most int) (Insights, error) {
	return s.insights(ctx, span, most)
}

// Deliver hands a notification's payload to the open pages, as the listening connection does.
func (l *Live) Deliver(ctx context.Context, payload string) { l.deliver(ctx, payload) }

// Pages is how many pages are subscribed.
func (l *Live) Pages() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, pages := range l.pages {
		n += len(pages)
	}
	return n
}

// Guarded is the guard against panics.
var Guarded = guarded

// HintBuffer is how many hints wait for a slow page.
const HintBuffer = hintBuffer

// ErrPanicked is what a caught panic becomes.
var ErrPanicked = errPanicked

// Reopen does the first half of a replay: a process that dies behind it leaves the rest to a job.
func Reopen(ctx context.Context, db *tenants.DB, deliveryID uuid.UUID, itemNo int) error {
	return db.InTenant(ctx, func(tx *tenants.Tx) error {
		_, err := reopen(ctx, tx, deliveryID, itemNo)
		return err
	})
}

// Answered writes down what came of the last call for a message, as a process does that was asleep since it made the call, or before.
func (s *ReplySender) Answered(ctx context.Context, id MessageID, made bool, fault error) error {
	var a attemptRow
	err := s.o.DB.InTenant(ctx, func(tx *tenants.Tx) (err error) {
		a, err = lastAttempt(tx, id.UUID)
		return err
	})
	if err != nil {
		return err
	}
	return s.record(ctx, a, call{made: made, mid: "mid.last", fault: fault})
}

// AnsweredLate writes down that Instagram took the first attempt of a message, as a process does that was asleep since.
func (s *ReplySender) AnsweredLate(ctx context.Context, id MessageID, mid string) error {
	var a attemptRow
	err := s.o.DB.InTenant(ctx, func(tx *tenants.Tx) error {
		return tx.DB().Where("message_id = ?", id.UUID).Order("seq").Take(&a).Error
	})
	if err != nil {
		return err
	}
	return s.record(ctx, a, call{made: true, mid: mid})
}

// LookedInVain ends the last look for a message, which began before whatever has happened to it since.
func (s *ReplySender) LookedInVain(ctx context.Context, id MessageID) error {
	var a attemptRow
	err := s.o.DB.InTenant(ctx, func(tx *tenants.Tx) (err error) {
		a, err = lastAttempt(tx, id.UUID)
		return err
	})
	if err != nil {
		return err
	}
	a.State, a.Looks = AttemptSettling, len(s.o.Looks)-1
	return s.lookedInVain(ctx, a)
}

// Look looks for the traces of the last attempt of a message, as its job does.
func (s *ReplySender) Look(ctx context.Context, id MessageID) error {
	var a attemptRow
	err := s.o.DB.InTenant(ctx, func(tx *tenants.Tx) (err error) {
		a, err = lastAttempt(tx, id.UUID)
		return err
	})
	if err != nil {
		return err
	}
	return s.look(ctx, a)
}

// WordsOf returns by what a message with a text is to be found, in order.
func WordsOf(account tenants.AccountID, text string) (tagged []string) {
	for _, w := range words.Distinct(text) {
		tagged = append(tagged, wordsTag(account, messageWords)+w)
	}
	slices.Sort(tagged)
	return tagged
}
