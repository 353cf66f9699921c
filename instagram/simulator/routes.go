package simulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
)

// maxControlBytes caps the body of a control request.
const maxControlBytes = 4 << 20

// routes is what Instagram answers, and the phone.
func (s *Simulator) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /oauth/authorize", s.received(s.authorize))
	mux.HandleFunc("POST /oauth/authorize", s.decide)
	mux.HandleFunc("POST /oauth/access_token", s.received(s.exchangeCode))
	mux.HandleFunc("GET /access_token", s.received(s.longLived))
	mux.HandleFunc("GET /refresh_access_token", s.received(s.refresh))
	mux.HandleFunc("GET /{version}/{node}", s.graph(s.node))
	mux.HandleFunc("GET /{version}/{node}/conversations", s.graph(ofAccount(s.conversations)))
	mux.HandleFunc("GET /{version}/{node}/messages", s.graph(s.conversationMessages))
	mux.HandleFunc("POST /{version}/{node}/messages", s.graph(ofAccount(s.send)))
	mux.HandleFunc("GET /{version}/{node}/subscribed_apps", s.graph(ofAccount(s.subscriptions)))
	mux.HandleFunc("POST /{version}/{node}/subscribed_apps", s.graph(ofAccount(s.subscribe)))
	mux.HandleFunc("DELETE /{version}/{node}/subscribed_apps", s.graph(ofAccount(s.unsubscribe)))
	s.pageRoutes(mux)
	mux.HandleFunc("/", unknownPath)
	return mux
}

// controls is the control API.
func (s *Simulator) controls() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /_sim/businesses", s.listBusinesses)
	mux.HandleFunc("GET /_sim/customers", s.listCustomers)
	mux.HandleFunc("POST /_sim/customers", own(s.setCustomer))
	mux.HandleFunc("GET /_sim/messages", s.listMessages)
	mux.HandleFunc("POST /_sim/messages", own(s.write))
	mux.HandleFunc("POST /_sim/acts", own(s.doAct))
	mux.HandleFunc("GET /_sim/sent", s.listSent)
	mux.HandleFunc("POST /_sim/history", own(s.addHistory))
	mux.HandleFunc("POST /_sim/events", own(s.sendRaw))
	mux.HandleFunc("POST /_sim/signed-requests", own(s.signAway))
	mux.HandleFunc("GET /_sim/media/{name}", s.media)

	mux.HandleFunc("GET /_sim/state", s.showState)
	mux.HandleFunc("GET /_sim/calls", s.listCalls)
	mux.HandleFunc("POST /_sim/shapes", own(s.changeShapes))
	mux.HandleFunc("GET /_sim/clock", s.showClock)
	mux.HandleFunc("POST /_sim/clock", own(s.moveClock))
	mux.HandleFunc("GET /_sim/faults", s.listFaults)
	mux.HandleFunc("POST /_sim/faults", own(s.makeFault))
	mux.HandleFunc("DELETE /_sim/faults", own(s.clearFaults))
	mux.HandleFunc("POST /_sim/revoke", own(s.revokeTokens))
	mux.HandleFunc("POST /_sim/unsubscribe", own(s.unsubscribeBusiness))
	mux.HandleFunc("POST /_sim/verify", own(s.verify))
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
