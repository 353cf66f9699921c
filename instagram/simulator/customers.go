package simulator

import (
	"cmp"
	"net/http"
	"strings"
	"unicode/utf8"
)

// Customer is what there is to know of a customer beside the handle. Nobody needs one: the zero value is an ordinary
// person with a public profile. Set with POST /_sim/customers.
type Customer struct {
	Business  string `json:"business"`        // user id
	Handle    string `json:"customer"`        //
	Name      string `json:"name,omitempty"`  // default: made of the handle
	Nameless  bool   `json:"nameless"`        // name and picture are null
	NoConsent bool   `json:"no_consent"`      // the profile answers 230
	NoMatch   bool   `json:"no_match"`        // the profile answers 9010, as for Meta's review bot
	Blocked   bool   `json:"blocked"`         // cannot be written to (551), and has no profile
	Followers int    `json:"followers_count"` // default: some
}

func (s *state) putCustomer(c Customer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.profiles[threadKey{c.Business, c.Handle}] = c
}

func (s *state) customer(businessID, handle string) Customer {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.profiles[threadKey{businessID, handle}]
}

// setCustomer is POST /_sim/customers with the fields of Customer: 200 with them and the igsid.
func (s *Simulator) setCustomer(w http.ResponseWriter, r *http.Request) {
	var in Customer
	if !read(w, r, &in) {
		return
	}
	b, ok := s.business(in.Business)
	if !ok {
		refuse(w, http.StatusNotFound, errUnknownBusiness)
		return
	}
	in.Business, in.Handle = b.UserID, strings.TrimPrefix(in.Handle, "@")
	if err := checkHandle(in.Handle); err != nil {
		refuse(w, http.StatusUnprocessableEntity, err)
		return
	}
	if err := s.journal.write(journalLine{Customer: &in}); err != nil {
		refuse(w, http.StatusInternalServerError, err)
		return
	}
	s.state.putCustomer(in)
	writeJSON(w, http.StatusOK, map[string]any{"customer": in, "igsid": igsidOf(b.UserID, in.Handle)})
}

// profile is GET /{version}/{igsid}. It needs that the customer once wrote. Source: User profile API, read 2026-11-22.
func (s *Simulator) profile(w http.ResponseWriter, r *http.Request, businessID, igsid, handle string) *graphError {
	c := s.state.customer(businessID, handle)
	switch {
	case c.NoMatch:
		return &graphError{Code: 9010}
	case c.NoConsent, c.Blocked, s.state.lastInbound(businessID, igsid).IsZero():
		return &graphError{Code: 230}
	}
	known := map[string]any{
		"id": s.state.currentShapes().id(igsid), "username": handle, "name": cmp.Or(c.Name, displayName(handle)),
		"profile_pic": s.mediaURL(r, "portrait-"+igsid+".jpg"), "follower_count": cmp.Or(c.Followers, 100+len(handle)),
		"is_user_follow_business": len(handle)%2 == 0, "is_business_follow_user": false, "is_verified_user": false,
	}
	if c.Nameless {
		known["name"], known["profile_pic"] = nil, nil
	}
	writeJSON(w, http.StatusOK, picked(known, r.URL.Query().Get("fields")))
	return nil
}

// picked keeps the fields that were asked for. Without a question it is what a profile mostly gives.
func picked(known map[string]any, fields string) map[string]any {
	answer := map[string]any{}
	for name := range strings.SplitSeq(cmp.Or(fields, "id,name"), ",") {
		if value, ok := known[name]; ok {
			answer[name] = value
		}
	}
	return answer
}

// displayName makes a name of a handle.
func displayName(handle string) string {
	words := strings.FieldsFunc(handle, func(c rune) bool { return c == '.' || c == '_' })
	for n, word := range words {
		_, size := utf8.DecodeRuneInString(word)
		words[n] = strings.ToUpper(word[:size]) + word[size:]
	}
	return strings.Join(words, " ")
}
