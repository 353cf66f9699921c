package conversations

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"parlor/tenants"
)

// Counts says how much there is in each view of the inbox. Every number stops at CountsStop.
type Counts struct {
	Inbox       int64 // open
	Unread      int64 // of them, what the reader has not read
	Mine        int64 // of them, what the reader has
	Unassigned  int64 // of them, what nobody has
	ClosingSoon int64 // of them, those whose customer waits while the window closes
	Starred     int64 // of them
	Snoozed     int64
	Closed      int64
}

// CountsStop is where a number ends: nobody reads more, and an account's whole history is not worth a walk at every change.
const CountsStop = 1000

// Counts counts the views for the reader: what is still to be done in one walk of its index, and of what is closed no more than CountsStop.
func (s *Store) Counts(ctx context.Context) (Counts, error) {
	var c Counts
	err := s.db.InTenant(ctx, func(tx *tenants.Tx) error {
		if err := s.countWork(ctx, tx, &c); err != nil {
			return err
		}
		var closed []uuid.UUID
		err := tx.DB().Model(&conversationRow{}).Where("status = ?", StatusClosed).Limit(CountsStop).Pluck("conversation_id", &closed).Error
		c.Closed = int64(len(closed))
		return err
	})
	if err != nil {
		return Counts{}, fmt.Errorf("count the views: %w", err)
	}
	for _, n := range []*int64{&c.Inbox, &c.Unread, &c.Mine, &c.Unassigned, &c.ClosingSoon, &c.Starred, &c.Snoozed} {
		*n = min(*n, CountsStop)
	}
	return c, nil
}

// Unread counts the open conversations that the reader has not read; it stops at CountsStop.
func (s *Store) Unread(ctx context.Context) (n int64, err error) {
	err = s.db.InTenant(ctx, func(tx *tenants.Tx) error {
		var ids []uuid.UUID
		open := tx.DB().Model(&conversationRow{}).Where("conversations.status = ?", StatusOpen)
		err := unread(ctx, open).Limit(CountsStop).Pluck("conversation_id", &ids).Error
		n = int64(len(ids))
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("count what is unread: %w", err)
	}
	return n, nil
}

// countWork counts what is open or snoozed.
func (s *Store) countWork(ctx context.Context, tx *tenants.Tx, c *Counts) error {
	who, _ := reader(ctx)
	now := s.now().UTC()
	open := "count(*) filter (where status = 'open'"
	db := tx.DB().Session(&gorm.Session{})
	return db.Model(&conversationRow{}).Select(
		open+") as inbox, "+
			open+" and inbound_seq > coalesce((?), 0)) as unread, "+
			open+" and assignee_id = ?) as mine, "+
			open+" and assignee_id is null) as unassigned, "+
			open+" and waiting_since is not null and window_closes_at > ? and window_closes_at <= ?) as closing_soon, "+
			open+" and starred) as starred, "+
			"count(*) filter (where status = 'snoozed') as snoozed",
		readMark(ctx, db), who, now, now.Add(ClosingSoon)).
		Where("status in ?", []Status{StatusOpen, StatusSnoozed}).Scan(c).Error
}
