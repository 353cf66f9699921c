package instagram

import (
	"context"
	"net/http"
	"net/url"
	"strings"
)

// CustomerProfile is what Instagram tells of a customer who has written to the account. Each part may be missing.
// Source: User profile API, read 2026-11-22.
type CustomerProfile struct {
	Name              string
	Username          string
	PictureURL        string // dies after some days
	Verified          *bool
	FollowsAccount    *bool
	FollowedByAccount *bool
	Followers         *int64
}

// Customer looks a customer up. Errors: an *APIError of FaultRecipient for one who gave no consent (230) or is not known (9010).
func (c *Client) Customer(ctx context.Context, token Secret, igsid string) (CustomerProfile, error) {
	const operation = "read customer profile"
	query := url.Values{"fields": {"name,username,profile_pic,follower_count,is_user_follow_business,is_business_follow_user,is_verified_user"}}
	body, err := c.graph(ctx, operation, http.MethodGet, "/"+url.PathEscape(igsid), query, token)
	if err != nil {
		return CustomerProfile{}, err
	}
	var answer struct {
		Name       maybe[*wireText] `json:"name"`
		Username   maybe[*wireText] `json:"username"`
		PictureURL maybe[*wireText] `json:"profile_pic"`
		Followers  *wireInt         `json:"follower_count"`
		Follows    *wireBool        `json:"is_user_follow_business"`
		Followed   *wireBool        `json:"is_business_follow_user"`
		Verified   *wireBool        `json:"is_verified_user"`
	}
	if err := decodeOne(body, &answer); err != nil {
		return CustomerProfile{}, badAnswer(operation, "not a profile")
	}
	p := CustomerProfile{
		Name: clip(answer.Name.value, 200), PictureURL: clip(answer.PictureURL.value, 4096),
		Verified: (*bool)(answer.Verified), FollowsAccount: (*bool)(answer.Follows), FollowedByAccount: (*bool)(answer.Followed),
		Followers: (*int64)(answer.Followers),
	}
	p.Username = username(clip(answer.Username.value, 30))
	return p, nil
}

// clip returns a text that may be missing; one of absurd length is none.
func clip(t *wireText, most int) string {
	if t == nil || len(*t) > most {
		return ""
	}
	return strings.TrimSpace(string(*t))
}
