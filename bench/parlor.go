package main

import (
	"context"
	"crypto/rand"
	"net/url"
	"time"

	"parlor/api"
	"parlor/auth"
	"parlor/conversations"
	"parlor/tenants"
)

// ours is Parlor's own server, doors included: every request carries a token that is verified, with its revocation.
type ours struct {
	server *api.Server
	tokens *auth.Tokens
	keys   *auth.APIKeys
}

// newOurs wires the server over a database role: the app's, or one that row-level security does not bind.
func newOurs(ctx context.Context, d *dataset, role, origin string) (*ours, error) {
	db, err := tenants.Open(ctx, d.dsn(role), tenants.Options{MaxConns: poolSize, AuditKey: make([]byte, tenants.AuditKeyBytes)})
	if err != nil {
		return nil, err
	}
	platform, err := tenants.OpenPlatform(ctx, d.dsn("bench_platform"), tenants.Options{MaxConns: 4, AuditKey: make([]byte, tenants.AuditKeyBytes)})
	if err != nil {
		return nil, err
	}
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails
	ring, err := auth.NewKeyRing([]auth.Key{{KID: "bench", Secret: secret}}, time.Now())
	if err != nil {
		return nil, err
	}
	revocations := auth.NewRevocations(auth.RevocationOptions{Platform: platform})
	go func() { _ = revocations.Run(ctx) }() // ends with the measurement
	for !revocations.Ready() && ctx.Err() == nil {
		time.Sleep(10 * time.Millisecond)
	}
	tokens, err := auth.NewTokens(auth.TokenOptions{Keys: ring, Issuer: origin, Revocations: revocations})
	if err != nil {
		return nil, err
	}
	keys, err := auth.NewAPIKeys(auth.APIKeyOptions{Platform: platform, Revocations: revocations})
	if err != nil {
		return nil, err
	}
	public, err := url.Parse(origin)
	if err != nil {
		return nil, err
	}
	server, err := api.New(api.Deps{
		PublicURL: public, Tokens: tokens, Revocations: revocations, Conversations: conversations.NewStore(db, nil),
		Keys: keys, KeyRate: 1_000_000_000, // what is measured is the door, not its limit
	})
	return &ours{server, tokens, keys}, err
}

// token makes one for an account's owner.
func (o *ours) token(account tenants.AccountID, user tenants.UserID) (string, error) {
	issued, err := o.tokens.Issue(auth.Subject{
		Principal: tenants.Principal{
			UserID: user, AccountID: account, Role: tenants.RoleOwner, SessionID: tenants.NewSessionID(),
			Provider: auth.InstagramID, Version: 1,
		},
		AuthTime: time.Now(), NotAfter: time.Now().Add(24 * time.Hour),
	})
	return issued.Token, err
}
