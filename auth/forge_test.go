package auth_test

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"hash"
	"maps"
	"testing"
	"time"

	"parlor/auth"
	"parlor/tenants"
)

const issuer = "https://inbox.example.com"

// clock is a time that a test sets.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func newClock() *clock { return &clock{at: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)} }

func randomKey(n int) []byte {
	key := make([]byte, n)
	_, _ = rand.Read(key)
	return key
}

// mint is a set of tokens with the key that signs them, so that a test can forge.
type mint struct {
	*auth.Tokens
	clock *clock
	key   []byte
	other []byte // a second key of the ring, "old"
}

func newMint(t testing.TB) *mint {
	t.Helper()
	m := &mint{clock: newClock(), key: randomKey(32), other: randomKey(48)}
	ring, err := auth.NewKeyRing([]auth.Key{
		{KID: "k1", Secret: m.key},
		{KID: "old", Secret: m.other, NotBefore: m.clock.at.Add(-90 * 24 * time.Hour), SignUntil: m.clock.at.Add(-48 * time.Hour), VerifyUntil: m.clock.at.Add(-time.Hour)},
		{KID: "next", Secret: randomKey(32), NotBefore: m.clock.at.Add(time.Hour)},
	}, m.clock.at)
	if err != nil {
		t.Fatal(err)
	}
	m.Tokens, err = auth.NewTokens(auth.TokenOptions{Keys: ring, Issuer: issuer, Now: m.clock.now})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func owner() tenants.Principal {
	return tenants.Principal{
		UserID: tenants.NewUserID(), SessionID: tenants.NewSessionID(), Provider: "instagram",
		AccountID: tenants.NewAccountID(), Role: tenants.RoleOwner, Version: 3,
	}
}

// good is the header and the claims of a token that is accepted.
func (m *mint) good(t testing.TB) (header, claims map[string]any) {
	t.Helper()
	issued, err := m.Issue(auth.Subject{Principal: owner(), AuthTime: m.clock.at, NotAfter: m.clock.at.Add(48 * time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	h, c, _ := splitRaw(issued.Token)
	return decodeMap(t, h), decodeMap(t, c)
}

func splitRaw(token string) (head, body, tail string) {
	parts := [3]string{}
	n := 0
	for _, c := range token {
		if c == '.' {
			n++
			continue
		}
		parts[n] += string(c)
	}
	return parts[0], parts[1], parts[2]
}

func decodeMap(t testing.TB, segment string) map[string]any {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(segment)
	if err != nil {
		t.Fatal(err)
	}
	m := map[string]any{}
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatal(err)
	}
	for name, value := range m {
		if n, ok := value.(float64); ok {
			m[name] = int64(n)
		}
	}
	return m
}

// with returns the map with some entries changed; nil takes one away.
func with(m map[string]any, changes map[string]any) map[string]any {
	m = maps.Clone(m)
	if m == nil {
		m = map[string]any{}
	}
	for name, value := range changes {
		m[name] = value
		if value == nil {
			delete(m, name)
		}
	}
	return m
}

func toJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

// sign makes a token of any header and payload bytes.
func sign(key, header, payload []byte) string { return signWith(sha256.New, key, header, payload) }

func signWith(h func() hash.Hash, key, header, payload []byte) string {
	signed := base64.RawURLEncoding.EncodeToString(header) + "." + base64.RawURLEncoding.EncodeToString(payload)
	return signed + "." + base64.RawURLEncoding.EncodeToString(mac(h, key, signed))
}

func mac(h func() hash.Hash, key []byte, signed string) []byte {
	m := hmac.New(h, key)
	m.Write([]byte(signed))
	return m.Sum(nil)
}
