package instagram

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"
)

// The permissions that Parlor asks for. The person may untick either on the consent page.
// Source: Business login for Instagram, read 2026-11-22.
const (
	ScopeBasic          = "instagram_business_basic"
	ScopeManageMessages = "instagram_business_manage_messages"
)

// AuthorizeRequest is what a sign-in asks of Instagram's consent page.
type AuthorizeRequest struct {
	State       string   // single use, bound to the browser; Instagram sends it back untouched
	RedirectURI string   // must equal a registered one byte for byte, and be given again to Exchange
	Scopes      []string // nil: ScopeBasic and ScopeManageMessages
	ForceReauth bool     // make the person type the password again
}

// ShortToken is what a code is exchanged for. It lives one hour.
type ShortToken struct {
	Value       Secret
	UserID      string   // as the token endpoint gives it, maybe ""; Profile.UserID is the one to trust
	Permissions []string // what was granted; nil when Instagram did not say
}

// Token is a long-lived access token, about sixty days.
type Token struct {
	Value       Secret
	IssuedAt    time.Time
	ExpiresAt   time.Time
	Permissions []string // what a renewal says is granted; mostly it says nothing: nil
}

// AuthorizeURL returns the address of the consent page, for a full-page redirect (a pop-up fails there). No PKCE: it is
// documented nowhere for this sign-in; the state protects it. Source: Business login for Instagram, read 2026-11-22.
func (c *Client) AuthorizeURL(r AuthorizeRequest) string {
	scopes := r.Scopes
	if scopes == nil {
		scopes = []string{ScopeBasic, ScopeManageMessages}
	}
	options := []oauth2.AuthCodeOption{oauth2.SetAuthURLParam("enable_fb_login", "false")}
	if r.ForceReauth {
		options = append(options, oauth2.SetAuthURLParam("force_reauth", "true"))
	}
	// One scope with commas: Instagram wants a comma list, where x/oauth2 joins by spaces.
	return c.oauth(r.RedirectURI, strings.Join(scopes, ",")).AuthCodeURL(r.State, options...)
}

func (c *Client) oauth(redirectURI string, scopes ...string) *oauth2.Config {
	return &oauth2.Config{
		ClientID:     c.o.AppID,
		ClientSecret: c.o.AppSecret.Reveal(),
		RedirectURL:  redirectURI,
		Scopes:       scopes,
		Endpoint: oauth2.Endpoint{
			AuthURL:   c.o.AuthorizeURL,
			TokenURL:  c.o.APIURL + "/oauth/access_token",
			AuthStyle: oauth2.AuthStyleInParams,
		},
	}
}

// LongLived turns a short-lived token into a long-lived one.
// Source: Business login for Instagram, read 2026-11-22.
func (c *Client) LongLived(ctx context.Context, short Secret) (Token, error) {
	return c.renew(ctx, "exchange for a long-lived token", "/access_token", url.Values{
		"grant_type":    {"ig_exchange_token"},
		"client_secret": {c.o.AppSecret.Reveal()},
		"access_token":  {short.Reveal()},
	})
}

// Refresh gives a new token for another sixty days. Instagram demands that the old one is at least 24 hours old and
// not expired; store whatever comes back. Source: Business login for Instagram, read 2026-11-22.
func (c *Client) Refresh(ctx context.Context, token Secret) (Token, error) {
	return c.renew(ctx, "refresh token", "/refresh_access_token", url.Values{
		"grant_type":   {"ig_refresh_token"},
		"access_token": {token.Reveal()},
	})
}

// renew calls one of the two unversioned endpoints, which take the token in the query: the address never leaves here.
func (c *Client) renew(ctx context.Context, operation, path string, query url.Values) (Token, error) {
	issuedAt := c.o.Now().UTC()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.o.GraphURL+path+"?"+query.Encode(), http.NoBody)
	if err != nil {
		return Token{}, unreachable(operation, err)
	}
	body, err := c.send(operation, req)
	if err != nil {
		return Token{}, err
	}
	answer, err := readToken(operation, body)
	if err != nil {
		return Token{}, err
	}
	if answer.ExpiresIn <= 0 || answer.ExpiresIn > maxTokenSeconds {
		return Token{}, badAnswer(operation, "no believable lifetime")
	}
	expiresAt := issuedAt.Add(time.Duration(answer.ExpiresIn) * time.Second)
	token := Token{Value: Secret(answer.AccessToken), IssuedAt: issuedAt, ExpiresAt: expiresAt}
	if answer.Permissions != nil {
		token.Permissions = *answer.Permissions
	}
	return token, nil
}

// maxTokenSeconds is a year; documented are sixty days.
const maxTokenSeconds = 365 * 24 * 3600
