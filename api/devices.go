package api

import (
	"context"
	"time"

	"parlor/auth"
	"parlor/tenants"
)

// devices are a person's own sign-ins.
type devices struct{ sessions *auth.Sessions }

func (h *devices) list(ctx context.Context, _ *noInput) (*signInPageOutput, error) {
	p, _ := tenants.PrincipalFrom(ctx)
	found, err := h.sessions.List(ctx, p.UserID)
	if err != nil {
		return nil, err
	}
	out := &signInPageOutput{Body: SignInPage{Items: make([]SignIn, len(found))}}
	for i, s := range found {
		out.Body.Items[i] = SignIn{
			ID: s.ID.String(), Provider: s.Provider, UserAgent: s.UserAgent, Address: s.Address,
			CreatedAt: s.CreatedAt, LastSeenAt: s.LastSeenAt, ExpiresAt: s.ExpiresAt, Current: s.ID == p.SessionID,
		}
	}
	return out, nil
}

// end signs one device out; one's own session, too, if it is the one named.
func (h *devices) end(ctx context.Context, in *signInInput) (*struct{}, error) {
	p, _ := tenants.PrincipalFrom(ctx)
	id, err := tenants.ParseSessionID(in.SessionID)
	if err != nil {
		return nil, tenants.ErrNotFound
	}
	return nil, h.sessions.EndOwn(ctx, p.UserID, id)
}

func (h *devices) endOthers(ctx context.Context, _ *noInput) (*endedOutput, error) {
	p, _ := tenants.PrincipalFrom(ctx)
	n, err := h.sessions.EndOthers(ctx, p.UserID, p.SessionID)
	if err != nil {
		return nil, err
	}
	return &endedOutput{Body: Ended{Ended: n}}, nil
}

type signInInput struct {
	SessionID string `path:"session_id"`
}

type signInPageOutput struct{ Body SignInPage }

type endedOutput struct{ Body Ended }

// Ended says how many were ended.
type Ended struct {
	Ended int `json:"ended"`
}

// SignInPage lists a person's own live sign-ins, the one used last first.
type SignInPage struct {
	Items []SignIn `json:"items" nullable:"false"`
}

// SignIn is one device on which the person is signed in.
type SignIn struct {
	ID         string    `json:"id"`
	Provider   string    `json:"provider"`
	UserAgent  string    `json:"user_agent" doc:"As the device named itself at its last renewal"`
	Address    string    `json:"address"`
	CreatedAt  time.Time `json:"created_at"`
	LastSeenAt time.Time `json:"last_seen_at"`
	ExpiresAt  time.Time `json:"expires_at" doc:"When it ends if it is not used"`
	Current    bool      `json:"current" doc:"The one that asks"`
}
