//go:build e2e

package e2e_test

import "testing"

// Two windows of one person, and a colleague's work in the thread: notes, history, drafts and saved replies; Instagram hears of the reply alone.
func TestNotesStory(t *testing.T) {
	t.Parallel()
	d := startDemo(t, demoFolder(t))
	var report struct {
		Sent []string `json:"sent"` // texts that the simulated Instagram took
	}
	tell(t, "notes", map[string]any{
		"url": d.info.URL, "simulatorURL": d.info.SimulatorURL, "account": "casalumen.studio",
	}, &report)
	if len(report.Sent) != 1 || report.Sent[0] != "Hi notes.customer, your order has left us. Casa Lumen" {
		t.Errorf("Instagram took %q", report.Sent)
	}
}
