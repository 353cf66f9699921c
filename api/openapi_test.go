package api_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"parlor/api"
)

var update = flag.Bool("update", false, "write docs/openapi.json anew")

// golden is where the document is kept, so that a change of the contract is seen in review.
const golden = "../docs/openapi.json"

func TestDocumentIsUpToDate(t *testing.T) {
	t.Parallel()
	got, err := api.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is out of date; run `go test ./api -run TestDocumentIsUpToDate -update`", golden)
	}
}

// document is the part of an OpenAPI document that the tests look at.
type document struct {
	OpenAPI string `json:"openapi"`
	Paths   map[string]map[string]struct {
		OperationID string                     `json:"operationId"`
		Security    *[]map[string][]string     `json:"security"`
		Responses   map[string]json.RawMessage `json:"responses"`
	} `json:"paths"`
	Components struct {
		Schemas         map[string]json.RawMessage `json:"schemas"`
		SecuritySchemes map[string]json.RawMessage `json:"securitySchemes"`
	} `json:"components"`
}

func readDocument(t *testing.T) (document, string) {
	t.Helper()
	raw, err := api.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	var d document
	if err := json.Unmarshal(raw, &d); err != nil {
		t.Fatal(err)
	}
	return d, string(raw)
}

func TestDocumentIsComplete(t *testing.T) {
	t.Parallel()
	d, raw := readDocument(t)
	if !strings.HasPrefix(d.OpenAPI, "3.1") {
		t.Errorf("openapi = %q", d.OpenAPI)
	}
	for _, name := range []string{
		"Session", "NewSession", "Account", "AccountPage", "User", "Conversation", "ConversationPage", "Participant", "LastMessage", "Window",
		"Message", "MessagePage", "Attachment", "Problem", "FieldError",
	} {
		if d.Components.Schemas[name] == nil {
			t.Errorf("no schema %s", name)
		}
	}
	for _, never := range []string{"ErrorModel", "$schema", "instance", "unpkg", "jsdelivr"} {
		if strings.Contains(raw, `"`+never) {
			t.Errorf("the document has %q", never)
		}
	}
	for path, item := range d.Paths {
		for method, op := range item {
			if op.OperationID == "" || op.Security == nil || op.Responses["default"] == nil || len(op.Responses) < 2 {
				t.Errorf("%s %s is described incompletely", method, path)
			}
			for _, alternative := range *op.Security {
				for scheme := range alternative {
					if d.Components.SecuritySchemes[scheme] == nil {
						t.Errorf("%s %s names the unknown scheme %s", method, path, scheme)
					}
				}
			}
		}
	}
}

func TestDocumentAndItsPageAreServed(t *testing.T) {
	t.Parallel()
	c := bare(t, nil)
	served := c.do("GET", "/openapi.json")
	if want, err := api.OpenAPI(); err != nil || served.body != string(want) || served.header.Get("Content-Type") != "application/json" {
		t.Errorf("served document differs (%v): %d %s", err, served.status, served.header.Get("Content-Type"))
	}
	page := c.do("GET", "/docs")
	if page.status != 200 || !strings.Contains(page.header.Get("Content-Security-Policy"), "script-src 'self'") {
		t.Errorf("page: %d %v", page.status, page.header)
	}
	if strings.Contains(page.body, "://") || strings.Contains(page.body, "style=") || strings.Contains(page.body, "<script>") {
		t.Errorf("the page has inline code or loads from elsewhere: %s", page.body)
	}
	for _, target := range []string{"/docs/page.js", "/docs/page.css"} {
		if a := c.do("GET", target); a.status != 200 || strings.Contains(a.body, "innerHTML") {
			t.Errorf("GET %s = %d", target, a.status)
		}
	}
}

func TestEveryPathParameterIsDescribed(t *testing.T) {
	t.Parallel()
	_, raw := readDocument(t)
	var d struct {
		Paths map[string]map[string]struct {
			Parameters []struct {
				Name string `json:"name"`
				In   string `json:"in"`
			} `json:"parameters"`
		} `json:"paths"`
	}
	if err := json.Unmarshal([]byte(raw), &d); err != nil {
		t.Fatal(err)
	}
	for path, item := range d.Paths {
		for method, op := range item {
			described := 0
			for _, p := range op.Parameters {
				if p.In == "path" && strings.Contains(path, "{"+p.Name+"}") {
					described++
				}
			}
			if described != strings.Count(path, "{") {
				t.Errorf("%s %s: %d path parameters are described", method, path, described)
			}
		}
	}
}
