package api_test

import (
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"parlor/api"
)

// The filter of the log offers what is written, and nothing that nobody writes.
func TestTheLogsFilterKnowsItsWords(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	offered := read[api.AuditPage](t, s.owner("casalumen.studio").do("GET", "/api/v1/ui/audit")).Actions
	source := sourceOf(t, "auth", "tenants", "instagram", "conversations", "api")
	for _, action := range offered {
		if action == "audit.exported" { // written beside the list
			continue
		}
		if !strings.Contains(source, `"`+action+`"`) && !strings.HasPrefix(action, "backfill.") {
			t.Errorf("%s is offered, and nobody writes it", action)
		}
	}
	for _, found := range regexp.MustCompile(`(?:Action: |note\(ctx, tx, )"([a-z_]+\.[a-z_]+)"`).FindAllStringSubmatch(source, -1) {
		if !slices.Contains(offered, found[1]) {
			t.Errorf("%s is written, and cannot be chosen", found[1])
		}
	}
}

// sourceOf is the code of packages without their tests, and without the list itself.
func sourceOf(t *testing.T, folders ...string) string {
	t.Helper()
	var all strings.Builder
	for _, folder := range folders {
		files, err := fs.Glob(os.DirFS("../"+folder), "*.go")
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", folder, len(files), err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") || name == "audit_log.go" {
				continue
			}
			text, err := os.ReadFile("../" + folder + "/" + name)
			if err != nil {
				t.Fatal(err)
			}
			all.Write(text)
		}
	}
	return all.String()
}
