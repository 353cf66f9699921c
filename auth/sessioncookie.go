package auth

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"strings"
	"time"

	"parlor/tenants"
)

const (
	randomBytes = 32
	markBytes   = 16
)

// sessionSecret is what a session cookie proves: 256 random bits, and a mark that only we can make. The mark tells an
// old secret of ours, whose return means that the cookie was copied, from junk that anybody who has seen a session's id
// could send to end it.
type sessionSecret [randomBytes + markBytes]byte

func (s *Sessions) newSecret(id tenants.SessionID, now time.Time) (sessionSecret, error) {
	var secret sessionSecret
	_, _ = rand.Read(secret[:randomBytes]) // never fails: the runtime ends the process instead
	keys, err := s.o.Keys.derived(purposeSessionSecret, now)
	if err != nil {
		return sessionSecret{}, err
	}
	copy(secret[randomBytes:], secret.mark(keys[0], id))
	return secret, nil
}

// next is the secret that follows. It is made of the former one and a key of ours, so that it can be given once more to whoever has the former
// one and lost the answer; without the key nobody gets from one to the other.
func (s sessionSecret) next(key []byte, id tenants.SessionID) sessionSecret {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("next"))
	mac.Write(id.UUID[:])
	mac.Write(s[:])
	var secret sessionSecret
	copy(secret[:randomBytes], mac.Sum(nil))
	copy(secret[randomBytes:], secret.mark(key, id))
	return secret
}

// successor returns the secret that the former one was replaced by, as long as it is the current one.
func (s *Sessions) successor(former sessionSecret, row sessionRow, now time.Time) (sessionSecret, bool) {
	keys, err := s.o.Keys.derived(purposeSessionSecret, now)
	if err != nil {
		return sessionSecret{}, false
	}
	for _, key := range keys {
		if next := former.next(key, row.ID); hmac.Equal(next.hash(), row.hash) {
			return next, true
		}
	}
	return sessionSecret{}, false
}

func (s sessionSecret) mark(key []byte, id tenants.SessionID) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write(id.UUID[:])
	mac.Write(s[:randomBytes])
	return mac.Sum(nil)[:markBytes]
}

// genuine reports whether we once made this secret for this session.
func (s *Sessions) genuine(secret sessionSecret, id tenants.SessionID, now time.Time) bool {
	keys, err := s.o.Keys.derived(purposeSessionSecret, now)
	if err != nil {
		return false
	}
	for _, key := range keys {
		if hmac.Equal(secret.mark(key, id), secret[randomBytes:]) {
			return true
		}
	}
	return false
}

// hash is what is stored. The secret is random, so a plain SHA-256 keeps it.
func (s sessionSecret) hash() []byte {
	sum := sha256.Sum256(s[:])
	return sum[:]
}

func cookieValue(id tenants.SessionID, secret sessionSecret) string {
	return id.String() + "." + segmentEncoding.EncodeToString(secret[:])
}

// readCookie takes a cookie apart; only the exact form that cookieValue makes is taken.
func readCookie(value string) (tenants.SessionID, sessionSecret, error) {
	head, tail, _ := strings.Cut(value, ".")
	id, err := tenants.ParseSessionID(head)
	if err != nil {
		return tenants.SessionID{}, sessionSecret{}, Refuse(ErrNoSession, "form", nil)
	}
	var secret sessionSecret
	if len(tail) != segmentEncoding.EncodedLen(len(secret)) {
		return tenants.SessionID{}, sessionSecret{}, Refuse(ErrNoSession, "form", nil)
	}
	decoded, err := decodeSegment(tail)
	if err != nil || copy(secret[:], decoded) != len(secret) {
		return tenants.SessionID{}, sessionSecret{}, Refuse(ErrNoSession, "form", nil)
	}
	return id, secret, nil
}
