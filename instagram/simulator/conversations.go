package simulator

import (
	"cmp"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// Bounds of the Conversations API. Source: Conversations API, read 2026-11-22; the limits of a page are measured by others or assumed.
const (
	defaultLimit  = 25
	maxThreads    = 50
	maxMessages   = 50
	maxExpanded   = 200 // messages within one list of conversations
	readableCount = 20  // only so many of the newest messages of a conversation can be read
)

// graphTime is Graph's layout: no colon in the zone, so not RFC 3339.
const graphTime = "2006-01-02T15:04:05-0700"

var errSyntax = &graphError{Code: 2500}

// conversations is GET /{version}/me/conversations?platform=&user_id=&fields=&limit=&after=, the newest first.
func (s *Simulator) conversations(w http.ResponseWriter, r *http.Request, token tokenBody) *graphError {
	q := r.URL.Query()
	asked, err := parseFields(q.Get("fields"))
	limit, ok := limitOf(q, maxThreads)
	if err != nil || !ok {
		return errSyntax
	}
	if platform := q.Get("platform"); platform != "" && platform != "instagram" {
		return errParameter
	}
	list := s.state.conversationsOf(token.UserID, q.Get("user_id"))
	if after := q.Get("after"); after != "" {
		list = slices.DeleteFunc(list, func(h held) bool { return !h.standsAfter(after) })
	}
	more := len(list) > limit
	list = list[:min(limit, len(list))]
	expanded, data := 0, []any{}
	for _, h := range list {
		data = append(data, s.conversationFields(r, &h, asked.or("id", "updated_time")))
		expanded += len(h.messages)
	}
	if expanded > maxExpanded {
		return &graphError{Status: http.StatusInternalServerError, Code: 1}
	}
	answer := map[string]any{"data": data}
	if len(list) > 0 {
		answer["paging"] = paging(r, cursor(list[0].place()), cursor(list[len(list)-1].place()), more)
	}
	writeJSON(w, http.StatusOK, answer)
	return nil
}

func cursor(place string) string { return base64.RawURLEncoding.EncodeToString([]byte(place)) }

func limitOf(q url.Values, most int) (int, bool) {
	if q.Get("limit") == "" {
		return defaultLimit, true
	}
	n, err := strconv.Atoi(q.Get("limit"))
	return min(n, most), err == nil && n > 0
}

// paging gives the cursors; next, which holds the caller's token, only when there is more.
func paging(r *http.Request, before, after string, more bool) map[string]any {
	p := map[string]any{"cursors": map[string]string{"before": before, "after": after}}
	if more {
		q := r.URL.Query()
		q.Set("after", after)
		q.Set("access_token", accessToken(r))
		p["next"] = (&url.URL{Scheme: "https", Host: "graph.instagram.com", Path: r.URL.Path, RawQuery: q.Encode()}).String()
	}
	return p
}

// conversationFields is a conversation as it was asked for.
func (s *Simulator) conversationFields(r *http.Request, h *held, asked fields) map[string]any {
	shapes := s.state.currentShapes()
	answer := map[string]any{"id": h.id}
	for _, one := range asked {
		switch one.name {
		case "updated_time":
			answer["updated_time"] = shapes.time(h.updatedAt)
		case "participants":
			answer["participants"] = map[string]any{"data": s.parties(h, shapes)}
		case "messages":
			s.state.load(h, min(cmp.Or(one.limit, defaultLimit), maxMessages), "")
			answer["messages"] = s.messageList(r, *h, fields(one.within), shapes)
		}
	}
	return answer
}

// parties names both sides; the business in one of the shapes that were seen.
func (s *Simulator) parties(h *held, shapes Shapes) []any {
	b, _ := s.business(h.businessID)
	business := map[string]any{"username": b.Username, "id": shapes.id(b.UserID)}
	if shapes.Parties != "" {
		business["id"] = shapes.id(b.AppScopedID)
	}
	if shapes.Parties == "user_id" {
		business["user_id"] = shapes.id(b.UserID)
	}
	return []any{business, map[string]any{"username": h.customer, "id": shapes.id(h.igsid)}}
}

// messageList is the loaded messages: those that are too old have their id and time alone.
func (s *Simulator) messageList(r *http.Request, h held, asked fields, shapes Shapes) map[string]any {
	data := []any{}
	for n, m := range h.messages {
		known := s.stored(m, shapes)
		answer := map[string]any{"id": m.MID}
		for _, one := range asked.or("created_time") {
			old := h.first+n >= readableCount && one.name != "created_time"
			if value, ok := known[one.name]; ok && !old {
				answer[one.name] = value
			}
		}
		data = append(data, answer)
	}
	list := map[string]any{"data": data}
	if len(h.messages) > 0 && (h.more || h.first > 0) {
		list["paging"] = paging(r, cursor(h.messages[0].MID), cursor(h.messages[len(h.messages)-1].MID), h.more)
	}
	return list
}

// conversationMessages is GET /{version}/{conversation}/messages?fields=&limit=&after=, the newest first.
func (s *Simulator) conversationMessages(w http.ResponseWriter, r *http.Request, token tokenBody) *graphError {
	h, ok := s.state.conversation(token.UserID, r.PathValue("node"))
	if !ok {
		return errMissing
	}
	q := r.URL.Query()
	asked, err := parseFields(q.Get("fields"))
	limit, ok := limitOf(q, maxMessages)
	if err != nil || !ok {
		return errSyntax
	}
	after, _ := base64.RawURLEncoding.DecodeString(q.Get("after"))
	s.state.load(&h, limit, string(after))
	writeJSON(w, http.StatusOK, s.messageList(r, h, asked, s.state.currentShapes()))
	return nil
}

// oneConversation is GET /{version}/{conversation}?fields=.
func (s *Simulator) oneConversation(w http.ResponseWriter, r *http.Request, h held) *graphError {
	asked, err := parseFields(r.URL.Query().Get("fields"))
	if err != nil {
		return errSyntax
	}
	writeJSON(w, http.StatusOK, s.conversationFields(r, &h, asked.or("id", "updated_time")))
	return nil
}

// oneMessage is GET /{version}/{mid}?fields=. One that is too old answers as if it were deleted, though it is not.
// Source: Conversations API, read 2026-11-22.
func (s *Simulator) oneMessage(w http.ResponseWriter, r *http.Request, m Message) *graphError {
	asked, err := parseFields(r.URL.Query().Get("fields"))
	if err != nil {
		return errSyntax
	}
	shapes := s.state.currentShapes()
	if !s.state.readable(m) {
		return &graphError{Code: cmp.Or(shapes.OldCode, 100), Message: "The message was deleted."}
	}
	known := s.stored(m, shapes)
	answer := map[string]any{"id": m.MID}
	for _, one := range asked.or("created_time") {
		if value, ok := known[one.name]; ok {
			answer[one.name] = value
		}
	}
	writeJSON(w, http.StatusOK, answer)
	return nil
}

// time gives a time of the Conversations API, which knows no parts of a second.
func (s Shapes) time(at time.Time) any {
	if s.UnixTimes {
		return at.Unix()
	}
	return at.UTC().Format(graphTime)
}
