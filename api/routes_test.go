package api_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"parlor/api"
	"parlor/tenants"
)

// uncovered returns what the router answers although the table or the document does not have it.
func uncovered(t *testing.T, s *api.Server) []string {
	t.Helper()
	d, _ := readDocument(t)
	var faults []string
	listed := map[string]bool{}
	for _, row := range s.Rows() {
		listed[row.Method+" "+row.Path] = true
		if d.Paths[row.Path][strings.ToLower(row.Method)].OperationID == "" {
			faults = append(faults, row.Method+" "+row.Path+" is not in the document")
		}
	}
	for _, r := range s.Mounted() {
		if template := openAPIPath(r.Path); !listed[r.Method+" "+template] {
			faults = append(faults, r.Method+" "+template+" is not in the table")
		}
	}
	for path, item := range d.Paths {
		for method := range item {
			if !listed[strings.ToUpper(method)+" "+path] {
				faults = append(faults, method+" "+path+" is described, but not in the table")
			}
		}
	}
	return faults
}

// openAPIPath writes a gin path as OpenAPI does: :id becomes {id}.
func openAPIPath(path string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if name, ok := strings.CutPrefix(part, ":"); ok {
			parts[i] = "{" + name + "}"
		}
	}
	return strings.Join(parts, "/")
}

func TestEveryRouteIsListedAndDescribed(t *testing.T) {
	t.Parallel()
	s, err := api.New(api.Deps{PublicURL: mustURL(t, origin)})
	if err != nil {
		t.Fatal(err)
	}
	for _, fault := range uncovered(t, s) {
		t.Error(fault)
	}
	s.Mount(http.MethodGet, "/api/v1/ui/backdoor/:id", func(c *gin.Context) { c.Status(http.StatusOK) })
	if faults := uncovered(t, s); !slices.Contains(faults, "GET /api/v1/ui/backdoor/{id} is not in the table") {
		t.Errorf("a route past the table is not noticed: %v", faults)
	}
	(&client{t: t, handler: s}).do("GET", "/api/v1/ui/backdoor/7").refused(t, 401, "missing_token")
}

func TestEveryRowNamesItsCallerAndPermission(t *testing.T) {
	t.Parallel()
	s, err := api.New(api.Deps{PublicURL: mustURL(t, origin)})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range s.Rows() {
		underUI, inAPI := strings.HasPrefix(row.Path, "/api/v1/ui/"), strings.HasPrefix(row.Path, "/api/")
		needsPermission := row.Who == "session" || row.Who == "key" || row.Who == "staff"
		invited := strings.HasPrefix(row.Path, "/api/v1/ui/invitation/") // nobody yet; the link's secret and our own pages are what is asked
		switch {
		case needsPermission != (row.Permission != ""):
			t.Errorf("%s %s for %s has permission %q", row.Method, row.Path, row.Who, row.Permission)
		case inAPI && !invited && (row.Who == "anyone" || row.Who == "meta"):
			t.Errorf("%s %s is open", row.Method, row.Path)
		case inAPI && !strings.HasPrefix(row.Path, "/api/v1/operator/") && underUI == (row.Who == "key"):
			t.Errorf("%s %s is for %s", row.Method, row.Path, row.Who)
		case row.Who == "key" && !slices.Contains(tenants.KeyScopes(), tenants.Permission(row.Permission)):
			t.Errorf("%s %s asks a key for %s, which none can have", row.Method, row.Path, row.Permission)
		}
	}
}
