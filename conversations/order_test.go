package conversations_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"parlor/conversations"
)

// line is one message of a drawn thread.
type line struct {
	mid     string
	at      time.Time
	inbound bool
	unsent  bool
}

// deliveries are the bodies that tell of a thread: each message once or twice, and what was taken back.
func deliveries(igsid string, thread []line, twice []bool) []string {
	var bodies []string
	for n, l := range thread {
		b := body(acmeUserID, answered(igsid, l.mid, l.mid, l.at))
		if l.inbound {
			b = body(acmeUserID, said(acmeUserID, igsid, l.mid, l.mid, l.at))
		}
		bodies = append(bodies, b)
		if twice[n] {
			bodies = append(bodies, b)
		}
		if l.unsent {
			bodies = append(bodies, body(acmeUserID, takenBack(igsid, l.mid, l.at.Add(time.Second))))
		}
	}
	return bodies
}

// TestAnyOrderEndsTheSame draws threads and the order in which they arrive; what the inbox shows at the end depends on the thread alone.
func TestAnyOrderEndsTheSame(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	customer := 0
	var received, applied int64
	rapid.Check(t, func(rt *rapid.T) {
		customer++
		igsid := fmt.Sprintf("70000%010d", customer)
		thread := make([]line, rapid.IntRange(1, 7).Draw(rt, "messages"))
		twice := make([]bool, len(thread))
		for n := range thread {
			thread[n] = line{
				mid: fmt.Sprintf("mid.%d.%d", customer, n), at: noon.Add(time.Duration(n-60) * time.Minute),
				inbound: rapid.Bool().Draw(rt, "inbound"), unsent: rapid.IntRange(0, 4).Draw(rt, "unsent") == 0,
			}
			twice[n] = rapid.Bool().Draw(rt, "twice")
			applied++
			if thread[n].unsent {
				applied++
			}
		}
		bodies := rapid.Permutation(deliveries(igsid, thread, twice)).Draw(rt, "arrival")
		received += int64(len(bodies))
		r.deliver(t, bodies...)
		c := r.conversationWith(t, igsid)
		compare(rt, c, thread)
		compareThread(rt, r.thread(t, r.acme, c.ID), thread)
	})
	if l := r.ledger(t, r.acme); l.Received != received || l.Applied != applied || l.Failed != 0 || l.Pending != 0 {
		t.Errorf("ledger = %+v, want %d received and %d applied", l, received, applied)
	}
}

// compare holds the list's columns against the thread.
func compare(rt *rapid.T, c conversations.Conversation, thread []line) {
	var waiting, lastInbound *time.Time
	var inbound int64
	for _, l := range thread {
		switch {
		case !l.inbound:
			waiting = nil
			continue
		case waiting == nil:
			waiting = &l.at
		}
		lastInbound = &l.at
		inbound++
	}
	last := thread[len(thread)-1]
	if !c.Last.SentAt.Equal(last.at) || (c.Last.Text == nil) != last.unsent || (c.Last.Direction == conversations.Inbound) != last.inbound {
		rt.Errorf("last = %+v, want %+v", c.Last, last)
	}
	if c.InboundSeq != inbound {
		rt.Errorf("inbound_seq = %d, want %d", c.InboundSeq, inbound)
	}
	if !same(c.WaitingSince, waiting) {
		rt.Errorf("waiting since %v, want %v", c.WaitingSince, waiting)
	}
	var act *conversations.CustomerAct
	if lastInbound != nil {
		act = &conversations.CustomerAct{At: *lastInbound}
	}
	want := conversations.WindowAt(noon, act, conversations.SenderHuman, false)
	if c.Window.State != want.State || !same(c.Window.ClosesAt, want.ClosesAt) {
		rt.Errorf("window = %+v, want %+v", c.Window, want)
	}
}

func compareThread(rt *rapid.T, got []conversations.Message, thread []line) {
	if len(got) != len(thread) {
		rt.Fatalf("%d messages, want %d", len(got), len(thread))
	}
	for n, l := range thread {
		m := got[len(got)-1-n]
		if *m.MID != l.mid || !m.SentAt.Equal(l.at) || (m.Kind == conversations.KindUnsent) != l.unsent || (m.Text == nil) != l.unsent {
			rt.Errorf("message %d = %+v, want %+v", n, m, l)
		}
	}
}

func same(x, y *time.Time) bool { return x == nil && y == nil || x != nil && y != nil && x.Equal(*y) }
