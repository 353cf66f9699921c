package conversations

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"parlor/tenants"
)

// maxLimit bounds a page; the API refuses more before.
const maxLimit = 100

// Store reads conversations of the account in ctx, for the principal in ctx. It is safe for concurrent use.
type Store struct {
	db  *tenants.DB
	now func() time.Time
	tag bool // the installation has Instagram's human-agent permission
}

// NewStore takes the walled database; now may be nil for time.Now.
func NewStore(db *tenants.DB, now func() time.Time) *Store {
	if now == nil {
		now = time.Now
	}
	return &Store{db: db, now: now}
}

// WithHumanAgent returns a Store for an installation whose app has Instagram's human-agent permission.
func (s *Store) WithHumanAgent() *Store {
	c := *s
	c.tag = true
	return &c
}

// ListQuery says which page of the inbox is wanted.
type ListQuery struct {
	Cursor string // Page.Next of the page before; empty: the first
	Limit  int    // 1 to 100
	Unread bool   // only what the reader has not read to the end; nobody in particular has read nothing
}

// listRow is one row of the inbox with what is joined to it: flat, because that is scanned fastest.
type listRow struct {
	ConversationID       uuid.UUID
	ParticipantID        uuid.UUID
	InboundSeq           int64
	LastMessageID        *uuid.UUID
	LastMessageText      *string
	LastMessageKind      *MessageKind
	LastMessageDirection *Direction
	LastMessageAt        time.Time
	LastInboundAt        *time.Time
	WaitingSince         *time.Time
	WindowOpenedBy       *OpenedBy
	SeenUntil            *time.Time
	Username             *string
	Name                 *string
	ReadSeq              *int64
	HumanAgent           *bool // the owner has confirmed it
}

// listColumns are written out with their table: GORM leaves it off, and the joined tables have columns of the same names.
const listColumns = `conversations.conversation_id, conversations.participant_id, conversations.inbound_seq, conversations.last_message_id,
	conversations.last_message_text, conversations.last_message_kind, conversations.last_message_direction, conversations.last_message_at,
	conversations.last_inbound_at, conversations.waiting_since, conversations.window_opened_by, conversations.seen_until,
	"Participant".username, "Participant".name`

// Conversations returns one page of the inbox, the newest message first, in one round trip along an index in that order.
func (s *Store) Conversations(ctx context.Context, q ListQuery) (Page[Conversation], error) {
	after, err := decodeCursor(q.Cursor, conversationCursor)
	if err != nil {
		return Page[Conversation]{}, err
	}
	limit := min(max(q.Limit, 1), maxLimit)
	var rows []listRow
	err = s.db.Read(ctx, &rows, func(db *gorm.DB) *gorm.DB { return s.inboxPage(ctx, db, q, after).Limit(limit + 1) })
	if err != nil {
		return Page[Conversation]{}, fmt.Errorf("list conversations: %w", err)
	}
	return s.page(rows, limit), nil
}

// inboxPage walks the index conversations_inbox from behind after.
func (s *Store) inboxPage(ctx context.Context, db *gorm.DB, q ListQuery, after *cursor) *gorm.DB {
	db = s.listed(ctx, db)
	if after != nil {
		db = db.Where("(conversations.last_message_at, conversations.conversation_id) < (?, ?)", after.at, after.id)
	}
	if q.Unread {
		db = unread(ctx, db)
	}
	return db.Order(clause.OrderBy{Columns: []clause.OrderByColumn{
		{Column: clause.Column{Table: clause.CurrentTable, Name: "last_message_at"}, Desc: true},
		{Column: clause.Column{Table: clause.CurrentTable, Name: "conversation_id"}, Desc: true},
	}})
}

// Conversation returns one conversation of the account, or ErrNotFound.
func (s *Store) Conversation(ctx context.Context, id ID) (Conversation, error) {
	var row listRow
	err := s.db.Read(ctx, &row, func(db *gorm.DB) *gorm.DB {
		return s.listed(ctx, db).Where("conversations.conversation_id = ?", id.UUID)
	})
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Conversation{}, ErrNotFound
	}
	if err != nil {
		return Conversation{}, fmt.Errorf("load conversation %s: %w", id, err)
	}
	return row.conversation(s.now()), nil
}

// listed selects what the inbox shows of a conversation: its own columns, the participant's names, and how far this reader has read.
func (s *Store) listed(ctx context.Context, db *gorm.DB) *gorm.DB {
	db = db.Model(&conversationRow{}).Joins("Participant")
	if !s.tag {
		return db.Select(listColumns+", (?) as read_seq", readSeq(ctx, db))
	}
	return db.Select(listColumns+", (?) as read_seq, (?) as human_agent", readSeq(ctx, db), humanAgent(db))
}

// humanAgent asks whether the owner has confirmed that people answer with the human-agent tag.
func humanAgent(db *gorm.DB) *gorm.DB {
	return db.Session(&gorm.Session{NewDB: true}).Model(&connectionFlags{}).Select("human_agent_confirmed_at is not null")
}

// lastAct is the customer's act that opened the window last.
func lastAct(at *time.Time, by *OpenedBy) *CustomerAct {
	if at == nil {
		return nil
	}
	act := &CustomerAct{At: *at}
	if by != nil {
		act.By = *by
	}
	return act
}

func unread(ctx context.Context, db *gorm.DB) *gorm.DB {
	return db.Where("conversations.inbound_seq > coalesce((?), 0)", readSeq(ctx, db))
}

// readSeq asks for the reader's number of the conversation around it; nobody in particular has none. It is not a join: for a table whose
// statistics are behind, PostgreSQL would compare every conversation with every row of the reader.
func readSeq(ctx context.Context, db *gorm.DB) *gorm.DB {
	who, _ := reader(ctx)
	return db.Session(&gorm.Session{NewDB: true}).Model(&readRow{}).Select("read_seq").
		Where("conversation_reads.conversation_id = conversations.conversation_id and conversation_reads.user_id = ?", who)
}

// reader is the person who reads. An API key is nobody in particular.
func reader(ctx context.Context) (tenants.UserID, bool) {
	p, ok := tenants.PrincipalFrom(ctx)
	return p.UserID, ok && !p.UserID.IsZero()
}

func (s *Store) page(rows []listRow, limit int) Page[Conversation] {
	var p Page[Conversation]
	if len(rows) > limit {
		rows = rows[:limit]
		last := rows[limit-1]
		p.Next = cursor{at: last.LastMessageAt, id: last.ConversationID}.encode(conversationCursor)
	}
	now := s.now()
	p.Items = make([]Conversation, len(rows))
	for i, row := range rows {
		p.Items[i] = row.conversation(now)
	}
	return p
}

func (r listRow) conversation(now time.Time) Conversation {
	c := Conversation{
		ID:           ID{r.ConversationID},
		Participant:  Participant{ID: r.ParticipantID, Username: r.Username, Name: r.Name},
		InboundSeq:   r.InboundSeq,
		WaitingSince: r.WaitingSince,
		SeenUntil:    r.SeenUntil,
		Window:       WindowAt(now, lastAct(r.LastInboundAt, r.WindowOpenedBy), SenderHuman, r.HumanAgent != nil && *r.HumanAgent),
	}
	if r.ReadSeq != nil {
		c.ReadSeq = *r.ReadSeq
	}
	if r.LastMessageID != nil && r.LastMessageKind != nil && r.LastMessageDirection != nil {
		c.Last = &LastMessage{
			ID: MessageID{*r.LastMessageID}, Text: r.LastMessageText, Kind: *r.LastMessageKind,
			Direction: *r.LastMessageDirection, SentAt: r.LastMessageAt,
		}
	}
	return c
}
