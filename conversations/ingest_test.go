package conversations_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"parlor/conversations"
	"parlor/tenants"
)

func TestAMessageArrives(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.deliver(t, body(acmeUserID, said(acmeUserID, "700000000000001", "mid.1", "Is it still there?", noon.Add(-time.Hour))))
	inbox := r.inbox(t, r.acme)
	if len(inbox) != 1 || inbox[0].Last == nil || *inbox[0].Last.Text != "Is it still there?" {
		t.Fatalf("inbox = %+v", inbox)
	}
	c := inbox[0]
	if c.Unread() != 1 || c.WaitingSince == nil || !c.WaitingSince.Equal(noon.Add(-time.Hour)) || c.Window.State != conversations.WindowOpen {
		t.Errorf("conversation = %+v", c)
	}
	thread := r.thread(t, r.acme, c.ID)
	if len(thread) != 1 || *thread[0].MID != "mid.1" || thread[0].Direction != conversations.Inbound || thread[0].State != conversations.StateReceived {
		t.Errorf("thread = %+v", thread)
	}
	if l := r.ledger(t, r.acme); l.Received != 1 || l.Applied != 1 {
		t.Errorf("ledger = %+v", l)
	}
	if other := r.inbox(t, r.globex); len(other) != 0 {
		t.Errorf("the other account sees %+v", other)
	}
}

func TestWhatEachItemBecomes(t *testing.T) {
	t.Parallel()
	at := noon.Add(-time.Minute)
	with := func(extra item) item {
		i := said(acmeUserID, "700000000000001", "mid.1", "", at)
		delete(i, "message")
		maps.Copy(i, extra)
		return i
	}
	tests := map[string]struct {
		item any
		want conversations.Ledger
		kind conversations.MessageKind
	}{
		"text":             {said(acmeUserID, "7", "m", "hello", at), conversations.Ledger{Received: 1, Applied: 1}, conversations.KindText},
		"echo":             {answered("7", "m", "hello", at), conversations.Ledger{Received: 1, Applied: 1}, conversations.KindText},
		"picture":          {with(item{"message": item{"mid": "m", "attachments": []any{item{"type": "image", "payload": item{"url": "https://x.invalid/1"}}}}}), conversations.Ledger{Received: 1, Applied: 1}, conversations.KindAttachment},
		"unknown type":     {with(item{"message": item{"mid": "m", "attachments": item{"type": "hologram"}}}), conversations.Ledger{Received: 1, Applied: 1}, conversations.KindAttachment},
		"unsupported":      {with(item{"message": item{"mid": "m", "is_unsupported": true}}), conversations.Ledger{Received: 1, Applied: 1}, conversations.KindUnsupported},
		"nothing in it":    {with(item{"message": item{"mid": "m"}}), conversations.Ledger{Received: 1, Applied: 1}, conversations.KindEmpty},
		"NUL in the text":  {said(acmeUserID, "7", "m", "a\x00b", at), conversations.Ledger{Received: 1, Applied: 1}, conversations.KindText},
		"to oneself":       {item{"sender": item{"id": acmeUserID}, "recipient": item{"id": acmeUserID}, "timestamp": at.UnixMilli(), "message": item{"mid": "m", "text": "x", "is_echo": true, "is_self": true}}, conversations.Ledger{Received: 1, Skipped: 1}, ""},
		"reaction":         {with(item{"reaction": item{"mid": "m", "action": "react", "reaction": "love"}}), conversations.Ledger{Received: 1, Applied: 1}, ""},
		"empty reaction":   {with(item{"reaction": item{"mid": "m", "action": "react"}}), conversations.Ledger{Received: 1, Skipped: 1}, ""},
		"read":             {with(item{"read": item{"mid": "m"}}), conversations.Ledger{Received: 1, Applied: 1}, ""},
		"read of nobody":   {with(item{"read": item{}}), conversations.Ledger{Received: 1, Skipped: 1}, ""},
		"edit":             {with(item{"message_edit": item{"mid": "m", "text": "new", "num_edit": 1}}), conversations.Ledger{Received: 1, Applied: 1}, ""},
		"edit to nothing":  {with(item{"message_edit": item{"mid": "m", "text": "", "num_edit": 1}}), conversations.Ledger{Received: 1, Skipped: 1}, ""},
		"button":           {with(item{"postback": item{"mid": "m", "title": "Hours?", "payload": "HOURS"}}), conversations.Ledger{Received: 1, Applied: 1}, conversations.KindPostback},
		"ice-breaker":      {with(item{"postback": item{"title": "Hours?", "payload": item{"a": 1}}}), conversations.Ledger{Received: 1, Applied: 1}, conversations.KindPostback},
		"referral":         {with(item{"referral": item{"ref": "shop", "source": "IG_ME_LINK"}}), conversations.Ledger{Received: 1, Applied: 1}, conversations.KindReferral},
		"opt-in":           {with(item{"optin": item{"type": "notification_messages"}}), conversations.Ledger{Received: 1, Skipped: 1}, ""},
		"handover":         {with(item{"pass_thread_control": item{"new_owner_app_id": "1"}}), conversations.Ledger{Received: 1, Skipped: 1}, ""},
		"edit of nothing":  {with(item{"message_edit": item{"mid": "m", "num_edit": 0}}), conversations.Ledger{Received: 1, Skipped: 1}, ""},
		"no payload key":   {with(nil), conversations.Ledger{Received: 1, Skipped: 1}, ""},
		"unknown kind":     {with(item{"telepathy": item{}}), conversations.Ledger{Received: 1, Skipped: 1}, ""},
		"not an object":    {"surprise", conversations.Ledger{Received: 1, Failed: 1}, ""},
		"message sans mid": {with(item{"message": item{"text": "x"}}), conversations.Ledger{Received: 1, Failed: 1}, ""},
		"unsend of none":   {takenBack("7", "m", at), conversations.Ledger{Received: 1, Applied: 1}, ""},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.deliver(t, body(acmeUserID, tc.item))
			if l := r.ledger(t, r.acme); l != tc.want {
				t.Errorf("ledger = %+v, want %+v", l, tc.want)
			}
			inbox := r.inbox(t, r.acme)
			if tc.kind == "" {
				if len(inbox) != 0 {
					t.Errorf("inbox = %+v, want nothing", inbox)
				}
				return
			}
			if len(inbox) != 1 || inbox[0].Last.Kind != tc.kind {
				t.Fatalf("inbox = %+v, want one of kind %s", inbox, tc.kind)
			}
		})
	}
}

func TestOneBadItemSpoilsNoOther(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.deliver(t, body(acmeUserID,
		said(acmeUserID, "7", "mid.1", "first", noon.Add(-2*time.Minute)), 42, said(acmeUserID, "7", "mid.2", "second", noon.Add(-time.Minute))))
	if l := r.ledger(t, r.acme); l.Applied != 2 || l.Failed != 1 {
		t.Errorf("ledger = %+v", l)
	}
	if c := r.inbox(t, r.acme)[0]; c.Unread() != 2 || *c.Last.Text != "second" {
		t.Errorf("conversation = %+v", c)
	}
}

func TestUnknownAccountsAndUnreadableBodies(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.deliver(t, body("17841499999999999", said("17841499999999999", "7", "mid.1", "hello", noon)), body("0", said("0", "7", "mid.2", "test", noon)), "no JSON at all", "")
	var unrouted, failed int
	if err := r.platform.QueryRow(t.Context(), "select count(*) from platform.unrouted_events where reason = 'unknown_account'").Scan(&unrouted); err != nil {
		t.Fatal(err)
	}
	if err := r.platform.QueryRow(t.Context(), "select count(*) from platform.deliveries where state = 'failed' and reason = 'malformed' and body is not null").Scan(&failed); err != nil {
		t.Fatal(err)
	}
	if unrouted != 2 || failed != 2 {
		t.Errorf("unrouted %d, failed %d; want 2 and 2", unrouted, failed)
	}
	r.db.Exec(t, "update platform.unrouted_events set received_at = $1", noon.Add(-25*time.Hour))
	r.db.Exec(t, "update platform.deliveries set received_at = $1", noon.Add(-73*time.Hour))
	if err := r.ingest.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	var kept int
	err := r.platform.QueryRow(t.Context(), `select (select count(*) from platform.unrouted_events where body is not null) +
		(select count(*) from platform.deliveries where body is not null)`).Scan(&kept)
	if err != nil || kept != 0 {
		t.Errorf("%d bodies kept, %v", kept, err)
	}
}

func TestDuplicatesAreSkipped(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := body(acmeUserID, said(acmeUserID, "7", "mid.1", "hello", noon))
	r.deliver(t, b, b, b)
	if l := r.ledger(t, r.acme); l.Received != 3 || l.Applied != 1 || l.Skipped != 2 {
		t.Errorf("ledger = %+v", l)
	}
	if c := r.inbox(t, r.acme)[0]; c.Unread() != 1 || len(r.thread(t, r.acme, c.ID)) != 1 {
		t.Errorf("conversation = %+v", c)
	}
}

// A mid names one message, whoever is said to have written it to whom.
func TestAMIDOfBothSidesIsOneMessage(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.deliver(t, body(acmeUserID, said(acmeUserID, "7", "mid.1", "hello", noon), answered("8", "mid.1", "hello", noon.Add(time.Second))))
	if l := r.ledger(t, r.acme); l.Applied != 1 || l.Skipped != 1 {
		t.Errorf("ledger = %+v", l)
	}
	if inbox := r.inbox(t, r.acme); len(inbox) != 1 {
		t.Errorf("inbox = %+v", inbox)
	}
}

func TestTheSameIdsInTwoAccountsAreTwoThings(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.deliver(t, body(acmeUserID, said(acmeUserID, "7", "mid.1", "to acme", noon)), body(globexUserID, said(globexUserID, "7", "mid.1", "to globex", noon)))
	for account, want := range map[tenants.AccountID]string{r.acme: "to acme", r.globex: "to globex"} {
		if inbox := r.inbox(t, account); len(inbox) != 1 || *inbox[0].Last.Text != want {
			t.Errorf("inbox of %s = %+v", account, inbox)
		}
	}
}

func TestOrderIsInstagramsTime(t *testing.T) {
	t.Parallel()
	minute := func(n int) time.Time { return noon.Add(time.Duration(n-60) * time.Minute) }
	items := []item{
		said(acmeUserID, "7", "mid.1", "one", minute(1)),
		answered("7", "mid.2", "two", minute(2)),
		said(acmeUserID, "7", "mid.3", "three", minute(3)),
		said(acmeUserID, "7", "mid.4", "four", minute(4)),
	}
	for seed := range uint64(6) {
		t.Run(fmt.Sprint("shuffled ", seed), func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			for _, i := range rand.New(rand.NewPCG(seed, 1)).Perm(len(items)) {
				r.deliver(t, body(acmeUserID, items[i]))
			}
			c := r.inbox(t, r.acme)[0]
			if *c.Last.Text != "four" || c.Unread() != 3 || c.WaitingSince == nil || !c.WaitingSince.Equal(minute(3)) {
				t.Errorf("conversation = %+v, waiting since %v", c, c.WaitingSince)
			}
			if end := minute(4).Add(conversations.ReplyWindow); c.Window.ClosesAt == nil || !c.Window.ClosesAt.Equal(end) {
				t.Errorf("window = %+v, want until %v", c.Window, end)
			}
			var texts []string
			for _, m := range r.thread(t, r.acme, c.ID) {
				texts = append(texts, *m.Text)
			}
			if got := strings.Join(texts, " "); got != "four three two one" {
				t.Errorf("thread = %s", got)
			}
		})
	}
}

func TestUnsendLeavesNothing(t *testing.T) {
	t.Parallel()
	const canary = "canary-7f3a"
	message := body(acmeUserID, item{
		"sender": item{"id": "7"}, "recipient": item{"id": acmeUserID}, "timestamp": noon.UnixMilli(),
		"message": item{"mid": "mid.1", "text": canary, "attachments": []any{item{"type": "image", "payload": item{"url": "https://" + canary + ".invalid/"}}}},
	})
	back := body(acmeUserID, takenBack("7", "mid.1", noon.Add(time.Second)))
	for name, order := range map[string][]string{"after": {message, back}, "before": {back, message}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			for _, b := range order {
				r.deliver(t, b)
			}
			c := r.inbox(t, r.acme)[0]
			thread := r.thread(t, r.acme, c.ID)
			if len(thread) != 1 || thread[0].Kind != conversations.KindUnsent || thread[0].Text != nil || len(thread[0].Attachments) != 0 || c.Last.Kind != conversations.KindUnsent {
				t.Errorf("thread = %+v, last = %+v", thread, c.Last)
			}
			r.assertNowhere(t, canary)
		})
	}
}

// assertNowhere looks for a text in every row of both schemas.
func (r *rig) assertNowhere(t *testing.T, text string) {
	t.Helper()
	conn := r.db.Admin(t)
	rows, err := conn.Query(t.Context(), `select format('%I.%I', schemaname, tablename) from pg_tables where schemaname in ('tenant', 'platform')`)
	if err != nil {
		t.Fatal(err)
	}
	var tables []string
	for rows.Next() {
		var table string
		if err := rows.Scan(&table); err != nil {
			t.Fatal(err)
		}
		tables = append(tables, table)
	}
	hex := fmt.Sprintf("%x", text)
	for _, table := range tables {
		var n int
		err := conn.QueryRow(t.Context(), "select count(*) from "+table+" x where x::text ilike '%' || $1 || '%' or x::text ilike '%' || $2 || '%'", text, hex).Scan(&n)
		if err != nil || n != 0 {
			t.Errorf("%s holds it %d times, %v", table, n, err)
		}
	}
}

func TestManySplittersAndWorkersAtOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	const customers, each = 5, 12
	for n := range each {
		for c := range customers {
			mid := fmt.Sprintf("mid.%d.%d", c, n)
			b := body(acmeUserID, said(acmeUserID, fmt.Sprint("70000000000000", c), mid, mid, noon.Add(time.Duration(n)*time.Second)))
			for range 2 { // at least once means sometimes twice
				if err := r.ingest.Accept(t.Context(), []byte(b)); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	r.splitByMany(t, 4)
	r.workOff(t)
	if l := r.ledger(t, r.acme); l.Received != 2*customers*each || l.Applied != customers*each || l.Skipped != customers*each {
		t.Errorf("ledger = %+v", l)
	}
	for _, c := range r.inbox(t, r.acme) {
		if c.Unread() != each || len(r.thread(t, r.acme, c.ID)) != each {
			t.Errorf("conversation = %+v", c)
		}
	}
}

func TestSplittingAgainAddsNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.deliver(t, body(acmeUserID, said(acmeUserID, "7", "mid.1", "hello", noon)))
	// As after a crash between the account's transaction and the end of the delivery's.
	r.db.Exec(t, "update platform.deliveries set state = 'received', body = $1", []byte(body(acmeUserID, said(acmeUserID, "7", "mid.1", "hello", noon))))
	r.splitAll(t)
	r.workOff(t)
	if l := r.ledger(t, r.acme); l.Received != 1 || l.Applied != 1 {
		t.Errorf("ledger = %+v", l)
	}
}

func TestRunSplitsWhatWasAcceptedBefore(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	if err := r.ingest.Accept(t.Context(), []byte(body(acmeUserID, said(acmeUserID, "7", "mid.1", "hello", noon)))); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- r.ingest.Run(ctx) }()
	eventually(t, "the delivery is split", func() bool { return r.ledger(t, r.acme).Received == 1 })
	cancel()
	if err := <-ended; err == nil {
		t.Error("Run returned nil")
	}
}

func TestAHandleThatTheEventTellsIsShown(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	named := func(mid, handle string, at time.Time) item {
		i := said(acmeUserID, "7", mid, "hello", at)
		i["sender"] = item{"id": "7", "username": handle}
		return i
	}
	for i, step := range []struct{ handle, want string }{
		{"amara.bakes", "amara.bakes"}, {"", "amara.bakes"}, {"amara_bread", "amara_bread"}, {"<b>not a handle</b>", "amara_bread"},
	} {
		r.deliver(t, body(acmeUserID, named(fmt.Sprint("mid.", i), step.handle, noon.Add(time.Duration(i)*time.Second))))
		got := r.inbox(t, r.acme)[0].Participant.Username
		if got == nil || *got != step.want {
			t.Errorf("after %q: username = %v, want %s", step.handle, got, step.want)
		}
	}
}
