package tenants_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"gorm.io/gorm"

	"parlor/tenants"
)

// inboxRow is what the list shows of a conversation.
type inboxRow struct {
	AccountID            uuid.UUID
	ConversationID       uuid.UUID
	ParticipantID        uuid.UUID
	InboundSeq           int64
	LastMessageID        *uuid.UUID
	LastMessageText      *string
	LastMessageKind      *string
	LastMessageDirection *string
	LastMessageAt        time.Time
	LastInboundAt        *time.Time
	WaitingSince         *time.Time
	WindowClosesAt       *time.Time
	HumanAgentUntil      *time.Time
	CreatedAt            time.Time
}

func (inboxRow) TableName() string { return "tenant.conversations" }

const barePage = `select account_id, conversation_id, participant_id, inbound_seq, last_message_id, last_message_text, last_message_kind,
	last_message_direction, last_message_at, last_inbound_at, waiting_since, window_closes_at, human_agent_until, created_at
	from tenant.conversations where account_id = $1 and (last_message_at, conversation_id) < ($2, $3)
	order by last_message_at desc, conversation_id desc limit 50`

// BenchmarkInboxPage compares the page of 50 rows by bare pgx, without any wall, with Read and with InTenant.
func BenchmarkInboxPage(b *testing.B) {
	pg := newLeakDatabase(b)
	pg.Exec(b, `insert into tenant.participants (account_id, participant_id, igsid)
		select a, gen_random_uuid(), n::text from unnest(array['`+own.String()+`', '`+other.String()+`']::uuid[]) a, generate_series(1, 4000) n`)
	pg.Exec(b, `insert into tenant.conversations (account_id, conversation_id, participant_id, last_message_at, last_message_text, last_message_kind,
		last_message_direction, last_inbound_at, waiting_since)
		select account_id, gen_random_uuid(), participant_id, now() - random() * interval '300 days', repeat('hello ', 12), 'text', 'inbound', now(), now()
		from tenant.participants where igsid <> '4711'`)
	pg.Exec(b, "vacuum analyze tenant.conversations")
	d := openTenants(b, pg.AppDSN)
	pool, err := pgxpool.New(b.Context(), pg.BypassDSN)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(pool.Close)
	ctx := tenants.WithAccount(b.Context(), own)
	now := time.Now()
	page := func(q *gorm.DB) *gorm.DB {
		return q.Where("(last_message_at, conversation_id) < (?, ?)", now, ownThread).Order("last_message_at desc, conversation_id desc").Limit(50)
	}
	ways := []struct {
		name string
		read func() (int, error)
	}{
		{"bare", func() (int, error) {
			rows, err := pool.Query(ctx, barePage, own.UUID, now, ownThread)
			if err != nil {
				return 0, err
			}
			defer rows.Close()
			out := make([]inboxRow, 0, 50)
			for rows.Next() {
				var r inboxRow
				if err := rows.Scan(&r.AccountID, &r.ConversationID, &r.ParticipantID, &r.InboundSeq, &r.LastMessageID, &r.LastMessageText,
					&r.LastMessageKind, &r.LastMessageDirection, &r.LastMessageAt, &r.LastInboundAt, &r.WaitingSince, &r.WindowClosesAt,
					&r.HumanAgentUntil, &r.CreatedAt); err != nil {
					return 0, err
				}
				out = append(out, r)
			}
			return len(out), rows.Err()
		}},
		{"read", func() (int, error) {
			var out []inboxRow
			err := d.Read(ctx, &out, page)
			return len(out), err
		}},
		{"in tenant", func() (int, error) {
			var out []inboxRow
			err := d.InTenant(ctx, func(tx *tenants.Tx) error { return page(tx.DB()).Find(&out).Error })
			return len(out), err
		}},
	}
	for _, w := range ways {
		b.Run(w.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if n, err := w.read(); err != nil || n != 50 {
					b.Fatalf("%d rows, %v", n, err)
				}
			}
		})
		b.Run(w.name+" x32", func(b *testing.B) {
			b.SetParallelism(16)
			b.RunParallel(func(p *testing.PB) {
				for p.Next() {
					if n, err := w.read(); err != nil || n != 50 {
						b.Errorf("%d rows, %v", n, err)
						return
					}
				}
			})
		})
	}
}
