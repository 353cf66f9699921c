package auth_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"parlor/auth"
)

// TestKeyRingRefuses names the place of a bad key, never its value.
func TestKeyRingRefuses(t *testing.T) {
	t.Parallel()
	now := newClock().at
	good := auth.Key{KID: "a", Secret: randomKey(32)}
	placeholder := []byte("changeme-changeme-changeme-0987654321")
	for name, keys := range map[string][]auth.Key{
		"no key":                        nil,
		"nine keys":                     {good, {KID: "b", Secret: randomKey(32)}, {KID: "c", Secret: randomKey(32)}, {KID: "d", Secret: randomKey(32)}, {KID: "e", Secret: randomKey(32)}, {KID: "f", Secret: randomKey(32)}, {KID: "g", Secret: randomKey(32)}, {KID: "h", Secret: randomKey(32)}, {KID: "i", Secret: randomKey(32)}},
		"empty key":                     {{KID: "a"}},
		"31 bytes":                      {{KID: "a", Secret: randomKey(31)}},
		"zeros":                         {{KID: "a", Secret: make([]byte, 64)}},
		"one byte":                      {{KID: "a", Secret: bytes.Repeat([]byte("k"), 40)}},
		"placeholder":                   {{KID: "a", Secret: placeholder}},
		"your-256-bit":                  {{KID: "a", Secret: []byte("your-256-bit-secret-your-256-bit-secret")}},
		"kid twice":                     {good, {KID: "a", Secret: randomKey(32)}},
		"kid upper case":                {{KID: "A", Secret: randomKey(32)}},
		"kid empty":                     {{Secret: randomKey(32)}},
		"none signs yet":                {{KID: "a", Secret: randomKey(32), NotBefore: now.Add(time.Hour)}},
		"none signs more":               {{KID: "a", Secret: randomKey(32), SignUntil: now}},
		"ends before it begins":         {good, {KID: "b", Secret: randomKey(32), NotBefore: now, SignUntil: now.Add(-time.Hour)}},
		"dropped while its tokens live": {good, {KID: "b", Secret: randomKey(32), SignUntil: now.Add(time.Hour), VerifyUntil: now.Add(25 * time.Hour)}},
	} {
		_, err := auth.NewKeyRing(keys, now)
		if err == nil {
			t.Errorf("%s: taken", name)
			continue
		}
		if strings.Contains(err.Error(), "changeme") || !strings.HasPrefix(err.Error(), "key ring: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestKeyRotation signs with the newest key whose time has come, and accepts the former one until its time is over.
func TestKeyRotation(t *testing.T) {
	t.Parallel()
	c := newClock()
	start := c.at
	ring, err := auth.NewKeyRing([]auth.Key{
		{KID: "one", Secret: randomKey(32), SignUntil: start.Add(2 * time.Hour), VerifyUntil: start.Add(27 * time.Hour)},
		{KID: "two", Secret: randomKey(32), NotBefore: start.Add(time.Hour)},
	}, start)
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := auth.NewTokens(auth.TokenOptions{Keys: ring, Issuer: issuer, Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	issue := func(kid string) string {
		t.Helper()
		issued, err := tokens.Issue(auth.Subject{Principal: owner(), AuthTime: c.at, NotAfter: c.at.Add(48 * time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
		head, _, _ := splitRaw(issued.Token)
		if got := decodeMap(t, head)["kid"]; got != kid {
			t.Errorf("at %s signed by %v, want %s", c.at.Sub(start), got, kid)
		}
		return issued.Token
	}
	first := issue("one")
	c.at = start.Add(time.Hour)
	second := issue("two")
	for _, token := range []string{first, second} {
		if _, err := tokens.Verify(token, auth.TypeUI); err != nil {
			t.Error(err)
		}
	}
	c.at = start.Add(27*time.Hour + time.Second)
	if _, err := tokens.Verify(first, auth.TypeUI); !errors.Is(err, auth.ErrInvalidToken) || auth.ReasonOf(err) != "kid" {
		t.Errorf("token of a dropped key: %v", err)
	}
}
