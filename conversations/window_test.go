package conversations_test

import (
	"testing"
	"time"

	"parlor/conversations"
)

func TestWindowAt(t *testing.T) {
	t.Parallel()
	const human, machine = conversations.SenderHuman, conversations.SenderMachine
	day, week := 24*time.Hour, 7*24*time.Hour
	tests := map[string]struct {
		since  time.Duration // from the customer's last message until now
		sender conversations.Sender
		tag    bool
		state  conversations.WindowState
		ends   time.Duration // after the customer's last message; 0: never
	}{
		"at once":                     {0, machine, false, conversations.WindowOpen, day},
		"the clocks differ":           {-time.Second, human, true, conversations.WindowOpen, day},
		"the last moment":             {day - 1, machine, true, conversations.WindowOpen, day},
		"a day later":                 {day, human, false, conversations.WindowClosed, 0},
		"a day later with the tag":    {day, human, true, conversations.WindowHumanAgent, week},
		"a machine has no tag":        {day, machine, true, conversations.WindowClosed, 0},
		"the last moment of the week": {week - 1, human, true, conversations.WindowHumanAgent, week},
		"a week later":                {week, human, true, conversations.WindowClosed, 0},
		"a year later":                {365 * day, human, true, conversations.WindowClosed, 0},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := conversations.WindowAt(noon.Add(tc.since), &noon, tc.sender, tc.tag)
			if got.State != tc.state || (got.ClosesAt == nil) != (tc.ends == 0) {
				t.Fatalf("window = %+v", got)
			}
			if got.ClosesAt != nil && !got.ClosesAt.Equal(noon.Add(tc.ends)) {
				t.Errorf("closes at %s, want %s", got.ClosesAt, noon.Add(tc.ends))
			}
		})
	}
	if got := conversations.WindowAt(noon, nil, human, true); got.State != conversations.WindowClosed || got.ClosesAt != nil {
		t.Errorf("without any message of the customer: %+v", got)
	}
}
