package simulator

import "net/http"

// changeShapes is POST /_sim/shapes with the fields of Shapes; what is left out is reset.
func (s *Simulator) changeShapes(w http.ResponseWriter, r *http.Request) {
	var shapes Shapes
	if !readChecked(w, r, &shapes) {
		return
	}
	s.state.setShapes(shapes)
	writeJSON(w, http.StatusOK, shapes)
}

// makeFailure is POST /_sim/failures with the fields of Failure.
func (s *Simulator) makeFailure(w http.ResponseWriter, r *http.Request) {
	var f Failure
	if !readChecked(w, r, &f) {
		return
	}
	s.Fail(f)
	writeJSON(w, http.StatusCreated, f)
}

// Revoke kills every token of the account that was issued until now.
func (s *Simulator) Revoke(b Business) { s.state.revoke(b.UserID, s.o.Now()) }

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
