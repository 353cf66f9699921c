package instagram_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"maps"
	"net/url"
	"strings"
	"testing"

	"parlor/instagram"
)

func TestVerifySignature(t *testing.T) {
	t.Parallel()
	body := []byte(`{"text":"\u00e4\/"}`)
	meta, own := []byte("meta secret"), []byte("instagram secret")
	mac := hmac.New(sha256.New, own)
	mac.Write(body)
	good := "sha256=" + hex.EncodeToString(mac.Sum(nil))
	tests := map[string]struct {
		secrets [][]byte
		body    []byte
		header  string
		want    error
	}{
		"fits":               {[][]byte{own}, body, good, nil},
		"second of the list": {[][]byte{meta, own}, body, good, nil},
		"first of the list":  {[][]byte{own, meta}, body, good, nil},
		"beside an empty":    {[][]byte{nil, own}, body, good, nil},
		"other secret":       {[][]byte{meta}, body, good, instagram.ErrSignature},
		"no secret":          {nil, body, good, instagram.ErrNoWebhookSecret},
		"only empty secrets": {[][]byte{nil, {}}, body, instagram.Sign(nil, body), instagram.ErrNoWebhookSecret},
		"empty key forged":   {[][]byte{own, {}}, body, instagram.Sign(nil, body), instagram.ErrSignature},
		"re-encoded body":    {[][]byte{own}, []byte(`{"text":"ä/"}`), good, instagram.ErrSignature},
		"one byte more":      {[][]byte{own}, append([]byte(" "), body...), good, instagram.ErrSignature},
		"missing":            {[][]byte{own}, body, "", instagram.ErrSignature},
		"sha1":               {[][]byte{own}, body, strings.Replace(good, "sha256", "sha1", 1), instagram.ErrSignature},
		"no prefix":          {[][]byte{own}, body, good[7:], instagram.ErrSignature},
		"prefix alone":       {[][]byte{own}, body, "sha256=", instagram.ErrSignature},
		"cut":                {[][]byte{own}, body, good[:len(good)-2], instagram.ErrSignature},
		"longer":             {[][]byte{own}, body, good + "00", instagram.ErrSignature},
		"no hex":             {[][]byte{own}, body, "sha256=" + strings.Repeat("z", 64), instagram.ErrSignature},
		"two values":         {[][]byte{own}, body, good + "," + good, instagram.ErrSignature},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := instagram.VerifySignature(tc.secrets, tc.body, tc.header); !errors.Is(err, tc.want) {
				t.Errorf("err = %v, want %v", err, tc.want)
			}
		})
	}
}

func TestVerifyChallenge(t *testing.T) {
	t.Parallel()
	const token = instagram.Secret("a verify token")
	good := url.Values{"hub.mode": {"subscribe"}, "hub.verify_token": {token.Reveal()}, "hub.challenge": {"1158201444"}}
	with := func(key, value string) url.Values {
		changed := url.Values{}
		maps.Copy(changed, good)
		changed.Set(key, value)
		return changed
	}
	tests := map[string]struct {
		token instagram.Secret
		query url.Values
		want  error
	}{
		"fits":            {token, good, nil},
		"other token":     {token, with("hub.verify_token", "a verify tokem"), instagram.ErrChallenge},
		"no token sent":   {token, with("hub.verify_token", ""), instagram.ErrChallenge},
		"none configured": {"", with("hub.verify_token", ""), instagram.ErrNoWebhookSecret},
		"other mode":      {token, with("hub.mode", "unsubscribe"), instagram.ErrChallenge},
		"markup":          {token, with("hub.challenge", "<script>"), instagram.ErrChallenge},
		"newline":         {token, with("hub.challenge", "1\n"), instagram.ErrChallenge},
		"empty challenge": {token, with("hub.challenge", ""), instagram.ErrChallenge},
		"long challenge":  {token, with("hub.challenge", strings.Repeat("1", 129)), instagram.ErrChallenge},
		"no query":        {token, nil, instagram.ErrChallenge},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			challenge, err := instagram.VerifyChallenge(tc.token, tc.query)
			if !errors.Is(err, tc.want) || (challenge == "1158201444") != (tc.want == nil) {
				t.Errorf("challenge %q, err = %v, want %v", challenge, err, tc.want)
			}
		})
	}
}
