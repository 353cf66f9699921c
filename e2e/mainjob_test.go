//go:build e2e

package e2e_test

import "testing"

// Two owners sign in with Instagram in two browsers, by the simulator's consent page; a customer writes to the first; the
// message appears there within two seconds, without a reload, and never at the second.
func TestMainJob(t *testing.T) {
	d := startDemo(t, demoFolder(t))
	var report struct {
		Latencies []int `json:"latencies"` // milliseconds from the customer's message to the owner's screen
	}
	tell(t, "main-job", map[string]any{
		"url": d.info.URL, "simulatorURL": d.info.SimulatorURL,
		"first": d.info.Accounts[0].Username, "second": d.info.Accounts[1].Username,
	}, &report)
	t.Logf("a customer's message was on the owner's screen after %v ms", report.Latencies)
	if len(report.Latencies) != 5 {
		t.Errorf("%d messages were watched, want 5", len(report.Latencies))
	}
}
