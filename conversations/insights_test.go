package conversations_test

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"parlor/conversations"
	"parlor/tenants"
)

// past is a message as a thread holds it, told in a few words.
type past struct {
	thread string // the customer
	at     string // 2006-01-02 15:04, UTC
	is     string // asks, answers, or another form; see columns
	by     tenants.UserID
}

// columns are what differs from a customer's plain message.
func (p past) columns() map[string]any {
	switch p.is {
	case "asks":
		return nil
	case "asked, imported":
		return map[string]any{"source": "backfill"}
	case "asked, taken back":
		return map[string]any{"kind": "unsent"}
	case "asked another app":
		return map[string]any{"standby": true}
	case "came by an ad":
		return map[string]any{"kind": "referral"}
	case "answers":
		return map[string]any{"direction": "outbound", "state": "sent", "source": "parlor", "sent_by_user": p.by}
	case "answers by key":
		return map[string]any{"direction": "outbound", "state": "sent", "source": "parlor", "sent_by_key": "k1"}
	case "answers in the app":
		return map[string]any{"direction": "outbound", "state": "sent"}
	case "answers by another tool":
		return map[string]any{"direction": "outbound", "state": "sent", "app_id": "4711"}
	case "answered, imported":
		return map[string]any{"direction": "outbound", "state": "sent", "source": "backfill"}
	case "answered, taken back":
		return map[string]any{"direction": "outbound", "state": "sent", "source": "parlor", "sent_by_user": p.by, "kind": "unsent"}
	case "fails":
		return map[string]any{"direction": "outbound", "state": "failed", "source": "parlor", "sent_by_user": p.by}
	}
	panic(p.is)
}

// happened writes messages into acme's threads, which are made when they are named first.
func (r *rig) happened(t *testing.T, messages []past) {
	t.Helper()
	threads := map[string]uuid.UUID{}
	for _, m := range messages {
		id, known := threads[m.thread]
		if !known {
			id = uuid.New()
			threads[m.thread] = id
			r.db.Exec(t, "insert into tenant.participants (account_id, participant_id, igsid) values ($1, $2, $3)", r.acme, id, m.thread)
			r.db.Exec(t, "insert into tenant.conversations (account_id, conversation_id, participant_id, last_message_at) values ($1, $2, $2, now())", r.acme, id)
		}
		at, err := time.Parse("2006-01-02 15:04", m.at)
		if err != nil {
			t.Fatal(err)
		}
		row := map[string]any{
			"account_id": r.acme, "message_id": uuid.New(), "conversation_id": id, "direction": "inbound", "kind": "text", "state": "received",
			"source": "webhook", "sent_at": at,
		}
		maps.Copy(row, m.columns())
		var names, places []string
		var values []any
		for column, value := range row {
			names, values = append(names, column), append(values, value)
			places = append(places, fmt.Sprintf("$%d", len(values)))
		}
		r.db.Exec(t, "insert into tenant.messages ("+strings.Join(names, ", ")+") values ("+strings.Join(places, ", ")+")", values...)
	}
}

// insights counts acme's figures, asked at noon of 2026-11-20.
func (r *rig) insights(t *testing.T, from, to, zone string) conversations.Insights {
	t.Helper()
	span, err := conversations.NewSpan(from, to, zone)
	if err != nil {
		t.Fatal(err)
	}
	in, err := r.store.Insights(r.as(t, r.acme, tenants.NewUserID()), span)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// inLines writes days and senders in one line each: in/out/missed, then first replies with their median and p90.
func inLines(in conversations.Insights, names map[tenants.UserID]string) string {
	var b strings.Builder
	line := func(name string, f conversations.Figures) {
		fmt.Fprintf(&b, "%s %d/%d/%d", name, f.In, f.Out, f.Missed)
		if f.Count > 0 {
			fmt.Fprintf(&b, " %d: %s, %s", f.Count, f.Median, f.P90)
		}
		b.WriteString("\n")
	}
	for _, d := range in.Days {
		line(d.Date, d.Figures)
	}
	line("all", in.Total)
	for _, s := range in.Senders {
		fmt.Fprintf(&b, "%s%s %d, first %d %s\n", s.Kind, names[s.User], s.Replies, s.Count, s.Median)
	}
	return b.String()
}

// TestInsightsByHand: every figure below was computed by hand from the lines.
func TestInsightsByHand(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	mia, left := tenants.NewUserID(), tenants.NewUserID()
	r.happened(t, []past{
		{"writes thrice", "2026-11-02 09:00", "asks", mia}, // the wait begins here
		{"writes thrice", "2026-11-02 09:10", "asks", mia},
		{"writes thrice", "2026-11-02 09:20", "asks", mia},
		{"writes thrice", "2026-11-02 10:00", "answers", mia}, // 1 h
		{"writes thrice", "2026-11-02 10:05", "answers", mia}, // a reply, no first one
		{"writes thrice", "2026-11-02 11:00", "asks", mia},
		{"writes thrice", "2026-11-02 11:05", "fails", mia},    // nobody got it
		{"writes thrice", "2026-11-02 11:30", "answers", left}, // 30 min

		{"asked before the span", "2026-10-31 23:00", "asks", mia},
		{"asked before the span", "2026-11-01 01:00", "answers by another tool", mia}, // 2 h

		{"asked eight days before", "2026-10-25 10:00", "asks", mia},               // its window closed before the span
		{"asked eight days before", "2026-11-02 12:00", "answers in the app", mia}, // too late for a first reply

		{"nobody answers", "2026-11-01 08:00", "asks", mia},
		{"nobody answers", "2026-11-02 07:00", "asks", mia},    // prolongs the window: missed once, on the 3rd at 07:00
		{"nobody answers", "2026-11-03 12:00", "answers", mia}, // late: 52 h

		{"to the second", "2026-11-01 08:00", "asks", mia},
		{"to the second", "2026-11-02 08:00", "answers by key", mia}, // the window is over: missed on the 2nd, 24 h

		{"of old", "2026-11-03 10:00", "asked, imported", mia},
		{"of old", "2026-11-03 10:20", "answered, imported", mia}, // 20 min

		{"regrets", "2026-11-03 09:00", "asked, taken back", mia}, // asks for nothing
		{"regrets", "2026-11-03 09:30", "answered, taken back", mia},

		{"another's", "2026-11-01 06:00", "asked another app", mia}, // is a message, and nobody here has to answer
		{"another's", "2026-11-01 06:01", "came by an ad", mia},

		{"still open", "2026-11-03 23:00", "asks", mia}, // would be missed on the 4th, behind the span
	})
	got := inLines(r.insights(t, "2026-11-01", "2026-11-03", "UTC"), map[tenants.UserID]string{mia: " mia", left: " left"})
	const want = `2026-11-01 4/1/0 1: 2h0m0s, 2h0m0s
2026-11-02 5/5/1 3: 1h0m0s, 24h0m0s
2026-11-03 2/2/1 2: 20m0s, 52h0m0s
all 11/8/2 6: 1h0m0s, 52h0m0s
member mia 3, first 2 1h0m0s
instagram_app 2, first 1 20m0s
api 1, first 1 24h0m0s
member left 1, first 1 30m0s
other_app 1, first 1 2h0m0s
`
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if in := r.insights(t, "2026-11-03", "2026-11-03", "UTC"); in.Imported != 2 || in.Total.Missed != 1 || in.Total.Count != 2 {
		t.Errorf("one day of it: %+v", in) // it is the same day, whatever is asked for beside it
	}
}

// TestInsightsDays: a day is the account's own, also where the clocks change.
func TestInsightsDays(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.happened(t, []past{
		{"a", "2026-10-24 21:59", "asks", tenants.UserID{}},               // Berlin: the 24th, 23:59 in summer
		{"a", "2026-10-24 22:00", "answers in the app", tenants.UserID{}}, // the 25th, which has 25 hours
		{"a", "2026-10-25 22:59", "asks", tenants.UserID{}},
		{"a", "2026-10-25 23:00", "answers in the app", tenants.UserID{}}, // the 26th, in winter
		{"a", "2026-04-24 21:59", "asks", tenants.UserID{}},
		{"a", "2026-04-24 22:00", "answers in the app", tenants.UserID{}},
	})
	const autumn = `2026-10-24 1/0/0
2026-10-25 1/1/0 1: 1m0s, 1m0s
2026-10-26 0/1/0 1: 1m0s, 1m0s
all 2/2/0 2: 1m0s, 1m0s
instagram_app 2, first 2 1m0s
`
	if got := inLines(r.insights(t, "2026-10-24", "2026-10-26", "Europe/Berlin"), nil); got != autumn {
		t.Errorf("got\n%s", got)
	}
	const cairo = `2026-04-23 0/0/0
2026-04-24 0/0/0
2026-04-25 1/1/0 1: 1m0s, 1m0s
all 1/1/0 1: 1m0s, 1m0s
instagram_app 1, first 1 1m0s
`
	// In Cairo the 24th of April begins at 01:00, for midnight does not exist.
	if got := inLines(r.insights(t, "2026-04-23", "2026-04-25", "Africa/Cairo"), nil); got != cairo {
		t.Errorf("got\n%s", got)
	}
}

func TestSpanIsBounded(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		from, to, zone string
		want           error
	}{
		{"2026-01-01", "2026-12-31", "UTC", nil},
		{"2024-01-01", "2024-12-31", "Asia/Kathmandu", nil}, // 366 days
		{"2026-01-01", "2027-01-02", "UTC", conversations.ErrSpan},
		{"2026-01-02", "2026-01-01", "UTC", conversations.ErrSpan},
		{"2026-02-30", "2026-03-01", "UTC", conversations.ErrSpan},
		{"0001-01-01", "0001-01-02", "UTC", conversations.ErrSpan},
		{"", "2026-03-01", "UTC", conversations.ErrSpan},
		{"2026-03-01", "2026-03-01", "", conversations.ErrZone},
		{"2026-03-01", "2026-03-01", "Local", conversations.ErrZone},
		{"2026-03-01", "2026-03-01", "../../etc/passwd", conversations.ErrZone},
		{"2026-03-01", "2026-03-01", "Europe/Atlantis", conversations.ErrZone},
	} {
		if _, err := conversations.NewSpan(tc.from, tc.to, tc.zone); !errors.Is(err, tc.want) {
			t.Errorf("%s to %s in %q: %v", tc.from, tc.to, tc.zone, err)
		}
	}
}

// TestInsightsOfWhatCame: what Instagram tells by itself is counted as it becomes a message.
func TestInsightsOfWhatCame(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.deliver(t, body(acmeUserID,
		said(acmeUserID, "amara", "m1", "Is it still there?", noon.Add(-3*time.Hour)),
		answered("amara", "m2", "It is", noon.Add(-2*time.Hour)),
		said(acmeUserID, "bruno", "m3", "Never mind", noon.Add(-2*time.Hour)),
		takenBack("bruno", "m3", noon.Add(-time.Hour)),
	), body(globexUserID, said(globexUserID, "amara", "m4", "Hello", noon.Add(-time.Hour))))
	const want = `2026-11-20 1/1/0 1: 1h0m0s, 1h0m0s
all 1/1/0 1: 1h0m0s, 1h0m0s
instagram_app 1, first 1 1h0m0s
`
	if got := inLines(r.insights(t, "2026-11-20", "2026-11-20", "UTC"), nil); got != want {
		t.Errorf("got\n%s", got)
	}
}

// TestInsightsAreOneWalk explains the very statements, as the app role inside the account: they read the span, the week before it, and no
// other account.
func TestInsightsAreOneWalk(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.fill(t, 100)
	r.manyMessages(t, 20_000)
	span, err := conversations.NewSpan("2026-10-01", "2026-10-30", "UTC")
	if err != nil {
		t.Fatal(err)
	}
	whole, err := conversations.NewSpan("2026-01-20", "2026-11-20", "UTC")
	if err != nil {
		t.Fatal(err)
	}
	in, err := r.store.Insights(r.as(t, r.acme, tenants.NewUserID()), whole)
	if f := in.Total; err != nil || f.In != 10_000 || f.Out != 10_000 || f.Missed != 0 || f.Count != 9_999 || f.Median.Round(time.Second) != 21*time.Minute+36*time.Second {
		t.Errorf("over several pages: %+v, %v", f, err) // every 21 minutes and 36 seconds somebody asks or is answered; the last one waits still
	}
	if _, err := r.store.InsightsAtMost(r.as(t, r.acme, tenants.NewUserID()), whole, 19_999); !errors.Is(err, conversations.ErrTooMuchToCount) {
		t.Errorf("too much: %v", err)
	}
	at := time.Date(2026, 10, 15, 0, 0, 0, 0, time.UTC)
	for name, after := range map[string]*conversations.Message{"first page": nil, "next page": {SentAt: at, ID: conversations.MessageID{UUID: uuid.New()}}} {
		sql, args, err := conversations.InsightsSQL(r.as(t, r.acme, tenants.NewUserID()), r.tenants, span, after)
		if err != nil {
			t.Fatal(err)
		}
		plan := r.explained(t, "explain (analyze, buffers off, timing off, summary off) "+sql, args)
		if !strings.Contains(plan, "messages_time") || strings.Contains(plan, "Seq Scan") {
			t.Errorf("%s:\n%s", name, plan)
		}
		_, condition, _ := strings.Cut(plan, "Index Cond: ")
		condition, _, _ = strings.Cut(condition, "\n")
		for _, part := range []string{"account_id = ", "sent_at >= '2026-09-24", "sent_at < '2026-10-31"} {
			if !strings.Contains(condition, part) {
				t.Errorf("%s: no %q in %s", name, part, condition)
			}
		}
		if strings.Contains(plan, "Rows Removed by Filter") {
			t.Errorf("%s reads what it does not count:\n%s", name, plan)
		}
	}
}

// manyMessages gives each account as many messages over 300 days, in turns asked and answered.
func (r *rig) manyMessages(tb testing.TB, each int) {
	tb.Helper()
	r.bySQL = true
	r.db.Exec(tb, `insert into tenant.messages (account_id, message_id, conversation_id, direction, kind, text, state, source, sent_by_user, sent_at)
		select account_id, gen_random_uuid(), conversation_id, d, 'text', 'Is it still there? I would like to come by on Thursday.',
			case d when 'inbound' then 'received' else 'sent' end, case d when 'inbound' then 'webhook' else 'parlor' end,
			case d when 'outbound' then ('00000000-0000-7000-8000-00000000000' || n % 5)::uuid end, timestamptz '2026-11-20' - n * (interval '300 days' / $1)
		from (select *, row_number() over (partition by account_id order by conversation_id) as place, count(*) over (partition by account_id) as all_of from tenant.conversations) c
		join generate_series(1, $1) n on n / 2 % all_of = place - 1, lateral (select (array['outbound', 'inbound'])[n % 2 + 1] as d) x
		order by n`, each)
	r.db.Exec(tb, "analyze tenant.messages")
}

// BenchmarkInsights counts an account of 200,000 messages over a third of a year, beside another one just like it.
func BenchmarkInsights(b *testing.B) {
	r := newRig(b)
	r.fill(b, 4000)
	r.manyMessages(b, 200_000)
	for name, from := range map[string]string{"7 days": "2026-11-13", "90 days": "2026-08-22", "300 days": "2026-01-24"} {
		b.Run(name, func(b *testing.B) {
			span, err := conversations.NewSpan(from, "2026-11-19", "Europe/Berlin")
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				in, err := r.store.Insights(tenants.WithAccount(b.Context(), r.acme), span)
				if err != nil || in.Total.In == 0 || in.Total.Count == 0 {
					b.Fatal(in.Total, err)
				}
			}
		})
	}
}
