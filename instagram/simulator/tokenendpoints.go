package simulator

import (
	"crypto/subtle"
	"net/http"
	"time"
)

// exchangeCode is POST /oauth/access_token: code to short-lived token. Both form encodings are taken.
// Source: Business login for Instagram, read 2026-11-22.
func (s *Simulator) exchangeCode(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxFormBytes)
	if err := r.ParseMultipartForm(maxFormBytes); err != nil && r.PostForm == nil { //nolint:gosec // the body is bounded
		s.writeOAuthError(w, "Invalid request")
		return
	}
	form := r.PostForm
	switch {
	case form.Get("client_id") != s.o.AppID:
		s.writeOAuthError(w, "Invalid platform app")
		return
	case !s.isSecret(form.Get("client_secret")):
		s.writeOAuthError(w, "Error validating client secret.")
		return
	case form.Get("grant_type") != "authorization_code":
		s.writeOAuthError(w, "Invalid grant_type")
		return
	}
	g, ok := s.useCode(form.Get("code"))
	if !ok {
		s.writeOAuthError(w, "Invalid authorization code: it was used, has expired or never existed")
		return
	}
	if g.redirectURI != form.Get("redirect_uri") {
		s.writeOAuthError(w, "Error validating verification code. Please make sure your redirect_uri is identical "+
			"to the one you used in the OAuth dialog request")
		return
	}
	shapes := s.state.currentShapes()
	fields := map[string]any{
		"access_token": s.mint(g.userID, shortToken, g.scopes).Reveal(),
		"user_id":      shapes.id(g.userID),
	}
	shapes.permissions(fields, g.scopes)
	s.writeShaped(w, fields)
}

func (s *Simulator) isSecret(text string) bool {
	return subtle.ConstantTimeCompare([]byte(text), []byte(s.o.AppSecret.Reveal())) == 1
}

// longLived is GET /access_token: short-lived to long-lived token.
func (s *Simulator) longLived(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	switch {
	case q.Get("grant_type") != "ig_exchange_token":
		(&graphError{Code: 100, Message: "Invalid grant_type"}).write(w)
		return
	case !s.isSecret(q.Get("client_secret")):
		(&graphError{Code: 101, Message: "Error validating client secret."}).write(w)
		return
	}
	token, fault := s.readToken(q.Get("access_token"))
	if fault == nil && token.Kind != shortToken {
		fault = &graphError{Code: 452, Message: "Session key invalid. This could be because it is no short-lived token."}
	}
	if fault != nil {
		fault.write(w)
		return
	}
	s.writeLongToken(w, token)
}

// refresh is GET /refresh_access_token: another sixty days for a long-lived token of at least a day.
func (s *Simulator) refresh(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if q.Get("grant_type") != "ig_refresh_token" {
		(&graphError{Code: 100, Message: "Invalid grant_type"}).write(w)
		return
	}
	token, fault := s.readToken(q.Get("access_token"))
	switch {
	case fault != nil:
	case token.Kind != longToken:
		fault = &graphError{Code: 452, Message: "Only long-lived tokens can be refreshed."}
	case s.now().Sub(token.issued()) < minRefreshAge:
		fault = &graphError{Code: 100, Message: "The token is younger than 24 hours."} // undocumented; an assumption
	case !token.has("instagram_business_basic"):
		fault = &graphError{Code: 10, Message: "Application does not have permission for this action"}
	}
	if fault != nil {
		fault.write(w)
		return
	}
	s.writeLongToken(w, token)
}

func (s *Simulator) writeLongToken(w http.ResponseWriter, from tokenBody) {
	writeJSON(w, http.StatusOK, map[string]any{
		"access_token": s.mint(from.UserID, longToken, from.Scopes).Reveal(),
		"token_type":   "bearer",
		"expires_in":   int64(longLife / time.Second),
	})
}
