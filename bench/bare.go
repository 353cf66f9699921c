package main

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// page, conversation and what they hold are the JSON of the inbox page, written once more on purpose: the baseline shares no code
// with what it is the baseline of. Whether both say the same is checked before anything is measured.
type page struct {
	Items      []conversation `json:"items"`
	NextCursor *string        `json:"next_cursor"`
}

type conversation struct {
	ID           string       `json:"id"`
	Participant  participant  `json:"participant"`
	LastMessage  *lastMessage `json:"last_message"`
	Unread       int64        `json:"unread"`
	InboundSeq   int64        `json:"inbound_seq"`
	WaitingSince *time.Time   `json:"waiting_since"`
	Window       window       `json:"window"`
	Status       string       `json:"status"`
	SnoozedUntil *time.Time   `json:"snoozed_until"`
	Assignee     *assignee    `json:"assignee"`
	Starred      bool         `json:"starred"`
	LabelIDs     []string     `json:"label_ids"`
}

type assignee struct {
	UserID string `json:"user_id"`
	Name   string `json:"name"`
}

type participant struct {
	ID       string  `json:"id"`
	Username *string `json:"username"`
	Name     *string `json:"name"`
}

type lastMessage struct {
	ID        string    `json:"id"`
	Text      *string   `json:"text"`
	Direction string    `json:"direction"`
	Kind      string    `json:"kind"`
	SentAt    time.Time `json:"sent_at"`
}

type window struct {
	State    string     `json:"state"`
	ClosesAt *time.Time `json:"closes_at"`
}

const inboxSQL = `select c.conversation_id::text, c.last_message_id::text, c.last_message_text, c.last_message_direction, c.last_message_kind,
	c.last_message_at, c.waiting_since, c.last_inbound_at, c.inbound_seq, coalesce(r.read_seq, 0), p.participant_id::text, p.username, p.name,
	coalesce(r.marked_unread, false), c.status, c.snoozed_until, c.assignee_id::text, c.starred,
	(select array_agg(l.label_id::text order by l.label_id) from tenant.conversation_labels l
		where l.account_id = c.account_id and l.conversation_id = c.conversation_id)
from tenant.conversations c
join tenant.participants p on p.account_id = c.account_id and p.participant_id = c.participant_id
left join tenant.conversation_reads r on r.account_id = c.account_id and r.conversation_id = c.conversation_id and r.user_id = $2
where c.account_id = $1 and (c.last_message_at, c.conversation_id) < ($3, $4)
order by c.last_message_at desc, c.conversation_id desc
limit $5`

// bare serves the inbox page with net/http and pgx alone: no walls, no doors, no router. The account, the reader and the point to read
// from come as they are in the query.
func bare(pool *pgxpool.Pool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		rows, err := pool.Query(r.Context(), inboxSQL, q.Get("account"), q.Get("user"), q.Get("at"), q.Get("id"), pageSize+1)
		if err != nil {
			http.Error(w, "query failed", http.StatusInternalServerError)
			return
		}
		items, err := pgx.CollectRows(rows, scanConversation)
		if err != nil {
			http.Error(w, "scan failed", http.StatusInternalServerError)
			return
		}
		answer(w, items)
	})
}

func scanConversation(row pgx.CollectableRow) (c conversation, err error) {
	var last lastMessage
	var lastID *string
	var readSeq int64
	var marked bool
	var assigned *string
	var lastInbound *time.Time
	err = row.Scan(&c.ID, &lastID, &last.Text, &last.Direction, &last.Kind, &last.SentAt, &c.WaitingSince, &lastInbound,
		&c.InboundSeq, &readSeq, &c.Participant.ID, &c.Participant.Username, &c.Participant.Name,
		&marked, &c.Status, &c.SnoozedUntil, &assigned, &c.Starred, &c.LabelIDs)
	if lastID != nil {
		last.ID = *lastID
		c.LastMessage = &last
	}
	c.Unread = unreadOf(c.InboundSeq, readSeq, marked)
	if assigned != nil {
		c.Assignee = &assignee{UserID: *assigned}
	}
	if c.LabelIDs == nil {
		c.LabelIDs = []string{}
	}
	c.Window = windowOf(lastInbound)
	return c, err
}

func unreadOf(inbound, read int64, marked bool) int64 {
	if marked {
		return max(1, inbound-read)
	}
	return inbound - read
}

// windowOf is the rule of the reply window without the human agent, which nothing here has.
func windowOf(lastInbound *time.Time) window {
	if lastInbound == nil {
		return window{State: "closed"}
	}
	end := lastInbound.Add(24 * time.Hour)
	if !time.Now().Before(end) {
		return window{State: "closed"}
	}
	return window{State: "open", ClosesAt: &end}
}

func answer(w http.ResponseWriter, items []conversation) {
	p := page{Items: items}
	if len(items) > pageSize {
		p.Items = items[:pageSize]
		next := p.Items[pageSize-1].ID // stands for the cursor: as long, and nobody follows it here
		p.NextCursor = &next
	}
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(p); err != nil {
		panic(http.ErrAbortHandler) // the client went away; the measurement says so
	}
}
