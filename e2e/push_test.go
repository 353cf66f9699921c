//go:build e2e

package e2e_test

import "testing"

// A person has a device told, and the browser's worker says what a push says, in their words, where nobody is looking already. The push service is
// the debugger: a headless browser has none. What the server sends, and to whom, is told by the tests of conversations/push.
func TestPushStory(t *testing.T) {
	t.Parallel()
	d := startDemo(t, demoFolder(t))
	var report struct {
		PublicKey string `json:"publicKey"`
		Told      bool   `json:"told"` // as the server knows it, at the end
	}
	tell(t, "push", map[string]any{
		"url": d.info.URL, "simulatorURL": d.info.SimulatorURL, "account": "casalumen.studio",
	}, &report)
	if len(report.PublicKey) != 87 {
		t.Errorf("browsers subscribe to %q", report.PublicKey)
	}
	if report.Told {
		t.Error("the device was switched off, and the server does not know")
	}
}
