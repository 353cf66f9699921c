// Package docs_test holds the documents to what they say: what they name exists.
package docs_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var (
	testName = regexp.MustCompile(`\b(?:Test|Fuzz)[A-Z]\w*`)
	declared = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	link     = regexp.MustCompile(`\]\(([^)#:]+)(?:#[^)]*)?\)`)
	setting  = regexp.MustCompile(`\bPARLOR_[A-Z_]+[A-Z]\b`)
	threat   = regexp.MustCompile(`(?m)^\| (\d+)(?:([–,]) ?(\d+))? \|`)
)

// read returns every document of the project by its path.
func read(t *testing.T) map[string]string {
	t.Helper()
	paths, err := filepath.Glob("decisions/*.md")
	if err != nil {
		t.Fatal(err)
	}
	own, err := filepath.Glob("*.md")
	if err != nil {
		t.Fatal(err)
	}
	documents := map[string]string{}
	for _, path := range slices.Concat(paths, own, []string{"../README.md", "../CHANGELOG.md"}) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		documents[path] = string(text)
	}
	return documents
}

// tests returns the names of all tests and fuzz targets, with the folders they are in.
func tests(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && slices.Contains([]string{"node_modules", ".git", "dist"}, entry.Name()) {
			return fs.SkipDir
		}
		if !strings.HasSuffix(path, "_test.go") {
			return nil
		}
		text, err := os.ReadFile(path)
		for _, name := range declared.FindAllStringSubmatch(string(text), -1) {
			found[name[1]] = append(found[name[1]], strings.TrimPrefix(filepath.Dir(path), "../"))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestNamesInDocsExist(t *testing.T) {
	t.Parallel()
	known := tests(t)
	for path, text := range read(t) {
		for _, name := range testName.FindAllString(text, -1) {
			if known[name] == nil {
				t.Errorf("%s names %s, which does not exist", path, name)
			}
		}
	}
}

// A setting that a document names is one of the example file, of the compose files, or of the tests' own.
func TestSettingsInDocsExist(t *testing.T) {
	t.Parallel()
	var known strings.Builder
	known.WriteString("PARLOR_KEY PARLOR_SERVICE_HOST") // the reader's own, and what Kubernetes sets by itself
	for _, path := range []string{"../configs/parlor.example.env", "../docker-compose.yml", "../docker-compose.oauth.yml", "../Makefile"} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		known.Write(text)
	}
	for path, text := range read(t) {
		for _, name := range setting.FindAllString(text, -1) {
			if !strings.Contains(known.String(), name) && !strings.HasPrefix(name, "PARLOR_TEST_") {
				t.Errorf("%s names %s, which is no setting", path, name)
			}
		}
	}
}

func TestLinksInDocsLeadSomewhere(t *testing.T) {
	t.Parallel()
	for path, text := range read(t) {
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(path), m[1])); err != nil {
				t.Errorf("%s leads to %s: %v", path, m[1], err)
			}
		}
	}
}

// Every attack has a line in security.md, with a test in the package that the line names, or a reason.
func TestEveryThreatHasALine(t *testing.T) {
	t.Parallel()
	known := tests(t)
	seen := map[int]bool{}
	for line := range strings.SplitSeq(read(t)["security.md"], "\n") {
		m := threat.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		first, _ := strconv.Atoi(m[1])
		last := first
		if m[3] != "" {
			last, _ = strconv.Atoi(m[3])
		}
		for n := first; n <= last; n++ {
			if seen[n] {
				t.Errorf("attack %d has two lines", n)
			}
			seen[n] = true
		}
		if err := heldBy(line, known); err != nil {
			t.Errorf("attack %d: %v", first, err)
		}
	}
	for n := 1; n <= 62; n++ {
		if !seen[n] {
			t.Errorf("attack %d has no line", n)
		}
	}
}

// heldBy checks the last column: `package`: `Test…`, `Test…`; `package`: …
func heldBy(line string, known map[string][]string) error {
	columns := strings.Split(strings.Trim(line, "|"), "|")
	tests := 0
	for part := range strings.SplitSeq(columns[len(columns)-1], ";") {
		folder := regexp.MustCompile("`([a-z0-9/]+)`: `").FindStringSubmatch(part)
		for _, name := range testName.FindAllString(part, -1) {
			tests++
			if folder == nil || !slices.Contains(known[name], folder[1]) {
				return fmt.Errorf("%s is not in %v but in %v", name, folder, known[name])
			}
		}
	}
	if tests == 0 {
		return fmt.Errorf("no test in %q", columns[len(columns)-1])
	}
	return nil
}
