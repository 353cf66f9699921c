//go:build e2e

package e2e_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Every screen at three widths, in light and dark, with axe on each: `make screens` writes the pictures to docs/screens.
func TestScreens(t *testing.T) {
	folder := os.Getenv("PARLOR_TEST_SCREENS")
	if folder == "" {
		t.Skip("the pictures are made by `make screens`")
	}
	folder, err := filepath.Abs(folder)
	if err != nil {
		t.Fatal(err)
	}
	d := startDemo(t, demoFolder(t))
	var report struct {
		Screens  int      `json:"screens"`
		Findings []string `json:"findings"` // of axe, and what is wider than its window
	}
	tellWithin(t, 25*time.Minute, "screens", map[string]any{
		"url": d.info.URL, "simulatorURL": d.info.SimulatorURL, "account": d.info.Accounts[0].Username, "folder": folder,
		"operator": d.info.Operator, "support": d.info.Support,
	}, &report)
	t.Logf("%d screens", report.Screens)
	for _, finding := range report.Findings {
		t.Error(finding)
	}
}
