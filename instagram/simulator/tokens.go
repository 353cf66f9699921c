package simulator

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"slices"
	"time"

	"parlor/instagram"
)

// tokenKind tells a short-lived token from a long-lived one.
type tokenKind string

const (
	shortToken tokenKind = "short"
	longToken  tokenKind = "long"

	shortLife = time.Hour
	longLife  = 5183944 * time.Second // as live answers show, a little less than sixty days
	codeLife  = time.Hour
	// minRefreshAge is how old a token must be to be refreshed. Source: Business login for Instagram, read 2026-11-22.
	minRefreshAge = 24 * time.Hour

	tokenPrefix = "IGAA"
)

// tokenBody is what a token says of itself. Tokens carry their own proof, so that they outlive a restart.
type tokenBody struct {
	UserID    string    `json:"u"`
	Kind      tokenKind `json:"k"`
	IssuedAt  int64     `json:"i"` // unix milliseconds
	ExpiresAt int64     `json:"e"` // unix milliseconds
	Scopes    []string  `json:"s"`
	Nonce     string    `json:"n"`
}

func (t tokenBody) issued() time.Time { return time.UnixMilli(t.IssuedAt) }

func (t tokenBody) expired(now time.Time) bool { return now.UnixMilli() >= t.ExpiresAt }

func (t tokenBody) has(scope string) bool { return slices.Contains(t.Scopes, scope) }

func allScopes() []string {
	return []string{instagram.ScopeBasic, instagram.ScopeManageMessages}
}

func (s *Simulator) mint(userID string, kind tokenKind, scopes []string) instagram.Secret {
	now, life := s.now(), shortLife
	if kind == longToken {
		life = longLife
	}
	body, _ := json.Marshal(tokenBody{ //nolint:errchkjson // strings and numbers cannot fail
		UserID: userID, Kind: kind, Scopes: scopes, Nonce: rand.Text(),
		IssuedAt: now.UnixMilli(), ExpiresAt: now.Add(life).UnixMilli(),
	})
	return instagram.Secret(tokenPrefix + base64.RawURLEncoding.EncodeToString(append(body, s.tokenMAC(body)...)))
}

func (s *Simulator) tokenMAC(body []byte) []byte {
	mac := hmac.New(sha256.New, []byte("simulated token\n"+s.o.AppSecret.Reveal()))
	mac.Write(body)
	return mac.Sum(nil)
}

// readToken checks what a caller presents; the error is what the Graph API would answer.
func (s *Simulator) readToken(text string) (tokenBody, *graphError) {
	var token tokenBody
	if text == "" {
		return token, &graphError{Code: 2500, Message: "An active access token must be used to query information about the current user."}
	}
	raw, err := base64.RawURLEncoding.DecodeString(trimPrefix(text, tokenPrefix))
	if err != nil || len(raw) <= sha256.Size {
		return token, &graphError{Code: 190, Message: "Invalid OAuth access token - Cannot parse access token"}
	}
	body, mac := raw[:len(raw)-sha256.Size], raw[len(raw)-sha256.Size:]
	if !hmac.Equal(mac, s.tokenMAC(body)) || json.Unmarshal(body, &token) != nil {
		return token, &graphError{Code: 190, Message: "Invalid OAuth access token - Cannot parse access token"}
	}
	if token.expired(s.now()) {
		return token, &graphError{Code: 190, Subcode: 463, Message: "Error validating access token: Session has expired."}
	}
	if subcode, dead := s.state.revoked(token.UserID, token.issued()); dead {
		return token, &graphError{Code: 190, Subcode: subcode, Message: "Error validating access token: The session has been invalidated."}
	}
	return token, nil
}

func trimPrefix(text, prefix string) string {
	if len(text) < len(prefix) || text[:len(prefix)] != prefix {
		return ""
	}
	return text[len(prefix):]
}
