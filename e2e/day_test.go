//go:build e2e

package e2e_test

import "testing"

// A working day of two people in Chromium: forty customers, a saved reply, a failure, two who answer at once, a snooze, a window that
// closes, a lost link.
func TestWorkingDay(t *testing.T) {
	t.Parallel()
	d := startDemo(t, demoFolder(t))
	var report struct {
		Arrived  int `json:"arrived"`  // milliseconds until all forty were counted in both titles
		Closes   int `json:"closes"`   // milliseconds between the end of a window and its sign
		CaughtUp int `json:"caughtUp"` // milliseconds until the page knew what it had missed
		Sent     int `json:"sent"`     // saved replies that Instagram took
	}
	tell(t, "day", map[string]any{
		"url": d.info.URL, "simulatorURL": d.info.SimulatorURL, "account": "casalumen.studio", "colleague": "velo.werk",
	}, &report)
	t.Logf("forty arrived within %d ms; a window was shown closed after %d ms; caught up %d ms after the link came back", report.Arrived, report.Closes, report.CaughtUp)
	if report.Sent != 4 {
		t.Errorf("%d saved replies arrived, want 4", report.Sent)
	}
}
