package conversations

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"parlor/tenants"
)

// Insights is how an account did in a span of days. Messages that were taken back count nowhere. Each figure belongs to the day on which
// the thing itself happened: an answer to the day of the answer, a missed window to the day on which it closed.
type Insights struct {
	Days    []InsightsDay // each day of the span, the oldest first
	Total   Figures
	Senders []SenderFigures // whoever sent something, who sent most first
	// Imported is how many of the messages were read from Instagram when the account was connected. Of that time it tells only the newest
	// ones of each conversation.
	Imported int
}

// Figures are the numbers of a day, a sender or a whole span.
type Figures struct {
	In     int // messages by customers
	Out    int // messages that reached customers, whoever wrote them and in which app
	Missed int // see tally.missedBy
	Waits
}

// Waits is how long customers waited for first replies. A first reply is the first message to a customer after one or more of theirs; the
// wait begins with the first of these that nobody had answered, of the seven days before it.
type Waits struct {
	Count  int
	Median time.Duration // half of the customers had an answer within it; zero without any
	P90    time.Duration // nine of ten
}

// InsightsDay are the figures of one day.
type InsightsDay struct {
	Date string // 2006-01-02
	Figures
}

// SenderKind says who sends to customers.
type SenderKind string

// The kinds of senders.
const (
	SenderMember       SenderKind = "member"
	SenderAPI          SenderKind = "api" // the account's own machines, by API key
	SenderInstagramApp SenderKind = "instagram_app"
	SenderOtherApp     SenderKind = "other_app"
)

// SenderFigures are what one of them did.
type SenderFigures struct {
	Kind    SenderKind
	User    tenants.UserID // of a member; may have left
	Replies int
	Waits
}

// MaxInsightsMessages is how many messages one answer is counted from at most.
const MaxInsightsMessages = 1_000_000

// Insights counts the span. It reads the span's messages and those of the seven days before it, which may hold the questions to its first
// answers, in pages along one index. Error: ErrTooMuchToCount.
func (s *Store) Insights(ctx context.Context, span Span) (Insights, error) {
	return s.insights(ctx, span, MaxInsightsMessages)
}

func (s *Store) insights(ctx context.Context, span Span, most int) (Insights, error) {
	t := newTally(span)
	for after, read := (*cursor)(nil), 0; ; {
		page, err := s.walked(ctx, span, after)
		if err != nil {
			return Insights{}, fmt.Errorf("count insights: %w", err)
		}
		for _, m := range page {
			t.add(m)
		}
		if read += len(page); read > most {
			return Insights{}, ErrTooMuchToCount
		}
		if len(page) < walkPage {
			return t.result(s.now()), nil
		}
		last := page[len(page)-1]
		after = &cursor{at: last.SentAt, id: last.MessageID}
	}
}

// waitsOf says of the waits what half and what nine of ten of them did not exceed.
func waitsOf(waits []time.Duration) Waits {
	slices.Sort(waits)
	within := func(percent int) time.Duration {
		if len(waits) == 0 {
			return 0
		}
		return waits[(len(waits)*percent+99)/100-1]
	}
	return Waits{Count: len(waits), Median: within(50), P90: within(90)}
}

func byReplies(a, b SenderFigures) int {
	return cmp.Or(cmp.Compare(b.Replies, a.Replies), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.User.String(), b.User.String()))
}
