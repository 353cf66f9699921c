package conversations_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"parlor/conversations"
	"parlor/tenants"
)

// wordsFollowTexts checks, when a test has ended, that whatever it did to messages has left no words of other texts, and no text without its words.
func (r *rig) wordsFollowTexts(t testing.TB) {
	t.Helper()
	t.Cleanup(func() {
		if r.bySQL {
			return
		}
		rows, err := r.db.Admin(t).Query(context.Background(), `select account_id, message_id, coalesce(m.text, ''), coalesce(tsvector_to_array(w.words), '{}')
			from tenant.messages m full join (select * from tenant.search_words where message_id is not null) w using (account_id, message_id)`)
		if err != nil {
			t.Error(err)
			return
		}
		defer rows.Close()
		for rows.Next() {
			var account tenants.AccountID
			var id uuid.UUID
			var text string
			var words []string
			if err := rows.Scan(&account, &id, &text, &words); err != nil {
				t.Error(err)
				return
			}
			slices.Sort(words)
			if want := conversations.WordsOf(account, text); !slices.Equal(want, words) {
				t.Errorf("message %s is found by %q; its text %q has %q", id, words, text, want)
				return
			}
		}
		if rows.Err() != nil {
			t.Error(rows.Err())
		}
	})
}

// planned is the plan of a statement for whom row security does not bind, as the owner of search_words is.
func (r *rig) planned(t *testing.T, sql string) string {
	t.Helper()
	r.db.Exec(t, "analyze tenant.search_words")
	conn := r.db.Admin(t)
	if _, err := conn.Exec(t.Context(), "set enable_seqscan = off"); err != nil { // few rows are read at once as well
		t.Fatal(err)
	}
	rows, err := conn.Query(t.Context(), "explain "+sql)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}
