//go:build e2e

package e2e_test

import "testing"

// An owner erases a customer on the page of the account's data; the page tells when the app itself, or the server, has failed.
func TestShellStory(t *testing.T) {
	t.Parallel()
	d := startDemo(t, demoFolder(t))
	var report struct {
		Reference string `json:"reference"` // of the crash, as the page shows it and the console has it
	}
	tell(t, "shell", map[string]any{"url": d.info.URL, "simulatorURL": d.info.SimulatorURL, "account": "casalumen.studio"}, &report)
	if report.Reference == "" {
		t.Error("the crash has no reference")
	}
}
