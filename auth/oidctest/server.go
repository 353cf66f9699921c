// Package oidctest runs an OpenID provider that is not ours, for tests: the certified library of github.com/zitadel/oidc with its example
// storage, over HTTP. Only tests import it.
package oidctest

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// The client that Parlor is to the provider.
const (
	ClientID     = "parlor"
	ClientSecret = "Wm7q2Jr0xC9uT4kLb1Zs" //nolint:gosec // of a server that lives for a test
	Password     = "verysecure"           // of every user
)

// Server is a provider with users and groups. It is safe for concurrent use.
type Server struct {
	http.Handler
	store *store
}

// New makes a provider that is reached at issuer, and sends people back to redirectURI.
func New(issuer, redirectURI string) *Server {
	users := &people{byID: map[string]*storage.User{}, groups: map[string][]string{}}
	clients := map[string]*storage.Client{ClientID: storage.WebClient(ClientID, ClientSecret, redirectURI), "another": storage.WebClient("another", "other", redirectURI)}
	s := &Server{store: &store{Storage: storage.NewStorageWithClients(users, clients), users: users}}
	s.RotateKey()
	before := slog.Default() // the example sets the process's logger
	s.Handler = exampleop.SetupServer(issuer, s.store, slog.New(slog.DiscardHandler), false, op.WithAllowInsecure())
	slog.SetDefault(before)
	return s
}

// SetUser makes a user, or changes the groups of one. The id is the subject.
func (s *Server) SetUser(id, name string, groups ...string) {
	s.store.users.set(id, name, groups)
}

// RotateKey signs with a new key from now on and publishes that alone.
func (s *Server) RotateKey() {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	s.store.key = &signingKey{id: rand.Text(), private: key}
}

// Tamper changes the claims of userinfo before they are sent, until it is nil again.
func (s *Server) Tamper(change func(*oidc.UserInfo)) {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	s.store.tamper = change
}

// Untimed leaves out of ID tokens when the person signed in, as some providers do, until it is false again.
func (s *Server) Untimed(on bool) {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	s.store.untimed = on
}

type people struct {
	mu     sync.Mutex
	byID   map[string]*storage.User
	groups map[string][]string
}

func (p *people) set(id, name string, groups []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	first, last, _ := strings.Cut(name, " ")
	p.byID[id] = &storage.User{ID: id, Username: id, Password: Password, FirstName: first, LastName: last}
	p.groups[id] = groups
}

// GetUserByID finds a user by the subject.
func (p *people) GetUserByID(id string) *storage.User {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.byID[id]
}

// GetUserByUsername finds a user by the name, which is the subject here.
func (p *people) GetUserByUsername(name string) *storage.User { return p.GetUserByID(name) }

// ExampleClientID is what the example's storage asks for.
func (p *people) ExampleClientID() string { return ClientID }

// store adds groups and changing keys to the example's storage.
type store struct {
	*storage.Storage
	users *people

	mu     sync.Mutex
	key    *signingKey
	tamper func(*oidc.UserInfo)

	untimed bool
}

// AuthRequestByCode finds the sign-in of a code.
func (s *store) AuthRequestByCode(ctx context.Context, code string) (op.AuthRequest, error) {
	request, err := s.Storage.AuthRequestByCode(ctx, code)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil || !s.untimed {
		return request, err
	}
	return untimed{request}, nil
}

// untimed is a sign-in that does not say when it was.
type untimed struct{ op.AuthRequest }

// GetAuthTime returns the zero time, which no token shows.
func (untimed) GetAuthTime() time.Time { return time.Time{} }

// SigningKey returns the key that signs.
func (s *store) SigningKey(context.Context) (op.SigningKey, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.key, nil
}

// SignatureAlgorithms lists the one that is used.
func (s *store) SignatureAlgorithms(context.Context) ([]jose.SignatureAlgorithm, error) {
	return []jose.SignatureAlgorithm{jose.RS256}, nil
}

// KeySet publishes the key that signs.
func (s *store) KeySet(context.Context) ([]op.Key, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return []op.Key{publicKey{s.key}}, nil
}

// SetUserinfoFromToken adds the groups.
func (s *store) SetUserinfoFromToken(ctx context.Context, info *oidc.UserInfo, tokenID, subject, origin string) error {
	if err := s.Storage.SetUserinfoFromToken(ctx, info, tokenID, subject, origin); err != nil {
		return err
	}
	s.users.mu.Lock()
	info.AppendClaims("groups", s.users.groups[subject])
	s.users.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tamper != nil {
		s.tamper(info)
	}
	return nil
}

type signingKey struct {
	id      string
	private *rsa.PrivateKey
}

// SignatureAlgorithm is RS256.
func (k *signingKey) SignatureAlgorithm() jose.SignatureAlgorithm { return jose.RS256 }

// Key is the private key.
func (k *signingKey) Key() any { return k.private }

// ID names the key.
func (k *signingKey) ID() string { return k.id }

type publicKey struct{ of *signingKey }

// ID names the key.
func (k publicKey) ID() string { return k.of.id }

// Algorithm is RS256.
func (k publicKey) Algorithm() jose.SignatureAlgorithm { return jose.RS256 }

// Use is signing.
func (k publicKey) Use() string { return "sig" }

// Key is the public key.
func (k publicKey) Key() any { return &k.of.private.PublicKey }
