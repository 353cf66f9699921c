//go:build e2e

package e2e_test

import "testing"

// Whoever is not let in reads why on a page of ours; whoever is staff without an account gets a page of their own.
func TestRefusalsAreClearPages(t *testing.T) {
	t.Parallel()
	d := startDemo(t, demoFolder(t))
	var nothing struct{}
	tell(t, "refusals", map[string]any{
		"url": d.info.URL, "simulatorURL": d.info.SimulatorURL, "first": d.info.Accounts[0].Username,
		"personal": "lena.unterwegs", "operator": d.info.Operator, "support": d.info.Support,
	}, &nothing)
}
