//go:build e2e

package e2e_test

import "testing"

// Two people of one account sort their inbox: closed, snoozed, assigned, labelled, starred, by keys and in bulk, and all of it taken back.
func TestTriageStory(t *testing.T) {
	t.Parallel()
	d := startDemo(t, demoFolder(t))
	var report struct {
		Assigned int `json:"assigned"` // milliseconds until the colleague saw what was given to them
	}
	tell(t, "triage", map[string]any{
		"url": d.info.URL, "simulatorURL": d.info.SimulatorURL, "account": "casalumen.studio", "colleague": "velo.werk",
	}, &report)
	t.Logf("the colleague saw the conversation in Mine after %d ms", report.Assigned)
	if report.Assigned <= 0 {
		t.Error("the story does not say how long it took")
	}
}
