package conversations_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"parlor/conversations"
	"parlor/instagram"
	"parlor/tenants"
)

const customer = "700000000000001"

// told is an event of the customer's with a payload of its own.
func told(at time.Time, payload item) string {
	i := item{"sender": item{"id": customer}, "recipient": item{"id": acmeUserID}, "timestamp": at.UnixMilli()}
	maps.Copy(i, payload)
	return body(acmeUserID, i)
}

func wrote(mid, text string, at time.Time) string {
	return told(at, item{"message": item{"mid": mid, "text": text}})
}

func reacted(mid, emoji string, at time.Time) string {
	if emoji == "" {
		return told(at, item{"reaction": item{"mid": mid, "action": "unreact"}})
	}
	return told(at, item{"reaction": item{"mid": mid, "action": "react", "reaction": "other", "emoji": emoji}})
}

func edited(mid, text string, num any, at time.Time) string {
	return told(at, item{"message_edit": item{"mid": mid, "text": text, "num_edit": num}})
}

// only returns the one message of acme's conversation with the customer.
func (r *rig) only(t *testing.T) conversations.Message {
	t.Helper()
	thread := r.thread(t, r.acme, r.conversationWith(t, customer).ID)
	if len(thread) != 1 {
		t.Fatalf("thread = %+v, want one message", thread)
	}
	return thread[0]
}

// emojis are a message's reactions, one behind the other.
func emojis(m conversations.Message) string {
	var all []string
	for _, r := range m.Reactions {
		all = append(all, r.Emoji)
	}
	return strings.Join(all, "")
}

func TestReactions(t *testing.T) {
	t.Parallel()
	second := func(n int) time.Time { return noon.Add(time.Duration(n) * time.Second) }
	love := func(at time.Time) string {
		return told(at, item{"reaction": item{"mid": "m", "action": "react", "reaction": "love"}})
	}
	tests := map[string]struct {
		events []string
		want   string
	}{
		"put":              {[]string{reacted("m", "😮", second(1))}, "😮"},
		"by name alone":    {[]string{love(second(1))}, "❤️"},
		"bare heart":       {[]string{reacted("m", "❤", second(1))}, "❤️"},
		"unknown name":     {[]string{told(second(1), item{"reaction": item{"mid": "m", "action": "react", "reaction": "salute"}})}, "❔"},
		"without action":   {[]string{told(second(1), item{"reaction": item{"mid": "m", "emoji": "🔥"}})}, "🔥"},
		"replaced":         {[]string{reacted("m", "😮", second(1)), reacted("m", "😢", second(2))}, "😢"},
		"replaced, mixed":  {[]string{reacted("m", "😢", second(2)), reacted("m", "😮", second(1))}, "😢"},
		"taken off":        {[]string{reacted("m", "😮", second(1)), reacted("m", "", second(2))}, ""},
		"taken off, mixed": {[]string{reacted("m", "", second(2)), reacted("m", "😮", second(1))}, ""},
		"put again":        {[]string{reacted("m", "😮", second(1)), reacted("m", "", second(2)), reacted("m", "😮", second(3))}, "😮"},
		"on another":       {[]string{reacted("other", "😮", second(1))}, ""},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			message := wrote("m", "hello", noon)
			for _, order := range [][]string{append([]string{message}, tc.events...), append(slices.Clone(tc.events), message)} {
				r.deliver(t, order...)
				m := r.only(t)
				if got := emojis(m); got != tc.want {
					t.Errorf("reactions = %q, want %q", got, tc.want)
				}
				if len(m.Reactions) > 0 && m.Reactions[0].Actor != conversations.ActorCustomer {
					t.Errorf("actor = %s", m.Reactions[0].Actor)
				}
			}
			if c := r.conversationWith(t, customer); c.Unread() != 1 || !c.Window.ClosesAt.Equal(noon.Add(conversations.ReplyWindow)) {
				t.Errorf("a reaction changed unread or window: %+v", c)
			}
		})
	}
}

func TestSeen(t *testing.T) {
	t.Parallel()
	first, second := body(acmeUserID, answered(customer, "m1", "one", noon)), body(acmeUserID, answered(customer, "m2", "two", noon.Add(time.Minute)))
	read := func(mid string) string { return told(noon.Add(time.Hour), item{"read": item{"mid": mid}}) }
	tests := map[string]struct {
		events []string
		want   []bool // of m2, m1
	}{
		"nothing":      {[]string{first, second}, []bool{false, false}},
		"the first":    {[]string{first, second, read("m1")}, []bool{false, true}},
		"both":         {[]string{first, second, read("m2")}, []bool{true, true}},
		"never back":   {[]string{first, second, read("m2"), read("m1")}, []bool{true, true}},
		"before it":    {[]string{read("m2"), first, second}, []bool{true, true}},
		"without mid":  {[]string{first, second, told(noon.Add(time.Second), item{"read": item{"watermark": 1}})}, []bool{false, true}},
		"of a message": {[]string{wrote("m1", "hello", noon), second, read("m1")}, []bool{false, false}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.deliver(t, tc.events...)
			thread := r.thread(t, r.acme, r.conversationWith(t, customer).ID)
			if got := []bool{thread[0].Seen, thread[1].Seen}; !slices.Equal(got, tc.want) {
				t.Errorf("seen = %v, want %v", got, tc.want)
			}
		})
	}
}

func TestEdits(t *testing.T) {
	t.Parallel()
	message, minute := wrote("m", "first", noon), noon.Add(time.Minute)
	nothing := told(noon.Add(10*time.Millisecond), item{"message_edit": item{"mid": "m", "num_edit": 0}})
	tests := map[string]struct {
		events []string
		want   string // empty: unsent
		edited bool
	}{
		"edited":             {[]string{message, edited("m", "second", 1, minute)}, "second", true},
		"number as text":     {[]string{message, edited("m", "second", "1", minute)}, "second", true},
		"before its message": {[]string{edited("m", "second", 1, minute), message}, "second", true},
		"twice, mixed":       {[]string{edited("m", "third", 2, minute), message, edited("m", "second", 1, minute)}, "third", true},
		"both before":        {[]string{edited("m", "third", 2, minute), edited("m", "second", 1, minute), message}, "third", true},
		"without text":       {[]string{message, nothing}, "first", false},
		"empty":              {[]string{message, edited("m", "", 1, minute)}, "first", false},
		"number 0":           {[]string{message, edited("m", "blank", 0, minute)}, "first", false},
		"placeholder":        {[]string{message, edited("m", "blank", "<NUM_EDIT>", minute)}, "first", false},
		"after an unsend":    {[]string{message, body(acmeUserID, takenBack(customer, "m", minute)), edited("m", "second", 1, minute)}, "", false},
		"before an unsend":   {[]string{edited("m", "second", 1, minute), body(acmeUserID, takenBack(customer, "m", minute)), message}, "", false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.deliver(t, tc.events...)
			m, c := r.only(t), r.conversationWith(t, customer)
			if (m.EditedAt != nil) != tc.edited {
				t.Errorf("edited at %v", m.EditedAt)
			}
			if tc.want == "" {
				if m.Kind != conversations.KindUnsent || m.Text != nil || c.Last.Text != nil {
					t.Errorf("message = %+v, last = %+v", m, c.Last)
				}
				r.assertNowhere(t, "second")
				return
			}
			if *m.Text != tc.want || *c.Last.Text != tc.want {
				t.Errorf("text = %q, last = %q, want %q", *m.Text, *c.Last.Text, tc.want)
			}
		})
	}
}

func TestWhatOpensTheWindow(t *testing.T) {
	t.Parallel()
	story := item{"reply_to": item{"story": item{"id": "17900000000000001", "url": "https://lookaside.fbsbx.com/s"}}, "mid": "m", "text": "wow"}
	tests := map[string]struct {
		event  string
		by     conversations.OpenedBy
		unread int64
		waits  bool
	}{
		"message":       {wrote("m", "hello", noon), conversations.OpenedByMessage, 1, true},
		"story reply":   {told(noon, item{"message": story}), conversations.OpenedByStoryReply, 1, true},
		"story mention": {told(noon, item{"message": item{"mid": "m", "attachments": []any{item{"type": "story_mention", "payload": item{"url": "u"}}}}}), conversations.OpenedByStoryMention, 1, true},
		"button":        {told(noon, item{"postback": item{"title": "Hours?", "payload": "H"}}), conversations.OpenedByPostback, 1, true},
		"referral":      {told(noon, item{"referral": item{"ref": "r", "source": "ADS", "ad_id": 12000000000000001}}), "", 0, false},
		"echo":          {body(acmeUserID, answered(customer, "m", "hi", noon)), "", 0, false},
		"standby":       {standby(wrote("m", "hello", noon)), conversations.OpenedByMessage, 0, false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.deliver(t, tc.event)
			c := r.conversationWith(t, customer)
			if c.Window.OpenedBy != tc.by || c.Unread() != tc.unread || (c.WaitingSince != nil) != tc.waits {
				t.Errorf("opened by %q, unread %d, waiting since %v", c.Window.OpenedBy, c.Unread(), c.WaitingSince)
			}
			if open := c.Window.State == conversations.WindowOpen; open != (tc.by != "") {
				t.Errorf("window = %+v", c.Window)
			}
			if m := r.only(t); m.Standby != (name == "standby") {
				t.Errorf("standby = %v", m.Standby)
			}
		})
	}
}

func TestAStoryReplyKeepsTheStory(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.deliver(t, told(noon, item{"message": item{"mid": "m", "text": "wow", "reply_to": item{"story": item{"id": 17900000000000001, "url": "https://lookaside.fbsbx.com/s"}}}}))
	m := r.only(t)
	if m.Kind != conversations.KindText || m.ReplyTo == nil || !m.ReplyTo.Story || len(m.Attachments) != 1 || m.Attachments[0].Type != "story_reply" {
		t.Errorf("message = %+v", m)
	}
}

func TestAReplyShowsWhatItAnswers(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.deliver(t, wrote("m1", "Which size?", noon), told(noon.Add(time.Second), item{"message": item{"mid": "m2", "text": "38", "reply_to": item{"mid": "m1"}}}),
		told(noon.Add(2*time.Second), item{"message": item{"mid": "m3", "text": "?", "reply_to": item{"mid": "elsewhere"}}}))
	id := r.conversationWith(t, customer).ID
	thread := r.thread(t, r.acme, id)
	if to := thread[1].ReplyTo; to == nil || to.MID != "m1" || to.MessageID == nil || *to.MessageID != thread[2].ID || *to.Text != "Which size?" {
		t.Errorf("reply to = %+v", to)
	}
	if to := thread[0].ReplyTo; to == nil || to.MID != "elsewhere" || to.MessageID != nil {
		t.Errorf("reply to = %+v", to)
	}
	page, err := r.store.Messages(tenants.WithAccount(t.Context(), r.acme), id, "", 2) // the answered one is on the next page
	if err != nil || *page.Items[1].ReplyTo.Text != "Which size?" {
		t.Errorf("page = %+v, %v", page, err)
	}
}

func TestReferrals(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ad := item{"ref": 7, "ad_id": 120000000000000001, "source": "ADS", "type": "OPEN_THREAD", "ads_context_data": item{"ad_title": "Autumn"}}
	r.deliver(t, told(noon, item{"message": item{"mid": "m", "text": "hi", "referral": ad}}))
	if got := r.only(t).Referral; got == nil || *got != (conversations.Referral{Source: "ADS", Ref: "7", AdID: "120000000000000001", AdTitle: "Autumn"}) {
		t.Errorf("referral = %+v", got)
	}
	r.deliver(t, told(noon.Add(time.Second), item{"referral": item{"ref": "bio", "source": "IG_ME_LINK", "type": "OPEN_THREAD"}}))
	var source string
	r.ask(t, &source, "select referral->>'source' from tenant.conversations where account_id = $1", r.acme)
	if source != "IG_ME_LINK" {
		t.Errorf("the conversation's referral is of %s", source)
	}
}

// A tap comes as a button, as a message of the same mid, or as both; and a button may bear the mid of the message it belonged to.
func TestATapIsOneItem(t *testing.T) {
	t.Parallel()
	tap := told(noon, item{"postback": item{"mid": "m", "title": "Hours?", "payload": "HOURS"}})
	message := wrote("m", "What are your hours?", noon)
	for name, order := range map[string][]string{"button first": {tap, message}, "message first": {message, tap}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.deliver(t, order...)
			m, c := r.only(t), r.conversationWith(t, customer)
			if m.Kind != conversations.KindPostback || *m.Text != "What are your hours?" || c.Unread() != 1 || c.Window.OpenedBy != conversations.OpenedByPostback {
				t.Errorf("message = %+v, conversation = %+v", m, c)
			}
		})
	}
	menu := body(acmeUserID, answered(customer, "m", "Choose", noon.Add(-time.Minute)))
	again := told(noon.Add(time.Minute), item{"postback": item{"mid": "m", "title": "Hours?", "payload": "HOURS"}})
	for n, order := range [][]string{{menu, tap, again}, {tap, menu, again}, {again, tap, menu}} {
		t.Run(fmt.Sprint("under a menu ", n), func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.deliver(t, order...)
			c := r.conversationWith(t, customer)
			thread := r.thread(t, r.acme, c.ID)
			if len(thread) != 3 || thread[2].Direction != conversations.Outbound || *thread[2].MID != "m" || c.Unread() != 2 {
				t.Errorf("thread = %+v, unread %d", thread, c.Unread())
			}
		})
	}
}

// TestAWebhookEnrichesWhatAnImportTold: reply, flags and unread come with the webhook; the message stays one.
func TestAWebhookEnrichesWhatAnImportTold(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	importer := conversations.NewImporter(conversations.ImporterOptions{DB: r.tenants, Accounts: tenants.NewAccounts(r.platform), Now: func() time.Time { return noon }})
	ctx, since := tenants.WithAccount(t.Context(), r.acme), noon.Add(-time.Hour)
	party := instagram.Party{ID: customer, Username: "amara"}
	done, err := importer.Thread(ctx, instagram.Thread{
		ID: "t", UpdatedAt: noon, Parties: []instagram.Party{party, {ID: acmeUserID}},
		Messages: []instagram.StoredMessage{{MID: "m", At: noon, From: party, Text: "wow", Readable: true}},
	}, &since)
	if err != nil || done.Messages != 1 {
		t.Fatalf("imported %+v, %v", done, err)
	}
	if m, c := r.only(t), r.conversationWith(t, customer); !m.Recovered || c.Unread() != 0 {
		t.Fatalf("imported message = %+v, unread %d", m, c.Unread())
	}
	at := noon.Add(250 * time.Millisecond)
	webhook := told(at, item{"message": item{"mid": "m", "text": "wow", "reply_to": item{"story": item{"id": "1", "url": "https://lookaside.fbsbx.com/s"}}}})
	r.deliver(t, webhook, webhook)
	m, c := r.only(t), r.conversationWith(t, customer)
	if m.Recovered || m.ReplyTo == nil || !m.ReplyTo.Story || len(m.Attachments) != 1 || !m.SentAt.Equal(at) {
		t.Errorf("message = %+v", m)
	}
	if c.Unread() != 1 || c.Window.OpenedBy != conversations.OpenedByStoryReply || !c.Last.SentAt.Equal(at) {
		t.Errorf("conversation = %+v", c)
	}
	if l := r.ledger(t, r.acme); l.Applied != 1 || l.Skipped != 1 {
		t.Errorf("ledger = %+v", l)
	}
}

// TestUnsendLeavesNothingOfAnyKind: the canary stands in the message, its edit, its reaction, its button, its referral and in bodies.
func TestUnsendLeavesNothingOfAnyKind(t *testing.T) {
	t.Parallel()
	const canary = "canary-51e7"
	events := []string{
		told(noon, item{"message": item{
			"mid": "m", "text": canary, "quick_reply": item{"payload": canary}, "referral": item{"ref": canary},
			"reply_to": item{"story": item{"id": "1", "url": "https://" + canary + ".invalid/"}},
		}}),
		edited("m", canary+" edited", 1, noon.Add(time.Second)),
		told(noon.Add(time.Second), item{"reaction": item{"mid": "m", "action": "react", "reaction": canary, "emoji": canary}}),
		told(noon.Add(time.Second), item{"message": item{"mid": "m", "text": item{"odd": canary}}}), // cannot be read
		told(noon.Add(time.Second), item{"postback": item{"mid": "m", "title": canary, "payload": canary}}),
	}
	back := body(acmeUserID, takenBack(customer, "m", noon.Add(time.Minute)))
	for name, order := range map[string][]string{"after": append(slices.Clone(events), back), "before": append([]string{back}, events...)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.deliver(t, order...)
			if m := r.only(t); m.Kind != conversations.KindUnsent || len(m.Reactions)+len(m.Attachments) != 0 || m.Referral != nil {
				t.Errorf("message = %+v", m)
			}
			r.assertNowhere(t, canary)
		})
	}
}

// TestAnEchoOfAReplyCompletesIt: Instagram's answer to the reply was faster. It stays one message, ours, at Instagram's time, with what
// Instagram made of the file; an edit and a read that came before are found.
func TestAnEchoOfAReplyCompletesIt(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.deliver(t, wrote("m", "hello", noon.Add(-time.Minute)))
	r.db.Exec(t, `insert into tenant.messages (account_id, message_id, conversation_id, mid, direction, kind, state, source, sent_at)
		select account_id, gen_random_uuid(), conversation_id, 'ours', 'outbound', 'attachment', 'sent', 'parlor', $1 from tenant.conversations`, noon.Add(time.Second))
	r.db.Exec(t, `insert into tenant.attachments (account_id, attachment_id, message_id, position, type, payload)
		select account_id, gen_random_uuid(), message_id, 0, 'image', '{"upload_id": "x"}' from tenant.messages where mid = 'ours'`)
	at := noon.Add(250 * time.Millisecond)
	echo := item{
		"sender": item{"id": acmeUserID}, "recipient": item{"id": customer}, "timestamp": at.UnixMilli(),
		"message": item{"mid": "ours", "is_echo": true, "app_id": 17, "attachments": []any{item{"type": "image", "payload": item{"url": "https://lookaside.fbsbx.com/1"}}}},
	}
	r.deliver(t, told(at, item{"read": item{"mid": "ours"}}), body(acmeUserID, echo), body(acmeUserID, echo))
	c := r.conversationWith(t, customer)
	thread := r.thread(t, r.acme, c.ID)
	if len(thread) != 2 {
		t.Fatalf("thread = %+v", thread)
	}
	m := thread[0]
	if m.Origin != conversations.OriginParlor || !m.SentAt.Equal(at) || !m.Seen || len(m.Attachments) != 1 || !strings.Contains(string(m.Attachments[0].Payload), "lookaside") {
		t.Errorf("message = %+v", m)
	}
	if c.Last.ID != m.ID || c.WaitingSince != nil || c.Unread() != 1 {
		t.Errorf("conversation = %+v", c)
	}
}

// TestUnsendLeavesFilesToBeRemoved: the kept copy of a picture, and the file that was uploaded for a reply, unless another reply has it too.
func TestUnsendLeavesFilesToBeRemoved(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	picture := item{"message": item{"mid": "m", "attachments": []any{item{"type": "image", "payload": item{"url": "https://lookaside.fbsbx.com/1"}}}}}
	r.deliver(t, told(noon, picture))
	r.db.Exec(t, `insert into tenant.kept_media (account_id, attachment_id, content_type, bytes, blob_key)
		select account_id, attachment_id, 'image/png', 1, 'kept' from tenant.attachments`)
	for _, upload := range []string{"shared", "own"} {
		r.db.Exec(t, `insert into tenant.uploads (account_id, upload_id, kind, content_type, bytes, blob_key)
			select account_id, gen_random_uuid(), 'image', 'image/png', 1, $1 from tenant.conversations`, upload)
	}
	for mid, upload := range map[string]string{"r1": "shared", "r2": "shared", "r3": "own"} {
		r.db.Exec(t, `insert into tenant.messages (account_id, message_id, conversation_id, mid, direction, kind, state, source, sent_at, upload_id)
			select c.account_id, gen_random_uuid(), conversation_id, $1, 'outbound', 'attachment', 'sent', 'parlor', now(), upload_id
			from tenant.conversations c join tenant.uploads u on u.account_id = c.account_id and blob_key = $2`, mid, upload)
	}
	for _, mid := range []string{"m", "r1", "r3"} {
		r.deliver(t, body(acmeUserID, takenBack(customer, mid, noon.Add(time.Minute))))
	}
	var removed, left string
	r.ask(t, &removed, "select string_agg(blob_key, ' ' order by blob_key) from tenant.blob_removals")
	r.ask(t, &left, "select coalesce(string_agg(k, ' '), '') from (select blob_key k from tenant.uploads union all select blob_key from tenant.kept_media) x")
	if removed != "kept own" || left != "shared" {
		t.Errorf("to be removed: %s; left: %s", removed, left)
	}
}
