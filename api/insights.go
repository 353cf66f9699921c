package api

import (
	"context"

	"parlor/conversations"
	"parlor/tenants"
)

// insights shows how an account did.
type insights struct {
	store *conversations.Store
	name  func(context.Context, tenants.UserID) string // see shown
}

func (h *insights) show(ctx context.Context, in *insightsInput) (*insightsOutput, error) {
	body, err := h.counted(ctx, in.From, in.To, in.Zone)
	if err != nil {
		return nil, err
	}
	return &insightsOutput{Body: body}, nil
}

func (h *insights) counted(ctx context.Context, from, to, zone string) (Insights, error) {
	span, err := conversations.NewSpan(from, to, zone)
	if err != nil {
		return Insights{}, err
	}
	in, err := h.store.Insights(ctx, span)
	if err != nil {
		return Insights{}, err
	}
	out := Insights{
		From: from, To: to, Zone: zone, Total: shownFigures(in.Total), Days: make([]InsightsDay, len(in.Days)), Senders: []InsightsSender{},
		Imported: in.Imported,
	}
	for i, d := range in.Days {
		out.Days[i] = InsightsDay{Date: d.Date, InsightsFigures: shownFigures(d.Figures)}
	}
	p, _ := tenants.PrincipalFrom(ctx)
	out.Everybody = p.Can(tenants.MembersManage)
	for _, s := range in.Senders {
		if member := s.Kind == conversations.SenderMember; !member || out.Everybody || s.User == p.UserID {
			out.Senders = append(out.Senders, h.sender(ctx, s))
		}
	}
	return out, nil
}

func (h *insights) sender(ctx context.Context, s conversations.SenderFigures) InsightsSender {
	out := InsightsSender{Kind: string(s.Kind), Replies: s.Replies, FirstReplies: shownWaits(s.Waits)}
	if s.Kind == conversations.SenderMember {
		out.Member = &Colleague{UserID: s.User.String(), Name: h.name(ctx, s.User)}
	}
	return out
}

func shownFigures(f conversations.Figures) InsightsFigures {
	return InsightsFigures{Inbound: f.In, Outbound: f.Out, MissedWindows: f.Missed, FirstReplies: shownWaits(f.Waits)}
}

func shownWaits(w conversations.Waits) FirstReplies {
	out := FirstReplies{Count: w.Count}
	if w.Count > 0 {
		median, p90 := seconds(w.Median), seconds(w.P90)
		out.MedianSeconds, out.P90Seconds = &median, &p90
	}
	return out
}

type insightsInput struct {
	From string `query:"from" required:"true" maxLength:"10" doc:"The first day, as 2026-11-01"`
	To   string `query:"to" required:"true" maxLength:"10" doc:"The last day; at most 366 days in all"`
	Zone string `query:"zone" required:"true" maxLength:"64" doc:"Whose days: a name of the IANA time zone database, for example Europe/Berlin"`
}

type insightsOutput struct{ Body Insights }

// Insights is how the account did in a range of days. What was taken back counts nowhere. Each figure belongs to the day on which the thing
// itself happened.
type Insights struct {
	From      string           `json:"from"`
	To        string           `json:"to"`
	Zone      string           `json:"zone"`
	Total     InsightsFigures  `json:"total"`
	Days      []InsightsDay    `json:"days" nullable:"false" doc:"Each day of the range, the oldest first"`
	Senders   []InsightsSender `json:"senders" nullable:"false" doc:"Who sent most first"`
	Everybody bool             `json:"everybody" doc:"The senders hold every member; else, of the members, the reader alone"`
	Imported  int              `json:"imported" doc:"How many of the messages were read from Instagram when the account was connected: of that time only the newest of each conversation are known"`
}

// InsightsFigures are the numbers of a day, or of the whole range.
type InsightsFigures struct {
	Inbound       int          `json:"inbound" doc:"Messages by customers"`
	Outbound      int          `json:"outbound" doc:"Messages that reached customers, from whichever app"`
	MissedWindows int          `json:"missed_windows" doc:"Times that a reply window closed, 24 hours after a customer's last message, without an answer"`
	FirstReplies  FirstReplies `json:"first_replies"`
}

// FirstReplies are the messages that ended a customer's wait, and how long the wait was: from the first message that nobody had answered, of
// the seven days before.
type FirstReplies struct {
	Count         int  `json:"count"`
	MedianSeconds *int `json:"median_seconds" doc:"Half of the customers had an answer within this; null without any"`
	P90Seconds    *int `json:"p90_seconds" doc:"Nine of ten"`
}

// InsightsDay are the figures of one day.
type InsightsDay struct {
	Date string `json:"date" format:"date"`
	InsightsFigures
}

// InsightsSender is what one of those who send to customers did.
type InsightsSender struct {
	Kind         string       `json:"kind" enum:"member,api,instagram_app,other_app"`
	Member       *Colleague   `json:"member" doc:"Also one who has left"`
	Replies      int          `json:"replies"`
	FirstReplies FirstReplies `json:"first_replies"`
}
