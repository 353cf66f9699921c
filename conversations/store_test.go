package conversations_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"parlor/conversations"
	"parlor/tenants"
)

// TestAnotherAccountSeesNothing makes every call of the store as the other account, with ids that exist.
func TestAnotherAccountSeesNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.deliver(t, three())
	id := r.conversationWith(t, "7").ID
	calls := map[string]func(ctx context.Context) (int, error){
		"list": func(ctx context.Context) (int, error) {
			p, err := r.store.Conversations(ctx, conversations.ListQuery{Limit: 100})
			return len(p.Items), err
		},
		"unread": func(ctx context.Context) (int, error) {
			p, err := r.store.Conversations(ctx, conversations.ListQuery{Limit: 100, Unread: true})
			return len(p.Items), err
		},
		"one": func(ctx context.Context) (int, error) {
			_, err := r.store.Conversation(ctx, id)
			return 0, err
		},
		"thread": func(ctx context.Context) (int, error) {
			p, err := r.store.Messages(ctx, id, "", 100)
			return len(p.Items), err
		},
		"mark read": func(ctx context.Context) (int, error) {
			_, err := r.store.MarkRead(ctx, id, 1)
			return 0, err
		},
		"ledger": func(ctx context.Context) (int, error) {
			l, err := r.store.Ledger(ctx)
			return int(l.Received), err
		},
	}
	lists := []string{"list", "unread", "ledger"}
	for name, call := range calls {
		if _, err := call(r.as(t, r.acme, tenants.NewUserID())); err != nil {
			t.Errorf("%s as the own account: %v", name, err)
		}
		n, err := call(r.as(t, r.globex, tenants.NewUserID()))
		if slices.Contains(lists, name) != (err == nil) || (err != nil && !errors.Is(err, conversations.ErrNotFound)) || n != 0 {
			t.Errorf("%s as the other account: %d, %v", name, n, err)
		}
		nobody := tenants.WithPrincipal(t.Context(), tenants.Principal{UserID: tenants.NewUserID()})
		if _, err := call(nobody); !errors.Is(err, tenants.ErrNoAccount) {
			t.Errorf("%s without an account: %v", name, err)
		}
	}
	var reads int
	if r.ask(t, &reads, "select count(*) from tenant.conversation_reads where account_id = $1", r.globex); reads != 0 {
		t.Errorf("the other account left %d rows", reads)
	}
}

func TestUnreadIsPerPerson(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.deliver(t, three())
	id := r.conversationWith(t, "7").ID
	mika, noa := r.as(t, r.acme, tenants.NewUserID()), r.as(t, r.acme, tenants.NewUserID())
	key := tenants.WithPrincipal(t.Context(), tenants.Principal{AccountID: r.acme, KeyID: "k"})
	steps := []struct {
		who  context.Context
		seq  int64
		want error
		left int64 // unread by who afterwards
	}{
		{mika, 4, conversations.ErrReadBeyond, 3},
		{mika, -1, conversations.ErrReadBeyond, 3},
		{mika, 0, nil, 3},
		{mika, 2, nil, 1},
		{mika, 1, nil, 1}, // never back
		{noa, 3, nil, 0},
		{mika, 3, nil, 0},
		{key, 1, conversations.ErrNoReader, 3},
	}
	for n, s := range steps {
		if _, err := r.store.MarkRead(s.who, id, s.seq); !errors.Is(err, s.want) {
			t.Errorf("step %d: err = %v, want %v", n, err, s.want)
		}
		c, err := r.store.Conversation(s.who, id)
		if err != nil || c.Unread() != s.left {
			t.Errorf("step %d: %d unread, %v; want %d", n, c.Unread(), err, s.left)
		}
	}
	if _, err := r.store.MarkRead(mika, conversations.ID{UUID: uuid.New()}, 0); !errors.Is(err, conversations.ErrNotFound) {
		t.Errorf("missing conversation: %v", err)
	}
}

func TestUnreadFilter(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for n := range 6 {
		r.deliver(t, body(acmeUserID, said(acmeUserID, strconv.Itoa(n), fmt.Sprint("mid.", n), "x", noon.Add(time.Duration(n)*time.Minute))))
	}
	r.deliver(t, body(acmeUserID, answered("99", "mid.out", "x", noon)))
	mika := r.as(t, r.acme, tenants.NewUserID())
	for n := range 3 {
		if _, err := r.store.MarkRead(mika, r.conversationWith(t, strconv.Itoa(2*n)).ID, 1); err != nil {
			t.Fatal(err)
		}
	}
	for name, tc := range map[string]struct {
		who  context.Context
		want int
	}{
		"who has read half": {mika, 3},
		"who has read none": {r.as(t, r.acme, tenants.NewUserID()), 6},
		"nobody":            {tenants.WithAccount(t.Context(), r.acme), 6},
	} {
		p, err := r.store.Conversations(tc.who, conversations.ListQuery{Limit: 100, Unread: true})
		if err != nil || len(p.Items) != tc.want || p.Next != "" {
			t.Errorf("%s: %d unread, next %q, %v; want %d", name, len(p.Items), p.Next, err, tc.want)
		}
	}
}

// TestPagesShowEachRowOnce walks both lists with pages of every size, where several rows have the same time.
func TestPagesShowEachRowOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	const rows = 11
	for n := range rows {
		at := noon.Add(time.Duration(n/3) * time.Second) // three at a time
		r.deliver(t, body(acmeUserID, said(acmeUserID, strconv.Itoa(100+n), fmt.Sprint("mid.", n), "x", at),
			said(acmeUserID, "talker", fmt.Sprint("talk.", n), "x", at)))
	}
	talker := r.conversationWith(t, "talker").ID
	ctx := r.as(t, r.acme, tenants.NewUserID())
	inbox := func(after string, limit int) ([]uuid.UUID, string, error) {
		p, err := r.store.Conversations(ctx, conversations.ListQuery{Cursor: after, Limit: limit})
		return ids(p.Items, func(c conversations.Conversation) uuid.UUID { return c.ID.UUID }), p.Next, err
	}
	thread := func(after string, limit int) ([]uuid.UUID, string, error) {
		p, err := r.store.Messages(ctx, talker, after, limit)
		return ids(p.Items, func(m conversations.Message) uuid.UUID { return m.ID.UUID }), p.Next, err
	}
	for limit := 1; limit <= rows+1; limit++ {
		if got := walk(t, inbox, limit); len(got) != rows+1 {
			t.Errorf("inbox by %d: %d rows", limit, len(got))
		}
		if got := walk(t, thread, limit); len(got) != rows {
			t.Errorf("thread by %d: %d rows", limit, len(got))
		}
	}
}

func ids[T any](items []T, id func(T) uuid.UUID) []uuid.UUID {
	out := make([]uuid.UUID, len(items))
	for i, item := range items {
		out[i] = id(item)
	}
	return out
}

// walk reads page after page and returns the ids, each once.
func walk(t *testing.T, page func(after string, limit int) ([]uuid.UUID, string, error), limit int) map[uuid.UUID]bool {
	t.Helper()
	seen := map[uuid.UUID]bool{}
	for after := ""; ; {
		items, next, err := page(after, limit)
		if err != nil || len(items) > limit || (next != "" && len(items) < limit) {
			t.Fatalf("page of %d behind %q: %d items, next %q, %v", limit, after, len(items), next, err)
		}
		for _, id := range items {
			if seen[id] {
				t.Fatalf("%s came twice", id)
			}
			seen[id] = true
		}
		if next == "" {
			return seen
		}
		after = next
	}
}

func TestCursorsOfNoList(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.deliver(t, three())
	ctx := r.as(t, r.acme, tenants.NewUserID())
	id := r.conversationWith(t, "7").ID
	p, err := r.store.Messages(ctx, id, "", 1)
	if err != nil || p.Next == "" {
		t.Fatalf("next %q, %v", p.Next, err)
	}
	raw, err := base64.RawURLEncoding.DecodeString(p.Next)
	if err != nil {
		t.Fatal(err)
	}
	future := slices.Clone(raw)
	future[1] = 0xff
	for name, bad := range map[string]string{
		"text": "nonsense", "padded": p.Next + "=", "short": p.Next[:len(p.Next)-4], "long": p.Next + "AAAA", "blank": " ",
		"far away": base64.RawURLEncoding.EncodeToString(future), "huge": strings.Repeat("A", 1<<16), "NUL": "\x00",
	} {
		if _, err := r.store.Messages(ctx, id, bad, 1); !errors.Is(err, conversations.ErrBadCursor) {
			t.Errorf("%s in a thread: %v", name, err)
		}
		if _, err := r.store.Conversations(ctx, conversations.ListQuery{Cursor: bad, Limit: 1}); !errors.Is(err, conversations.ErrBadCursor) {
			t.Errorf("%s in the inbox: %v", name, err)
		}
	}
	if _, err := r.store.Conversations(ctx, conversations.ListQuery{Cursor: p.Next, Limit: 1}); !errors.Is(err, conversations.ErrBadCursor) {
		t.Errorf("a thread's cursor in the inbox: %v", err)
	}
}

func TestAttachmentsAreKeptAsTheyCame(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	one := said(acmeUserID, "7", "mid.1", "look", noon)
	one["message"].(item)["attachments"] = []any{
		item{"type": "image", "payload": item{"url": "https://cdn.invalid/1.jpg", "later_field": 1}},
		item{"type": "hologram"},
		item{"type": "ig_reel", "payload": item{"title": "A reel", "url": "https://cdn.invalid/2.mp4"}},
	}
	r.deliver(t, body(acmeUserID, one, said(acmeUserID, "7", "mid.2", "only text", noon.Add(time.Second))))
	thread := r.thread(t, r.acme, r.conversationWith(t, "7").ID)
	if len(thread) != 2 || len(thread[0].Attachments) != 0 || thread[1].Text == nil || *thread[1].Text != "look" {
		t.Fatalf("thread = %+v", thread)
	}
	var got []string
	for _, a := range thread[1].Attachments {
		title := ""
		if a.Title != nil {
			title = *a.Title
		}
		got = append(got, a.Type+"|"+title+"|"+string(a.Payload))
	}
	want := []string{
		`image||{"url": "https://cdn.invalid/1.jpg", "later_field": 1}`, `hologram||{}`,
		`ig_reel|A reel|{"url": "https://cdn.invalid/2.mp4", "title": "A reel"}`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("attachments = %q, want %q", got, want)
	}
}

// What Instagram did not give is not asked for at every look, and not given up for ever.
func TestExpiredFilesAreLookedForAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	one := said(acmeUserID, "7", "mid.1", "look", noon)
	one["message"].(item)["attachments"] = []any{item{"type": "image", "payload": item{"url": "https://cdn.invalid/1.jpg"}}}
	r.deliver(t, body(acmeUserID, one))
	for ago, want := range map[time.Duration]bool{time.Minute: true, 23 * time.Hour: true, 25 * time.Hour: false} {
		r.db.Exec(t, "update tenant.attachments set expired_at = $1", noon.Add(-ago))
		if a := r.thread(t, r.acme, r.conversationWith(t, "7").ID)[0].Attachments[0]; a.Expired != want {
			t.Errorf("after %v: expired is %t", ago, a.Expired)
		}
	}
}

// TestInboxIsOneWalkOfItsIndex explains the very statement of the list, as the app role inside the account.
func TestInboxIsOneWalkOfItsIndex(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.fill(t, 3000)
	who := tenants.NewUserID()
	ctx := r.as(t, r.acme, who)
	r.readAll(t, who)
	first, err := r.store.Conversations(ctx, conversations.ListQuery{Limit: 50})
	if err != nil || len(first.Items) != 50 {
		t.Fatalf("%d items, %v", len(first.Items), err)
	}
	open := conversations.StatusOpen
	for name, tc := range map[string]struct {
		index string
		q     conversations.ListQuery
	}{
		"first page": {"conversations_inbox", conversations.ListQuery{}},
		"next page":  {"conversations_inbox", conversations.ListQuery{Cursor: first.Next}},
		"unread":     {"conversations_inbox", conversations.ListQuery{Unread: true}},
		"open":       {"conversations_status", conversations.ListQuery{Status: open}},
		"mine":       {"conversations_assignee", conversations.ListQuery{Status: open, Assignee: conversations.Assignee{User: who}}},
		"waiting":    {"conversations_waiting", conversations.ListQuery{Status: open, Sort: conversations.SortWaiting}},
		"closing":    {"conversations_closing", conversations.ListQuery{Status: open, Sort: conversations.SortClosing}},
	} {
		tc.q.Limit = 50
		plan := r.explain(ctx, t, tc.q)
		walk, _, _ := strings.Cut(plan, "SubPlan") // what is asked for each row comes after
		if !strings.Contains(walk, "using "+tc.index) || strings.Contains(walk, "Sort") || strings.Contains(plan, "Seq Scan") ||
			strings.Contains(plan, "Join Filter") {
			t.Errorf("%s:\n%s", name, plan)
		}
	}
}

func (r *rig) explain(ctx context.Context, t *testing.T, q conversations.ListQuery) string {
	t.Helper()
	sql, args, err := conversations.InboxSQL(ctx, r.tenants, q)
	if err != nil {
		t.Fatal(err)
	}
	return r.explained(t, "explain "+sql, args)
}

// explained asks for the plan of a statement as the app role, inside acme.
func (r *rig) explained(t *testing.T, sql string, args []any) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), r.db.AppDSN)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	tx, err := conn.BeginTx(t.Context(), pgx.TxOptions{BeginQuery: "begin; set local app.account_id = '" + r.acme.String() + "'"})
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(t.Context())
	rows, err := tx.Query(t.Context(), sql, args...)
	if err != nil {
		t.Fatalf("%v: %s", err, sql)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}

// fill makes conversations with one message each in both accounts.
func (r *rig) fill(tb testing.TB, each int) {
	tb.Helper()
	r.db.Exec(tb, `insert into tenant.participants (account_id, participant_id, igsid, username, name)
		select a, gen_random_uuid(), n::text, 'customer.' || n, 'Customer ' || n from unnest($1::uuid[]) a, generate_series(1, $2) n`,
		[]uuid.UUID{r.acme.UUID, r.globex.UUID}, each)
	r.db.Exec(tb, `insert into tenant.conversations (account_id, conversation_id, participant_id, inbound_seq, last_message_id, last_message_text,
		last_message_kind, last_message_direction, last_message_at, last_inbound_at, waiting_since, window_closes_at, status)
		select account_id, gen_random_uuid(), participant_id, 3, gen_random_uuid(), 'Is it still there?', 'text', 'inbound', at, at, at, at + interval '1 day', (array['open', 'closed', 'closed', 'closed', 'closed'])[1 + floor(random() * 5)]
		from (select *, now() - random() * interval '300 days' as at from tenant.participants) p`)
	r.db.Exec(tb, "analyze tenant.conversations")
	r.db.Exec(tb, "analyze tenant.participants")
}

// readAll has a person read every conversation, and leaves the statistics behind.
func (r *rig) readAll(tb testing.TB, who tenants.UserID) {
	tb.Helper()
	r.db.Exec(tb, `insert into tenant.conversation_reads (account_id, conversation_id, user_id, read_seq)
		select account_id, conversation_id, $1, inbound_seq from tenant.conversations`, who)
}

// BenchmarkConversations is a page of 50 of 5,000 conversations, with names and read state, in one round trip.
func BenchmarkConversations(b *testing.B) {
	r := newRig(b)
	r.fill(b, 5000)
	who := tenants.NewUserID()
	r.readAll(b, who)
	ctx := tenants.WithPrincipal(b.Context(), tenants.Principal{UserID: who, AccountID: r.acme, Role: tenants.RoleOwner})
	first, err := r.store.Conversations(ctx, conversations.ListQuery{Limit: 50})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		p, err := r.store.Conversations(ctx, conversations.ListQuery{Cursor: first.Next, Limit: 50})
		if err != nil || len(p.Items) != 50 {
			b.Fatalf("%d items, %v", len(p.Items), err)
		}
	}
}
