package simulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Bounds of what a person may write here.
const (
	maxHandleChars  = 60
	maxTextBytes    = 10_000
	maxControlBytes = 256 << 10
)

var (
	errUnknownBusiness = errors.New("no such business; see GET /_sim/businesses")
	errPersonal        = errors.New("a personal account receives no messages by the API")
)

// routes is everything that the listener answers.
func (s *Simulator) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /oauth/authorize", s.withFaults(s.authorize))
	mux.HandleFunc("POST /oauth/authorize", s.decide)
	mux.HandleFunc("POST /oauth/access_token", s.withFaults(s.exchangeCode))
	mux.HandleFunc("GET /access_token", s.withFaults(s.longLived))
	mux.HandleFunc("GET /refresh_access_token", s.withFaults(s.refresh))
	mux.HandleFunc("GET /{version}/{account}", s.withFaults(s.graph(s.me)))
	mux.HandleFunc("GET /{version}/{account}/subscribed_apps", s.withFaults(s.graph(s.subscriptions)))
	mux.HandleFunc("POST /{version}/{account}/subscribed_apps", s.withFaults(s.graph(s.subscribe)))
	mux.HandleFunc("DELETE /{version}/{account}/subscribed_apps", s.withFaults(s.graph(s.unsubscribe)))

	mux.HandleFunc("GET /_sim/businesses", s.listBusinesses)
	mux.HandleFunc("GET /_sim/customers", s.listCustomers)
	mux.HandleFunc("GET /_sim/messages", s.listMessages)
	mux.HandleFunc("GET /_sim/state", s.showState)
	mux.HandleFunc("POST /_sim/messages", own(s.write))
	mux.HandleFunc("POST /_sim/shapes", own(s.changeShapes))
	mux.HandleFunc("POST /_sim/faults", own(s.makeFault))
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

// writeRequest is the body of POST /_sim/messages.
type writeRequest struct {
	Business    string       `json:"business"` // user id or username
	Customer    string       `json:"customer"` // handle; an unknown one becomes a new customer
	Text        string       `json:"text"`
	Attachments []Attachment `json:"attachments"`
	Echo        bool         `json:"echo"` // the business writes, as if in the Instagram app
}

// write is POST /_sim/messages: 201 with {mid, igsid, sent_at, subscribed}.
func (s *Simulator) write(w http.ResponseWriter, r *http.Request) {
	var in writeRequest
	if !read(w, r, &in) {
		return
	}
	b, ok := s.business(in.Business)
	if !ok {
		refuse(w, http.StatusNotFound, errUnknownBusiness)
		return
	}
	if b.Personal() {
		refuse(w, http.StatusUnprocessableEntity, errPersonal)
		return
	}
	in.Customer = strings.TrimPrefix(strings.TrimSpace(in.Customer), "@")
	if err := in.check(); err != nil {
		refuse(w, http.StatusUnprocessableEntity, err)
		return
	}
	m, subscribed, err := s.Write(b, in.Customer, in.Text, in.Attachments, in.Echo)
	if err != nil {
		refuse(w, http.StatusInternalServerError, err)
		return
	}
	writeJSON(w, http.StatusCreated, map[string]any{
		"mid": m.MID, "igsid": m.IGSID, "sent_at": m.At, "subscribed": subscribed,
	})
}

func (in writeRequest) check() error {
	isControl := func(c rune) bool { return unicode.IsControl(c) }
	switch {
	case in.Customer == "" || utf8.RuneCountInString(in.Customer) > maxHandleChars || strings.ContainsFunc(in.Customer, isControl):
		return fmt.Errorf("customer must be a handle of 1 to %d characters", maxHandleChars)
	case in.Text == "" && len(in.Attachments) == 0:
		return errors.New("text or attachments must be given")
	case len(in.Text) > maxTextBytes:
		return fmt.Errorf("text must have at most %d bytes", maxTextBytes)
	}
	return nil
}

// Write puts a message into a thread and queues its webhook. It reports whether the business is subscribed; if not, the
// message stands in the thread alone.
func (s *Simulator) Write(b Business, customer, text string, attachments []Attachment, echo bool) (Message, bool, error) {
	m := Message{
		MID: randomMID(), BusinessID: b.UserID, Customer: customer, IGSID: igsidOf(b.UserID, customer),
		Echo: echo, Text: text, Attachments: attachments, At: s.o.Now().UTC().Truncate(time.Millisecond),
	}
	if err := s.journal.write(journalLine{Message: &m}); err != nil {
		return Message{}, false, err
	}
	s.state.addMessage(m)
	subscribed, err := s.announce(m)
	return m, subscribed, err
}

// listBusinesses is GET /_sim/businesses.
func (s *Simulator) listBusinesses(w http.ResponseWriter, _ *http.Request) {
	items := []any{}
	for _, b := range s.Businesses() {
		items = append(items, map[string]any{
			"user_id": b.UserID, "username": b.Username, "name": b.Name, "about": b.About, "colour": b.Colour,
			"subscribed": len(s.state.subscription(b.UserID)) > 0,
		})
	}
	writeJSON(w, http.StatusOK, map[string]any{"items": items})
}

// listCustomers is GET /_sim/customers?business=: handles, the latest first.
func (s *Simulator) listCustomers(w http.ResponseWriter, r *http.Request) {
	b, _ := s.business(r.URL.Query().Get("business"))
	handles := s.state.customers(b.UserID)
	writeJSON(w, http.StatusOK, map[string]any{"items": append([]string{}, handles...)})
}

// listMessages is GET /_sim/messages?business=&customer=: the thread, oldest first.
func (s *Simulator) listMessages(w http.ResponseWriter, r *http.Request) {
	b, ok := s.business(r.URL.Query().Get("business"))
	if !ok {
		refuse(w, http.StatusNotFound, errUnknownBusiness)
		return
	}
	thread := s.state.thread(b.UserID, r.URL.Query().Get("customer"))
	writeJSON(w, http.StatusOK, map[string]any{"items": append([]Message{}, thread...)})
}

// showState is GET /_sim/state: the shapes and how many webhooks were accepted or given up.
func (s *Simulator) showState(w http.ResponseWriter, _ *http.Request) {
	s.state.mu.RLock()
	defer s.state.mu.RUnlock()
	writeJSON(w, http.StatusOK, map[string]any{
		"shapes": s.state.shapes, "delivered": s.state.delivered, "undelivered": s.state.undelivered,
		"subscribed": s.state.subscribed, "seeded_at": s.seededAt,
	})
}

// changeShapes is POST /_sim/shapes with the fields of Shapes; what is left out is reset.
func (s *Simulator) changeShapes(w http.ResponseWriter, r *http.Request) {
	var shapes Shapes
	if !read(w, r, &shapes) {
		return
	}
	if err := shapes.check(); err != nil {
		refuse(w, http.StatusUnprocessableEntity, err)
		return
	}
	s.state.setShapes(shapes)
	writeJSON(w, http.StatusOK, shapes)
}

// makeFault is POST /_sim/faults with the fields of Fault.
func (s *Simulator) makeFault(w http.ResponseWriter, r *http.Request) {
	var f Fault
	if !read(w, r, &f) {
		return
	}
	if err := f.check(); err != nil {
		refuse(w, http.StatusUnprocessableEntity, err)
		return
	}
	s.state.addFault(f)
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
