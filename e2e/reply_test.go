//go:build e2e

package e2e_test

import "testing"

// An owner answers a customer: the reply arrives once, whatever Instagram answers, and the connection can be read and ended.
func TestReplyStory(t *testing.T) {
	t.Parallel()
	d := startDemo(t, demoFolder(t))
	var report struct {
		Sent int `json:"sent"` // messages that the simulated Instagram took
	}
	tell(t, "reply", map[string]any{
		"url": d.info.URL, "simulatorURL": d.info.SimulatorURL, "account": "casalumen.studio",
	}, &report)
	if report.Sent != 4 { // an answer, one after a lost answer, one after a refusal, and a picture
		t.Errorf("Instagram took %d messages, want 4", report.Sent)
	}
}
