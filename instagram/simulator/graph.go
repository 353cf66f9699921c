package simulator

import (
	"net/http"
	"slices"
	"strings"
)

// graph wraps a call of the Graph API: it finds whose token it is and whether the path names that account.
func (s *Simulator) graph(next func(w http.ResponseWriter, r *http.Request, token tokenBody)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		text, isBearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if !isBearer {
			text = r.URL.Query().Get("access_token")
		}
		token, fault := s.readToken(text)
		if who := r.PathValue("account"); fault == nil && who != "me" && who != token.UserID {
			fault = &graphError{Code: 100, Subcode: 33, Message: "Unsupported request: object does not exist or cannot be loaded."}
		}
		if fault == nil && !token.has("instagram_business_basic") {
			fault = &graphError{Code: 10, Message: "Application does not have permission for this action"}
		}
		if fault != nil {
			fault.write(w)
			return
		}
		next(w, r, token)
	}
}

// me is GET /{version}/me with the asked fields. Source: "Get started", read 2026-11-22.
func (s *Simulator) me(w http.ResponseWriter, r *http.Request, token tokenBody) {
	b, ok := s.business(token.UserID)
	if !ok {
		(&graphError{Code: 190, Subcode: 458, Message: "The account has not authorized this application."}).write(w)
		return
	}
	shapes := s.state.currentShapes()
	known := map[string]any{
		"id":                  shapes.id(b.AppScopedID),
		"user_id":             shapes.id(b.UserID),
		"username":            b.Username,
		"name":                b.Name,
		"account_type":        shapes.accountType(b.AccountType),
		"profile_picture_url": "https://scontent.cdninstagram.com/v/simulated/" + b.Username + ".jpg",
		"followers_count":     2418,
	}
	fields := map[string]any{"id": known["id"]}
	for name := range strings.SplitSeq(r.URL.Query().Get("fields"), ",") {
		if value, ok := known[name]; ok {
			fields[name] = value
		}
	}
	s.writeShaped(w, fields)
}

// subscribe is POST /{version}/me/subscribed_apps. Source: Webhooks for Instagram, read 2026-11-22.
func (s *Simulator) subscribe(w http.ResponseWriter, r *http.Request, token tokenBody) {
	_ = r.ParseForm() // fields may stand in the query or in the body
	fields := strings.FieldsFunc(r.Form.Get("subscribed_fields"), func(c rune) bool { return c == ',' })
	for _, field := range fields {
		if !slices.Contains(knownFields, field) {
			(&graphError{Code: 100, Message: "Param subscribed_fields must be one of the known fields"}).write(w)
			return
		}
	}
	if len(fields) == 0 {
		(&graphError{Code: 100, Message: "The parameter subscribed_fields is required"}).write(w)
		return
	}
	if !token.has("instagram_business_manage_messages") {
		(&graphError{Code: 200, Message: "Requires instagram_business_manage_messages permission"}).write(w)
		return
	}
	s.setSubscription(w, token.UserID, fields)
}

func (s *Simulator) unsubscribe(w http.ResponseWriter, _ *http.Request, token tokenBody) {
	s.setSubscription(w, token.UserID, nil)
}

func (s *Simulator) setSubscription(w http.ResponseWriter, userID string, fields []string) {
	s.state.subscribe(userID, fields)
	if err := s.journal.write(journalLine{Subscribed: &subscriptionLine{UserID: userID, Fields: fields}}); err != nil {
		(&graphError{Status: http.StatusInternalServerError, Code: 2, Message: "An unexpected error has occurred."}).write(w)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"success": true})
}

func (s *Simulator) subscriptions(w http.ResponseWriter, _ *http.Request, token tokenBody) {
	data := []any{}
	if fields := s.state.subscription(token.UserID); len(fields) > 0 {
		data = append(data, map[string]any{"id": s.o.AppID, "subscribed_fields": fields})
	}
	writeJSON(w, http.StatusOK, map[string]any{"data": data})
}

// knownFields can be subscribed with Instagram Login. Source: Webhooks for Instagram, read 2026-11-22.
var knownFields = []string{
	"messages", "message_echoes", "message_reactions", "message_edit", "messaging_postbacks", "messaging_referral",
	"messaging_seen", "messaging_optins", "messaging_handover", "standby", "comments", "live_comments",
}

func unknownPath(w http.ResponseWriter, _ *http.Request) {
	(&graphError{Status: http.StatusBadRequest, Code: 2500, Message: "Unknown path components"}).write(w)
}
