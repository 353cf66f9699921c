//go:build e2e

package e2e_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"parlor/web"
)

// binary is the path of the parlor that all tests run.
var binary string

func TestMain(m *testing.M) {
	code, err := buildAndRun(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(code)
}

func buildAndRun(m *testing.M) (code int, err error) {
	if _, err := fs.Stat(web.Files(), "index.html"); err != nil {
		return 1, errors.New("the app is not built, so the binary would have no pages: run `make web` first")
	}
	dir, err := os.MkdirTemp("", "parlor-e2e-")
	if err != nil {
		return 1, err
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "parlor")
	build := exec.Command("go", "build", "-o", binary, "parlor/cmd/parlor")
	if said, err := build.CombinedOutput(); err != nil {
		return 1, fmt.Errorf("build parlor: %w\n%s", err, said)
	}
	return m.Run(), nil
}
