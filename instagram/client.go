package instagram

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// maxAnswerBytes caps the body of an answer; a longer one is ErrBadAnswer. The largest asked for is a page of threads with
// their newest messages.
const maxAnswerBytes = 4 << 20

// ClientOptions holds what differs between installations; the zero value speaks to production, without an app.
type ClientOptions struct {
	GraphURL     string            // default https://graph.instagram.com
	APIURL       string            // default https://api.instagram.com, where codes are exchanged
	AuthorizeURL string            // default https://www.instagram.com/oauth/authorize
	Version      string            // of the Graph API; default v25.0
	Timeout      time.Duration     // of one request, body included; default 10s
	AppID        string            // the Instagram app id, not the Meta app's
	AppSecret    Secret            // the Instagram app secret
	Transport    http.RoundTripper // default http.DefaultTransport
	Now          func() time.Time  // default time.Now
}

// Client calls Instagram. Its errors carry no token, no secret, no code and no URL.
type Client struct {
	o    ClientOptions
	http *http.Client
}

// NewClient checks the addresses; it sends nothing.
func NewClient(o ClientOptions) (*Client, error) {
	o = o.withDefaults()
	for name, address := range map[string]string{"GraphURL": o.GraphURL, "APIURL": o.APIURL, "AuthorizeURL": o.AuthorizeURL} {
		u, err := url.Parse(address)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil {
			return nil, fmt.Errorf("%s is not an http or https address without credentials", name)
		}
	}
	return &Client{o: o, http: &http.Client{Transport: o.Transport, Timeout: o.Timeout, CheckRedirect: stay}}, nil
}

func (o ClientOptions) withDefaults() ClientOptions {
	o.GraphURL = strings.TrimSuffix(orElse(o.GraphURL, "https://graph.instagram.com"), "/")
	o.APIURL = strings.TrimSuffix(orElse(o.APIURL, "https://api.instagram.com"), "/")
	o.AuthorizeURL = orElse(o.AuthorizeURL, "https://www.instagram.com/oauth/authorize")
	o.Version = orElse(o.Version, "v25.0")
	if o.Timeout <= 0 {
		o.Timeout = 10 * time.Second
	}
	if o.Transport == nil {
		o.Transport = http.DefaultTransport
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

func orElse(value, otherwise string) string {
	if value == "" {
		return otherwise
	}
	return value
}

// stay refuses every redirect: no documented endpoint sends one, and following it could carry a token elsewhere.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// graph calls a versioned path of the Graph API with the token in the Authorization header.
func (c *Client) graph(ctx context.Context, operation, method, path string, query url.Values, token Secret) ([]byte, error) {
	address := c.o.GraphURL + "/" + c.o.Version + path
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, method, address, http.NoBody)
	if err != nil {
		return nil, fmt.Errorf("instagram: %s: bad request address", operation)
	}
	req.Header.Set("Authorization", "Bearer "+token.Reveal())
	return c.send(operation, req)
}
