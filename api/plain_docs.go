package api

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

// The descriptions of the plain routes, which huma cannot derive from types.

func (s *Server) describeProviders(op *huma.Operation) {
	schema := s.api.OpenAPI().Components.Schemas.Schema(typeOf[ProviderList](), true, "")
	respond(op, http.StatusOK, "The enabled providers", "application/json", schema)
}

func describeLogin(op *huma.Operation) {
	op.Parameters = []*huma.Param{
		pathParam("provider", "The id of a provider of kind redirect"),
		queryParam("return_to", "The page of the app to come back to; anything else is dropped"),
		queryParam("intent", "sign_in, the default"),
	}
	respond(op, http.StatusSeeOther, "To the provider, with the cookie of this sign-in; or straight to return_to", "", nil)
}

func describeCallback(op *huma.Operation) {
	op.Parameters = []*huma.Param{
		pathParam("provider", "The provider that was chosen"),
		queryParam("state", "As the provider repeats it"),
		queryParam("code", "As the provider gives it"),
		queryParam("error", "As the provider gives it; never shown"),
	}
	respond(op, http.StatusSeeOther, "To return_to with the session cookie, or to /login?error=", "", nil)
}

func describeEvents(op *huma.Operation) {
	op.Description = "Server-sent events `hello`, `message`, `conversation` and `auth_expired`; read them with fetch, for the token " +
		"is sent in the Authorization header."
	respond(op, http.StatusOK, "The stream", "text/event-stream", &huma.Schema{Type: huma.TypeString})
}

func describeHandshake(op *huma.Operation) {
	for _, name := range []string{"hub.mode", "hub.verify_token", "hub.challenge"} {
		op.Parameters = append(op.Parameters, queryParam(name, "As Meta sends it"))
	}
	respond(op, http.StatusOK, "The challenge, repeated", "text/plain", &huma.Schema{Type: huma.TypeString})
}

func describeWebhook(op *huma.Operation) {
	op.RequestBody = &huma.RequestBody{
		Description: "As Meta sends it, at most 4 MiB",
		Required:    true,
		Content:     map[string]*huma.MediaType{"application/json": {Schema: &huma.Schema{}}},
	}
	respond(op, http.StatusOK, "Stored", "", nil)
}

// describeFile describes a route that answers with one file.
func describeFile(mediaType string) func(*huma.Operation) {
	return func(op *huma.Operation) {
		respond(op, http.StatusOK, "The file", mediaType, &huma.Schema{Type: huma.TypeString})
	}
}

// queryParam describes an optional text parameter of a plain route.
func queryParam(name, doc string) *huma.Param {
	return &huma.Param{Name: name, In: "query", Description: doc, Schema: &huma.Schema{Type: huma.TypeString}}
}

// pathParam describes a part of the path of a plain route.
func pathParam(name, doc string) *huma.Param {
	return &huma.Param{Name: name, In: "path", Required: true, Description: doc, Schema: &huma.Schema{Type: huma.TypeString}}
}
