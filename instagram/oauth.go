package instagram

import (
	"context"
	"time"
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
	UserID      string   // as the token endpoint gives it; Profile.UserID is the one to trust
	Permissions []string // what was granted; nil when Instagram did not say
}

// Token is a long-lived access token, about sixty days.
type Token struct {
	Value     Secret
	IssuedAt  time.Time
	ExpiresAt time.Time
}

// AuthorizeURL returns the address of the consent page, for a full-page redirect (a pop-up fails there).
func (c *Client) AuthorizeURL(r AuthorizeRequest) string { panic("skeleton") }

// Exchange turns the code of a callback into a ShortToken. A trailing "#_" of the code is dropped.
// Errors: *APIError (used or foreign code, other redirect URI), ErrUnreachable, ErrBadAnswer.
func (c *Client) Exchange(ctx context.Context, code Secret, redirectURI string) (ShortToken, error) {
	panic("skeleton")
}

// LongLived turns a short-lived token into a long-lived one.
func (c *Client) LongLived(ctx context.Context, short Secret) (Token, error) { panic("skeleton") }

// Refresh gives a new token for another sixty days. Instagram demands that the old one is at least 24 hours old and
// not expired; store whatever comes back.
func (c *Client) Refresh(ctx context.Context, token Secret) (Token, error) { panic("skeleton") }
