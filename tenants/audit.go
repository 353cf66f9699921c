package tenants

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"
)

// AuditEntry is one line of an account's own log, which its owner reads. The actor is taken from the context: the principal, else the
// system. Names and texts of participants never go into it; ids do.
type AuditEntry struct {
	Action string         // noun.verb, for example "account.connected"
	Target string         // the id of what was acted upon; may be empty
	Detail map[string]any // further facts as JSON; may be nil
}

// Audit appends to the log of the account that the transaction is in.
func (tx *Tx) Audit(ctx context.Context, e AuditEntry) error {
	return tx.beside(ctx, func() error { return appendAudit(ctx, tx.pg, tx.AccountID(), e) })
}

// execer is what the two kinds of transaction have in common here.
type execer interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
}

// appendAuditSQL extends the account's log by one line. Taking the next number locks the account's head until the transaction ends, so the
// numbers have no gap; the time is read under that lock, so it never runs against them.
const appendAuditSQL = `
	with head as (
		insert into tenant.audit_heads as h (account_id, seq) values ($1, 1)
		on conflict (account_id) do update set seq = h.seq + 1
		returning seq)
	insert into tenant.audit (account_id, seq, at, actor_kind, actor_id, actor_name, action, target, detail)
	select $1, head.seq, clock_timestamp(), $2, $3, $4, $5, $6, $7 from head`

// appendAudit writes e into the log of the account, which the transaction behind q has entered.
func appendAudit(ctx context.Context, q execer, account AccountID, e AuditEntry) error {
	detail, err := auditDetail(e.Detail)
	if err != nil {
		return fmt.Errorf("audit %s: %w", e.Action, err)
	}
	a := actorFrom(ctx)
	if _, err := q.Exec(ctx, appendAuditSQL, account, a.kind, a.id, a.name, e.Action, e.Target, detail); err != nil {
		return fmt.Errorf("audit %s: %w", e.Action, err)
	}
	return nil
}

func appendPlatformAudit(ctx context.Context, q execer, actor, action, target string, detail map[string]any) error {
	text, err := auditDetail(detail)
	if err != nil {
		return fmt.Errorf("audit %s: %w", action, err)
	}
	if actor == "" {
		actor = actorFrom(ctx).String()
	}
	const insert = `insert into platform.audit (at, actor, action, target, detail) values (clock_timestamp(), $1, $2, $3, $4)`
	if _, err := q.Exec(ctx, insert, actor, action, target, text); err != nil {
		return fmt.Errorf("audit %s: %w", action, err)
	}
	return nil
}

// actor is who a line of a log speaks of. The name is a copy: a log outlives the people in it.
type actor struct{ kind, id, name string }

func actorFrom(ctx context.Context) actor {
	p, ok := PrincipalFrom(ctx)
	switch {
	case !ok:
		return actor{kind: "system"}
	case p.IsKey():
		return actor{kind: "api_key", id: p.KeyID, name: p.DisplayName}
	default:
		return actor{kind: "user", id: p.UserID.String(), name: p.DisplayName}
	}
}

// String returns kind and id as the installation's log spells them.
func (a actor) String() string {
	if a.id == "" {
		return a.kind
	}
	return a.kind + ":" + a.id
}

func auditDetail(detail map[string]any) (json.RawMessage, error) {
	if len(detail) == 0 {
		return json.RawMessage(`{}`), nil
	}
	return json.Marshal(detail)
}
