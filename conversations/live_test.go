package conversations_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.uber.org/goleak"

	"parlor/conversations"
	"parlor/tenants"
)

// hear waits for the next hint.
func hear(t *testing.T, hints <-chan conversations.Hint) conversations.Hint {
	t.Helper()
	select {
	case h, open := <-hints:
		if !open {
			t.Fatal("the hints have ended")
		}
		return h
	case <-time.After(20 * time.Second):
		t.Fatal("waited in vain for a hint")
	}
	return conversations.Hint{}
}

// live starts a Live as an instance of its own would, already listening.
func (r *rig) live(t *testing.T) *conversations.Live {
	t.Helper()
	l := conversations.NewLive(r.platform, nil)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	first, err := l.Subscribe(tenants.WithAccount(ctx, r.acme), tenants.NewUserID())
	if err != nil {
		t.Fatal(err)
	}
	go func() { ended <- l.Run(ctx) }()
	if h := hear(t, first); !h.Resync {
		t.Fatalf("on connection: %+v", h)
	}
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err == nil {
			t.Error("Run returned nil")
		}
	})
	return l
}

func subscribe(ctx context.Context, t *testing.T, l *conversations.Live, user tenants.UserID) <-chan conversations.Hint {
	t.Helper()
	hints, err := l.Subscribe(ctx, user)
	if err != nil {
		t.Fatal(err)
	}
	return hints
}

// TestHintsReachEveryInstance: what one instance takes in is told on the pages of all, of that account and, where it is personal, of that person.
func TestHintsReachEveryInstance(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	mika, noa := tenants.NewUserID(), tenants.NewUserID()
	type page struct {
		name  string
		hints <-chan conversations.Hint
		want  []tenants.LiveKind
	}
	both := []tenants.LiveKind{tenants.LiveMessage, tenants.LiveConversation, tenants.LiveMessage}
	others := []tenants.LiveKind{tenants.LiveMessage, tenants.LiveMessage}
	var pages []page
	for _, l := range []*conversations.Live{r.live(t), r.live(t)} {
		acme, globex := tenants.WithAccount(t.Context(), r.acme), tenants.WithAccount(t.Context(), r.globex)
		pages = append(pages, page{"reader", subscribe(acme, t, l, mika), both}, page{"colleague", subscribe(acme, t, l, noa), others},
			page{"key", subscribe(acme, t, l, tenants.UserID{}), others}, page{"other account", subscribe(globex, t, l, mika), nil})
	}
	r.deliver(t, body(acmeUserID, said(acmeUserID, "7", "mid.1", "hello", noon)))
	c := r.conversationWith(t, "7")
	for range 2 { // the second changes nothing and is not told
		if _, err := r.store.MarkRead(r.as(t, r.acme, mika), c.ID, 1); err != nil {
			t.Fatal(err)
		}
	}
	r.deliver(t, body(acmeUserID, answered("7", "mid.2", "yes", noon.Add(time.Second))))
	for _, p := range pages {
		for n, kind := range p.want {
			h := hear(t, p.hints)
			if h.Resync || h.Ref.Kind != kind || h.Ref.AccountID != r.acme || h.Ref.ConversationID != c.ID.UUID {
				t.Errorf("%s, hint %d = %+v, want %s", p.name, n, h, kind)
			}
		}
	}
	r.deliver(t, body(globexUserID, said(globexUserID, "7", "mid.1", "hello", noon))) // behind it, nothing of acme's can come
	for _, p := range pages {
		if p.want == nil {
			if h := hear(t, p.hints); h.Ref.AccountID != r.globex {
				t.Errorf("%s hears %+v", p.name, h)
			}
		}
		if n := len(p.hints); n != 0 {
			t.Errorf("%s has %d hints too many", p.name, n)
		}
	}
}

func payload(t *testing.T, ref tenants.LiveRef) string {
	t.Helper()
	raw, err := json.Marshal(ref)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// TestASlowPageIsToldToReadAgain: it holds a bounded number of hints, and none is lost without a word.
func TestASlowPageIsToldToReadAgain(t *testing.T) {
	t.Parallel()
	l := conversations.NewLive(nil, nil)
	account := tenants.NewAccountID()
	ctx := tenants.WithAccount(t.Context(), account)
	slow, quick := subscribe(ctx, t, l, tenants.UserID{}), subscribe(ctx, t, l, tenants.UserID{})
	for n := range 3 * conversations.HintBuffer {
		l.Deliver(ctx, payload(t, tenants.LiveRef{AccountID: account, Kind: tenants.LiveMessage, ConversationID: uuid.New(), MessageID: uuid.New()}))
		if h := hear(t, quick); h.Resync {
			t.Errorf("hint %d of the quick page is a resync", n)
		}
	}
	resyncs := 0
	for len(slow) > 0 {
		if hear(t, slow).Resync {
			resyncs++
		}
	}
	if resyncs == 0 {
		t.Error("the slow page does not know that it missed something")
	}
	l.Deliver(ctx, payload(t, tenants.LiveRef{AccountID: account, Kind: tenants.LiveMessage}))
	if h := hear(t, slow); h.Resync {
		t.Error("the page is not followed any more")
	}
}

func TestPayloadsOfNobodyReachNobody(t *testing.T) {
	t.Parallel()
	l := conversations.NewLive(nil, nil)
	ctx := tenants.WithAccount(t.Context(), tenants.NewAccountID())
	hints := subscribe(ctx, t, l, tenants.NewUserID())
	for _, bad := range []string{
		"", "null", "{}", "[]", "no JSON", `{"account_id":""}`, `{"account_id":"x"}`, strings.Repeat("[", 8000),
		`{"account_id":"00000000-0000-0000-0000-000000000000","kind":"message"}`,
	} {
		l.Deliver(ctx, bad)
	}
	if n := len(hints); n != 0 {
		t.Errorf("%d hints", n)
	}
	if _, err := l.Subscribe(t.Context(), tenants.NewUserID()); err == nil {
		t.Error("a page without an account was let in")
	}
}

// TestACutConnectionIsMadeUpFor: whoever was cut off may have missed something and is told so.
func TestACutConnectionIsMadeUpFor(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	l := r.live(t)
	hints := subscribe(tenants.WithAccount(t.Context(), r.acme), t, l, tenants.NewUserID())
	r.db.Exec(t, "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query like '%listen%' and pid <> pg_backend_pid()")
	if h := hear(t, hints); !h.Resync {
		t.Errorf("after the cut: %+v", h)
	}
	r.deliver(t, body(acmeUserID, said(acmeUserID, "7", "mid.1", "hello", noon)))
	if h := hear(t, hints); h.Ref.Kind != tenants.LiveMessage {
		t.Errorf("after the reconnection: %+v", h)
	}
}

// TestPagesThatCloseLeaveNothing: while hints come, pages come and go.
func TestPagesThatCloseLeaveNothing(t *testing.T) {
	ignore := goleak.IgnoreCurrent()
	l := conversations.NewLive(nil, nil)
	account := tenants.NewAccountID()
	busy, stop := context.WithCancel(tenants.WithAccount(t.Context(), account))
	done := make(chan struct{})
	go func() {
		defer close(done)
		for busy.Err() == nil {
			l.Deliver(busy, payload(t, tenants.LiveRef{AccountID: account, Kind: tenants.LiveConversation}))
		}
	}()
	for range 200 {
		ctx, cancel := context.WithCancel(busy)
		hints := subscribe(ctx, t, l, tenants.NewUserID())
		hear(t, hints)
		cancel()
		for range hints { // until it is closed
		}
	}
	over, cancel := context.WithCancel(busy)
	cancel()
	for range subscribe(over, t, l, tenants.NewUserID()) { // closed as well
	}
	stop()
	<-done
	if n := l.Pages(); n != 0 {
		t.Errorf("%d pages are left", n)
	}
	goleak.VerifyNone(t, ignore)
}
