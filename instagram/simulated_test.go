package instagram_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"parlor/instagram"
	"parlor/instagram/simulator"
)

// TestReadingConversations walks all threads of an account, in each of the shapes that Instagram is known to answer in.
func TestReadingConversations(t *testing.T) {
	t.Parallel()
	for name, shapes := range map[string]simulator.Shapes{
		"as mostly seen": {}, "numbers, bare lists, seconds": {NumericIDs: true, BareTo: true, UnixTimes: true, Parties: "user_id"},
		"account by name alone": {Parties: "username", OldCode: 9000001},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			business := h.sim.Businesses()[0]
			g := h.grant(t, casa, h.options.Now())
			if err := h.sim.Shape(shapes); err != nil {
				t.Fatal(err)
			}
			old, err := h.sim.AddHistory(business, 30, 25)
			if err != nil {
				t.Fatal(err)
			}
			want := map[string]string{}
			for _, m := range old {
				want[m.MID] = m.Text
			}
			threads, readable, pages := 0, 0, 0
			for query := (instagram.ThreadQuery{Limit: 7, Messages: true}); ; pages++ {
				page, err := h.client.Threads(t.Context(), g.Token.Value, query)
				if err != nil {
					t.Fatal(err)
				}
				for _, thread := range page.Threads {
					threads++
					if len(thread.Parties) != 2 || thread.UpdatedAt.IsZero() {
						t.Errorf("thread %+v", thread.Parties)
					}
					for _, m := range thread.Messages {
						text, known := want[m.MID]
						if m.Readable {
							readable++
						}
						if !known || m.At.IsZero() || m.Readable && m.Text != text {
							t.Errorf("message %+v, want %q", m, text)
						}
					}
				}
				if query.After = page.After; page.After == "" {
					break
				}
				if pages > 20 {
					t.Fatal("no end")
				}
			}
			if threads != 30 || pages < 4 || readable < 30 || readable > 30*20 {
				t.Errorf("%d threads on %d pages, %d readable messages", threads, pages+1, readable)
			}
			oldest := old[0]
			for _, m := range old {
				if m.Customer == oldest.Customer && m.At.Before(oldest.At) {
					oldest = m
				}
			}
			if _, err := h.client.StoredMessage(t.Context(), g.Token.Value, oldest.MID); err == nil || instagram.FaultOf(err) == instagram.FaultReconnect {
				t.Errorf("an old message: %v", err)
			}
			one, err := h.client.Threads(t.Context(), g.Token.Value, instagram.ThreadQuery{CustomerID: oldest.IGSID})
			if err != nil || len(one.Threads) != 1 {
				t.Fatalf("one customer's thread: %+v, %v", one, err)
			}
			if thread, err := h.client.Thread(t.Context(), g.Token.Value, one.Threads[0].ID); err != nil || len(thread.Messages) == 0 {
				t.Errorf("the thread: %+v, %v", thread, err)
			}
		})
	}
}

// TestReplying sends to a customer who wrote, and names each refusal.
func TestReplying(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	business := h.sim.Businesses()[0]
	token := h.grant(t, casa, h.options.Now()).Token.Value
	wrote, _, err := h.sim.Write(business, "amara", "hello", nil, false)
	if err != nil {
		t.Fatal(err)
	}
	send := func(o instagram.Outgoing) (string, error) {
		o.To = wrote.IGSID
		return h.client.Send(t.Context(), token, o)
	}
	mid, err := send(instagram.Outgoing{Text: "hi 😀"})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := h.client.StoredMessage(t.Context(), token, mid); err != nil || got.Text != "hi 😀" || got.From.ID != business.UserID && got.From.UserID != business.UserID {
		t.Errorf("as Instagram keeps it: %+v, %v", got, err)
	}
	if err := h.client.React(t.Context(), token, wrote.IGSID, wrote.MID, "❤️"); err != nil {
		t.Errorf("react: %v", err)
	}
	if err := h.client.Act(t.Context(), token, wrote.IGSID, instagram.TypingOn); err != nil {
		t.Errorf("typing: %v", err)
	}
	if p, err := h.client.Customer(t.Context(), token, wrote.IGSID); err != nil || p.Username != "amara" {
		t.Errorf("profile: %+v, %v", p, err)
	}
	if _, err := send(instagram.Outgoing{Text: strings.Repeat("ä", 501)}); instagram.ReplyFault(err) != instagram.FaultWordSize {
		t.Errorf("1,002 bytes: %v, %s", err, instagram.ReplyFault(err))
	}
	if _, err := send(instagram.Outgoing{Attachment: &instagram.OutgoingAttachment{Type: "image", URL: "http://127.0.0.1:1/nothing"}}); instagram.ReplyFault(err) != instagram.FaultWordMedia {
		t.Errorf("a file that cannot be fetched: %v, %s", err, instagram.ReplyFault(err))
	}
	h.pass(25 * time.Hour)
	if _, err := send(instagram.Outgoing{Text: "late"}); instagram.ReplyFault(err) != instagram.FaultWordWindow {
		t.Errorf("after a day: %v", err)
	}
	if _, err := send(instagram.Outgoing{Text: "late", HumanAgent: true}); instagram.ReplyFault(err) != instagram.FaultWordTag {
		t.Errorf("with a tag that is not approved: %v", err)
	}
	if err := h.sim.Shape(simulator.Shapes{HumanAgent: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := send(instagram.Outgoing{Text: "late", HumanAgent: true}); err != nil {
		t.Errorf("with an approved one: %v", err)
	}
	if n := len(h.sim.Sent(business.UserID)); n != 2 {
		t.Errorf("the customer got %d messages, want 2", n)
	}
}

// TestTwoCallsASecond: with the gap of production, Instagram refuses nobody, however many ask, from two instances.
func TestTwoCallsASecond(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	inside, _, _ := h.connected(t)
	business := h.sim.Businesses()[0]
	calls := func() []simulator.Call { return h.sim.Calls(business.UserID) }
	// The calls of the sign-in, which here had no gap, count for a second.
	for last := calls()[len(calls())-1].At; time.Since(last) < time.Second; {
		time.Sleep(10 * time.Millisecond)
	}
	if err := h.sim.Shape(simulator.Shapes{EnforceRate: true}); err != nil {
		t.Fatal(err)
	}
	before := len(calls())
	var all sync.WaitGroup
	for _, instance := range []*instagram.Connections{h.second(t, 0), h.second(t, 0)} {
		for range 3 {
			all.Go(func() {
				err := instance.Call(inside, func(ctx context.Context, token instagram.Secret) error {
					_, err := h.client.Threads(ctx, token, instagram.ThreadQuery{})
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
	}
	all.Wait()
	made := calls()[before:]
	if len(made) != 6 {
		t.Fatalf("%d calls", len(made))
	}
	for i := 2; i < len(made); i++ {
		if d := made[i].At.Sub(made[i-2].At); d < time.Second {
			t.Errorf("three calls within %s", d)
		}
	}
}
