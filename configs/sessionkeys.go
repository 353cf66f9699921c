package configs

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"
)

// SessionKey is one key of the ring that signs session tokens. The newest whose NotBefore has passed signs.
type SessionKey struct {
	KID         string
	NotBefore   time.Time // zero = from the start
	SignUntil   time.Time // zero = until a newer key signs
	VerifyUntil time.Time // zero = for as long as it is configured
	secret      Secret
}

// Bytes returns the key: at least 32 bytes.
func (k SessionKey) Bytes() []byte { return []byte(k.secret.Reveal()) }

var kidForm = regexp.MustCompile(`^[a-z0-9_-]{1,32}$`)

// keyOverlap is for how long a key must verify after it has signed its last token.
const keyOverlap = maxTokenLife + time.Minute

// maxSessionKeys bounds the ring; nobody turns keys so fast that more are needed.
const maxSessionKeys = 8

const sessionKeysForm = `must be a JSON list of {"kid": "…", "key": "base64 of 32 bytes or more", "not_before"?, "sign_until"?, "verify_until"?} with RFC 3339 times`

// readSessionKeys reads the ring and notes every fault of every key of it, by its place in the list.
func readSessionKeys(r *reader) []SessionKey {
	const key = "SESSION_KEYS"
	text := r.secret(key)
	if text.IsZero() {
		return nil
	}
	return parseSessionKeys(r, key, text)
}

// ParseSessionKeys reads a ring that is not in an environment: the content of its file. Its error is Faults.
func ParseSessionKeys(text string) ([]SessionKey, error) {
	r := newReader(nil)
	keys := parseSessionKeys(r, "SESSION_KEYS", NewSecret(text))
	return keys, r.faults.err(func(Fault) bool { return true })
}

func parseSessionKeys(r *reader, key string, text Secret) []SessionKey {
	var wire []struct {
		KID         string    `json:"kid"`
		Key         string    `json:"key"`
		NotBefore   time.Time `json:"not_before"`
		SignUntil   time.Time `json:"sign_until"`
		VerifyUntil time.Time `json:"verify_until"`
	}
	decoder := json.NewDecoder(strings.NewReader(text.Reveal()))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&wire); err != nil || decoder.Decode(&struct{}{}) != io.EOF || len(wire) == 0 {
		r.fault(key, sessionKeysForm)
		return nil
	}
	var ring []SessionKey
	for i, w := range wire {
		secret, err := sessionSecret(w.Key)
		k := SessionKey{KID: w.KID, NotBefore: w.NotBefore, SignUntil: w.SignUntil, VerifyUntil: w.VerifyUntil, secret: secret}
		for _, problem := range []error{err, k.timesFit(), k.differs(ring)} {
			if problem != nil {
				r.fault(key, fmt.Sprintf("number %d of the list: %v", i+1, problem))
			}
		}
		ring = append(ring, k)
	}
	if len(ring) > maxSessionKeys {
		r.fault(key, fmt.Sprintf("holds more than %d keys", maxSessionKeys))
	}
	checkRing(r, key, ring)
	return ring
}

func sessionSecret(text string) (Secret, error) {
	key, err := parseKey(text)
	if err != nil {
		return Secret{}, errors.New("its key must be base64")
	}
	if err := strong(key); err != nil {
		return Secret{}, fmt.Errorf("its key %w", err)
	}
	if err := given(text); err != nil {
		return Secret{}, fmt.Errorf("its key %w", err)
	}
	return NewSecret(string(key)), nil
}

// timesFit checks one key's times: tokens signed in its last moment must verify for their whole life.
func (k SessionKey) timesFit() error {
	switch {
	case !kidForm.MatchString(k.KID):
		return errors.New("its kid must be 1 to 32 of a-z, 0-9, _ and -")
	case !k.SignUntil.IsZero() && !k.SignUntil.After(k.NotBefore):
		return errors.New("its sign_until must be after its not_before")
	case !k.VerifyUntil.IsZero() && k.SignUntil.IsZero():
		return errors.New("its verify_until needs a sign_until")
	case !k.VerifyUntil.IsZero() && k.VerifyUntil.Before(k.SignUntil.Add(keyOverlap)):
		return errors.New("its verify_until must be 24h1m or more after its sign_until: the longest life of a token, and a minute for clocks")
	}
	return nil
}

// differs checks that no earlier key has the same name or the same bytes.
func (k SessionKey) differs(earlier []SessionKey) error {
	for _, other := range earlier {
		if other.KID == k.KID {
			return errors.New("its kid is used twice")
		}
		if !k.secret.IsZero() && bytes.Equal(other.Bytes(), k.Bytes()) {
			return errors.New("its key is that of another kid")
		}
	}
	return nil
}

// checkRing notes what only the whole ring shows: two keys that begin together, of which neither is the newest, and a
// key after whose sign_until no other signs, so that nobody could sign in any more.
func checkRing(r *reader, key string, ring []SessionKey) {
	for i, k := range ring {
		twin := func(other SessionKey) bool { return other.NotBefore.Equal(k.NotBefore) }
		if slices.ContainsFunc(ring[:i], twin) {
			r.fault(key, fmt.Sprintf("number %d of the list: its not_before is that of an earlier key, so it is open which of them signs", i+1))
		}
		next := func(other SessionKey) bool { return other.signs(k.SignUntil) }
		if !k.SignUntil.IsZero() && !slices.ContainsFunc(ring, next) {
			r.fault(key, fmt.Sprintf("number %d of the list: when its sign_until comes, no other key signs", i+1))
		}
	}
}

// signs reports whether the key may sign at that time.
func (k SessionKey) signs(at time.Time) bool {
	return !k.NotBefore.After(at) && (k.SignUntil.IsZero() || k.SignUntil.After(at))
}
