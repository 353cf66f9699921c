package simulator

import (
	"encoding/json"
	"errors"
	"net/http"
)

// sendRaw is POST /_sim/events {"body"} or, for what is no JSON, {"text"}: exactly these bytes go to the callback, signed
// and once, without regard to subscriptions and faults. 200 with {"status"}: what the callback answered.
func (s *Simulator) sendRaw(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Business string          `json:"business"` // for the reader: whose event it is
		Body     json.RawMessage `json:"body"`
		Text     *string         `json:"text"`
	}
	if !read(w, r, &in) {
		return
	}
	body := []byte(in.Body)
	if in.Text != nil {
		body = []byte(*in.Text)
	}
	if in.Body == nil && in.Text == nil {
		refuse(w, http.StatusUnprocessableEntity, errors.New("body or text must be given"))
		return
	}
	status, err := s.attempt(r.Context(), body)
	if err != nil {
		refuse(w, http.StatusBadGateway, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]int{"status": status})
}
