package auth

import (
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"parlor/tenants"
)

const (
	// maxTokenLife is the life of a token of a fresh session, and the most that a token may claim.
	maxTokenLife = 24 * time.Hour
	// leeway forgives clocks, both ways.
	leeway = time.Minute
)

// TokenType is the claim `type`. A token of one type is refused where the other is asked for.
type TokenType string

// The types that exist.
const (
	TypeUI    TokenType = "ui_session"    // of one account
	TypeStaff TokenType = "staff_session" // of staff without an account
)

// TokenOptions holds what tokens are made and checked with. Keys and Issuer are required.
type TokenOptions struct {
	Keys        *KeyRing
	Issuer      string           // the public URL; iss and aud
	Life        time.Duration    // default and most: 24h
	Revocations *Revocations     // nil: nothing is revoked (only for tools and tests)
	Now         func() time.Time // default time.Now
}

// Tokens issues and verifies the JWTs that the UI sends. It is safe for concurrent use and needs no query.
type Tokens struct {
	o TokenOptions
}

// Subject is what a token says: who, in which account, by which session.
type Subject struct {
	Principal tenants.Principal // AccountID zero: a staff session
	AuthTime  time.Time
	NotAfter  time.Time // of the session: no token outlives it
}

// Issued is a fresh token.
type Issued struct {
	Token     string
	IssuedAt  time.Time
	ExpiresAt time.Time
	AuthTime  time.Time // when the person proved himself last
}

// ExpiresIn is the token's whole life, the expires_in of the answer.
func (i Issued) ExpiresIn() time.Duration { return i.ExpiresAt.Sub(i.IssuedAt) }

// NewTokens checks the options.
func NewTokens(o TokenOptions) (*Tokens, error) {
	if o.Keys == nil || o.Issuer == "" {
		return nil, errors.New("tokens: a key ring and an issuer are required")
	}
	if o.Life == 0 {
		o.Life = maxTokenLife
	}
	if o.Life < time.Minute || o.Life > maxTokenLife {
		return nil, fmt.Errorf("tokens: a life of %s; it must be 1m to %s", o.Life, maxTokenLife)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Tokens{o: o}, nil
}

// openingTime may pass between making a session and its first token without shortening that token: expires_in of a fresh session is the
// whole life, also where the two lives are the same.
const openingTime = 5 * time.Second

// Issue signs a token for the subject; it ends with the session, give or take the opening time, at the latest.
func (t *Tokens) Issue(s Subject) (Issued, error) {
	now := t.o.Now().UTC().Truncate(time.Second)
	expiresAt := now.Add(t.o.Life)
	if expiresAt.Sub(s.NotAfter) > openingTime {
		expiresAt = s.NotAfter.UTC().Truncate(time.Second)
	}
	if !expiresAt.After(now) {
		return Issued{}, Refuse(ErrNoSession, "over", nil)
	}
	key := t.o.Keys.signer(now)
	if key == nil {
		return Issued{}, errors.New("issue token: no key may sign now")
	}
	claims, err := t.claims(s, now, expiresAt)
	if err != nil {
		return Issued{}, err
	}
	token := jwt.NewWithClaims(jwt.SigningMethodHS256, claims)
	token.Header["kid"] = key.KID
	raw, err := token.SignedString(key.Secret)
	if err != nil {
		return Issued{}, fmt.Errorf("issue token: %w", err)
	}
	return Issued{Token: raw, IssuedAt: now, ExpiresAt: expiresAt, AuthTime: s.AuthTime}, nil
}

// claims spells the payload out. staff_role is there so that a request of staff needs no query either.
func (t *Tokens) claims(s Subject, now, expiresAt time.Time) (jwt.MapClaims, error) {
	p := s.Principal
	c := jwt.MapClaims{
		"iss": t.o.Issuer, "aud": t.o.Issuer,
		"sub": p.UserID.String(), "sid": p.SessionID.String(), "idp": p.Provider, "jti": rand.Text(),
		"iat": now.Unix(), "nbf": now.Unix(), "exp": expiresAt.Unix(), "auth_time": s.AuthTime.Unix(),
	}
	if p.StaffRole != "" {
		c["staff_role"] = p.StaffRole
	}
	if p.Grant != nil && !p.AccountID.IsZero() && p.StaffRole != "" {
		c["type"], c["account_id"] = TypeUI, p.AccountID.String()
		c["act"] = jwt.MapClaims{"sub": p.UserID.String(), "grant": p.Grant.ID.String(), "mode": p.Grant.Mode}
		return c, nil
	}
	if p.Grant != nil {
		return nil, errors.New("issue token: a visit of support without an account, or of nobody of staff")
	}
	if !p.AccountID.IsZero() {
		c["type"], c["account_id"], c["role"], c["mv"] = TypeUI, p.AccountID.String(), p.Role, p.Version
		return c, nil
	}
	if p.StaffRole == "" {
		return nil, errors.New("issue token: neither an account nor a staff role")
	}
	c["type"] = TypeStaff
	return c, nil
}

// Verified is what an accepted token says.
type Verified struct {
	Principal tenants.Principal
	Type      TokenType
	AuthTime  time.Time
	IssuedAt  time.Time
	ExpiresAt time.Time // a stream must end here
}

// Verify accepts a token of one of the types, or says which of the four refusals it is, in this order: ErrMissingToken
// (raw is empty), ErrInvalidToken (form, key, signature, claims, revoked), ErrSessionExpired, ErrTokenType. ReasonOf
// gives the reason for log and metric. ErrNotReady is none of these: nobody can be admitted yet.
func (t *Tokens) Verify(raw string, accept ...TokenType) (Verified, error) {
	if raw == "" {
		return Verified{}, Refuse(ErrMissingToken, "none", nil)
	}
	if t.o.Revocations != nil && !t.o.Revocations.Ready() {
		return Verified{}, ErrNotReady
	}
	now := t.o.Now()
	c, wrong := t.read(raw, now)
	if wrong == "" && t.o.Revocations != nil && t.o.Revocations.Revoked(c.principal) {
		wrong = "revoked"
	}
	switch {
	case wrong != "":
		return Verified{}, Refuse(ErrInvalidToken, wrong, nil)
	case now.After(c.expiresAt.Add(leeway)), !c.expiresAt.After(c.issuedAt):
		return Verified{}, Refuse(ErrSessionExpired, "exp", nil)
	case !slices.Contains(accept, c.typ):
		return Verified{}, Refuse(ErrTokenType, "type", nil)
	}
	return Verified{
		Principal: c.principal, Type: c.typ, AuthTime: c.authTime, IssuedAt: c.issuedAt, ExpiresAt: c.expiresAt,
	}, nil
}

// read returns the claims of a well-formed token that one of our keys signed, or why it is none.
func (t *Tokens) read(raw string, now time.Time) (claims, string) {
	s, err := splitToken(raw)
	if err != nil {
		return claims{}, err.Error()
	}
	key, wrong := t.key(s.header, now)
	if wrong != "" {
		return claims{}, wrong
	}
	// The method is ours, not the header's choice, and no claim is looked at before the signature holds.
	if err := jwt.SigningMethodHS256.Verify(s.signed, s.signature, key.Secret); err != nil {
		return claims{}, "signature"
	}
	c, err := readClaims(s.payload, t.o.Issuer)
	if err != nil {
		return claims{}, err.Error()
	}
	return c, c.untimely(now)
}

// key checks the header, which may hold nothing but alg, typ and kid, and finds the key it names.
func (t *Tokens) key(header []byte, now time.Time) (*Key, string) {
	h, err := strictFields(header, headerNames)
	switch {
	case errors.Is(err, errUnknown):
		return nil, "header"
	case err != nil:
		return nil, err.Error()
	case h.text("alg") != jwt.SigningMethodHS256.Name:
		return nil, "alg"
	case h.text("typ") != "JWT":
		return nil, "typ"
	case !kidForm.MatchString(h.text("kid")):
		return nil, "kid"
	}
	key := t.o.Keys.verifier(h.text("kid"), now)
	if key == nil {
		return nil, "kid"
	}
	return key, ""
}

// untimely says why the times cannot be ours; a token that is merely past its end is not among them.
func (c claims) untimely(now time.Time) string {
	soon := now.Add(leeway)
	switch {
	case c.issuedAt.After(soon):
		return "iat"
	case c.notBefore.After(soon):
		return "nbf"
	case c.authTime.After(soon):
		return "auth_time"
	case c.expiresAt.Sub(c.issuedAt) > maxTokenLife+leeway:
		return "exp"
	}
	return ""
}
