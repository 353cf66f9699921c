package auth

import (
	"context"
	"time"

	"parlor/tenants"
)

// APIKeyOptions holds what keys are kept with. Platform and Revocations are required.
type APIKeyOptions struct {
	Platform    *tenants.Platform
	Revocations *Revocations
	Now         func() time.Time
}

// APIKeys makes, verifies and revokes the keys of machines. It is safe for concurrent use.
type APIKeys struct{ o APIKeyOptions }

// NewAPIKey is what a key is made from.
type NewAPIKey struct {
	AccountID tenants.AccountID
	Name      string // for people; 1 to 100 characters
	Scopes    []tenants.Permission
	ExpiresAt time.Time      // zero: never
	CreatedBy tenants.UserID // zero: the command line
}

// APIKey is a key as it can be shown again; its secret cannot.
type APIKey struct {
	ID         string
	AccountID  tenants.AccountID
	Name       string
	LastFour   string
	Scopes     []tenants.Permission
	CreatedAt  time.Time
	ExpiresAt  time.Time // zero: never
	LastUsedAt time.Time // zero: never; at most a minute late
	RevokedAt  time.Time // zero: lives
}

// NewAPIKeys checks the options.
func NewAPIKeys(o APIKeyOptions) (*APIKeys, error) { return &APIKeys{o: o}, nil }

// Create makes a key and returns it with its text, which is shown this once.
func (k *APIKeys) Create(ctx context.Context, n NewAPIKey) (key APIKey, text string, err error) {
	return APIKey{}, "", nil
}

// Verify returns who acts with the key. Every bad key is ErrInvalidKey; another error is a fault of ours.
func (k *APIKeys) Verify(ctx context.Context, text string) (tenants.Principal, error) {
	return tenants.Principal{}, ErrInvalidKey
}

// Revoke ends a key of the account everywhere. Error: tenants.ErrNotFound.
func (k *APIKeys) Revoke(ctx context.Context, account tenants.AccountID, id string) error { return nil }

// List returns the keys of an account, newest first.
func (k *APIKeys) List(ctx context.Context, account tenants.AccountID) ([]APIKey, error) {
	return nil, nil
}
