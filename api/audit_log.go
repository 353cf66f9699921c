package api

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"parlor/tenants"
)

// auditLog shows an account's own log to its owner.
type auditLog struct {
	db  *tenants.DB
	now func() time.Time
}

// auditActions are the words that an account's log knows, for the filter. A log may hold older ones.
var auditActions = []string{
	"account.approved", "account.resumed", "account.suspended",
	"api_key.created", "api_key.revoked", "api_key.rotated", "audit.exported", "backfill.done", "backfill.failed",
	"connection.ended", "connection.lost", "connection.made", "connection.recovered", "connection.renewed", "connection.runs_out", "event.replayed",
	"human_agent.confirmed", "human_agent.withdrawn", "invitation.created", "invitation.revoked",
	"member.joined", "member.left", "member.removed", "member.role_changed", "message.marked_sent", "participant.erased",
	"session.started", "session.switched", "support.ended", "support.opened", "support.request", "support.settings_changed",
}

func (h *auditLog) list(ctx context.Context, in *listAuditInput) (*auditPageOutput, error) {
	want := tenants.AuditQuery{Action: in.Action, ActorID: in.Actor, From: in.From, To: in.To, Limit: in.Limit + 1}
	if in.Cursor != "" {
		before, err := strconv.ParseInt(in.Cursor, 10, 64)
		if err != nil || before < 1 {
			return nil, invalidField("query.cursor", "expected the next_cursor of this list")
		}
		want.Before = before
	}
	lines, err := h.db.AuditLines(ctx, want)
	if err != nil {
		return nil, err
	}
	out := &auditPageOutput{Body: AuditPage{Items: []AuditLine{}, Actions: auditActions}}
	if len(lines) > in.Limit {
		lines = lines[:in.Limit]
		out.Body.NextCursor = optional(strconv.FormatInt(lines[in.Limit-1].Seq, 10))
	}
	for _, l := range lines {
		out.Body.Items = append(out.Body.Items, shownLine(l))
	}
	return out, nil
}

func shownLine(l tenants.AuditLine) AuditLine {
	line := AuditLine{
		Seq: l.Seq, At: l.At, Actor: AuditActor{Kind: l.ActorKind, ID: l.ActorID, Name: l.ActorName}, Action: l.Action, Target: l.Target,
		Detail: map[string]any{},
	}
	_ = json.Unmarshal(l.Detail, &line.Detail) // we wrote it; what cannot be read is shown as nothing
	if !l.Grant.IsZero() {
		line.SupportGrantID = optional(l.Grant.String())
	}
	return line
}

// exportPage is how many lines an export reads at a time.
const exportPage = 1000

// export writes the whole log, or what lies between two times, newest first. That it was exported stands in the log itself.
func (h *auditLog) export(c *gin.Context) error {
	ctx := c.Request.Context()
	want, err := exportQuery(c)
	if err != nil {
		return err
	}
	format := c.DefaultQuery("format", "csv")
	if format != "csv" && format != "jsonl" {
		return invalidField("query.format", "expected csv or jsonl")
	}
	err = h.db.InTenant(ctx, func(tx *tenants.Tx) error {
		return tx.Audit(ctx, tenants.AuditEntry{Action: "audit.exported", Detail: map[string]any{"format": format}})
	})
	if err != nil {
		return err
	}
	lines, err := h.db.AuditLines(ctx, want) // the first page before the first byte: until then a fault is still an answer
	if err != nil {
		return err
	}
	out := newExport(c, format, h.now())
	for {
		for _, l := range lines {
			if err := out.line(l); err != nil {
				return nil //nolint:nilerr // the reader is gone
			}
		}
		if len(lines) < want.Limit {
			return out.flush()
		}
		want.Before = lines[len(lines)-1].Seq
		if lines, err = h.db.AuditLines(ctx, want); err != nil {
			panic(http.ErrAbortHandler) // a file that ends early must not look whole
		}
	}
}

func exportQuery(c *gin.Context) (tenants.AuditQuery, error) {
	want := tenants.AuditQuery{Limit: exportPage}
	for name, into := range map[string]*time.Time{"from": &want.From, "to": &want.To} {
		text := c.Query(name)
		if text == "" {
			continue
		}
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return want, invalidField("query."+name, "expected an RFC 3339 time")
		}
		*into = at
	}
	return want, nil
}

// export writes lines in one of the two forms.
type export struct {
	buffer *bufio.Writer
	csv    *csv.Writer // nil: JSON lines
}

func newExport(c *gin.Context, format string, now time.Time) *export {
	kind := map[string]string{"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl"}[format]
	c.Header("Content-Type", kind)
	c.Header("Content-Disposition", `attachment; filename="parlor-log-`+now.UTC().Format("2006-01-02")+"."+format+`"`)
	c.Status(http.StatusOK)
	e := &export{buffer: bufio.NewWriterSize(c.Writer, 32<<10)}
	if format == "csv" {
		e.csv = csv.NewWriter(e.buffer)
		_ = e.csv.Write([]string{"seq", "at", "actor_kind", "actor_id", "actor_name", "action", "target", "detail", "support_grant_id"})
	}
	return e
}

func (e *export) line(l tenants.AuditLine) error {
	if e.csv == nil {
		return json.NewEncoder(e.buffer).Encode(shownLine(l))
	}
	grant := ""
	if !l.Grant.IsZero() {
		grant = l.Grant.String()
	}
	return e.csv.Write([]string{
		strconv.FormatInt(l.Seq, 10), l.At.Format(time.RFC3339Nano), l.ActorKind, l.ActorID, inert(l.ActorName), l.Action, inert(l.Target),
		inert(string(l.Detail)), grant,
	})
}

func (e *export) flush() error {
	if e.csv != nil {
		e.csv.Flush()
	}
	_ = e.buffer.Flush() // the reader is gone
	return nil
}

// inert keeps a spreadsheet from taking a text for a formula: names come from strangers.
func inert(text string) string {
	if text != "" {
		switch text[0] {
		case '=', '+', '-', '@', '\t', '\r':
			return "'" + text
		}
	}
	return text
}

func describeAuditExport(op *huma.Operation) {
	op.Parameters = []*huma.Param{
		queryParam("format", "csv or jsonl"), queryParam("from", "RFC 3339; from then on"), queryParam("to", "RFC 3339; before then"),
	}
	respond(op, http.StatusOK, "The log, newest line first", "text/csv", &huma.Schema{Type: "string"})
	op.Responses["200"].Content["application/jsonl"] = &huma.MediaType{Schema: &huma.Schema{Type: "string"}}
}

type listAuditInput struct {
	PageInput
	Action string    `query:"action" maxLength:"100" doc:"Only this action"`
	Actor  string    `query:"actor" maxLength:"100" doc:"Only this actor's id"`
	From   time.Time `query:"from" doc:"From then on"`
	To     time.Time `query:"to" doc:"Before then"`
}

type auditPageOutput struct{ Body AuditPage }

// AuditPage is a page of the account's log, newest first.
type AuditPage struct {
	Items      []AuditLine `json:"items" nullable:"false"`
	NextCursor *string     `json:"next_cursor"`
	Actions    []string    `json:"actions" nullable:"false" doc:"The actions that there are, for a filter"`
}

// AuditLine says who did what. It holds ids and the names of those who act, never of customers.
type AuditLine struct {
	Seq            int64          `json:"seq"`
	At             time.Time      `json:"at"`
	Actor          AuditActor     `json:"actor"`
	Action         string         `json:"action" doc:"noun.verb; show an unknown one as it is"`
	Target         string         `json:"target"`
	Detail         map[string]any `json:"detail" nullable:"false"`
	SupportGrantID *string        `json:"support_grant_id" doc:"The visit of support that did it"`
}

// AuditActor is who acted.
type AuditActor struct {
	Kind string `json:"kind" enum:"user,api_key,system"`
	ID   string `json:"id"`
	Name string `json:"name" doc:"As it was then"`
}
