package simulator

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"strings"
)

// graphError is an error of the Graph API. Source: Graph API error handling, read 2026-11-22.
type graphError struct {
	Status  int // default 400
	Code    int
	Subcode int
	Message string
}

func (e *graphError) write(w http.ResponseWriter) {
	body := map[string]any{
		"message": e.Message, "type": "OAuthException", "code": e.Code, "fbtrace_id": "A" + rand.Text()[:22],
	}
	if e.Subcode != 0 {
		body["error_subcode"] = e.Subcode
	}
	status := e.Status
	if status == 0 {
		status = http.StatusBadRequest
	}
	writeJSON(w, status, map[string]any{"error": body})
}

// writeOAuthError answers a refused code: flat, or nested as some callers have seen.
func (s *Simulator) writeOAuthError(w http.ResponseWriter, message string) {
	if s.state.currentShapes().NestedErrors {
		(&graphError{Code: http.StatusBadRequest, Message: message}).write(w)
		return
	}
	writeJSON(w, http.StatusBadRequest, map[string]any{
		"error_type": "OAuthException", "code": http.StatusBadRequest, "error_message": message,
	})
}

// writeShaped answers flat or wrapped.
func (s *Simulator) writeShaped(w http.ResponseWriter, fields map[string]any) {
	if s.state.currentShapes().Wrapped {
		writeJSON(w, http.StatusOK, map[string]any{"data": []any{fields}})
		return
	}
	writeJSON(w, http.StatusOK, fields)
}

// id gives an id as a string or as a number.
func (s Shapes) id(id string) any {
	if s.NumericIDs {
		return json.Number(id)
	}
	return id
}

// permissions adds the granted scopes in the configured shape.
func (s Shapes) permissions(fields map[string]any, scopes []string) {
	switch s.Permissions {
	case "array":
		fields["permissions"] = scopes
	case "absent":
	default:
		fields["permissions"] = strings.Join(scopes, ",")
	}
}

func (s Shapes) accountType(kind string) string {
	if !s.LowerTypes {
		return kind
	}
	words := strings.Split(strings.ToLower(kind), "_")
	for n, word := range words {
		words[n] = strings.ToUpper(word[:1]) + word[1:]
	}
	return strings.Join(words, "_")
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(body); err != nil {
		http.Error(w, "cannot encode the answer", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(text.Bytes())
}
