//go:build e2e

package e2e_test

import "testing"

// An owner finds people and messages by words, those from before the first search too, and is led to a message far up in a long thread.
func TestSearchStory(t *testing.T) {
	t.Parallel()
	d := startDemo(t, demoFolder(t))
	fill(t, d.info.DatabaseURL, d.info.Accounts[0].AccountID, longThread)
	var report struct {
		Hits int     `json:"hits"`
		Took float64 `json:"took"` // from the last key to the hits, in ms
	}
	tell(t, "search", map[string]any{
		"url": d.info.URL, "simulatorURL": d.info.SimulatorURL, "account": d.info.Accounts[0].Username, "other": d.info.Accounts[1].Username,
	}, &report)
	t.Logf("%d hits after %.0f ms", report.Hits, report.Took)
	if report.Hits == 0 {
		t.Error("nothing was found")
	}
}
