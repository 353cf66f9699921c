package conversations

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"parlor/tenants"
)

// ListQuery says which page of the inbox is wanted. The zero value of a filter lets everything through.
type ListQuery struct {
	Cursor   string // Page.Next of the page before, asked for with the same Sort; empty: the first
	Limit    int    // 1 to 100
	Unread   bool   // only what the reader has not read to the end; nobody in particular has read nothing
	Status   Status
	Assignee Assignee
	Label    LabelID
	Starred  bool
	Window   WindowFilter
	Sort     Sort
}

// Assignee says whose conversations are wanted; the zero value: everybody's.
type Assignee struct {
	User   tenants.UserID
	Nobody bool // those that nobody has
}

// WindowFilter says what the reply window must be like.
type WindowFilter string

// The filters by window.
const (
	WindowAny     WindowFilter = ""
	WindowIsOpen  WindowFilter = "open"
	WindowClosing WindowFilter = "closing" // the customer waits, and the window closes within ClosingSoon
	WindowIsOver  WindowFilter = "closed"  // the human-agent time counts as closed: not everybody may answer
)

// ClosingSoon is how long before its end a window is worth hurrying for.
const ClosingSoon = 4 * time.Hour

// Sort is the order of a list; it decides which conversations can be in it.
type Sort string

// The orders.
const (
	SortNewest  Sort = ""        // the newest message first
	SortWaiting Sort = "waiting" // whoever waits longest first; nobody else is listed
	SortClosing Sort = "closing" // the window that closes next first; only windows that are open
)

// order is how a sort walks its index.
type order struct {
	column  string // of conversations
	desc    bool
	version byte // of its cursors
	of      func(listRow) time.Time
}

var orders = map[Sort]order{
	SortNewest:  {"last_message_at", true, conversationCursor, func(r listRow) time.Time { return r.LastMessageAt }},
	SortWaiting: {"waiting_since", false, waitingCursor, func(r listRow) time.Time { return timeOf(r.WaitingSince) }},
	SortClosing: {"window_closes_at", false, closingCursor, func(r listRow) time.Time { return timeOf(r.WindowClosesAt) }},
}

// Conversations returns one page of the inbox in one round trip along an index in its order. Error: ErrBadCursor.
func (s *Store) Conversations(ctx context.Context, q ListQuery) (Page[Conversation], error) {
	by := orders[q.Sort]
	after, err := decodeCursor(q.Cursor, by.version)
	if err != nil {
		return Page[Conversation]{}, err
	}
	limit := min(max(q.Limit, 1), maxLimit)
	var rows []listRow
	err = s.db.Read(ctx, &rows, func(db *gorm.DB) *gorm.DB { return s.inboxPage(ctx, db, q, after).Limit(limit + 1) })
	if err != nil {
		return Page[Conversation]{}, fmt.Errorf("list conversations: %w", err)
	}
	return s.page(rows, limit, func(r listRow) string { return cursor{at: by.of(r), id: r.ConversationID}.encode(by.version) }), nil
}

// inboxPage walks the index of the order from behind after.
func (s *Store) inboxPage(ctx context.Context, db *gorm.DB, q ListQuery, after *cursor) *gorm.DB {
	by := orders[q.Sort]
	db = q.filter(ctx, s.listed(ctx, db), s.now())
	if after != nil {
		behind := map[bool]string{true: "<", false: ">"}[by.desc]
		db = db.Where("(conversations."+by.column+", conversations.conversation_id) "+behind+" (?, ?)", after.at, after.id)
	}
	return db.Order(clause.OrderBy{Columns: []clause.OrderByColumn{
		{Column: clause.Column{Table: clause.CurrentTable, Name: by.column}, Desc: by.desc},
		{Column: clause.Column{Table: clause.CurrentTable, Name: "conversation_id"}, Desc: by.desc},
	}})
}

// filter leaves what the query wants.
func (q ListQuery) filter(ctx context.Context, db *gorm.DB, now time.Time) *gorm.DB {
	if q.Status != "" {
		db = db.Where("conversations.status = ?", q.Status)
	}
	switch {
	case q.Assignee.Nobody:
		db = db.Where("conversations.assignee_id is null")
	case !q.Assignee.User.IsZero():
		db = db.Where("conversations.assignee_id = ?", q.Assignee.User)
	}
	if q.Starred {
		db = db.Where("conversations.starred")
	}
	if q.Label.UUID != uuid.Nil {
		db = db.Where("exists (?)", labelled(db, q.Label))
	}
	if q.Unread {
		db = unread(ctx, db)
	}
	switch q.Sort {
	case SortWaiting:
		db = db.Where("conversations.waiting_since is not null")
	case SortClosing:
		db = db.Where("conversations.window_closes_at > ?", now.UTC())
	}
	return q.Window.filter(db, now.UTC())
}

func (f WindowFilter) filter(db *gorm.DB, now time.Time) *gorm.DB {
	switch f {
	case WindowIsOpen:
		return db.Where("conversations.window_closes_at > ?", now)
	case WindowClosing:
		return db.Where("conversations.window_closes_at > ? and conversations.window_closes_at <= ? and conversations.waiting_since is not null", now, now.Add(ClosingSoon))
	case WindowIsOver:
		return db.Where("conversations.window_closes_at is null or conversations.window_closes_at <= ?", now)
	}
	return db
}

// labelled asks whether the conversation around it has the label.
func labelled(db *gorm.DB, label LabelID) *gorm.DB {
	return db.Session(&gorm.Session{NewDB: true}).Model(&conversationLabelRow{}).Select("conversation_labels.label_id").
		Where("conversation_labels.conversation_id = conversations.conversation_id and conversation_labels.label_id = ?", label.UUID)
}

func timeOf(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}
