package simulator

import (
	"net/http"
	"slices"
	"strings"

	"parlor/instagram"
)

// errMissing: the path names nothing of the caller's.
var errMissing = &graphError{Code: 100, Subcode: 33, Message: "Unsupported request: object does not exist or cannot be loaded."}

// graphCall answers a call whose token is known, or returns what the Graph API would refuse it with.
type graphCall func(w http.ResponseWriter, r *http.Request, token tokenBody) *graphError

// graph wraps a call of the Graph API: it finds whose token it is. Errors speak the language of that account.
func (s *Simulator) graph(next graphCall) http.HandlerFunc {
	return s.received(func(w http.ResponseWriter, r *http.Request) {
		token, fault := s.readToken(accessToken(r))
		if fault == nil && !token.has(instagram.ScopeBasic) {
			fault = &graphError{Code: 10, Message: "Application does not have permission for this action"}
		}
		if fault == nil {
			fault = next(w, r, token)
		}
		if fault != nil {
			fault.localised(s.language(token.UserID)).write(w)
		}
	})
}

// ofAccount wraps a call whose path names the account.
func ofAccount(next graphCall) graphCall {
	return func(w http.ResponseWriter, r *http.Request, token tokenBody) *graphError {
		if who := r.PathValue("node"); who != "me" && who != token.UserID {
			return errMissing
		}
		return next(w, r, token)
	}
}

// node is GET /{version}/{id}: the account, or a conversation, a message or a customer of its.
func (s *Simulator) node(w http.ResponseWriter, r *http.Request, token tokenBody) *graphError {
	id := r.PathValue("node")
	if id == "me" || id == token.UserID {
		return s.me(w, r, token)
	}
	handle, isCustomer := s.state.handleOf(token.UserID, id)
	h, isConversation := s.state.conversation(token.UserID, id)
	m, isMessage := s.state.message(id)
	switch {
	case !isCustomer && !isConversation && (!isMessage || m.BusinessID != token.UserID):
		return errMissing
	case !token.has(instagram.ScopeManageMessages):
		return errPermission
	case isCustomer:
		return s.profile(w, r, token.UserID, id, handle)
	case isConversation:
		return s.oneConversation(w, r, h)
	}
	return s.oneMessage(w, r, m)
}

// me is GET /{version}/me with the asked fields. Source: "Get started", read 2026-11-22.
func (s *Simulator) me(w http.ResponseWriter, r *http.Request, token tokenBody) *graphError {
	b, ok := s.business(token.UserID)
	if !ok {
		return &graphError{Code: 190, Subcode: 458, Message: "The account has not authorized this application."}
	}
	shapes := s.state.currentShapes()
	known := map[string]any{
		"id":                  shapes.id(b.AppScopedID),
		"user_id":             shapes.id(b.UserID),
		"username":            b.Username,
		"name":                b.Name,
		"account_type":        shapes.accountType(b.AccountType),
		"profile_picture_url": s.mediaURL(r, b.Username+".jpg"),
		"followers_count":     2418,
	}
	fields := map[string]any{"id": known["id"]}
	for name := range strings.SplitSeq(r.URL.Query().Get("fields"), ",") {
		if value, ok := known[name]; ok {
			fields[name] = value
		}
	}
	s.writeShaped(w, fields)
	return nil
}

// subscribe is POST /{version}/me/subscribed_apps. Source: Webhooks for Instagram, read 2026-11-22.
func (s *Simulator) subscribe(w http.ResponseWriter, r *http.Request, token tokenBody) *graphError {
	_ = r.ParseForm() // fields may stand in the query or in the body
	fields := strings.FieldsFunc(r.Form.Get("subscribed_fields"), func(c rune) bool { return c == ',' })
	for _, field := range fields {
		if !slices.Contains(knownFields, field) {
			return &graphError{Code: 100, Message: "Param subscribed_fields must be one of the known fields"}
		}
	}
	if len(fields) == 0 {
		return &graphError{Code: 100, Message: "The parameter subscribed_fields is required"}
	}
	if !token.has("instagram_business_manage_messages") {
		return &graphError{Code: 200, Message: "Requires instagram_business_manage_messages permission"}
	}
	return s.setSubscription(w, token.UserID, fields)
}

func (s *Simulator) unsubscribe(w http.ResponseWriter, _ *http.Request, token tokenBody) *graphError {
	return s.setSubscription(w, token.UserID, nil)
}

func (s *Simulator) setSubscription(w http.ResponseWriter, userID string, fields []string) *graphError {
	s.state.subscribe(userID, fields)
	if err := s.journal.write(journalLine{Subscribed: &subscriptionLine{UserID: userID, Fields: fields}}); err != nil {
		return &graphError{Status: http.StatusInternalServerError, Code: 2, Message: "An unexpected error has occurred."}
	}
	writeJSON(w, http.StatusOK, map[string]any{"success": true})
	return nil
}

func (s *Simulator) subscriptions(w http.ResponseWriter, _ *http.Request, token tokenBody) *graphError {
	data := []any{}
	if fields := s.state.subscription(token.UserID); len(fields) > 0 {
		data = append(data, map[string]any{"id": s.o.AppID, "subscribed_fields": fields})
	}
	writeJSON(w, http.StatusOK, map[string]any{"data": data})
	return nil
}

// knownFields can be subscribed with Instagram Login. Source: Webhooks for Instagram, read 2026-11-22.
var knownFields = []string{
	"messages", "message_echoes", "message_reactions", "message_edit", "messaging_postbacks", "messaging_referral",
	"messaging_seen", "messaging_optins", "messaging_handover", "standby", "comments", "live_comments",
}

func unknownPath(w http.ResponseWriter, _ *http.Request) {
	(&graphError{Status: http.StatusBadRequest, Code: 2500, Message: "Unknown path components"}).write(w)
}
