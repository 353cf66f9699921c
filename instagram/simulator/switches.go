package simulator

import "net/http"

// changeShapes is POST /_sim/shapes with the fields of Shapes; what is left out is reset.
func (s *Simulator) changeShapes(w http.ResponseWriter, r *http.Request) {
	var shapes Shapes
	if !read(w, r, &shapes) {
		return
	}
	if err := s.Shape(shapes); err != nil {
		refuse(w, http.StatusUnprocessableEntity, err)
		return
	}
	writeJSON(w, http.StatusOK, shapes)
}

// Shape changes the answer shapes.
func (s *Simulator) Shape(shapes Shapes) error {
	if err := shapes.check(); err != nil {
		return err
	}
	s.state.setShapes(shapes)
	return nil
}

// Revoke kills every token of the account that was issued until now.
func (s *Simulator) Revoke(b Business) { s.state.revoke(b.UserID, s.now(), passwordChanged) }

// Subcodes of a dead token. Source: Graph API error handling, read 2026-11-22.
const (
	passwordChanged = 460
	appRemoved      = 458
)

// Unsubscribe ends the account's webhooks without a word, as Instagram does after too many failures.
func (s *Simulator) Unsubscribe(b Business) error {
	s.state.subscribe(b.UserID, nil)
	return s.journal.write(journalLine{Subscribed: &subscriptionLine{UserID: b.UserID}})
}

// revokeTokens is POST /_sim/revoke {"business"}: its owner changed the password, all tokens so far are dead.
func (s *Simulator) revokeTokens(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Business string `json:"business"`
	}
	if !read(w, r, &in) {
		return
	}
	b, ok := s.business(in.Business)
	if !ok {
		refuse(w, http.StatusNotFound, errUnknownBusiness)
		return
	}
	s.Revoke(b)
	w.WriteHeader(http.StatusNoContent)
}

// verify is POST /_sim/verify: the webhook handshake, once; 502 when the callback does not pass it.
func (s *Simulator) verify(w http.ResponseWriter, r *http.Request) {
	if err := s.Verify(r.Context()); err != nil {
		refuse(w, http.StatusBadGateway, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]bool{"verified": true})
}

// unsubscribeBusiness is POST /_sim/unsubscribe {"business"}: Instagram has dropped the account's webhooks without a word.
func (s *Simulator) unsubscribeBusiness(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Business string `json:"business"`
	}
	if !read(w, r, &in) {
		return
	}
	b, ok := s.business(in.Business)
	if !ok {
		refuse(w, http.StatusNotFound, errUnknownBusiness)
		return
	}
	if err := s.Unsubscribe(b); err != nil {
		refuse(w, http.StatusInternalServerError, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
