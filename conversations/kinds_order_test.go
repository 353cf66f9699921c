package conversations_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"parlor/conversations"
	"parlor/instagram"
	"parlor/tenants"
)

// story is one message of a drawn thread with all that happens to it.
type story struct {
	line
	standby   bool
	edits     int      // numbered from 1
	reactions []string // one after the other; "" takes it off
	read      bool
}

// events are the bodies that tell of a message and of what happens to it.
func (s story) events(igsid string) []string {
	from := func(at time.Time, payload item) string {
		i := item{"sender": item{"id": igsid}, "recipient": item{"id": acmeUserID}, "timestamp": at.UnixMilli()}
		maps.Copy(i, payload)
		return body(acmeUserID, i)
	}
	bodies := []string{body(acmeUserID, answered(igsid, s.mid, s.mid, s.at))}
	if s.inbound {
		bodies[0] = body(acmeUserID, said(acmeUserID, igsid, s.mid, s.mid, s.at))
	}
	if s.standby {
		bodies[0] = standby(bodies[0])
	}
	for n := range s.edits {
		bodies = append(bodies, from(s.at.Add(time.Duration(n+1)*time.Second), item{"message_edit": item{"mid": s.mid, "text": s.edited(n + 1), "num_edit": n + 1}}))
	}
	bodies = append(bodies, from(s.at, item{"message_edit": item{"mid": s.mid, "num_edit": 0}}))
	for n, emoji := range s.reactions {
		reaction := item{"mid": s.mid, "action": "react", "emoji": emoji}
		if emoji == "" {
			reaction = item{"mid": s.mid, "action": "unreact"}
		}
		bodies = append(bodies, from(s.at.Add(time.Duration(n+1)*time.Second), item{"reaction": reaction}))
	}
	if s.read {
		bodies = append(bodies, from(s.at.Add(time.Second), item{"read": item{"mid": s.mid}}))
	}
	if s.unsent {
		bodies = append(bodies, body(acmeUserID, takenBack(igsid, s.mid, s.at.Add(time.Second))))
	}
	return bodies
}

func (s story) edited(n int) string { return fmt.Sprintf("%s, edit %d", s.mid, n) }

func drawStory(rt *rapid.T, customer, n int) story {
	s := story{line: line{
		mid: fmt.Sprintf("kinds.%d.%d", customer, n), at: noon.Add(time.Duration(n-60) * time.Minute),
		inbound: rapid.Bool().Draw(rt, "inbound"), unsent: rapid.IntRange(0, 4).Draw(rt, "unsent") == 0,
	}}
	s.standby = rapid.IntRange(0, 4).Draw(rt, "standby") == 0
	s.edits = rapid.IntRange(0, 3).Draw(rt, "edits")
	s.reactions = rapid.SliceOfN(rapid.SampledFrom([]string{"", "😮", "🔥", "👍"}), 0, 3).Draw(rt, "reactions")
	s.read = !s.inbound && rapid.Bool().Draw(rt, "read")
	return s
}

// epoch is before all messages: an import marks every one of them as recovered, until its webhook comes.
var epoch = time.Unix(0, 0)

// held is what Instagram gives when it is asked for the thread.
func held(igsid string, thread []story) instagram.Thread {
	who, we := instagram.Party{ID: igsid}, instagram.Party{ID: acmeUserID}
	h := instagram.Thread{ID: "t", UpdatedAt: noon, Parties: []instagram.Party{who, we}}
	for _, s := range thread {
		m := instagram.StoredMessage{MID: s.mid, At: s.at, From: we, Text: s.mid, Readable: true}
		if s.inbound {
			m.From = who
		}
		if !s.unsent {
			h.Messages = append(h.Messages, m)
		}
	}
	return h
}

// TestAnyOrderOfEveryKindEndsTheSame draws threads with edits, reactions, reads and unsends, and the order in which all of it arrives, some of
// it twice; at some moment the thread is also imported. What a page shows at the end depends on the thread alone.
func TestAnyOrderOfEveryKindEndsTheSame(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	importer := conversations.NewImporter(conversations.ImporterOptions{DB: r.tenants, Accounts: tenants.NewAccounts(r.platform)})
	customer := 0
	rapid.Check(t, func(rt *rapid.T) {
		customer++
		igsid := fmt.Sprintf("71000%010d", customer)
		thread := make([]story, rapid.IntRange(1, 4).Draw(rt, "messages"))
		var bodies []string
		for n := range thread {
			thread[n] = drawStory(rt, customer, n)
			bodies = append(bodies, thread[n].events(igsid)...)
		}
		bodies = append(bodies, rapid.SliceOfN(rapid.SampledFrom(bodies), 0, 3).Draw(rt, "again")...)
		bodies = rapid.Permutation(bodies).Draw(rt, "arrival")
		imported := rapid.IntRange(0, len(bodies)).Draw(rt, "import")
		r.deliver(t, bodies[:imported]...)
		if _, err := importer.Thread(tenants.WithAccount(t.Context(), r.acme), held(igsid, thread), &epoch); err != nil {
			rt.Fatal(err)
		}
		r.deliver(t, bodies[imported:]...)
		c := r.conversationWith(t, igsid)
		compareStories(rt, c, r.thread(t, r.acme, c.ID), thread)
	})
	if l := r.ledger(t, r.acme); l.Failed != 0 || l.Pending != 0 {
		t.Errorf("ledger = %+v", l)
	}
	var waiting int
	r.ask(t, &waiting, "select count(*) from tenant.parked_edits")
	if waiting != 0 {
		t.Errorf("%d edits wait for messages that came", waiting)
	}
}

func compareStories(rt *rapid.T, c conversations.Conversation, got []conversations.Message, thread []story) {
	if len(got) != len(thread) {
		rt.Fatalf("%d messages, want %d", len(got), len(thread))
	}
	slices.Reverse(got)
	var inbound int64
	var seenUntil, waiting, act *time.Time
	for n := range thread {
		s := &thread[n]
		if s.read {
			seenUntil = &s.at
		}
		switch {
		case !s.inbound:
			waiting = nil
			continue
		case !s.standby:
			inbound++
			if waiting == nil {
				waiting = &s.at
			}
		}
		act = &s.at
	}
	for n, s := range thread {
		compareStory(rt, got[n], s, seenUntil)
	}
	if c.InboundSeq != inbound || !same(c.WaitingSince, waiting) || !same(c.SeenUntil, seenUntil) {
		rt.Errorf("inbound_seq = %d, waiting since %v, seen until %v; want %d, %v, %v", c.InboundSeq, c.WaitingSince, c.SeenUntil, inbound, waiting, seenUntil)
	}
	if open := c.Window.State == conversations.WindowOpen; open != (act != nil) || act != nil && !c.Window.ClosesAt.Equal(act.Add(conversations.ReplyWindow)) {
		rt.Errorf("window = %+v, last act %v", c.Window, act)
	}
	last := got[len(got)-1]
	if c.Last.ID != last.ID || c.Last.Kind != last.Kind || (c.Last.Text == nil) != (last.Text == nil) || last.Text != nil && *c.Last.Text != *last.Text {
		rt.Errorf("last = %+v, want %+v", c.Last, last)
	}
}

func compareStory(rt *rapid.T, m conversations.Message, s story, seenUntil *time.Time) {
	if s.unsent {
		if m.Kind != conversations.KindUnsent || m.Text != nil || len(m.Reactions) != 0 || m.EditedAt != nil {
			rt.Errorf("unsent message = %+v", m)
		}
		return
	}
	text := s.mid
	if s.edits > 0 {
		text = s.edited(s.edits)
	}
	if *m.Text != text || (m.EditedAt != nil) != (s.edits > 0) || m.Standby != s.standby || m.Recovered {
		rt.Errorf("message = %+v, want %q", m, text)
	}
	var want string
	if len(s.reactions) > 0 {
		want = s.reactions[len(s.reactions)-1]
	}
	if got := emojis(m); got != want {
		rt.Errorf("reaction %q, want %q", got, want)
	}
	if seen := !s.inbound && seenUntil != nil && !s.at.After(*seenUntil); m.Seen != seen {
		rt.Errorf("seen = %v, want %v", m.Seen, seen)
	}
}
