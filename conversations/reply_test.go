package conversations_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"parlor/conversations"
	"parlor/instagram"
	"parlor/instagram/simulator"
	"parlor/tenants"
)

func TestReplyIsSentOnceAndIsItsEcho(t *testing.T) {
	t.Parallel()
	for name, echoFirst := range map[string]bool{"echo after the answer": false, "echo before the answer": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTown(t)
			w.shape(t, simulator.Shapes{EchoFirst: echoFirst})
			w.begin(t)
			c := w.hears(t, "amara", "Is it open?")
			m := w.becomes(t, w.reply(t, c, "  Until six.  ").ID, conversations.StateSent)
			if m.MID == nil || *m.Text != "Until six." || m.Origin != conversations.OriginParlor {
				t.Errorf("message = %+v", m)
			}
			eventually(t, "the echo is settled", func() bool { l := w.ledger(t, w.account); return l.Received == 2 && l.Pending == 0 })
			if got := w.shows(t, c); !slices.Equal(got, []string{"Until six."}) {
				t.Errorf("the thread shows %q", got)
			}
			if got := w.arrived(t); !slices.Equal(got, []string{"Until six."}) {
				t.Errorf("the customer has %q", got)
			}
			now, err := w.store.Conversation(w.owner(t), c.ID)
			if err != nil || now.WaitingSince != nil || now.Last == nil || now.Last.ID != m.ID {
				t.Errorf("conversation = %+v, %v", now, err)
			}
		})
	}
}

// A page shows a file by the id of its attachment, from the moment in which the reply was written.
func TestAFileKeepsItsIDWhenItsEchoComes(t *testing.T) {
	t.Parallel()
	for name, echoFirst := range map[string]bool{"echo after the answer": false, "echo before the answer": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTown(t)
			w.shape(t, simulator.Shapes{EchoFirst: echoFirst})
			w.begin(t)
			c := w.hears(t, "amara", "The price list?")
			upload, err := w.withMedia(t, t.TempDir(), w.graph).Accept(w.owner(t), "application/pdf", strings.NewReader("%PDF-1.4\n\n%%EOF\n"))
			if err != nil {
				t.Fatal(err)
			}
			m, _, err := w.replier.Reply(w.owner(t), c.ID, conversations.Draft{ClientID: uuid.New(), UploadID: upload.ID})
			if err != nil || len(m.Attachments) != 1 {
				t.Fatalf("reply = %+v, %v", m, err)
			}
			w.becomes(t, m.ID, conversations.StateSent)
			eventually(t, "the echo is settled", func() bool { l := w.ledger(t, w.account); return l.Received == 2 && l.Pending == 0 })
			now, err := w.store.Message(w.owner(t), m.ID)
			if err != nil || len(now.Attachments) != 1 {
				t.Fatalf("the reply is %+v, %v", now, err)
			}
			if a := now.Attachments[0]; a.ID != m.Attachments[0].ID || !strings.Contains(string(a.Payload), "url") {
				t.Errorf("attachment %s with %s, was %s", a.ID, a.Payload, m.Attachments[0].ID)
			}
		})
	}
}

func TestClientIDMakesAReplyIdempotent(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.begin(t)
	c, other := w.hears(t, "amara", "Hello"), w.hears(t, "bruno", "Hello")
	draft := conversations.Draft{ClientID: uuid.New(), Text: "Good day"}
	ids := map[conversations.MessageID]bool{}
	made := 0
	results := make(chan error, 8)
	for range cap(results) {
		go func() {
			_, _, err := w.replier.Reply(w.owner(t), c.ID, draft)
			results <- err
		}()
	}
	for range cap(results) {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
	for range 3 {
		m, created, err := w.replier.Reply(w.owner(t), c.ID, draft)
		if err != nil {
			t.Fatal(err)
		}
		ids[m.ID] = true
		if created {
			made++
		}
	}
	for id := range ids {
		w.becomes(t, id, conversations.StateSent)
	}
	if len(ids) != 1 || made != 0 || len(w.arrived(t)) != 1 {
		t.Errorf("%d messages, %d made late, the customer has %q", len(ids), made, w.arrived(t))
	}
	if _, _, err := w.replier.Reply(w.owner(t), other.ID, draft); !errors.Is(err, conversations.ErrClientIDUsed) {
		t.Errorf("in another conversation: %v", err)
	}
}

func TestRepliesGoOutInTheirOrder(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.begin(t)
	c := w.hears(t, "amara", "Tell me everything")
	w.fault(t, simulator.Fault{Endpoint: "/me/messages", Kind: simulator.FaultRate, Rate: 0.3})
	var want []string
	var last conversations.Message
	for n := range 12 {
		want = append(want, fmt.Sprintf("part %d", n))
		last = w.reply(t, c, want[n])
	}
	w.becomes(t, last.ID, conversations.StateSent)
	if got := w.arrived(t); !slices.Equal(got, want) {
		t.Errorf("the customer has %q", got)
	}
	if got := w.shows(t, c); !slices.Equal(got, want) {
		t.Errorf("the thread shows %q", got)
	}
}

func TestRefusedDrafts(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.begin(t)
	c := w.hears(t, "amara", "Hello")
	tests := map[string]struct {
		draft conversations.Draft
		want  error
	}{
		"empty":        {conversations.Draft{Text: " \n "}, conversations.ErrEmptyReply},
		"no UTF-8":     {conversations.Draft{Text: "a\xff"}, conversations.ErrEmptyReply},
		"both":         {conversations.Draft{Text: "a", UploadID: uuid.New()}, conversations.ErrTextAndFile},
		"no such file": {conversations.Draft{UploadID: uuid.New()}, conversations.ErrNoUpload},
	}
	for name, tc := range tests {
		tc.draft.ClientID = uuid.New()
		_, _, err := w.replier.Reply(w.owner(t), c.ID, tc.draft)
		if !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", name, err, tc.want)
		}
	}
	_, _, err := w.replier.Reply(w.owner(t), c.ID, conversations.Draft{ClientID: uuid.New(), Text: strings.Repeat("é", 500) + "!"})
	if long, ok := errors.AsType[*conversations.TextTooLongError](err); !ok || long.Bytes != 1001 {
		t.Errorf("1,001 bytes: %v", err)
	}
	if _, _, err := w.replier.Reply(w.owner(t), conversations.ID{UUID: uuid.New()}, conversations.Draft{ClientID: uuid.New(), Text: "a"}); !errors.Is(err, conversations.ErrNotFound) {
		t.Errorf("no conversation: %v", err)
	}
	w.reply(t, c, strings.Repeat("é", 500)) // 1,000 bytes
}

func TestWindowDecidesBeforeAndAgainWhenSent(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.begin(t)
	c := w.hears(t, "amara", "Hello")
	w.ahead = 25 * time.Hour
	_, _, err := w.replier.Reply(w.owner(t), c.ID, conversations.Draft{ClientID: uuid.New(), Text: "Too late"})
	closed, ok := errors.AsType[*conversations.WindowClosedError](err)
	if !ok || closed.Reason != conversations.ReasonExpired {
		t.Errorf("a day later: %v", err)
	}
	w.ahead = 0
	w.fault(t, simulator.Fault{Endpoint: "/me/messages", Status: 400, Code: 10, Subcode: 2534022})
	m := w.becomes(t, w.reply(t, c, "In time, says our clock").ID, conversations.StateFailed)
	if m.Fault != "window_closed" || !slices.Equal(m.Actions, []conversations.Action{conversations.ActionRetry}) {
		t.Errorf("message = %+v", m)
	}
	if _, err := w.replier.Retry(w.owner(t), m.ID, false); err != nil {
		t.Fatal(err)
	}
	w.becomes(t, m.ID, conversations.StateSent)
	if got := w.arrived(t); len(got) != 1 {
		t.Errorf("the customer has %q", got)
	}
	if _, err := w.replier.Retry(w.owner(t), m.ID, false); !errors.Is(err, conversations.ErrNotPossible) {
		t.Errorf("a sent one again: %v", err)
	}
}

// Instagram took the message, and nobody knows: the echo tells, or the conversation when no echo comes.
func TestLostAnswersAreSettled(t *testing.T) {
	t.Parallel()
	for name, drop := range map[string]bool{"by the echo": false, "by reading the conversation": true} {
		for _, kind := range []simulator.FaultKind{simulator.FaultAcceptTimeout, simulator.FaultAccept5xx} {
			t.Run(name+" after "+string(kind), func(t *testing.T) {
				t.Parallel()
				w := newTown(t)
				w.begin(t)
				c := w.hears(t, "amara", "Hello")
				w.fault(t, simulator.Fault{Endpoint: "/me/messages", Kind: kind})
				if drop {
					w.fault(t, simulator.Fault{Kind: simulator.FaultDrop, Rate: 1})
				}
				m, behind := w.reply(t, c, "You get this once"), w.reply(t, c, "And then this")
				m = w.becomes(t, m.ID, conversations.StateSent)
				if m.MID == nil || m.Origin != conversations.OriginParlor {
					t.Errorf("message = %+v", m)
				}
				w.becomes(t, behind.ID, conversations.StateSent)
				want := []string{"You get this once", "And then this"}
				if got := w.arrived(t); !slices.Equal(got, want) {
					t.Errorf("the customer has %q", got)
				}
				if got := w.shows(t, c); !slices.Equal(got, want) {
					t.Errorf("the thread shows %q", got)
				}
			})
		}
	}
}

func TestNoTraceLeavesTheDecisionToAPerson(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.begin(t)
	c := w.hears(t, "amara", "Hello")
	w.fault(t, simulator.Fault{Endpoint: "/me/messages", Kind: simulator.FaultHang, Times: 2, DelayMS: 1500})
	first, second := w.reply(t, c, "Did you get this?"), w.reply(t, c, "Or this?")
	first = w.becomes(t, first.ID, conversations.StateUnknown)
	second = w.becomes(t, second.ID, conversations.StateUnknown)
	want := []conversations.Action{conversations.ActionRetry, conversations.ActionMarkSent}
	if !slices.Equal(first.Actions, want) || first.Fault != "" || len(w.arrived(t)) != 0 {
		t.Fatalf("message = %+v, the customer has %q", first, w.arrived(t))
	}
	if _, err := w.replier.Retry(w.owner(t), first.ID, false); err != nil {
		t.Fatal(err)
	}
	w.becomes(t, first.ID, conversations.StateSent)
	marked, err := w.replier.MarkSent(w.owner(t), second.ID)
	if err != nil || marked.State != conversations.StateSent || !marked.MarkedSent || len(marked.Actions) != 0 {
		t.Errorf("marked = %+v, %v", marked, err)
	}
	if got := w.arrived(t); !slices.Equal(got, []string{"Did you get this?"}) {
		t.Errorf("the customer has %q", got)
	}
	// Its echo comes after all: the two are one.
	if _, _, err := w.sim.Write(w.business, "amara", "Or this?", nil, true); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the late echo is bound", func() bool {
		m, err := w.store.Message(w.owner(t), second.ID)
		return err == nil && m.MID != nil && !m.MarkedSent
	})
	if got := w.shows(t, c); len(got) != 2 {
		t.Errorf("the thread shows %q", got)
	}
}

// A process that slept through the settling of its attempt changes nothing when it wakes: the person has decided by then, and a second message would go
// out.
func TestALateAnswerDecidesNothing(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.begin(t)
	c := w.hears(t, "amara", "Hello")
	w.fault(t, simulator.Fault{Endpoint: "/me/messages", Kind: simulator.FaultHang, DelayMS: 1500})
	m := w.becomes(t, w.reply(t, c, "Did you get this?").ID, conversations.StateUnknown)
	late := conversations.NewReplySender(conversations.SenderOptions{DB: w.tenants, Gate: w.connections, Client: w.client, Importer: w.importer})
	for name, answer := range map[string]struct {
		made  bool
		fault error
	}{
		"nothing had gone out": {false, context.DeadlineExceeded},
		"Instagram was busy":   {true, &instagram.APIError{HTTPStatus: 429, Code: 4}},
		"Instagram refused":    {true, &instagram.APIError{HTTPStatus: 400, Code: 100}},
		"nobody knows":         {true, context.DeadlineExceeded},
	} {
		if err := late.Answered(tenants.WithAccount(t.Context(), w.account), m.ID, answer.made, answer.fault); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		now, err := w.store.Message(w.owner(t), m.ID)
		if err != nil || now.State != conversations.StateUnknown || now.Checking || now.Fault != m.Fault {
			t.Errorf("%s: the message is %+v, %v", name, now, err)
		}
		var attempt string
		w.ask(t, &attempt, "select state from tenant.outbox where message_id = $1", m.ID)
		if attempt != string(conversations.AttemptUnknown) {
			t.Errorf("%s: the attempt is %s", name, attempt)
		}
	}
}

// An echo that comes between a look and its end has the last word: the reply was sent.
func TestAnEchoBeatsTheLookThatMissedIt(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.begin(t)
	c := w.hears(t, "amara", "Hello")
	m := w.becomes(t, w.reply(t, c, "Good morning").ID, conversations.StateSent)
	looking := conversations.NewReplySender(conversations.SenderOptions{DB: w.tenants, Gate: w.connections, Client: w.client, Importer: w.importer})
	if err := looking.LookedInVain(tenants.WithAccount(t.Context(), w.account), m.ID); err != nil {
		t.Fatal(err)
	}
	if now, err := w.store.Message(w.owner(t), m.ID); err != nil || now.State != conversations.StateSent {
		t.Errorf("the message is %+v, %v", now, err)
	}
}

// A process that died in the middle of a call leaves its attempt in sending: whoever finds it must not send.
func TestAttemptOfTheDeadIsSettledNotSent(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.background(t, w.sim.Run)
	w.background(t, w.ingest.Run)
	c := w.hears(t, "amara", "Hello")
	m := w.reply(t, c, "Was this sent?")
	w.db.Exec(t, "update tenant.outbox set state = 'sending', started_at = now()")
	w.db.Exec(t, "update tenant.messages set state = 'sending' where direction = 'outbound'")
	w.begin(t)
	got := w.becomes(t, m.ID, conversations.StateUnknown, conversations.StateSent, conversations.StateFailed)
	if got.State != conversations.StateUnknown || len(w.arrived(t)) != 0 {
		t.Errorf("message = %+v, the customer has %q", got, w.arrived(t))
	}
}

func TestEqualTextsAreNotMistakenForEachOther(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.begin(t)
	c := w.hears(t, "amara", "Hello")
	before := w.becomes(t, w.reply(t, c, "ok").ID, conversations.StateSent)
	w.fault(t, simulator.Fault{Endpoint: "/me/messages", Kind: simulator.FaultHang, DelayMS: 1500})
	lost := w.becomes(t, w.reply(t, c, "ok").ID, conversations.StateUnknown, conversations.StateSent)
	after := w.becomes(t, w.reply(t, c, "ok").ID, conversations.StateSent)
	if lost.State != conversations.StateUnknown || *before.MID == *after.MID || len(w.arrived(t)) != 2 {
		t.Errorf("lost = %+v; the customer has %q", lost, w.arrived(t))
	}
	// Somebody writes the same in the Instagram app while nothing of ours is under way but the lost one: that is taken for it.
	if _, _, err := w.sim.Write(w.business, "amara", "ok", nil, true); err != nil {
		t.Fatal(err)
	}
	w.becomes(t, lost.ID, conversations.StateSent)
	if got := w.shows(t, c); len(got) != 3 {
		t.Errorf("the thread shows %q", got)
	}
}

func TestDeadTokenStopsRepliesUntilReconnected(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.begin(t)
	c := w.hears(t, "amara", "Hello")
	w.sim.Revoke(w.business)
	m := w.becomes(t, w.reply(t, c, "Still there?").ID, conversations.StateFailed)
	if m.Fault != instagram.FaultWordConnection {
		t.Errorf("fault = %q", m.Fault)
	}
	a, err := tenants.NewAccounts(w.platform).ByID(t.Context(), w.account)
	if err != nil || a.Status != tenants.AccountNeedsReconnect {
		t.Errorf("account = %+v, %v", a, err)
	}
	if _, _, err := w.replier.Reply(w.owner(t), c.ID, conversations.Draft{ClientID: uuid.New(), Text: "a"}); !errors.Is(err, conversations.ErrNotConnected) {
		t.Errorf("reply: %v", err)
	}
	w.hears(t, "amara", "I can still write")
	time.Sleep(2 * time.Millisecond) // a token of the same millisecond as the revocation is dead as well
	w.connect(t)
	if _, err := w.replier.Retry(w.owner(t), m.ID, false); err != nil {
		t.Fatal(err)
	}
	w.becomes(t, m.ID, conversations.StateSent)
}

func (w *town) shape(t *testing.T, s simulator.Shapes) {
	t.Helper()
	if err := w.sim.Shape(s); err != nil {
		t.Fatal(err)
	}
}

func (w *town) fault(t *testing.T, f simulator.Fault) {
	t.Helper()
	if err := w.sim.Fail(f); err != nil {
		t.Fatal(err)
	}
}
