//go:build e2e

package e2e_test

import (
	_ "embed"
	"testing"
)

// longThread puts two thousand messages into the newest conversation of the account of the transaction.
//
//go:embed testdata/long_thread.sql
var longThread string

const (
	mostNodes = 900 // elements of the thread in the page at once
	mostMoved = 2.0 // pixels that a message which somebody reads may move by itself
)

// A thread of two thousand messages opens at the first unread one, is read back to its beginning without a jump, and never holds more
// rows in the page than a few screens of them.
func TestLongThreadStory(t *testing.T) {
	t.Parallel()
	d := startDemo(t, demoFolder(t))
	fill(t, d.info.DatabaseURL, d.info.Accounts[0].AccountID, longThread)
	var report struct {
		Rows    int     `json:"rows"`    // most rows in the page at once
		Nodes   int     `json:"nodes"`   // most elements of the thread in the page at once
		Moved   float64 `json:"moved"`   // pixels, the furthest that a message in sight moved by itself
		Fetched int     `json:"fetched"` // pages of older messages
	}
	tell(t, "long-thread", map[string]any{
		"url": d.info.URL, "simulatorURL": d.info.SimulatorURL, "account": d.info.Accounts[0].Username,
	}, &report)
	t.Logf("%d pages of older messages: at most %d rows, %d elements, %.1f px moved", report.Fetched, report.Rows, report.Nodes, report.Moved)
	if report.Fetched < 39 {
		t.Errorf("%d pages were fetched, want 39", report.Fetched)
	}
	if report.Rows > mostRows || report.Nodes > mostNodes || report.Moved > mostMoved {
		t.Errorf("want at most %d rows, %d elements, %.0f px", mostRows, mostNodes, mostMoved)
	}
}
