package tenants

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
)

// AuditLine is one line of an account's own log.
type AuditLine struct {
	Seq       int64 // from 1, without a gap
	At        time.Time
	ActorKind string // user, api_key or system
	ActorID   string
	ActorName string // as it was then
	Action    string
	Target    string
	Detail    json.RawMessage // an object
	Grant     GrantID         // of the visit of support that did it; zero: none
}

// AuditQuery picks lines, newest first. Its zero value picks the newest of all.
type AuditQuery struct {
	Action   string    // empty: every action
	ActorID  string    // empty: everybody
	From, To time.Time // zero: no bound; To is not included
	Before   int64     // only lines with a smaller Seq; 0: from the newest
	Limit    int       // at most; 0: 50
}

// auditRow is a line as the wall reads it.
type auditRow struct {
	AccountID      AccountID `gorm:"type:uuid;primaryKey"`
	Seq            int64     `gorm:"primaryKey"`
	At             time.Time
	ActorKind      string
	ActorID        string
	ActorName      string
	Action         string
	Target         string
	Detail         string
	SupportGrantID uuid.NullUUID
	Mac            []byte
}

// TableName names the table for GORM.
func (auditRow) TableName() string { return "tenant.audit" }

func (r auditRow) line() AuditLine {
	return AuditLine{
		Seq: r.Seq, At: r.At.UTC(), ActorKind: r.ActorKind, ActorID: r.ActorID, ActorName: r.ActorName, Action: r.Action, Target: r.Target,
		Detail: json.RawMessage(r.Detail), Grant: GrantID{r.SupportGrantID.UUID},
	}
}

func (r auditRow) chained() chainedLine {
	return chainedLine{
		AccountID: r.AccountID, Seq: r.Seq, At: r.At, ActorKind: r.ActorKind, ActorID: r.ActorID, ActorName: r.ActorName,
		Action: r.Action, Target: r.Target, Detail: r.Detail, Grant: r.SupportGrantID,
	}
}

// AuditLines returns lines of the log of the account in ctx, newest first.
func (d *DB) AuditLines(ctx context.Context, want AuditQuery) ([]AuditLine, error) {
	var rows []auditRow
	err := d.Read(ctx, &rows, want.build)
	if err != nil {
		return nil, fmt.Errorf("read the account's log: %w", err)
	}
	lines := make([]AuditLine, len(rows))
	for i, r := range rows {
		lines[i] = r.line()
	}
	return lines, nil
}

func (want AuditQuery) build(q *gorm.DB) *gorm.DB {
	if want.Action != "" {
		q = q.Where("action = ?", want.Action)
	}
	if want.ActorID != "" {
		q = q.Where("actor_id = ?", want.ActorID)
	}
	if !want.From.IsZero() {
		q = q.Where("at >= ?", want.From)
	}
	if !want.To.IsZero() {
		q = q.Where("at < ?", want.To)
	}
	if want.Before > 0 {
		q = q.Where("seq < ?", want.Before)
	}
	if want.Limit <= 0 {
		want.Limit = 50
	}
	return q.Order("seq desc").Limit(want.Limit)
}

// Visited is what one visit of support did, as the account's log has it.
type Visited struct {
	Requests      int64
	Conversations []uuid.UUID // that were opened, in no order
}

// SupportRequest is the action of the line that every request of a visit leaves. Its target is the conversation, if the request names one.
const SupportRequest = "support.request"

// Visited returns what the visits did in the account of ctx. Visits that did nothing are left out.
func (d *DB) Visited(ctx context.Context, grants []GrantID) (map[GrantID]Visited, error) {
	if len(grants) == 0 {
		return map[GrantID]Visited{}, nil
	}
	ids := make([]uuid.UUID, len(grants))
	for i, g := range grants {
		ids[i] = g.UUID
	}
	var sums []struct {
		SupportGrantID uuid.UUID
		Target         string
		Requests       int64
	}
	err := d.InTenant(ctx, func(tx *Tx) error {
		return tx.DB().Model(&auditRow{}).Select("support_grant_id, target, count(*) as requests").
			Where("support_grant_id in ? and action = ?", ids, SupportRequest).Group("support_grant_id, target").Find(&sums).Error
	})
	if err != nil {
		return nil, fmt.Errorf("read what support did: %w", err)
	}
	visited := map[GrantID]Visited{}
	for _, s := range sums {
		v := visited[GrantID{s.SupportGrantID}]
		v.Requests += s.Requests
		if id, err := uuid.Parse(s.Target); err == nil {
			v.Conversations = append(v.Conversations, id)
		}
		visited[GrantID{s.SupportGrantID}] = v
	}
	return visited, nil
}
