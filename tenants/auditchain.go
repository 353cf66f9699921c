package tenants

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// AuditKeyBytes is the exact length of the key that chains the logs.
const AuditKeyBytes = 32

// ErrNoAuditKey says that nothing can be written into an account's log, so what it should hold does not happen either.
var ErrNoAuditKey = errors.New("no key for the accounts' logs (PARLOR_AUDIT_KEY)")

// auditKey makes the MACs of the chain. Its zero value refuses.
type auditKey []byte

// chainedLine is one line of an account's log as the chain covers it.
type chainedLine struct {
	AccountID AccountID
	Seq       int64
	At        time.Time // as PostgreSQL keeps it: microseconds
	ActorKind string
	ActorID   string
	ActorName string
	Action    string
	Target    string
	Detail    string // JSON, as it was written
	Grant     uuid.NullUUID
}

// The labels separate what the one key makes, so that a MAC of a line, which stands in the table, never passes for the seal of a head.
const (
	auditLineLabel = "parlor audit line v1"
	auditHeadLabel = "parlor audit head v1"
)

// line is the MAC of a line that follows the one with MAC before; before is empty for the first of a chain.
func (k auditKey) line(l chainedLine, before []byte) []byte {
	return k.mac(auditLineLabel, before, l.AccountID.UUID[:], number(l.Seq), number(l.At.UnixMicro()), []byte(l.ActorKind), []byte(l.ActorID),
		[]byte(l.ActorName), []byte(l.Action), []byte(l.Target), []byte(l.Detail), grantBytes(l.Grant))
}

// seal covers how long the log is and how it ends.
func (k auditKey) seal(account AccountID, seq int64, mac []byte) []byte {
	return k.mac(auditHeadLabel, account.UUID[:], number(seq), mac)
}

// mac writes the length before each part, so that no two lists of parts give the same bytes.
func (k auditKey) mac(label string, parts ...[]byte) []byte {
	h := hmac.New(sha256.New, k)
	h.Write([]byte(label))
	for _, part := range parts {
		h.Write(number(int64(len(part))))
		h.Write(part)
	}
	return h.Sum(nil)
}

func number(n int64) []byte { return binary.BigEndian.AppendUint64(nil, uint64(n)) }

func grantBytes(g uuid.NullUUID) []byte {
	if !g.Valid {
		return nil
	}
	return g.UUID[:]
}

// Taking the next number locks the account's head until the transaction ends, so the numbers have no gap; the time is read under that lock,
// so it never runs against them.
const (
	nextAuditSQL = `
		with head as (
			insert into tenant.audit_heads as h (account_id, seq) values ($1, 1)
			on conflict (account_id) do update set seq = h.seq + 1
			returning seq, mac)
		select seq, mac, clock_timestamp() from head`
	appendAuditSQL = `
		with head as (update tenant.audit_heads set mac = $11, seal = $12 where account_id = $1)
		insert into tenant.audit (account_id, seq, at, actor_kind, actor_id, actor_name, action, target, detail, support_grant_id, mac)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`
)

// querier is what the two kinds of transaction have in common here.
type querier interface {
	execer
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// append writes e into the log of the account, which the transaction behind q has entered.
func (k auditKey) append(ctx context.Context, q querier, account AccountID, e AuditEntry) error {
	if len(k) != AuditKeyBytes {
		return fmt.Errorf("audit %s: %w", e.Action, ErrNoAuditKey)
	}
	a := actorFrom(ctx)
	detail, err := e.detail(ctx)
	if err != nil {
		return fmt.Errorf("audit %s: %w", e.Action, err)
	}
	l := chainedLine{
		AccountID: account, ActorKind: a.kind, ActorID: a.id, ActorName: a.name, Action: e.Action, Target: e.Target, Detail: detail, Grant: a.grant,
	}
	var before []byte
	if err := q.QueryRow(ctx, nextAuditSQL, account).Scan(&l.Seq, &before, &l.At); err != nil {
		return fmt.Errorf("audit %s: %w", e.Action, err)
	}
	mac := k.line(l, before)
	_, err = q.Exec(ctx, appendAuditSQL, account, l.Seq, l.At, l.ActorKind, l.ActorID, l.ActorName, l.Action, l.Target, l.Detail, l.Grant,
		mac, k.seal(account, l.Seq, mac))
	if err != nil {
		return fmt.Errorf("audit %s: %w", e.Action, err)
	}
	return nil
}
