package conversations

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

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
	Status               Status
	SnoozedUntil         *time.Time
	AssigneeID           *tenants.UserID
	Starred              bool
	WindowClosesAt       *time.Time
	ReadMark             *int64  // see readMark
	LabelIDs             *string // with commas
	HumanAgent           *bool   // the owner has confirmed it
}

// listColumns are written out with their table: GORM leaves it off, and the joined tables have columns of the same names.
const listColumns = `conversations.conversation_id, conversations.participant_id, conversations.inbound_seq, conversations.last_message_id,
	conversations.last_message_text, conversations.last_message_kind, conversations.last_message_direction, conversations.last_message_at,
	conversations.last_inbound_at, conversations.waiting_since, conversations.window_opened_by, conversations.seen_until,
	conversations.status, conversations.snoozed_until, conversations.assignee_id, conversations.starred, conversations.window_closes_at,
	"Participant".username, "Participant".name`

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
	columns := listColumns + ", (?) as read_mark, (?) as label_ids"
	with := []any{readMark(ctx, db), labelIDs(db)}
	if s.tag {
		columns, with = columns+", (?) as human_agent", append(with, humanAgent(db))
	}
	return db.Select(columns, with...)
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

// unread are those with something that the reader has not read, or has marked so.
func unread(ctx context.Context, db *gorm.DB) *gorm.DB {
	return db.Where("conversations.inbound_seq > coalesce((?), 0)", readMark(ctx, db))
}

// readMark asks for the reader's number of the conversation around it; nobody in particular has none. It is not a join: for a table whose
// statistics are behind, PostgreSQL would compare every conversation with every row of the reader.
//
// A number that was marked as unread comes as -1 less itself: below every inbound_seq, and one value a row is what the list can afford.
func readMark(ctx context.Context, db *gorm.DB) *gorm.DB {
	who, _ := reader(ctx)
	return db.Session(&gorm.Session{NewDB: true}).Model(&readRow{}).
		Select("case when conversation_reads.marked_unread then -1 - conversation_reads.read_seq else conversation_reads.read_seq end").
		Where("conversation_reads.conversation_id = conversations.conversation_id and conversation_reads.user_id = ?", who)
}

// labelIDs asks for the labels of the conversation around it, in one text: one value a row, and no join that would double rows.
func labelIDs(db *gorm.DB) *gorm.DB {
	return db.Session(&gorm.Session{NewDB: true}).Model(&conversationLabelRow{}).
		Select("string_agg(conversation_labels.label_id::text, ',' order by conversation_labels.label_id)").
		Where("conversation_labels.conversation_id = conversations.conversation_id")
}

// reader is the person who reads. An API key is nobody in particular.
func reader(ctx context.Context) (tenants.UserID, bool) {
	p, ok := tenants.PrincipalFrom(ctx)
	return p.UserID, ok && !p.UserID.IsZero()
}

// page cuts rows to the limit. edge is where the next page begins, after the last row; nil when there is none.
func (s *Store) page(rows []listRow, limit int, edge func(listRow) string) Page[Conversation] {
	var p Page[Conversation]
	if len(rows) > limit {
		rows = rows[:limit]
		p.Next = edge(rows[limit-1])
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
		Status:       r.Status,
		SnoozedUntil: r.SnoozedUntil,
		Starred:      r.Starred,
		Labels:       r.labels(),
		Window:       WindowAt(now, lastAct(r.LastInboundAt, r.WindowOpenedBy), SenderHuman, r.HumanAgent != nil && *r.HumanAgent),
	}
	if r.ReadMark != nil {
		c.ReadSeq, c.MarkedUnread = *r.ReadMark, *r.ReadMark < 0
	}
	if c.MarkedUnread {
		c.ReadSeq = -1 - c.ReadSeq
	}
	if r.AssigneeID != nil {
		c.Assignee = *r.AssigneeID
	}
	if r.LastMessageID != nil && r.LastMessageKind != nil && r.LastMessageDirection != nil {
		c.Last = &LastMessage{
			ID: MessageID{*r.LastMessageID}, Text: r.LastMessageText, Kind: *r.LastMessageKind,
			Direction: *r.LastMessageDirection, SentAt: r.LastMessageAt,
		}
	}
	return c
}

func (r listRow) labels() []LabelID {
	if r.LabelIDs == nil {
		return nil
	}
	var ids []LabelID
	for text := range strings.SplitSeq(*r.LabelIDs, ",") {
		if id, err := uuid.Parse(text); err == nil {
			ids = append(ids, LabelID{id})
		}
	}
	return ids
}
