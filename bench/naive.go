package main

import (
	"net/http"
	"strings"
	"time"

	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// naiveRow is one row of the page as somebody would map it who trusts every query to have its WHERE.
type naiveRow struct {
	ConversationID, ParticipantID                   string
	InboundSeq, ReadSeq                             int64
	LastMessageID, LastMessageText, LastMessageKind *string
	LastMessageDirection, Username, Name            *string
	LastMessageAt                                   time.Time
	WaitingSince, LastInboundAt, SnoozedUntil       *time.Time
	Status                                          string
	AssigneeID, Labels                              *string
	Starred, MarkedUnread                           bool
}

// openNaive opens GORM as its manual says, tuned as far as that goes: no default transaction, no log.
func openNaive(dsn string) (*gorm.DB, error) {
	db, err := gorm.Open(postgres.Open(dsn), &gorm.Config{SkipDefaultTransaction: true, Logger: logger.Discard})
	if err != nil {
		return nil, err
	}
	pool, err := db.DB()
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(poolSize)
	pool.SetMaxIdleConns(poolSize)
	return db, nil
}

// naive serves the inbox page with GORM and a hand-written WHERE.
func naive(db *gorm.DB) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		var rows []naiveRow
		err := db.WithContext(r.Context()).Table("tenant.conversations c").
			Select("c.*, p.username, p.name, coalesce(r.read_seq, 0) as read_seq, coalesce(r.marked_unread, false) as marked_unread, (select string_agg(l.label_id::text, ',' order by l.label_id) "+
				"from tenant.conversation_labels l where l.account_id = c.account_id and l.conversation_id = c.conversation_id) as labels").
			Joins("join tenant.participants p on p.account_id = c.account_id and p.participant_id = c.participant_id").
			Joins("left join tenant.conversation_reads r on r.account_id = c.account_id and r.conversation_id = c.conversation_id and r.user_id = ?", q.Get("user")).
			Where("c.account_id = ? and (c.last_message_at, c.conversation_id) < (?, ?)", q.Get("account"), q.Get("at"), q.Get("id")).
			Order("c.last_message_at desc, c.conversation_id desc").Limit(pageSize + 1).Find(&rows).Error
		if err != nil {
			http.Error(w, "query failed", http.StatusInternalServerError)
			return
		}
		items := make([]conversation, len(rows))
		for i, row := range rows {
			items[i] = row.conversation()
		}
		answer(w, items)
	})
}

func (r naiveRow) conversation() conversation {
	c := conversation{
		ID: r.ConversationID, Participant: participant{r.ParticipantID, r.Username, r.Name},
		Unread: unreadOf(r.InboundSeq, r.ReadSeq, r.MarkedUnread), InboundSeq: r.InboundSeq, WaitingSince: r.WaitingSince,
		Status: r.Status, SnoozedUntil: r.SnoozedUntil, Starred: r.Starred, LabelIDs: []string{},
	}
	if r.AssigneeID != nil {
		c.Assignee = &assignee{UserID: *r.AssigneeID}
	}
	if r.Labels != nil {
		c.LabelIDs = strings.Split(*r.Labels, ",")
	}
	if r.LastMessageID != nil {
		c.LastMessage = &lastMessage{*r.LastMessageID, r.LastMessageText, *r.LastMessageDirection, *r.LastMessageKind, r.LastMessageAt}
	}
	c.Window = windowOf(r.LastInboundAt)
	return c
}
