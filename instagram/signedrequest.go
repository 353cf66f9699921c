package instagram

import (
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"time"
)

// ErrSignedRequest reports a signed_request that has another form, another algorithm, or a signature by none of the
// secrets.
var ErrSignedRequest = errors.New("signed_request cannot be trusted")

// maxSignedRequestBytes bounds what is looked at; real ones have some hundred bytes.
const maxSignedRequestBytes = 16 << 10

// SignedRequest is what Meta says by its callbacks when a person removes the app or asks for deletion.
type SignedRequest struct {
	UserID   string    // most likely the app-scoped id; undocumented, so it is to be compared with both ids of an account
	IssuedAt time.Time // zero when absent. No age is refused: no rule for it is documented
}

// ParseSignedRequest checks and reads a signed_request: base64url(signature) "." base64url(JSON), padded or not, where
// the HMAC-SHA256 covers the encoded payload as it came. Every secret is tried, in constant time.
// Errors: ErrSignedRequest; ErrNoWebhookSecret when no secret is configured.
// Source: Data deletion request callback, read 2026-11-22.
func ParseSignedRequest(secrets [][]byte, text string) (SignedRequest, error) {
	if !anySecret(secrets) {
		return SignedRequest{}, ErrNoWebhookSecret
	}
	if len(text) > maxSignedRequestBytes {
		return SignedRequest{}, ErrSignedRequest
	}
	signature, payload, _ := strings.Cut(text, ".")
	given, err := decodeBase64URL(signature)
	if err != nil || !signedBy(secrets, given, []byte(payload)) {
		return SignedRequest{}, ErrSignedRequest
	}
	body, err := decodeBase64URL(payload)
	if err != nil {
		return SignedRequest{}, ErrSignedRequest
	}
	return readSignedRequest(body)
}

func signedBy(secrets [][]byte, given, payload []byte) bool {
	match := 0
	for _, secret := range secrets {
		if len(secret) == 0 {
			continue // an empty key would be one that everybody knows
		}
		match |= subtle.ConstantTimeCompare(given, sign(secret, payload))
	}
	return match == 1
}

func decodeBase64URL(text string) ([]byte, error) {
	return base64.RawURLEncoding.DecodeString(strings.TrimRight(text, "="))
}

func readSignedRequest(body []byte) (SignedRequest, error) {
	var wire struct {
		UserID    wireID   `json:"user_id"`
		IssuedAt  wireTime `json:"issued_at"`
		Algorithm string   `json:"algorithm"`
	}
	if err := json.Unmarshal(body, &wire); err != nil {
		return SignedRequest{}, ErrSignedRequest
	}
	if !strings.EqualFold(wire.Algorithm, "HMAC-SHA256") || wire.UserID == "" {
		return SignedRequest{}, ErrSignedRequest
	}
	return SignedRequest{UserID: string(wire.UserID), IssuedAt: wire.IssuedAt.Time}, nil
}
