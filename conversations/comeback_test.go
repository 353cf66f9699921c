package conversations_test

import (
	"fmt"
	"testing"
	"time"

	"parlor/conversations"
	"parlor/instagram"
	"parlor/tenants"
)

func (r *rig) importerOf(e *conversations.Eraser) *conversations.Importer {
	o := conversations.ImporterOptions{DB: r.tenants, Accounts: tenants.NewAccounts(r.platform), Now: func() time.Time { return noon }}
	if e != nil {
		o.Erased = e.ErasedAt
	}
	return conversations.NewImporter(o)
}

func pageOf(messages ...instagram.StoredMessage) instagram.Thread {
	return instagram.Thread{ID: "t", UpdatedAt: noon, Parties: []instagram.Party{{ID: customer}, {ID: acmeUserID}}, Messages: messages}
}

func storedBy(who, mid, text string, at time.Time) instagram.StoredMessage {
	return instagram.StoredMessage{MID: mid, At: at, From: instagram.Party{ID: who}, Text: text, Readable: true}
}

func (r *rig) imports(t *testing.T, i *conversations.Importer, th instagram.Thread) {
	t.Helper()
	if _, err := i.Thread(tenants.WithAccount(t.Context(), r.acme), th, nil); err != nil {
		t.Fatal(err)
	}
}

// An import page that was read before an unsend or an erasure brings no reaction back.
func TestAnImportBringsNoReactionBack(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	e := r.eraser(t)
	i := r.importerOf(e)
	m := storedBy(customer, "mid.1", "hello", noon.Add(-time.Minute))
	m.Reactions = []instagram.StoredReaction{{PartyID: customer, Emoji: "🔥"}}
	r.deliver(t, wrote("mid.1", "hello", noon.Add(-time.Minute)), body(acmeUserID, takenBack(customer, "mid.1", noon)))
	r.imports(t, i, pageOf(m))
	if got := r.only(t); len(got.Reactions) != 0 {
		t.Errorf("unsent shows %+v", got.Reactions)
	}
	if _, err := e.Participant(r.as(t, r.acme, tenants.NewUserID()), r.participant(t)); err != nil {
		t.Fatal(err)
	}
	r.imports(t, i, pageOf(m))
	var n int
	r.ask(t, &n, "select count(*) from tenant.reactions")
	if n != 0 {
		t.Errorf("%d reactions after erasure", n)
	}
}

// An erasure that ends between the two looks of an import is not undone by it.
func TestAnErasureDuringAnImportStands(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	e := r.eraser(t)
	r.deliver(t, wrote("mid.1", "hello", noon.Add(-time.Minute)))
	id := r.participant(t)
	i := conversations.NewImporter(conversations.ImporterOptions{
		DB: r.tenants, Accounts: tenants.NewAccounts(r.platform), Now: func() time.Time { return noon },
		Erased: func(tx *tenants.Tx, igsid string) (*time.Time, error) {
			at, err := e.ErasedAt(tx, igsid)
			if at == nil {
				if _, err := e.Participant(r.as(t, r.acme, tenants.NewUserID()), id); err != nil {
					t.Error(err)
				}
			}
			return at, err
		},
	})
	_, err := i.Thread(tenants.WithAccount(t.Context(), r.acme), pageOf(storedBy(customer, "mid.2", "old secret", noon.Add(-time.Minute))), nil)
	if err == nil {
		t.Error("nobody is told to try again")
	}
	if inbox := r.inbox(t, r.acme); len(inbox) != 0 {
		t.Errorf("inbox = %+v", inbox)
	}
}

// What was imported, or accepted and not split yet, and then erased, does not come back by its late webhook or a later edit.
func TestALateWebhookBringsNothingErasedBack(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	e := r.eraser(t)
	r.imports(t, r.importerOf(e), pageOf(storedBy(customer, "mid.1", "secret", noon.Add(-time.Minute))))
	if err := r.ingest.Accept(t.Context(), []byte(wrote("mid.2", "secret 2", noon.Add(-time.Minute)))); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Participant(r.as(t, r.acme, tenants.NewUserID()), r.participant(t)); err != nil {
		t.Fatal(err)
	}
	r.deliver(t, wrote("mid.1", "secret", noon.Add(-time.Minute)), edited("mid.1", "secret", 1, noon.Add(time.Minute)))
	if inbox := r.inbox(t, r.acme); len(inbox) != 0 {
		t.Errorf("inbox = %+v %+v", inbox, r.thread(t, r.acme, inbox[0].ID))
	}
	var n int
	r.ask(t, &n, "select count(*) from tenant.parked_edits")
	if n != 0 {
		t.Errorf("%d edits", n)
	}
	r.ask(t, &n, "select count(*) from tenant.ingest_events where body is not null")
	if n != 0 {
		t.Errorf("%d bodies", n)
	}
}

// In whatever order an import, an unsend and the message come, the message counts once.
func TestAnUnsendAmidAnImportCountsTheSame(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"first", "between", "last"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			i := r.importerOf(nil)
			message := func() { r.deliver(t, wrote("mid.1", "hello", noon)) }
			unsend := func() { r.deliver(t, body(acmeUserID, takenBack(customer, "mid.1", noon.Add(time.Second)))) }
			imp := func() { r.imports(t, i, pageOf(storedBy(customer, "mid.1", "hello", noon))) }
			switch name {
			case "first":
				imp()
				unsend()
				message()
			case "between":
				message()
				imp()
				unsend()
			case "last":
				unsend()
				message()
				imp()
			}
			c := r.conversationWith(t, customer)
			if c.InboundSeq != 1 || c.Last.Kind != conversations.KindUnsent {
				t.Errorf("%+v", c)
			}
		})
	}
}

// Messages of one second keep their order in an import; who waits does not depend on which of two equal times came first.
func TestEqualTimesEndTheSame(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	i := r.importerOf(nil)
	r.imports(t, i, pageOf(storedBy(acmeUserID, "mid.3", "three", noon), storedBy(customer, "mid.2", "two", noon), storedBy(customer, "mid.1", "one", noon)))
	c := r.conversationWith(t, customer)
	if *c.Last.Text != "three" || c.WaitingSince != nil {
		t.Errorf("last = %s, waiting %v", *c.Last.Text, c.WaitingSince)
	}
	r.deliver(t, body(acmeUserID, answered("71", "a.1", "x", noon)), body(acmeUserID, said(acmeUserID, "71", "a.2", "x", noon)))
	r.deliver(t, body(acmeUserID, said(acmeUserID, "72", "b.2", "x", noon)), body(acmeUserID, answered("72", "b.1", "x", noon)))
	if x, y := r.conversationWith(t, "71").WaitingSince, r.conversationWith(t, "72").WaitingSince; x != nil || y != nil {
		t.Errorf("waiting since %v and %v", x, y)
	}
}

// A time from the future keeps no imported message on top and no window open.
func TestAnImportedTimeFromTheFutureIsNone(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	i := r.importerOf(nil)
	r.imports(t, i, pageOf(storedBy(customer, "mid.1", "one", noon.AddDate(20, 0, 0))))
	if c := r.conversationWith(t, customer); !c.Window.ClosesAt.Equal(noon.Add(conversations.ReplyWindow)) {
		t.Errorf("window = %+v", c.Window)
	}
}

// A delivery may have more items than one statement has parameters for.
func TestAVeryLargeDeliveryIsRecorded(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var items []any
	for n := range 4600 {
		items = append(items, said(acmeUserID, "7", fmt.Sprint("mid.", n), "x", noon.Add(time.Duration(n)*time.Second)))
	}
	if err := r.ingest.Accept(t.Context(), []byte(body(acmeUserID, items...))); err != nil {
		t.Fatal(err)
	}
	r.splitAll(t)
	if l := r.ledger(t, r.acme); l.Received != 4600 || l.Pending != 4600 {
		t.Errorf("ledger = %+v", l)
	}
}

// A thread may have more messages than one statement has parameters for.
func TestAVeryLongThreadIsErased(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	e := r.eraser(t)
	r.deliver(t, wrote("mid.1", "hello", noon.Add(-time.Minute)))
	r.db.Exec(t, `insert into tenant.messages (account_id, message_id, conversation_id, mid, direction, kind, text, state, sent_at)
		select account_id, gen_random_uuid(), conversation_id, 'm.' || n, 'inbound', 'text', 'x', 'received', sent_at from tenant.messages, generate_series(1, 70000) n`)
	_, err := e.Participant(r.as(t, r.acme, tenants.NewUserID()), r.participant(t))
	if err != nil {
		t.Error(err)
	}
}

// One conversation that the database does not take does not hold up the import of the others.
func TestOneBadConversationSpoilsNoImport(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	m, _, err := w.sim.Write(w.business, "odd", "x", nil, false)
	if err != nil {
		t.Fatal(err)
	}
	w.history(t, 2, 2)
	w.refuse(t, m.MID, "22001", 1_000_000)
	w.begin(t)
	w.begins(t, false)
	if p := w.imported(t); p.State != conversations.BackfillDone || p.Seen != 3 || p.Messages != 4 {
		t.Errorf("progress = %+v", p)
	}
}
