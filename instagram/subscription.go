package instagram

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// fieldMessages is the one subscription field without which there is no inbox.
const fieldMessages = "messages"

// subscribedFields are the fields of an inbox. Echoes are asked for twice over, because Meta's pages disagree whether
// they ride on messages or have a field of their own; they are told apart by mid.
// Source: Webhooks for Instagram, read 2026-11-22.
var subscribedFields = []string{
	fieldMessages, "message_echoes", "message_reactions", "message_edit", "messaging_postbacks",
	"messaging_referral", "messaging_seen", "messaging_optins", "messaging_handover", "standby",
}

const subscriptionsPath = "/me/subscribed_apps"

// Subscribe asks for the account's webhooks: messages, echoes and the other fields of an inbox. It may be repeated.
func (c *Client) Subscribe(ctx context.Context, token Secret) error {
	query := url.Values{"subscribed_fields": {strings.Join(subscribedFields, ",")}}
	return c.change(ctx, "subscribe", http.MethodPost, query, token)
}

// Unsubscribe ends the account's webhooks for this app. It may be repeated.
func (c *Client) Unsubscribe(ctx context.Context, token Secret) error {
	return c.change(ctx, "unsubscribe", http.MethodDelete, nil, token)
}

func (c *Client) change(ctx context.Context, operation, method string, query url.Values, token Secret) error {
	body, err := c.graph(ctx, operation, method, subscriptionsPath, query, token)
	if err != nil {
		return err
	}
	var answer struct {
		Success wireBool `json:"success"`
	}
	if err := json.Unmarshal(body, &answer); err != nil || !bool(answer.Success) {
		return badAnswer(operation, "no success")
	}
	return nil
}

// Subscriptions lists the fields that this app receives for the account, sorted; empty when not subscribed.
func (c *Client) Subscriptions(ctx context.Context, token Secret) ([]string, error) {
	const operation = "read subscriptions"
	body, err := c.graph(ctx, operation, http.MethodGet, subscriptionsPath, nil, token)
	if err != nil {
		return nil, err
	}
	var answer struct {
		Data []struct {
			Fields []wireField `json:"subscribed_fields"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &answer); err != nil || answer.Data == nil {
		return nil, badAnswer(operation, "no list")
	}
	fields := []string{}
	for _, app := range answer.Data {
		for _, field := range app.Fields {
			fields = append(fields, string(field))
		}
	}
	slices.Sort(fields)
	return slices.Compact(fields), nil
}

// wireField decodes a field given by its name or, as elsewhere in the Graph API, as {"name":…,"version":…}.
type wireField string

// UnmarshalJSON implements json.Unmarshaler.
func (f *wireField) UnmarshalJSON(raw []byte) error {
	if raw[0] == '"' {
		return json.Unmarshal(raw, (*string)(f))
	}
	var named struct {
		Name string `json:"name"`
	}
	err := json.Unmarshal(raw, &named)
	*f = wireField(named.Name)
	return err
}
