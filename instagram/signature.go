package instagram

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"net/url"
	"regexp"
	"strings"
)

// Refusals of the webhook's door. Test with errors.Is.
var (
	// ErrNoWebhookSecret: no secret (or verify token) is configured; nothing can be verified, so all is refused.
	ErrNoWebhookSecret = errors.New("no webhook secret configured")
	// ErrSignature: the signature is missing, has another form, or does not fit the bytes.
	ErrSignature = errors.New("webhook signature does not match")
	// ErrChallenge: the handshake is not Instagram's: another mode, another token, or a challenge not safe to echo.
	ErrChallenge = errors.New("webhook handshake refused")
)

// signaturePrefix begins the header X-Hub-Signature-256; the older sha1 header is never looked at.
const signaturePrefix = "sha256="

// VerifySignature checks the header X-Hub-Signature-256 against the bytes as they came: Meta signs the escaped form that
// it sends, so any decoding first would break on the first umlaut. Every secret is tried, in constant time, because
// installations report both the Instagram app's and the Meta app's. Source: Webhooks for Instagram, read 2026-11-22.
func VerifySignature(secrets [][]byte, body []byte, header string) error {
	if !anySecret(secrets) {
		return ErrNoWebhookSecret
	}
	text, ok := strings.CutPrefix(header, signaturePrefix)
	if !ok {
		return ErrSignature
	}
	got, err := hex.DecodeString(text)
	if err != nil || len(got) != sha256.Size {
		return ErrSignature
	}
	match := 0
	for _, secret := range secrets {
		if len(secret) == 0 {
			continue // an empty key would be one that everybody knows
		}
		match |= subtle.ConstantTimeCompare(got, sign(secret, body))
	}
	if match != 1 {
		return ErrSignature
	}
	return nil
}

// Sign returns the value of X-Hub-Signature-256 for the bytes, as Instagram computes it.
func Sign(secret, body []byte) string {
	return signaturePrefix + hex.EncodeToString(sign(secret, body))
}

func sign(secret, body []byte) []byte {
	mac := hmac.New(sha256.New, secret)
	mac.Write(body)
	return mac.Sum(nil)
}

func anySecret(secrets [][]byte) bool {
	for _, secret := range secrets {
		if len(secret) > 0 {
			return true
		}
	}
	return false
}

// safeChallenge is what may be echoed: documented as an integer, never anything that a browser could take for markup.
var safeChallenge = regexp.MustCompile(`^[0-9A-Za-z_-]{1,128}$`)

// VerifyChallenge checks the handshake (hub.mode, hub.verify_token, hub.challenge) and returns what to answer, as
// text/plain. An empty verify token refuses everything. Source: Webhooks for Instagram, read 2026-11-22.
func VerifyChallenge(verifyToken Secret, query url.Values) (string, error) {
	if verifyToken.IsZero() {
		return "", ErrNoWebhookSecret
	}
	want := sha256.Sum256([]byte(verifyToken.Reveal()))
	got := sha256.Sum256([]byte(query.Get("hub.verify_token")))
	same := subtle.ConstantTimeCompare(want[:], got[:]) == 1 // of equal length, so that not even that leaks
	challenge := query.Get("hub.challenge")
	if !same || query.Get("hub.mode") != "subscribe" || !safeChallenge.MatchString(challenge) {
		return "", ErrChallenge
	}
	return challenge, nil
}
