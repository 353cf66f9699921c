package instagram

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// Outgoing is one message to a customer: a text or an attachment. Source: Instagram messaging API, read 2026-11-22.
type Outgoing struct {
	To         string // igsid
	Text       string // at most 1,000 bytes of UTF-8
	Attachment *OutgoingAttachment
	HumanAgent bool // carries the tag that lets a person answer for seven days
}

// OutgoingAttachment is a file that Instagram fetches by itself.
type OutgoingAttachment struct {
	Type string // image, video, audio or file
	URL  string // reachable for Instagram without a credential
}

// SenderAction is a sign for the customer. Source: Sender actions, read 2026-11-22.
type SenderAction string

// The signs.
const (
	TypingOn  SenderAction = "typing_on"
	TypingOff SenderAction = "typing_off"
	MarkSeen  SenderAction = "mark_seen"
)

const messagesPath = "/me/messages"

type wireRecipient struct {
	ID string `json:"id"`
}

// Send sends one message and returns its mid. Nothing makes a repetition harmless: after ErrUnreachable, ErrBadAnswer and a transient fault
// the customer may have the message. Source: Instagram messaging API, read 2026-11-22.
func (c *Client) Send(ctx context.Context, token Secret, o Outgoing) (mid string, err error) {
	const operation = "send message"
	body := map[string]any{"recipient": wireRecipient{o.To}}
	if o.HumanAgent {
		body["messaging_type"], body["tag"] = "MESSAGE_TAG", "HUMAN_AGENT"
	}
	if a := o.Attachment; a != nil {
		body["message"] = map[string]any{"attachment": map[string]any{"type": a.Type, "payload": map[string]string{"url": a.URL}}}
	} else {
		body["message"] = map[string]string{"text": o.Text}
	}
	answer, err := c.post(ctx, operation, messagesPath, token, body)
	if err != nil {
		return "", err
	}
	var sent struct {
		MID wireMID `json:"message_id"`
	}
	if err := decodeOne(answer, &sent); err != nil || sent.MID == "" {
		return "", badAnswer(operation, "no message_id")
	}
	return string(sent.MID), nil
}

// React puts the account's reaction on a message, or takes it off with an empty emoji.
func (c *Client) React(ctx context.Context, token Secret, to, mid, emoji string) error {
	body := map[string]any{
		"recipient": wireRecipient{to}, "sender_action": "react", "payload": map[string]string{"message_id": mid, "reaction": emoji},
	}
	if emoji == "" {
		body["sender_action"], body["payload"] = "unreact", map[string]string{"message_id": mid}
	}
	_, err := c.post(ctx, "react", messagesPath, token, body)
	return err
}

// Act shows the customer a sign.
func (c *Client) Act(ctx context.Context, token Secret, to string, a SenderAction) error {
	_, err := c.post(ctx, "send "+string(a), messagesPath, token, map[string]any{"recipient": wireRecipient{to}, "sender_action": a})
	return err
}

// post sends JSON to a versioned path of the Graph API.
func (c *Client) post(ctx context.Context, operation, path string, token Secret, body any) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(body); err != nil {
		return nil, fmt.Errorf("instagram: %s: %w", operation, err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.o.GraphURL+"/"+c.o.Version+path, strings.NewReader(text.String()))
	if err != nil {
		return nil, fmt.Errorf("instagram: %s: bad request address", operation)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+token.Reveal())
	return c.send(operation, req)
}
