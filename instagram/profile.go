package instagram

import (
	"context"
	"net/http"
	"net/url"
	"strings"
)

// Profile is the professional account behind a token, as GET /me gives it.
// Source: Instagram API with Instagram Login, "Get started", read 2026-11-22.
type Profile struct {
	UserID            string // the account's id: webhook entry.id, the routing key. 17 digits, never a float
	AppScopedID       string // a different number, valid for this app alone; never used for routing
	Username          string // without @
	Name              string // may be empty
	AccountType       string // BUSINESS or MEDIA_CREATOR in any case; PERSONAL is refused
	ProfilePictureURL string // may be empty; expires after some days
}

// Professional reports whether Instagram serves this account's messages: any type but a personal one.
func (p Profile) Professional() bool { return !strings.EqualFold(p.AccountType, "PERSONAL") }

const opMe = "read profile"

// Me asks whose token this is. An answer without user_id is ErrBadAnswer: the app-scoped id is never taken in its place.
// Errors: *APIError, ErrUnreachable, ErrBadAnswer.
func (c *Client) Me(ctx context.Context, token Secret) (Profile, error) {
	fields := url.Values{"fields": {"id,user_id,username,name,account_type,profile_picture_url"}}
	body, err := c.graph(ctx, opMe, http.MethodGet, "/me", fields, token)
	if err != nil {
		return Profile{}, err
	}
	var me struct {
		UserID      wireID   `json:"user_id"`
		AppScopedID wireID   `json:"id"`
		Username    wireText `json:"username"`
		Name        wireText `json:"name"`
		AccountType wireText `json:"account_type"`
		PictureURL  wireText `json:"profile_picture_url"`
	}
	if err := decodeOne(body, &me); err != nil {
		return Profile{}, badAnswer(opMe, "not a profile")
	}
	if !isDigits(string(me.UserID)) {
		return Profile{}, badAnswer(opMe, "no user_id")
	}
	return Profile{
		UserID:            string(me.UserID),
		AppScopedID:       string(me.AppScopedID),
		Username:          string(me.Username),
		Name:              string(me.Name),
		AccountType:       string(me.AccountType),
		ProfilePictureURL: string(me.PictureURL),
	}, nil
}
