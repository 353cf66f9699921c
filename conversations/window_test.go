package conversations_test

import (
	"cmp"
	"testing"
	"time"

	"parlor/conversations"
)

func TestWindowAt(t *testing.T) {
	t.Parallel()
	const human, machine = conversations.SenderHuman, conversations.SenderMachine
	const open, tagged, closed = conversations.WindowOpen, conversations.WindowHumanAgent, conversations.WindowClosed
	day, week := 24*time.Hour, 7*24*time.Hour
	tests := map[string]struct {
		by     conversations.OpenedBy
		since  time.Duration // from the customer's last act until now
		sender conversations.Sender
		tag    bool
		state  conversations.WindowState
		ends   time.Duration // after the customer's last act; 0: never
		reason conversations.WindowReason
	}{
		"at once":                      {"message", 0, machine, false, open, day, "customer_wrote"},
		"the clocks differ":            {"message", -time.Second, human, true, open, day, "customer_wrote"},
		"the last moment":              {"message", day - 1, machine, true, open, day, "customer_wrote"},
		"a story reply":                {"story_reply", time.Hour, human, false, open, day, "customer_wrote"},
		"a story mention":              {"story_mention", time.Hour, human, false, open, day, "customer_wrote"},
		"a tapped button":              {"postback", time.Hour, human, false, open, day, "customer_tapped"},
		"the last moment after a tap":  {"postback", day - 1, human, false, open, day, "customer_tapped"},
		"a day later":                  {"message", day, human, false, closed, 0, "expired"},
		"a day after a tap":            {"postback", day, human, false, closed, 0, "expired"},
		"a day later with the tag":     {"message", day, human, true, tagged, week, "human_agent_possible"},
		"a machine has no tag":         {"message", day, machine, true, closed, 0, "expired"},
		"the last moment of the week":  {"message", week - 1, human, true, tagged, week, "human_agent_possible"},
		"a week later":                 {"message", week, human, true, closed, 0, "expired"},
		"a year later":                 {"message", 365 * day, human, true, closed, 0, "expired"},
		"what opened it was not noted": {"", time.Hour, human, true, open, day, "customer_wrote"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := conversations.WindowAt(noon.Add(tc.since), &conversations.CustomerAct{At: noon, By: tc.by}, tc.sender, tc.tag)
			if got.State != tc.state || got.Reason != tc.reason || (got.ClosesAt == nil) != (tc.ends == 0) {
				t.Fatalf("window = %+v", got)
			}
			if got.ClosesAt != nil && !got.ClosesAt.Equal(noon.Add(tc.ends)) {
				t.Errorf("closes at %s, want %s", got.ClosesAt, noon.Add(tc.ends))
			}
			if want := cmp.Or(tc.by, conversations.OpenedByMessage); got.OpenedBy != want {
				t.Errorf("opened by %q, want %q", got.OpenedBy, want)
			}
		})
	}
	never := conversations.WindowAt(noon, nil, human, true)
	if never.State != closed || never.ClosesAt != nil || never.Reason != conversations.ReasonNeverWrote || never.OpenedBy != "" {
		t.Errorf("without any act of the customer: %+v", never)
	}
}
