package conversations_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"parlor/conversations"
	"parlor/instagram"
	"parlor/instagram/simulator"
	"parlor/tenants"
)

// sleeper is a town whose sender has died, or sleeps, in the middle of the call for a reply.
type sleeper struct {
	*town
	c      conversations.Conversation
	m      conversations.Message
	sender *conversations.ReplySender // another one
	ctx    context.Context            //nolint:containedctx // of one test
}

func asleep(t *testing.T, said string) sleeper {
	t.Helper()
	w := newTown(t)
	w.background(t, w.sim.Run)
	w.background(t, w.ingest.Run)
	c := w.hears(t, "amara", "Hello")
	m := w.reply(t, c, said)
	w.stands(t, m, conversations.AttemptSending, conversations.StateSending)
	sender := conversations.NewReplySender(conversations.SenderOptions{
		DB: w.tenants, Gate: w.connections, Client: w.client, Importer: w.importer, ReadWithin: 100 * time.Millisecond,
	})
	return sleeper{w, c, m, sender, tenants.WithAccount(t.Context(), w.account)}
}

// stands puts a reply and its attempt where a process had brought them.
func (w *town) stands(t *testing.T, m conversations.Message, attempt conversations.AttemptState, state conversations.MessageState) {
	t.Helper()
	w.db.Exec(t, "update tenant.outbox set state = $2, started_at = now() where message_id = $1", m.ID, attempt)
	w.db.Exec(t, "update tenant.messages set state = $2 where message_id = $1", m.ID, state)
}

func (w *town) attempt(t *testing.T, m conversations.Message) (state string, looks int) {
	t.Helper()
	w.ask(t, &state, "select state from tenant.outbox where message_id = $1 order by seq desc limit 1", m.ID)
	w.ask(t, &looks, "select looks from tenant.outbox where message_id = $1 order by seq desc limit 1", m.ID)
	return state, looks
}

func snoozes(err error) bool {
	_, is := errors.AsType[*river.JobSnoozeError](err)
	return is
}

var busy = &instagram.APIError{HTTPStatus: 429, Code: 4}

// A commit whose answer is lost is done once more, and the attempt that stands in the queue must keep its job: nothing else would ever take it up.
func TestAnAttemptInTheQueueKeepsItsJob(t *testing.T) {
	t.Parallel()
	w := asleep(t, "ok")
	m, sender, ctx := w.m, w.sender, w.ctx
	for range 2 {
		if err := sender.Answered(ctx, m.ID, true, busy); !snoozes(err) {
			t.Errorf("the job ends: %v", err)
		}
	}
	if err := sender.Look(ctx, m.ID); !snoozes(err) { // of the process that had taken it up meanwhile
		t.Errorf("the job of the look ends: %v", err)
	}
	if err := sender.LookedInVain(ctx, m.ID); !snoozes(err) { // of the same, a moment later
		t.Errorf("the job of the last look ends: %v", err)
	}
	for what, fault := range map[string]*instagram.APIError{"refused": {HTTPStatus: 400, Code: 100}, "unsure": {HTTPStatus: 500, Code: 1}} {
		if err := sender.Answered(ctx, m.ID, true, fault); !snoozes(err) {
			t.Errorf("%s: the job ends: %v", what, err)
		}
	}
	if state, _ := w.attempt(t, m); state != string(conversations.AttemptQueued) {
		t.Errorf("the attempt is %s", state)
	}
}

// A look that gets no turn at Instagram counts: the reply must not wait, nor hold up others, for as long as the account rests.
func TestALookWithoutATurnCounts(t *testing.T) {
	t.Parallel()
	w := asleep(t, "ok")
	m, sender, ctx := w.m, w.sender, w.ctx
	w.stands(t, m, conversations.AttemptSettling, conversations.StateUnknown)
	w.db.Exec(t, `insert into platform.graph_leases (account_id, free_at) values ($1, now() + interval '10 minutes')
		on conflict (account_id) do update set free_at = excluded.free_at`, w.account)
	if err := sender.Look(ctx, m.ID); !snoozes(err) {
		t.Errorf("look: %v", err)
	}
	if _, looks := w.attempt(t, m); looks != 1 {
		t.Errorf("%d looks are counted, want 1", looks)
	}
}

// What somebody wrote while a call was under way is shown as soon as Instagram has said that it did not take the reply.
func TestWhatWasHiddenIsShownWhenInstagramTookNothing(t *testing.T) {
	t.Parallel()
	w := asleep(t, "ok")
	c, m, sender, ctx := w.c, w.m, w.sender, w.ctx
	if _, _, err := w.sim.Write(w.business, "amara", "ok", nil, true); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the echo is hidden", func() (hidden bool) {
		w.ask(t, &hidden, "select exists (select from tenant.messages where shadow_of = $1)", m.ID)
		return hidden
	})
	if err := sender.Answered(ctx, m.ID, true, busy); !snoozes(err) {
		t.Fatal(err)
	}
	if got := w.shows(t, c); !slices.Equal(got, []string{"ok", "ok"}) {
		t.Errorf("the thread shows %q", got)
	}
}

// An error on Instagram's own side may have sent the message, whatever it says of trying again.
func TestABreakdownIsNoRefusal(t *testing.T) {
	t.Parallel()
	w := asleep(t, "ok")
	m, sender, ctx := w.m, w.sender, w.ctx
	fault := &instagram.APIError{HTTPStatus: 500, Code: 1, Transient: new(false)}
	if err := sender.Answered(ctx, m.ID, true, fault); !snoozes(err) {
		t.Errorf("answer: %v", err)
	}
	if state, _ := w.attempt(t, m); state != string(conversations.AttemptSettling) {
		t.Errorf("the attempt is %s", state)
	}
}

// A lost reply is not what somebody writes an hour later in the same words.
func TestALostReplyTakesNoLaterMessage(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.begin(t)
	c := w.hears(t, "amara", "Hello")
	w.fault(t, simulator.Fault{Endpoint: "/me/messages", Kind: simulator.FaultHang, DelayMS: 1500})
	lost := w.becomes(t, w.reply(t, c, "Thank you!").ID, conversations.StateUnknown)
	if _, err := w.replier.MarkSent(w.owner(t), lost.ID); err != nil {
		t.Fatal(err)
	}
	w.db.Exec(t, "update tenant.outbox set started_at = started_at - interval '1 hour'")
	if _, _, err := w.sim.Write(w.business, "amara", "Thank you!", nil, true); err != nil {
		t.Fatal(err)
	}
	eventually(t, "both are shown", func() bool { return len(w.shows(t, c)) == 2 })
	if now, err := w.store.Message(w.owner(t), lost.ID); err != nil || now.MID != nil || !now.MarkedSent {
		t.Errorf("the lost one is %+v, %v", now, err)
	}
}

// A reply that waits to be sent again is not, when the echo of the try before has come.
func TestARetryHeedsTheEchoOfTheTryBefore(t *testing.T) {
	t.Parallel()
	w := asleep(t, "Good morning")
	c, m := w.c, w.m
	w.stands(t, m, conversations.AttemptUnknown, conversations.StateUnknown)
	if _, err := w.replier.Retry(w.owner(t), m.ID, false); err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.sim.Write(w.business, "amara", "Good morning", nil, true); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the echo is here", func() bool { return len(w.shows(t, c)) == 2 })
	w.begin(t)
	if now := w.becomes(t, m.ID, conversations.StateSent); now.MID == nil {
		t.Errorf("sent as %+v", now)
	}
	if got, shown := w.arrived(t), w.shows(t, c); len(got) != 0 || len(shown) != 1 {
		t.Errorf("it was sent again: %q; the thread shows %q", got, shown)
	}
	if next := w.becomes(t, w.reply(t, c, "And more").ID, conversations.StateSent); next.MID == nil { // those behind it go on
		t.Errorf("%+v", next)
	}
}

// What a machine wrote stays a machine's: a person who sends it again in the time of the human agents is told at once.
func TestAPersonsRetryOfAMachinesReply(t *testing.T) {
	t.Parallel()
	w := asleep(t, "Your parcel is on its way")
	m := w.m
	w.stands(t, m, conversations.AttemptFailed, conversations.StateFailed)
	w.db.Exec(t, "update tenant.messages set sent_by_key = 'k' where message_id = $1", m.ID)
	w.db.Exec(t, "update tenant.conversations set last_inbound_at = now() - interval '3 days'")
	replier := conversations.NewReplier(conversations.ReplierOptions{DB: w.tenants, Accounts: tenants.NewAccounts(w.platform), HumanAgent: true})
	w.db.Exec(t, "update tenant.connections set human_agent_confirmed_at = now()")
	_, err := replier.Retry(w.owner(t), m.ID, true)
	if _, closed := errors.AsType[*conversations.WindowClosedError](err); !closed {
		t.Errorf("retry: %v", err)
	}
}

// tried is a reply of which the first try was lost and the second was refused.
func tried(t *testing.T) sleeper {
	t.Helper()
	w := asleep(t, "Good morning")
	w.stands(t, w.m, conversations.AttemptUnknown, conversations.StateUnknown)
	if _, err := w.replier.Retry(w.owner(t), w.m.ID, false); err != nil {
		t.Fatal(err)
	}
	w.db.Exec(t, "update tenant.outbox set state = 'failed', started_at = now() where message_id = $1 and seq = 2", w.m.ID)
	w.db.Exec(t, "update tenant.messages set state = 'failed' where message_id = $1", w.m.ID)
	return w
}

// Of three tries the first may be the one that the customer has, though the second was refused.
func TestAThirdTryHeedsTheEchoOfTheFirst(t *testing.T) {
	t.Parallel()
	w := tried(t)
	if _, err := w.replier.Retry(w.owner(t), w.m.ID, false); err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.sim.Write(w.business, "amara", "Good morning", nil, true); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the echo is here", func() bool { return len(w.shows(t, w.c)) == 2 })
	w.begin(t)
	if now := w.becomes(t, w.m.ID, conversations.StateSent); now.MID == nil {
		t.Errorf("sent as %+v", now)
	}
	if got, shown := w.arrived(t), w.shows(t, w.c); len(got) != 0 || len(shown) != 1 {
		t.Errorf("it was sent again: %q; the thread shows %q", got, shown)
	}
}

// The echo of a lost try says that the customer has the reply, also when a later try was refused: nobody is offered a third one.
func TestARefusedReplyIsBoundToTheEchoOfAnOlderTry(t *testing.T) {
	t.Parallel()
	w := tried(t)
	if _, _, err := w.sim.Write(w.business, "amara", "Good morning", nil, true); err != nil {
		t.Fatal(err)
	}
	if now := w.becomes(t, w.m.ID, conversations.StateSent); now.MID == nil || len(w.shows(t, w.c)) != 1 {
		t.Errorf("sent as %+v; the thread shows %q", now, w.shows(t, w.c))
	}
}

// What is looked for at Instagram is found when the echo of an older try comes; those behind it go on.
func TestAReplyThatIsLookedForIsBoundToTheEchoOfAnOlderTry(t *testing.T) {
	t.Parallel()
	w := tried(t)
	w.db.Exec(t, "update tenant.outbox set state = 'settling', started_at = now() + interval '1 minute' where message_id = $1 and seq = 2", w.m.ID)
	w.db.Exec(t, "update tenant.messages set state = 'unknown' where message_id = $1", w.m.ID)
	if _, _, err := w.sim.Write(w.business, "amara", "Good morning", nil, true); err != nil {
		t.Fatal(err)
	}
	w.becomes(t, w.m.ID, conversations.StateSent)
	if state, _ := w.attempt(t, w.m); state != string(conversations.AttemptSent) {
		t.Errorf("its last attempt is %s", state)
	}
}

// answeredLate is a reply that a person sent again before the answer to the first try came.
func answeredLate(t *testing.T, second conversations.AttemptState, shown conversations.MessageState) sleeper {
	t.Helper()
	w := asleep(t, "ok")
	w.stands(t, w.m, conversations.AttemptUnknown, conversations.StateUnknown)
	if _, err := w.replier.Retry(w.owner(t), w.m.ID, false); err != nil {
		t.Fatal(err)
	}
	w.db.Exec(t, "update tenant.outbox set state = $2, started_at = now() where message_id = $1 and seq = 2", w.m.ID, second)
	w.db.Exec(t, "update tenant.messages set state = $2 where message_id = $1", w.m.ID, shown)
	if err := w.sender.AnsweredLate(w.ctx, w.m.ID, "mid.1"); err != nil {
		t.Fatal(err)
	}
	return w
}

// staysSent holds that the reply is the message of the first answer.
func (w sleeper) staysSent(t *testing.T, when string) {
	t.Helper()
	now, err := w.store.Message(w.owner(t), w.m.ID)
	if err != nil || now.State != conversations.StateSent || now.MID == nil || *now.MID != "mid.1" {
		t.Errorf("%s: the reply is %s %v, %v", when, now.State, now.MID, err)
	}
}

func TestAFirstAnswerThatComesLateStopsTheSecondTry(t *testing.T) {
	t.Parallel()
	w := answeredLate(t, conversations.AttemptQueued, conversations.StateQueued)
	w.begin(t)
	next := w.becomes(t, w.reply(t, w.c, "And more").ID, conversations.StateSent) // behind it
	if got := w.arrived(t); next.MID == nil || !slices.Equal(got, []string{"And more"}) {
		t.Errorf("the customer has %q", got)
	}
	w.staysSent(t, "in the queue")
}

// When the second try is under way already, whatever comes of it changes nothing of the message that was sent.
func TestAFirstAnswerThatComesLateStandsWhateverBecomesOfTheSecondTry(t *testing.T) {
	t.Parallel()
	refused := &instagram.APIError{HTTPStatus: 400, Code: 100}
	broken := &instagram.APIError{HTTPStatus: 500, Code: 1}
	for what, fault := range map[string]error{"sent": nil, "later": busy, "refused": refused, "unsure": broken} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			w := answeredLate(t, conversations.AttemptSending, conversations.StateSending)
			if err := w.sender.Answered(w.ctx, w.m.ID, true, fault); err != nil && !snoozes(err) {
				t.Fatal(err)
			}
			w.staysSent(t, what)
			if what != "unsure" {
				return
			}
			if err := w.sender.Look(w.ctx, w.m.ID); err != nil {
				t.Errorf("it is looked for: %v", err)
			}
			w.staysSent(t, "after a look")
		})
	}
}

// What Instagram did with the echo of a reply without an answer, before that was looked for, happened to the reply.
func TestAHiddenEchoThatChangesIsTheReplyAllTheSame(t *testing.T) {
	t.Parallel()
	for kind, want := range map[string]struct {
		kind  conversations.MessageKind
		shown []string
	}{
		"unsend": {conversations.KindUnsent, nil},
		"edit":   {conversations.KindText, []string{"ok!"}},
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			w := asleep(t, "ok")
			echo, _, err := w.sim.Write(w.business, "amara", "ok", nil, true)
			if err != nil {
				t.Fatal(err)
			}
			hidden := func(changed bool) func() bool {
				return func() (is bool) {
					w.ask(t, &is, "select exists (select from tenant.messages where shadow_of = $1 and (text is distinct from 'ok') = $2)", w.m.ID, changed)
					return is
				}
			}
			eventually(t, "the echo is hidden", hidden(false))
			if _, _, err := w.sim.Do(simulator.Act{Kind: kind, MID: echo.MID, Text: "ok!"}); err != nil {
				t.Fatal(err)
			}
			eventually(t, "the hidden echo changes", hidden(true))
			w.stands(t, w.m, conversations.AttemptSettling, conversations.StateUnknown)
			if err := w.sender.Look(w.ctx, w.m.ID); err != nil {
				t.Errorf("look: %v", err)
			}
			now, err := w.store.Message(w.owner(t), w.m.ID)
			if err != nil || now.State != conversations.StateSent || now.Kind != want.kind {
				t.Errorf("the reply is %+v, %v", now, err)
			}
			if got := w.shows(t, w.c); !slices.Equal(got, want.shown) || len(w.thread(t, w.account, w.c.ID)) != 2 {
				t.Errorf("the thread shows %q", got)
			}
		})
	}
}
