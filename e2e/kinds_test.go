//go:build e2e

package e2e_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parlor/instagram"
)

// kind is a case of testdata/kinds with what a person must find in its thread; see the README there.
type kind struct {
	Name         string          `json:"name"`
	DOM          json.RawMessage `json:"dom"`
	Conversation *struct {
		LastMessage struct {
			SentAt time.Time `json:"sent_at"` // no two cases have the same
		} `json:"last_message"`
	} `json:"conversation"`
}

// Every kind of event, in every shape, signed and over the wire: its text and its role are in the thread that a person opens.
func TestEveryKindInTheThread(t *testing.T) {
	t.Parallel()
	d := startDemo(t, demoFolder(t))
	files, err := filepath.Glob(filepath.Join("testdata", "kinds", "*.webhooks"))
	if err != nil || len(files) < 60 {
		t.Fatalf("%d cases, %v", len(files), err)
	}
	var shown []kind
	for _, file := range files {
		k := readKind(t, file)
		for body := range strings.SplitSeq(strings.TrimSuffix(read(t, file), "\n"), "\n\n") {
			deliver(t, d, body)
		}
		if k.Conversation != nil {
			shown = append(shown, k)
		}
	}
	var report struct {
		Found int `json:"found"` // entries of all cases
	}
	tell(t, "kinds", map[string]any{
		"url": d.info.URL, "simulatorURL": d.info.SimulatorURL, "account": d.info.Accounts[0].Username, "cases": shown,
	}, &report)
	t.Logf("%d things of %d cases were found in their threads", report.Found, len(shown))
	if report.Found < len(shown) {
		t.Errorf("%d things found for %d cases", report.Found, len(shown))
	}
}

func readKind(t *testing.T, file string) (k kind) {
	t.Helper()
	if err := json.Unmarshal([]byte(read(t, strings.TrimSuffix(file, ".webhooks")+".json")), &k); err != nil {
		t.Fatal(err)
	}
	k.Name = strings.TrimSuffix(filepath.Base(file), ".webhooks")
	return k
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// deliver posts a webhook as Meta does.
func deliver(t *testing.T, d *demo, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, d.info.URL+"/webhooks/instagram", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Hub-Signature-256", instagram.Sign([]byte(d.info.AppSecret), []byte(body)))
	mustCall(t, req)
}
