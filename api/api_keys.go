package api

import (
	"context"
	"net/http"
	"time"

	"parlor/auth"
	"parlor/tenants"
)

// apiKeys lets an owner keep the account's API keys.
type apiKeys struct {
	keys *auth.APIKeys
	now  func() time.Time
}

func (h *apiKeys) list(ctx context.Context, _ *noInput) (*keyPageOutput, error) {
	account, _ := tenants.AccountFrom(ctx)
	found, err := h.keys.List(ctx, account)
	if err != nil {
		return nil, err
	}
	out := &keyPageOutput{Body: KeyPage{Items: make([]APIKey, len(found)), Scopes: scopeWords(tenants.KeyScopes())}}
	for i, k := range found {
		out.Body.Items[i] = h.shown(k)
	}
	return out, nil
}

func (h *apiKeys) create(ctx context.Context, in *createKeyInput) (*newKeyOutput, error) {
	wanted := auth.NewAPIKey{Name: in.Body.Name}
	for _, scope := range in.Body.Scopes {
		wanted.Scopes = append(wanted.Scopes, tenants.Permission(scope))
	}
	if in.Body.ExpiresAt != nil {
		wanted.ExpiresAt = *in.Body.ExpiresAt
	}
	key, text, err := h.keys.Make(ctx, wanted)
	return h.made(ctx, key, text, err)
}

func (h *apiKeys) rotate(ctx context.Context, in *rotateKeyInput) (*newKeyOutput, error) {
	key, text, err := h.keys.Rotate(ctx, in.KeyID, time.Duration(in.Body.OverlapHours)*time.Hour)
	return h.made(ctx, key, text, err)
}

func (h *apiKeys) made(ctx context.Context, key auth.APIKey, text string, err error) (*newKeyOutput, error) {
	if err != nil {
		return nil, err
	}
	p, _ := tenants.PrincipalFrom(ctx)
	key.CreatedBy = p.DisplayName
	return &newKeyOutput{Status: http.StatusCreated, Body: NewKey{Key: h.shown(key), Text: text}}, nil
}

func (h *apiKeys) revoke(ctx context.Context, in *KeyInput) (*struct{}, error) {
	return nil, h.keys.RevokeOwn(ctx, in.KeyID)
}

func (h *apiKeys) shown(k auth.APIKey) APIKey {
	state := "live"
	switch {
	case !k.RevokedAt.IsZero():
		state = "revoked"
	case !k.ExpiresAt.IsZero() && !h.now().Before(k.ExpiresAt):
		state = "expired"
	}
	return APIKey{
		ID: k.ID, Name: k.Name, LastFour: k.LastFour, Scopes: scopeWords(k.Scopes), State: state, CreatedAt: k.CreatedAt, CreatedByName: k.CreatedBy,
		ExpiresAt: optionalTime(k.ExpiresAt), LastUsedAt: optionalTime(k.LastUsedAt), RevokedAt: optionalTime(k.RevokedAt),
	}
}

func scopeWords(scopes []tenants.Permission) []string {
	words := make([]string, len(scopes))
	for i, s := range scopes {
		words[i] = string(s)
	}
	return words
}

// KeyInput names an API key. The id is not validated here: one that is none is a missing one.
type KeyInput struct {
	KeyID string `path:"key_id"`
}

type createKeyInput struct{ Body KeyRequest }

// KeyRequest asks for an API key.
type KeyRequest struct {
	Name      string     `json:"name" maxLength:"100" doc:"What it is for"`
	Scopes    []string   `json:"scopes" minItems:"1" maxItems:"10" nullable:"false"`
	ExpiresAt *time.Time `json:"expires_at,omitempty" doc:"Without it the key does not expire"`
}

type rotateKeyInput struct {
	KeyInput
	Body KeyRotation
}

// KeyRotation says how long the old key goes on.
type KeyRotation struct {
	OverlapHours int `json:"overlap_hours" minimum:"0" maximum:"168" doc:"0: the old key ends at once"`
}

type newKeyOutput struct {
	Status int
	Body   NewKey
}

type keyPageOutput struct{ Body KeyPage }

// KeyPage lists the account's API keys, newest first.
type KeyPage struct {
	Items  []APIKey `json:"items" nullable:"false"`
	Scopes []string `json:"scopes" nullable:"false" doc:"The scopes that a key may carry"`
}

// APIKey is a key of a machine. Its text is shown once, when it is made.
type APIKey struct { //nolint:revive // its name in the OpenAPI document
	ID            string     `json:"id"`
	Name          string     `json:"name"`
	LastFour      string     `json:"last_four"`
	Scopes        []string   `json:"scopes" nullable:"false"`
	State         string     `json:"state" enum:"live,expired,revoked"`
	CreatedAt     time.Time  `json:"created_at"`
	CreatedByName string     `json:"created_by_name" doc:"Empty: the command line"`
	ExpiresAt     *time.Time `json:"expires_at"`
	LastUsedAt    *time.Time `json:"last_used_at" doc:"At most a minute late"`
	RevokedAt     *time.Time `json:"revoked_at"`
}

// NewKey is a fresh key with its text.
type NewKey struct {
	Key  APIKey `json:"key"`
	Text string `json:"text" doc:"The key itself; it is not shown again"`
}
