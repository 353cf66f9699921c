//go:build e2e

package e2e_test

import "testing"

// An owner answers, and finds that in the figures: as tiles, chart, table and file, for the days that were asked for.
func TestInsightsStory(t *testing.T) {
	t.Parallel()
	d := startDemo(t, demoFolder(t))
	var report struct {
		Sender string `json:"sender"` // the file's line of who answered
	}
	tell(t, "insights", map[string]any{
		"url": d.info.URL, "simulatorURL": d.info.SimulatorURL, "account": "casalumen.studio",
	}, &report)
	if report.Sender == "" {
		t.Error("the file of who answered has no line of the owner's")
	}
}
