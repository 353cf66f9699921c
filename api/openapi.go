package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// OpenAPI returns the OpenAPI 3.1 document of this contract, indented. It needs no running installation.
func OpenAPI() ([]byte, error) {
	s, err := describe()
	if err != nil {
		return nil, err
	}
	return s.document()
}

// document writes the description of all routes mounted so far.
func (s *Server) document() ([]byte, error) {
	for _, schema := range s.api.OpenAPI().Components.Schemas.Map() {
		for _, field := range schema.Properties {
			allowNullInEnum(field)
		}
	}
	raw, err := s.api.OpenAPI().MarshalJSON()
	if err != nil {
		return nil, fmt.Errorf("write the OpenAPI document: %w", err)
	}
	var out bytes.Buffer
	if err := json.Indent(&out, raw, "", "  "); err != nil {
		return nil, fmt.Errorf("indent the OpenAPI document: %w", err)
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}

// allowNullInEnum completes what huma leaves out: a field that may be null has null among its values.
func allowNullInEnum(field *huma.Schema) {
	if field.Nullable && len(field.Enum) > 0 && !slices.Contains(field.Enum, nil) {
		field.Enum = append(field.Enum, nil)
	}
}

// securitySchemes are the ways to say who is calling.
var securitySchemes = map[string]*huma.SecurityScheme{
	"session_token": {
		Type: "http", Scheme: "bearer", BearerFormat: "JWT",
		Description: "The token of POST /api/v1/ui/session, for one account.",
	},
	"session_cookie": {
		Type: "apiKey", In: "cookie", Name: "__Host-parlor_session",
		Description: "Set by a sign-in; read by /api/v1/ui/session alone. On a plain http address it is called parlor_session.",
	},
	"password": {
		Type: "http", Scheme: "basic",
		Description: "The operator's sign-in, where it is enabled; taken by POST /api/v1/ui/session alone and never asked for.",
	},
	"api_key": { //nolint:gosec // the form of a key, not one
		Type: "http", Scheme: "bearer", BearerFormat: "parlor_<id>_<secret>_<crc>",
		Description: "An API key of one account.",
	},
	"api_key_header": {
		Type: "apiKey", In: "header", Name: "X-API-Key",
		Description: "The same key in a header of its own; never together with Authorization.",
	},
	"webhook_signature": {
		Type: "apiKey", In: "header", Name: "X-Hub-Signature-256",
		Description: "sha256= and the hex HMAC-SHA256 of the raw body under the app secret.",
	},
}

// security lists the schemes of each kind of caller; the schemes of one kind are alternatives.
var security = map[who][]string{
	byProof: {"password", "session_cookie"}, bySession: {"session_token"}, byPerson: {"session_token"}, byStaff: {"session_token"},
	byKey: {"api_key", "api_key_header"}, byMeta: {"webhook_signature"},
}

// describe begins the operation of a route: what follows from its row in the table.
func (r route) describe(id, summary string) huma.Operation {
	op := huma.Operation{
		OperationID: id, Method: r.method, Path: r.path, Summary: summary, Tags: []string{r.tag()},
		Errors: r.refusals(), Security: []map[string][]string{},
	}
	for _, scheme := range security[r.who] {
		op.Security = append(op.Security, map[string][]string{scheme: {}})
	}
	op.Extensions = map[string]any{"x-caller": string(r.who)}
	if r.permission != "" {
		op.Description = fmt.Sprintf("Needs the permission `%s`.", r.permission)
		op.Extensions["x-permission"] = string(r.permission)
	}
	if r.has(fresh) {
		op.Description = strings.TrimSpace(op.Description + " Needs a sign-in within the last 15 minutes.")
		op.Extensions["x-fresh"] = true
	}
	if r.has(onVisit) {
		op.Extensions["x-on-visit"] = true
	}
	return op
}

// tag groups the operations of one resource.
func (r route) tag() string {
	rest := strings.TrimPrefix(strings.TrimPrefix(r.path, "/api/v1"), "/ui")
	first, _, _ := strings.Cut(strings.TrimPrefix(rest, "/"), "/")
	if strings.HasPrefix(r.path, "/api/") && r.who == byKey {
		return "direct " + first
	}
	return strings.TrimSuffix(first, ".json")
}

// refusals lists the statuses with which a route may refuse.
func (r route) refusals() []int {
	var statuses []int
	switch r.who {
	case byAnyone, byMeta:
	case bySession, byPerson, byStaff, byKey:
		statuses = append(statuses, http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden)
	case byProof:
		statuses = append(statuses, http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests)
	}
	if strings.Contains(r.path, "{") {
		statuses = append(statuses, http.StatusNotFound)
	}
	if strings.HasPrefix(r.path, "/api/") {
		statuses = append(statuses, http.StatusServiceUnavailable)
	}
	slices.Sort(statuses)
	return statuses
}

// problemResponse describes the answer of every refusal.
func problemResponse(api huma.API) *huma.Response {
	schema := api.OpenAPI().Components.Schemas.Schema(typeOf[Problem](), true, "")
	return &huma.Response{
		Description: "Refused; the code says why",
		Content:     map[string]*huma.MediaType{problemType: {Schema: schema}},
	}
}

// respond adds an answer of a plain route to its description; an empty media type is an answer without a body.
func respond(op *huma.Operation, status int, description, mediaType string, schema *huma.Schema) {
	response := &huma.Response{Description: description}
	if mediaType != "" {
		response.Content = map[string]*huma.MediaType{mediaType: {Schema: schema}}
	}
	op.Responses[strconv.Itoa(status)] = response
}

func typeOf[T any]() reflect.Type { return reflect.TypeFor[T]() }
