package conversations

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
)

// Event is one item of a webhook delivery as the ledger knows it: what became of it, not what it says.
type Event struct {
	DeliveryID uuid.UUID
	ItemNo     int    // within the delivery, from 0
	Kind       string // instagram.Kind as text; empty when it could not be read
	MID        string // may be empty; one that Parlor made starts with "parlor:"
	Outcome    Outcome
	Reason     string     // why it was skipped or failed; empty otherwise
	Replayable bool       // see Ingest.Replay
	At         *time.Time // Instagram's time; nil when it told none
	ReceivedAt time.Time
	SettledAt  *time.Time // nil while pending
}

// ID is the event's name in the API: "<delivery id>.<item number>".
func (e Event) ID() string { return fmt.Sprintf("%s.%d", e.DeliveryID, e.ItemNo) }

// EventQuery says which page of the ledger is wanted.
type EventQuery struct {
	Outcome Outcome // empty: all
	Cursor  string  // Page.Next of the page before; empty: the first
	Limit   int     // 1 to 100
}

// eventColumns leave the body out.
var eventColumns = []string{
	"delivery_id", "item_no", "kind", "mid", "outcome", "reason", "replayable", "at", "received_at", "settled_at",
}

// Events returns one page of the account's events, the newest first. Errors: ErrBadCursor.
func (s *Store) Events(ctx context.Context, q EventQuery) (Page[Event], error) {
	after, err := decodeCursor(q.Cursor, eventCursor)
	if err != nil {
		return Page[Event]{}, err
	}
	limit := min(max(q.Limit, 1), maxLimit)
	var rows []eventRow
	err = s.db.Read(ctx, &rows, func(db *gorm.DB) *gorm.DB {
		db = db.Select(eventColumns)
		if q.Outcome != "" {
			db = db.Where("outcome = ?", q.Outcome)
		}
		if after != nil {
			db = db.Where("(received_at, delivery_id, item_no) < (?, ?, ?)", after.at, after.id, after.no)
		}
		return db.Order("received_at desc, delivery_id desc, item_no desc").Limit(limit + 1)
	})
	if err != nil {
		return Page[Event]{}, fmt.Errorf("list events: %w", err)
	}
	var p Page[Event]
	if len(rows) > limit {
		rows = rows[:limit]
		last := rows[limit-1]
		p.Next = cursor{last.ReceivedAt, last.DeliveryID, last.ItemNo}.encode(eventCursor)
	}
	p.Items = make([]Event, len(rows))
	for i, row := range rows {
		p.Items[i] = row.event()
	}
	return p, nil
}

func (r eventRow) event() Event {
	return Event{
		DeliveryID: r.DeliveryID, ItemNo: r.ItemNo, Kind: r.Kind, MID: r.MID, Outcome: r.Outcome, Reason: r.Reason,
		Replayable: r.Replayable, At: r.At, ReceivedAt: r.ReceivedAt, SettledAt: r.SettledAt,
	}
}
