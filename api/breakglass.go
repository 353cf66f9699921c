package api

import (
	"context"
)

// breakGlass takes the emergency links that are made on the server.
func (h *sessions) breakGlass(ctx context.Context, in *breakGlassInput) (*createSessionOutput, error) {
	p := proofFrom(ctx)
	signedIn, err := h.emergency.Use(ctx, in.Body.Token, p.cookie, p.visitor)
	if err != nil {
		return nil, err
	}
	cookie := h.sessionCookie(signedIn.Cookie, signedIn.ExpiresAt)
	body, err := h.open(ctx, signedIn.Session, nil)
	if err != nil {
		return nil, h.keepCookie(err, cookie)
	}
	return &createSessionOutput{SetCookie: cookie, Body: body}, nil
}

type breakGlassInput struct{ Body BreakGlassRequest }

// BreakGlassRequest carries an emergency link's secret.
type BreakGlassRequest struct {
	Token string `json:"token" maxLength:"200" doc:"What stands behind the # of the link"`
}
