package instagram_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"parlor/instagram"
)

// signedRequest signs as Meta does: over the encoded payload.
func signedRequest(secret, payload string, encoding *base64.Encoding) string {
	body := encoding.EncodeToString([]byte(payload))
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(body))
	return encoding.EncodeToString(mac.Sum(nil)) + "." + body
}

var bothSecrets = [][]byte{[]byte("the Meta app's"), nil, []byte("the Instagram app's")}

func TestParseSignedRequest(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		secret, payload string
		encoding        *base64.Encoding
		userID          string
		issuedAt        int64
	}{
		"unpadded, string id":   {"the Meta app's", `{"user_id":"17841400000000001","issued_at":1795000000,"algorithm":"HMAC-SHA256"}`, base64.RawURLEncoding, "17841400000000001", 1795000000},
		"padded, number id":     {"the Instagram app's", `{"user_id":17841400000000001,"issued_at":1795000000,"algorithm":"hmac-sha256"}`, base64.URLEncoding, "17841400000000001", 1795000000},
		"without time":          {"the Meta app's", `{"algorithm":"HMAC-SHA256","user_id":"1"}`, base64.RawURLEncoding, "1", 0},
		"more than is expected": {"the Meta app's", `{"algorithm":"HMAC-SHA256","user_id":"1","expires":0,"user":{"country":"de"}}`, base64.RawURLEncoding, "1", 0},
	} {
		got, err := instagram.ParseSignedRequest(bothSecrets, signedRequest(tc.secret, tc.payload, tc.encoding))
		if err != nil || got.UserID != tc.userID || tc.issuedAt == 0 != got.IssuedAt.IsZero() || tc.issuedAt != 0 && !got.IssuedAt.Equal(time.Unix(tc.issuedAt, 0)) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestSignedRequestsRefused(t *testing.T) {
	t.Parallel()
	const payload = `{"user_id":"1","algorithm":"HMAC-SHA256"}`
	good := signedRequest("the Meta app's", payload, base64.RawURLEncoding)
	signature, body, _ := strings.Cut(good, ".")
	decoded := hmac.New(sha256.New, []byte("the Meta app's"))
	decoded.Write([]byte(payload))
	for name, text := range map[string]string{
		"nothing":               "",
		"no dot":                signature,
		"no signature":          "." + body,
		"another secret":        signedRequest("somebody's", payload, base64.RawURLEncoding),
		"the empty secret":      signedRequest("", payload, base64.RawURLEncoding),
		"another body":          signature + "." + base64.RawURLEncoding.EncodeToString([]byte(`{"user_id":"2","algorithm":"HMAC-SHA256"}`)),
		"over the decoded":      base64.RawURLEncoding.EncodeToString(decoded.Sum(nil)) + "." + body,
		"half a signature":      signature[:20] + "." + body,
		"another alphabet":      "+/" + signature[2:] + "." + body,
		"no JSON":               signedRequest("the Meta app's", "hello", base64.RawURLEncoding),
		"another algorithm":     signedRequest("the Meta app's", `{"user_id":"1","algorithm":"none"}`, base64.RawURLEncoding),
		"no algorithm":          signedRequest("the Meta app's", `{"user_id":"1"}`, base64.RawURLEncoding),
		"nobody":                signedRequest("the Meta app's", `{"algorithm":"HMAC-SHA256"}`, base64.RawURLEncoding),
		"a float":               signedRequest("the Meta app's", `{"algorithm":"HMAC-SHA256","user_id":1.5}`, base64.RawURLEncoding),
		"signed, and very long": signedRequest("the Meta app's", `{"user_id":"1","algorithm":"HMAC-SHA256","x":"`+strings.Repeat("y", 20_000)+`"}`, base64.RawURLEncoding),
	} {
		if got, err := instagram.ParseSignedRequest(bothSecrets, text); !errors.Is(err, instagram.ErrSignedRequest) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	if _, err := instagram.ParseSignedRequest([][]byte{nil, {}}, good); !errors.Is(err, instagram.ErrNoWebhookSecret) {
		t.Errorf("without a secret: %v", err)
	}
}

// FuzzParseSignedRequest: nothing unsigned is believed, and whatever is signed does no harm.
func FuzzParseSignedRequest(f *testing.F) {
	f.Add(signedRequest("the Meta app's", `{"user_id":"1","algorithm":"HMAC-SHA256"}`, base64.URLEncoding), `{"user_id":1,"algorithm":"hmac-sha256","issued_at":"1795000000"}`)
	f.Add("a.b", `{"user_id":null}`)
	f.Add("..", ``)
	f.Fuzz(func(t *testing.T, text, payload string) {
		foreign := [][]byte{[]byte("a secret that no input knows")}
		if got, err := instagram.ParseSignedRequest(foreign, text); err == nil {
			t.Errorf("believed %+v", got)
		}
		got, err := instagram.ParseSignedRequest(bothSecrets, signedRequest("the Meta app's", payload, base64.RawURLEncoding))
		if err == nil && (got.UserID == "" || len(got.UserID) > 64) {
			t.Errorf("user id %q", got.UserID)
		}
		if err != nil && !errors.Is(err, instagram.ErrSignedRequest) {
			t.Errorf("err = %v", err)
		}
	})
}
