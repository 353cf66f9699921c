package tenants

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgconn"
)

// AuditEntry is one line of an account's own log, which its owner reads. The actor is taken from the context: the principal, else the
// system. Names and texts of participants never go into it; ids do.
type AuditEntry struct {
	Action string         // noun.verb, for example "connection.made"
	Target string         // the id of what was acted upon; may be empty
	Detail map[string]any // further facts as JSON; may be nil
}

// Audit appends to the log of the account that the transaction is in.
func (tx *Tx) Audit(ctx context.Context, e AuditEntry) error {
	return tx.beside(ctx, func() error { return tx.audit.append(ctx, tx.pg, tx.AccountID(), e) })
}

// execer is what the two kinds of transaction have in common here.
type execer interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
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

// actor is who a line of a log speaks of, and by which visit of support. The name is a copy: a log outlives the people in it.
type actor struct {
	kind, id, name string
	grant          uuid.NullUUID
}

func actorFrom(ctx context.Context) actor {
	p, ok := PrincipalFrom(ctx)
	switch {
	case !ok:
		return actor{kind: "system"}
	case p.IsKey():
		return actor{kind: "api_key", id: p.KeyID, name: p.DisplayName}
	case p.Grant != nil:
		return actor{kind: "user", id: p.UserID.String(), name: p.DisplayName, grant: uuid.NullUUID{UUID: p.Grant.ID.UUID, Valid: true}}
	}
	return actor{kind: "user", id: p.UserID.String(), name: p.DisplayName}
}

// detail returns the entry's facts as JSON. Lines of a visit of support carry its reason.
func (e AuditEntry) detail(ctx context.Context) (string, error) {
	facts := e.Detail
	if p, ok := PrincipalFrom(ctx); ok && p.Grant != nil && p.Grant.Reason != "" {
		facts = maps.Clone(facts)
		if facts == nil {
			facts = map[string]any{}
		}
		facts["support_reason"] = p.Grant.Reason
	}
	text, err := auditDetail(facts)
	return string(text), err
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
