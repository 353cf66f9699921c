package simulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
)

// maxControlBytes caps the body of a control request.
const maxControlBytes = 256 << 10

// routes is everything that the listener answers.
func (s *Simulator) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /oauth/authorize", s.withFailures(s.authorize))
	mux.HandleFunc("POST /oauth/authorize", s.decide)
	mux.HandleFunc("POST /oauth/access_token", s.withFailures(s.exchangeCode))
	mux.HandleFunc("GET /access_token", s.withFailures(s.longLived))
	mux.HandleFunc("GET /refresh_access_token", s.withFailures(s.refresh))
	mux.HandleFunc("GET /{version}/{account}", s.withFailures(s.graph(s.me)))
	mux.HandleFunc("GET /{version}/{account}/subscribed_apps", s.withFailures(s.graph(s.subscriptions)))
	mux.HandleFunc("POST /{version}/{account}/subscribed_apps", s.withFailures(s.graph(s.subscribe)))
	mux.HandleFunc("DELETE /{version}/{account}/subscribed_apps", s.withFailures(s.graph(s.unsubscribe)))

	mux.HandleFunc("GET /_sim/businesses", s.listBusinesses)
	mux.HandleFunc("GET /_sim/customers", s.listCustomers)
	mux.HandleFunc("GET /_sim/messages", s.listMessages)
	mux.HandleFunc("GET /_sim/state", s.showState)
	mux.HandleFunc("POST /_sim/messages", own(s.write))
	mux.HandleFunc("POST /_sim/shapes", own(s.changeShapes))
	mux.HandleFunc("POST /_sim/failures", own(s.makeFailure))
	mux.HandleFunc("POST /_sim/revoke", own(s.revokeTokens))
	mux.HandleFunc("POST /_sim/verify", own(s.verify))
	s.pageRoutes(mux)
	mux.HandleFunc("/", unknownPath)
	return mux
}

// own refuses a request that a page of another site makes in somebody's browser.
func own(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if origin := r.Header.Get("Origin"); origin != "" {
			if u, err := url.Parse(origin); err != nil || u.Host != r.Host {
				refuse(w, http.StatusForbidden, errors.New("not from another site"))
				return
			}
		}
		next(w, r)
	}
}

func refuse(w http.ResponseWriter, status int, err error) {
	writeJSON(w, status, map[string]string{"error": err.Error()})
}

// read decodes a control request; what it does not know it refuses.
func read(w http.ResponseWriter, r *http.Request, into any) bool {
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxControlBytes))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		refuse(w, http.StatusBadRequest, fmt.Errorf("unreadable body: %w", err))
		return false
	}
	return true
}

// readChecked is read for what can tell its own faults: 422 with the fault.
func readChecked(w http.ResponseWriter, r *http.Request, into interface{ check() error }) bool {
	if !read(w, r, into) {
		return false
	}
	if err := into.check(); err != nil {
		refuse(w, http.StatusUnprocessableEntity, err)
		return false
	}
	return true
}
