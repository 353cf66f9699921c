package conversations

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"parlor/tenants"
)

// tally counts messages that come in the order of time.
type tally struct {
	span     Span
	days     []InsightsDay
	waits    [][]time.Duration         // of each day's first replies
	open     map[uuid.UUID][]time.Time // by conversation: the questions that nobody has answered yet
	senders  map[senderKey]*senderTally
	imported int
}

type senderKey struct {
	kind SenderKind
	user tenants.UserID
}

type senderTally struct {
	replies int
	waits   []time.Duration
}

func newTally(span Span) *tally {
	t := &tally{
		span: span, days: make([]InsightsDay, len(span.dates)), waits: make([][]time.Duration, len(span.dates)),
		open: map[uuid.UUID][]time.Time{}, senders: map[senderKey]*senderTally{},
	}
	for i, date := range span.dates {
		t.days[i].Date = date
	}
	return t
}

func (t *tally) add(m walkedRow) {
	day, inside := t.span.day(m.SentAt)
	if inside && m.Imported {
		t.imported++
	}
	switch m.Role {
	case roleQuestion, roleTold:
		if inside {
			t.days[day].In++
		}
		if m.Role == roleQuestion {
			t.asked(m)
		}
	default:
		t.answered(m, day, inside)
	}
}

// asked keeps the question; those that are too old to be the beginning of a wait are dropped.
func (t *tally) asked(m walkedRow) {
	open := t.open[m.ConversationID]
	t.missedBy(open, m.SentAt)
	t.open[m.ConversationID] = append(recent(open, m.SentAt), m.SentAt)
}

func (t *tally) answered(m walkedRow, day int, inside bool) {
	open := t.open[m.ConversationID]
	t.missedBy(open, m.SentAt)
	delete(t.open, m.ConversationID)
	if !inside {
		return
	}
	t.days[day].Out++
	by := t.sender(m)
	by.replies++
	if open = recent(open, m.SentAt); len(open) > 0 {
		wait := m.SentAt.Sub(open[0])
		t.waits[day] = append(t.waits[day], wait)
		by.waits = append(by.waits, wait)
	}
}

// recent leaves the questions to which this moment can still be an answer: an older one does not say whether it was the first.
func recent(open []time.Time, at time.Time) []time.Time {
	n := slices.IndexFunc(open, func(asked time.Time) bool { return at.Sub(asked) <= HumanAgentWindow })
	if n < 0 {
		return nil
	}
	return open[n:]
}

// missedBy counts a window that had closed at that moment although its customer waited. It closes 24 hours after the last of the open
// questions: each question prolongs it, so a customer who writes several times misses one.
func (t *tally) missedBy(open []time.Time, at time.Time) {
	if len(open) == 0 {
		return
	}
	closed := open[len(open)-1].Add(ReplyWindow)
	if day, inside := t.span.day(closed); inside && !at.Before(closed) {
		t.days[day].Missed++
	}
}

func (t *tally) sender(m walkedRow) *senderTally {
	key := senderKey{kind: SenderKind(m.Role)}
	if m.SentByUser != nil {
		key.user = *m.SentByUser
	}
	if t.senders[key] == nil {
		t.senders[key] = &senderTally{}
	}
	return t.senders[key]
}

// result ends the counting: who waits still has missed a window if it has closed by now.
func (t *tally) result(now time.Time) Insights {
	for _, open := range t.open {
		t.missedBy(open, now)
	}
	in := Insights{Days: t.days, Imported: t.imported}
	for i := range t.days {
		d := &t.days[i]
		d.Waits = waitsOf(t.waits[i])
		in.Total.In, in.Total.Out, in.Total.Missed = in.Total.In+d.In, in.Total.Out+d.Out, in.Total.Missed+d.Missed
	}
	in.Total.Waits = waitsOf(slices.Concat(t.waits...))
	for key, by := range t.senders {
		in.Senders = append(in.Senders, SenderFigures{Kind: key.kind, User: key.user, Replies: by.replies, Waits: waitsOf(by.waits)})
	}
	slices.SortFunc(in.Senders, byReplies)
	return in
}
