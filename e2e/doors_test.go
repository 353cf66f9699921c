//go:build e2e

package e2e_test

import "testing"

// People, keys, devices, a visit of support and the log, in Chromium: the owner sees the visit within two seconds and ends it.
func TestDoorsStory(t *testing.T) {
	t.Parallel()
	d := startDemo(t, demoFolder(t))
	var report struct {
		Seen    int `json:"seen"`    // milliseconds until the owner saw the visit
		Refused int `json:"refused"` // milliseconds until the visitor's token was refused
		Out     int `json:"out"`     // milliseconds until the visitor was shown out
	}
	tell(t, "doors", map[string]any{
		"url": d.info.URL, "simulatorURL": d.info.SimulatorURL, "account": "casalumen.studio", "colleague": "velo.werk", "support": d.info.Support,
	}, &report)
	t.Logf("the owner saw the visit after %d ms; its token was refused %d ms after its end, and the visitor shown out after %d ms", report.Seen, report.Refused, report.Out)
	if report.Seen <= 0 || report.Out <= 0 {
		t.Error("the story does not say how long it took")
	}
}
