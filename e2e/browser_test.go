//go:build e2e

package e2e_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// storyBound is how long one story in the browser may take.
const storyBound = 6 * time.Minute

// tell runs a story of browser/ and reads what it reports. Input reaches the story as JSON.
func tell(t *testing.T, name string, input map[string]any, report any) {
	t.Helper()
	tellWithin(t, storyBound, name, input, report)
}

// tellWithin is tell for a story that takes longer.
func tellWithin(t *testing.T, bound time.Duration, name string, input map[string]any, report any) {
	t.Helper()
	input = maps.Clone(input)
	input["chromium"] = chromium(t)
	node := need(t, "Node 20 is needed to drive the browser", "node")
	for _, module := range []string{"playwright-core", "axe-core"} {
		if _, err := os.Stat(filepath.Join("..", "web", "node_modules", module)); err != nil {
			t.Fatalf("%s is not installed: run `make web` first", module)
		}
	}
	text, err := json.Marshal(input)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), bound)
	defer cancel()
	command := exec.CommandContext(ctx, node, filepath.Join("browser", name+".mjs"))
	command.Env = append(os.Environ(), "PARLOR_E2E="+string(text))
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	if err := command.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, stderr.String())
	}
	if err := json.Unmarshal(stdout.Bytes(), report); err != nil {
		t.Fatalf("%s reported %q: %v", name, stdout.String(), err)
	}
}

// chromium returns the browser's path.
func chromium(t *testing.T) string {
	t.Helper()
	return need(t, "Chromium is needed: install it, or name it with CHROMIUM", cmp.Or(os.Getenv("CHROMIUM"), "chromium"))
}

// need returns the first of some programs that is here, or fails the test with what is missing.
func need(t *testing.T, sentence string, programs ...string) string {
	t.Helper()
	for _, program := range programs {
		if path, err := exec.LookPath(program); err == nil {
			return path
		}
	}
	t.Fatal(sentence)
	return ""
}
