package instagram

import (
	"context"
	"net/http"
	"time"
)

// ClientOptions holds what differs between installations; the zero value speaks to production, without an app.
type ClientOptions struct {
	GraphURL     string            // default https://graph.instagram.com
	APIURL       string            // default https://api.instagram.com, where codes are exchanged
	AuthorizeURL string            // default https://www.instagram.com/oauth/authorize
	Version      string            // of the Graph API; default v25.0
	Timeout      time.Duration     // of one request, body included; default 10s
	AppID        string            // the Instagram app id, not the Meta app's
	AppSecret    Secret            // the Instagram app secret
	Transport    http.RoundTripper // default a clone of http.DefaultTransport
	Now          func() time.Time  // default time.Now
}

// Client calls Instagram. Its errors carry no token, no secret, no code and no URL.
type Client struct{ o ClientOptions }

// NewClient checks the addresses; it sends nothing.
func NewClient(o ClientOptions) (*Client, error) { return &Client{o: o}, nil }

// Subscribe asks for the account's webhooks: messages, echoes and the other fields of an inbox. It may be repeated.
func (c *Client) Subscribe(ctx context.Context, token Secret) error { panic("skeleton") }

// Unsubscribe ends the account's webhooks for this app. It may be repeated.
func (c *Client) Unsubscribe(ctx context.Context, token Secret) error { panic("skeleton") }

// Subscriptions lists the fields that this app receives for the account; empty when not subscribed.
func (c *Client) Subscriptions(ctx context.Context, token Secret) ([]string, error) { panic("skeleton") }
