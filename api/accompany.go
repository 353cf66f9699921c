package api

import (
	"context"
	"errors"

	"github.com/gin-gonic/gin"

	"parlor/auth"
	"parlor/tenants"
)

// accompany does for a caller who was let in what his kind asks for: a visit of support leaves a line for each request, before anything is
// decided about it; a change is made under the caller's name; a key has so many requests a minute.
func (g *guard) accompany(ctx context.Context, c *gin.Context, r route) (context.Context, error) {
	p, known := tenants.PrincipalFrom(ctx)
	switch {
	case !known:
		return ctx, nil
	case p.IsKey():
		return ctx, g.limits.take(c, p.KeyID)
	case p.Grant != nil:
		return g.accompanyVisit(ctx, c, p)
	case r.writes() && !p.AccountID.IsZero():
		names, err := g.members.Names(ctx)
		if err != nil {
			return ctx, err
		}
		p.DisplayName = names[p.UserID]
		return tenants.WithPrincipal(ctx, p), nil
	}
	return ctx, nil
}

// accompanyVisit notes the request. What cannot be noted does not happen.
func (g *guard) accompanyVisit(ctx context.Context, c *gin.Context, p tenants.Principal) (context.Context, error) {
	path := c.FullPath()
	if path == "" {
		path = "unlisted"
	}
	p, err := g.support.Request(ctx, p, methodLabel(c.Request.Method), path, visitedConversation(c))
	if errors.Is(err, tenants.ErrNotFound) {
		return ctx, auth.Refuse(auth.ErrInvalidToken, "visit_over", nil)
	}
	if err != nil {
		return ctx, err
	}
	return tenants.WithPrincipal(ctx, p), nil
}

// visitedConversation is the conversation that the path names in its one spelling; what is none must not get into the log.
func visitedConversation(c *gin.Context) string {
	id, err := conversationID(c.Param("conversation_id"))
	if err != nil {
		return ""
	}
	return id.String()
}
