package instagram

import (
	"context"
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

// Me asks whose token this is. An answer without user_id is ErrBadAnswer: the app-scoped id is never taken in its place.
func (c *Client) Me(ctx context.Context, token Secret) (Profile, error) {
	panic("skeleton")
}
