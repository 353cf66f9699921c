package tenants_test

import (
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"gorm.io/gorm"

	"parlor/tenants"
)

// The inbox page under both walls is one walk of its index: the policy is decided once, and nothing is sorted.
func TestInboxPlan(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.pg.Exec(t, `insert into tenant.participants (account_id, participant_id, igsid)
		select a, gen_random_uuid(), n::text from unnest(array['`+own.String()+`', '`+other.String()+`']::uuid[]) a, generate_series(1, 3000) n`)
	f.pg.Exec(t, `insert into tenant.conversations (account_id, conversation_id, participant_id, last_message_at)
		select account_id, gen_random_uuid(), participant_id, now() - random() * interval '300 days' from tenant.participants where igsid <> '4711'`)
	f.pg.Exec(t, "analyze tenant.conversations")

	var sql string
	var args []any
	err := f.db.InTenant(f.ctx, func(tx *tenants.Tx) error {
		st := tx.DB().Session(&gorm.Session{DryRun: true}).Where("(last_message_at, conversation_id) < (?, ?)", time.Now(), ownThread).
			Order("last_message_at desc, conversation_id desc").Limit(50).Find(&[]conversation{}).Statement
		sql, args = st.SQL.String(), st.Vars
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	plan := explain(t, f.pg.AppDSN, sql, args)
	for _, part := range []string{"One-Time Filter", "Index Scan using conversations_inbox", "Index Cond: ((account_id = "} {
		if !strings.Contains(plan, part) {
			t.Errorf("no %q in the plan", part)
		}
	}
	if strings.Contains(plan, "Sort") || t.Failed() {
		t.Errorf("%s\n%s", sql, plan)
	}
}

// explain asks for the plan as the app role, inside the own account.
func explain(t *testing.T, dsn, sql string, args []any) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	tx, err := conn.BeginTx(t.Context(), pgx.TxOptions{BeginQuery: "begin; set local app.account_id = '" + own.String() + "'"})
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(t.Context())
	rows, err := tx.Query(t.Context(), "explain "+sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}
