package conversations_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"parlor/conversations"
	"parlor/instagram/simulator"
	"parlor/tenants"
)

// begins starts an import as a connection does.
func (w *town) begins(t *testing.T, again bool) {
	t.Helper()
	ctx := w.owner(t)
	err := w.tenants.InTenant(ctx, func(tx *tenants.Tx) error { return conversations.Connected(ctx, tx, again) })
	if err != nil {
		t.Fatal(err)
	}
}

// imported waits for the end of the newest import.
func (w *town) imported(t *testing.T) (p conversations.BackfillProgress) {
	t.Helper()
	eventually(t, "the import has ended", func() bool {
		got, err := w.store.Backfill(w.owner(t))
		if err != nil || got == nil {
			return false
		}
		p = *got
		return p.State != conversations.BackfillRunning
	})
	return p
}

// history gives the business conversations of which no webhook tells.
func (w *town) history(t *testing.T, conversations, messages int) {
	t.Helper()
	w.simulated(t, http.MethodPost, "/_sim/history", fmt.Sprintf(`{"business":%q,"conversations":%d,"messages":%d}`, w.business.UserID, conversations, messages))
}

func TestImportBringsOldConversations(t *testing.T) {
	t.Parallel()
	for name, shapes := range map[string]simulator.Shapes{
		"as live answers are": {}, "ids as numbers": {NumericIDs: true}, "everything wrapped": {Wrapped: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTown(t)
			w.history(t, 45, 4)
			w.shape(t, shapes)
			w.begin(t)
			w.begins(t, false)
			p := w.imported(t)
			if p.State != conversations.BackfillDone || p.Total != 45 || p.Seen != 45 || p.Messages != 180 || p.Recovered != 0 {
				t.Fatalf("progress = %+v", p)
			}
			inbox := w.inbox(t, w.account)
			if len(inbox) != 45 {
				t.Fatalf("%d conversations", len(inbox))
			}
			for _, c := range inbox {
				if c.Unread() != 0 || c.Window.State != conversations.WindowClosed || c.Participant.Username == nil {
					t.Fatalf("conversation = %+v", c)
				}
			}
			if got := w.thread(t, w.account, inbox[0].ID); len(got) != 4 || got[0].Recovered {
				t.Errorf("thread = %+v", got)
			}
			w.begins(t, false) // again: nothing is added
			if p := w.imported(t); p.Messages != 0 || len(w.inbox(t, w.account)) != 45 {
				t.Errorf("again: %+v", p)
			}
		})
	}
}

func TestImportGoesOnThroughFaults(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.history(t, 60, 2)
	w.fault(t, simulator.Fault{Endpoint: "/me/conversations", Kind: simulator.Fault5xx, Times: 1})
	w.fault(t, simulator.Fault{Endpoint: "/me/conversations", Kind: simulator.FaultHTML, Times: 1})
	w.begin(t)
	w.begins(t, false)
	if p := w.imported(t); p.State != conversations.BackfillDone || p.Seen != 60 || p.Messages != 120 {
		t.Errorf("progress = %+v", p)
	}
}

func TestImportEndsWhenTheTokenIsDead(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.history(t, 30, 1)
	w.sim.Revoke(w.business)
	w.begin(t)
	w.begins(t, false)
	if p := w.imported(t); p.State != conversations.BackfillFailed || p.Fault != "reconnect" {
		t.Errorf("progress = %+v", p)
	}
	time.Sleep(2 * time.Millisecond)
	w.connect(t)
	w.begins(t, true)
	if p := w.imported(t); p.State != conversations.BackfillDone || p.Seen != 30 {
		t.Errorf("connected again: %+v", p)
	}
}

// What was taken back before, and what a webhook told, stays as it is.
func TestImportNeitherResurrectsNorReplaces(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.begin(t)
	c := w.hears(t, "amara", "Taken back soon")
	gone := *w.thread(t, w.account, c.ID)[0].MID
	kept := w.hears(t, "amara", "Stays")
	// Instagram's list still has the message when its unsend has come: told by a webhook alone.
	body := body(w.business.UserID, takenBackAt(w.business.UserID, igsidOf(t, w, c), gone, time.Now()))
	if err := w.ingest.Accept(t.Context(), []byte(body)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is taken back", func() bool {
		return w.thread(t, w.account, c.ID)[1].Kind == conversations.KindUnsent
	})
	w.begins(t, false)
	if p := w.imported(t); p.Messages != 0 {
		t.Errorf("progress = %+v", p)
	}
	thread := w.thread(t, w.account, kept.ID)
	if len(thread) != 2 || thread[1].Kind != conversations.KindUnsent || thread[1].Text != nil {
		t.Errorf("thread = %+v", thread)
	}
	if now := w.inbox(t, w.account)[0]; now.Unread() != 2 {
		t.Errorf("unread = %d", now.Unread())
	}
}

// A webhook that comes after the import has its message makes it unread; until then nobody is told.
func TestWebhookAfterImportCounts(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.fault(t, simulator.Fault{Kind: simulator.FaultDelay, DelayMS: 1500, Rate: 1})
	w.begin(t)
	if _, _, err := w.sim.Write(w.business, "amara", "Slow webhook", nil, false); err != nil {
		t.Fatal(err)
	}
	w.begins(t, false)
	w.imported(t)
	inbox := w.inbox(t, w.account)
	if len(inbox) != 1 || inbox[0].Unread() != 0 || inbox[0].Window.State != conversations.WindowOpen {
		t.Fatalf("imported: %+v", inbox)
	}
	eventually(t, "the webhook has come", func() bool { return w.inbox(t, w.account)[0].Unread() == 1 })
	if got := w.thread(t, w.account, inbox[0].ID); len(got) != 1 {
		t.Errorf("thread = %+v", got)
	}
}

func TestWatchdogFillsTheGap(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.begin(t)
	c := w.hears(t, "amara", "Before the gap")
	w.begins(t, false)
	w.imported(t)
	w.simulated(t, http.MethodPost, "/_sim/unsubscribe", fmt.Sprintf(`{"business":%q}`, w.business.UserID))
	for n := range 3 {
		if _, _, err := w.sim.Write(w.business, "amara", fmt.Sprintf("Lost %d", n), nil, false); err != nil {
			t.Fatal(err)
		}
	}
	w.ahead = 25 * time.Hour
	dog := conversations.NewWatchdog(conversations.WatchdogOptions{
		DB: w.tenants, Platform: w.platform, Prove: w.connections.Prove, MinSilence: time.Hour, Now: func() time.Time { return time.Now().Add(w.ahead) },
	})
	if err := dog.Watch(w.owner(t)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the gap is filled", func() bool {
		p, err := w.store.Backfill(w.owner(t))
		return err == nil && p != nil && p.Cause == conversations.CauseGap && p.State == conversations.BackfillDone && p.Recovered == 3
	})
	recovered := 0
	for _, m := range w.thread(t, w.account, c.ID) {
		if m.Recovered {
			recovered++
		}
	}
	if recovered != 3 {
		t.Errorf("%d messages are marked", recovered)
	}
	if state := w.simulated(t, http.MethodGet, "/_sim/state", ""); !strings.Contains(state, `"messages"`) {
		t.Errorf("not subscribed again: %s", state)
	}
	if err := dog.Watch(w.owner(t)); err != nil { // it has just looked
		t.Fatal(err)
	}
	if p, _ := w.store.Backfill(w.owner(t)); p.State != conversations.BackfillDone {
		t.Errorf("watched again at once: %+v", p)
	}
}

func TestProfilesComeAside(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.begin(t)
	c := w.hears(t, "amara.bakes", "Hello")
	eventually(t, "the profile is there", func() bool {
		now, err := w.store.Conversation(w.owner(t), c.ID)
		return err == nil && now.Participant.Name != nil
	})
	w.simulated(t, http.MethodPost, "/_sim/customers", fmt.Sprintf(`{"business":%q,"customer":"shy.person","no_consent":true}`, w.business.UserID))
	shy := w.hears(t, "shy.person", "Hello")
	eventually(t, "the look-up is remembered as vain", func() bool {
		var fault string
		w.ask(t, &fault, "select profile_fault from tenant.participants join tenant.conversations using (account_id, participant_id) where conversation_id = $1", shy.ID.UUID)
		return fault == "recipient"
	})
	calls := len(w.sim.Calls(w.business.UserID))
	w.hears(t, "amara.bakes", "Again")
	w.hears(t, "shy.person", "Again")
	if got := len(w.sim.Calls(w.business.UserID)); got != calls {
		t.Errorf("%d further calls for customers who were looked up already", got-calls)
	}
}
