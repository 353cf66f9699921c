package simulator

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"parlor/instagram"
)

// Bounds of a send. Source: Instagram messaging API, read 2026-11-22.
const (
	maxSendBytes   = 1000
	maxAttachments = 10
	replyWindow    = 24 * time.Hour
	agentWindow    = 7 * 24 * time.Hour
	agentTag       = "HUMAN_AGENT"
)

// echoPatience bounds how long an answer waits for its echo, when that is to come first.
const echoPatience = 5 * time.Second

// sendRequest is the body of POST /{version}/me/messages.
type sendRequest struct {
	Recipient struct {
		ID string `json:"id"`
	} `json:"recipient"`
	Message *struct {
		Text        string           `json:"text"`
		Attachment  *sendAttachment  `json:"attachment"`
		Attachments []sendAttachment `json:"attachments"`
	} `json:"message"`
	Action  string `json:"sender_action"`
	Payload struct {
		MID      string `json:"message_id"`
		Reaction string `json:"reaction"`
	} `json:"payload"`
	ReplyTo struct {
		MID string `json:"mid"`
	} `json:"reply_to"`
	Type string `json:"messaging_type"`
	Tag  string `json:"tag"`
}

type sendAttachment struct {
	Type    string `json:"type"`
	Payload struct {
		URL string `json:"url"`
	} `json:"payload"`
}

// Refusals of a send. Source: Messenger Platform error codes and Instagram messaging API, read 2026-11-22.
var (
	errWindow     = &graphError{Code: 10, Subcode: 2534022}
	errTag        = &graphError{Code: 100, Subcode: 2018276}
	errNobody     = &graphError{Code: 100, Subcode: 2018001}
	errBlocked    = &graphError{Code: 551, Subcode: 1545041}
	errParameter  = &graphError{Code: 100}
	errTooLong    = &graphError{Code: 100, Subcode: 2018109}
	errMedia      = &graphError{Code: 100, Subcode: 2018047}
	errFetch      = &graphError{Code: 100, Subcode: 2018008}
	errPace       = &graphError{Status: http.StatusTooManyRequests, Code: 613, Subcode: 1996}
	errPermission = &graphError{Code: 200}
	errTemporary  = &graphError{Status: http.StatusInternalServerError, Code: 2}
)

// send is POST /{version}/me/messages: a message, a reaction or a sign. Its echo goes out after the answer, or before it.
func (s *Simulator) send(w http.ResponseWriter, r *http.Request, token tokenBody) *graphError {
	var in sendRequest
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxControlBytes)).Decode(&in); err != nil {
		return errParameter
	}
	if !token.has(instagram.ScopeManageMessages) {
		return errPermission
	}
	handle, known := s.state.handleOf(token.UserID, in.Recipient.ID)
	switch {
	case !known:
		return errNobody
	case s.state.customer(token.UserID, handle).Blocked:
		return errBlocked
	case in.Action != "":
		return s.act(w, token.UserID, handle, in)
	case in.Message == nil:
		return errParameter
	}
	m, fault := s.compose(r, token.UserID, handle, in)
	if fault != nil {
		return fault
	}
	if err := s.keep(m); err != nil {
		return errTemporary
	}
	s.answerSend(w, r, m)
	return nil
}

// answerSend answers and echoes, in the order that the shapes ask for.
func (s *Simulator) answerSend(w http.ResponseWriter, r *http.Request, m Message) {
	shapes := s.state.currentShapes()
	answer := map[string]any{"recipient_id": shapes.id(m.IGSID), "message_id": m.MID}
	if shapes.EchoFirst {
		s.echo(r.Context(), m, shapes)
		writeJSON(w, http.StatusOK, answer)
		return
	}
	writeJSON(w, http.StatusOK, answer)
	_ = http.NewResponseController(w).Flush() // an answer that nobody gets cannot be flushed, and need not be
	s.echo(context.WithoutCancel(r.Context()), m, shapes)
}

// echo queues the webhook of a sent message; when it is to come first, it waits until it was delivered.
func (s *Simulator) echo(ctx context.Context, m Message, shapes Shapes) {
	if shapes.NoEchoes {
		return
	}
	delivered, err := s.announce(m)
	if err != nil {
		s.o.Logger.ErrorContext(ctx, "echo", "error", err)
	}
	if delivered == nil || !shapes.EchoFirst {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, echoPatience)
	defer cancel()
	select {
	case <-delivered:
	case <-ctx.Done():
	}
}

// compose checks a message and makes it.
func (s *Simulator) compose(r *http.Request, businessID, handle string, in sendRequest) (Message, *graphError) {
	list := in.Message.Attachments
	if in.Message.Attachment != nil {
		list = append(list, *in.Message.Attachment)
	}
	m := Message{
		MID: randomMID(), BusinessID: businessID, Customer: handle, IGSID: in.Recipient.ID, Echo: true, AppID: s.o.AppID, Tag: in.Tag,
		Text: in.Message.Text,
	}
	switch {
	case len(m.Text) > maxSendBytes:
		return m, errTooLong
	case (m.Text == "") == (len(list) == 0), len(list) > maxAttachments, in.Tag != "" && in.Tag != agentTag:
		return m, errParameter
	}
	if in.ReplyTo.MID != "" {
		m.ReplyTo = &ReplyTo{MID: in.ReplyTo.MID}
	}
	if fault := s.mayAnswer(businessID, in); fault != nil {
		return m, fault
	}
	if !s.inPace(businessID, list) {
		return m, errPace
	}
	for _, a := range list {
		taken, fault := s.take(r, a)
		if fault != nil {
			return m, fault
		}
		m.Attachments = append(m.Attachments, taken)
	}
	m.At = s.moment()
	return m, nil
}

// moment is now, as messages tell it.
func (s *Simulator) moment() time.Time { return s.now().UTC().Truncate(time.Millisecond) }

// mayAnswer is the messaging window: a day from the customer's last message or tap; seven with the tag, which the app
// must be allowed to use. Source: Instagram messaging API, read 2026-11-22.
func (s *Simulator) mayAnswer(businessID string, in sendRequest) *graphError {
	last := s.state.lastInbound(businessID, in.Recipient.ID)
	since := s.now().Sub(last)
	switch {
	case last.IsZero(), since >= agentWindow:
		return errWindow
	case in.Tag == agentTag && !s.state.currentShapes().HumanAgent:
		return errTag
	case since < replyWindow, in.Tag == agentTag:
		return nil
	}
	return errWindow
}

// inPace holds the limits of sends, which go by the real clock.
func (s *Simulator) inPace(businessID string, list []sendAttachment) bool {
	if slices.ContainsFunc(list, func(a sendAttachment) bool { return a.Type == "audio" || a.Type == "video" }) {
		return s.sends.take(businessID+" media", time.Now(), mediaPerSecond)
	}
	return s.sends.take(businessID, time.Now(), textsPerSecond)
}
