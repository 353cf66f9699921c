package auth

import (
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"regexp"
	"sync/atomic"
	"time"
)

const (
	minKeyBytes = 32
	maxKeys     = 8
)

// Key is one key of the ring. The zero times mean: no limit.
type Key struct {
	KID         string // ^[a-z0-9_-]{1,32}$
	Secret      []byte // at least 32 random bytes
	NotBefore   time.Time
	SignUntil   time.Time
	VerifyUntil time.Time // at least the life of a token after SignUntil
}

// KeyRing holds the keys that sign and verify tokens. Replace changes them in one step; it is safe for concurrent use. Other purposes
// use keys derived from them, so that no value made for one purpose can pass for another.
type KeyRing struct {
	now atomic.Pointer[keySet]
}

// keySet is the keys at one time. It never changes.
type keySet struct {
	keys  []Key // in the order given
	byKID map[string]*Key
}

var kidForm = regexp.MustCompile(`^[a-z0-9_-]{1,32}$`)

// NewKeyRing checks the keys and that one of them may sign at now. Its errors name the key by place, never by value.
func NewKeyRing(keys []Key, now time.Time) (*KeyRing, error) {
	r := &KeyRing{}
	return r, r.Replace(keys, now)
}

// Replace puts other keys in the place of those that are there, or leaves them when it does not like what it is given: errors as NewKeyRing.
// Tokens of a kid that is gone are refused from now on.
func (r *KeyRing) Replace(keys []Key, now time.Time) error {
	set, err := newKeySet(keys, now)
	if err == nil {
		r.now.Store(set)
	}
	return err
}

// KIDs lists the names of the keys, in the order given.
func (r *KeyRing) KIDs() []string {
	set := r.now.Load()
	kids := make([]string, len(set.keys))
	for i, k := range set.keys {
		kids[i] = k.KID
	}
	return kids
}

// Signer returns the key that signs at now, without its secret; the zero Key when none may.
func (r *KeyRing) Signer(now time.Time) Key {
	k := r.signer(now)
	if k == nil {
		return Key{}
	}
	shown := *k
	shown.Secret = nil
	return shown
}

func newKeySet(keys []Key, now time.Time) (*keySet, error) {
	if len(keys) == 0 || len(keys) > maxKeys {
		return nil, fmt.Errorf("key ring: %d keys; it takes 1 to %d", len(keys), maxKeys)
	}
	r := &keySet{keys: append([]Key(nil), keys...), byKID: map[string]*Key{}}
	for i := range r.keys {
		k := &r.keys[i]
		if err := k.check(); err != nil {
			return nil, fmt.Errorf("key ring: key number %d: %w", i+1, err)
		}
		if r.byKID[k.KID] != nil {
			return nil, fmt.Errorf("key ring: key number %d: its kid is taken", i+1)
		}
		r.byKID[k.KID] = k
	}
	if r.signer(now) == nil {
		return nil, errors.New("key ring: no key may sign now")
	}
	return r, nil
}

func (k *Key) check() error {
	switch {
	case !kidForm.MatchString(k.KID):
		return errors.New("kid must be 1 to 32 of a-z, 0-9, _ and -")
	case len(k.Secret) < minKeyBytes:
		return fmt.Errorf("shorter than %d bytes", minKeyBytes)
	case wellKnown(k.Secret):
		return errors.New("a well-known placeholder, not random")
	case !k.SignUntil.IsZero() && !k.NotBefore.Before(k.SignUntil):
		return errors.New("sign_until is not after not_before")
	case !k.VerifyUntil.IsZero() && (k.SignUntil.IsZero() || k.VerifyUntil.Before(k.SignUntil.Add(maxTokenLife+leeway))):
		return errors.New("verify_until must be a token's life after sign_until")
	}
	return nil
}

func (r *KeyRing) signer(now time.Time) *Key { return r.now.Load().signer(now) }

// signer returns the newest key whose not_before has passed and whose sign_until has not; of equals the last one.
func (r *keySet) signer(now time.Time) *Key {
	var best *Key
	for i := range r.keys {
		k := &r.keys[i]
		if k.NotBefore.After(now) || !k.SignUntil.IsZero() && !now.Before(k.SignUntil) {
			continue
		}
		if best == nil || !k.NotBefore.Before(best.NotBefore) {
			best = k
		}
	}
	return best
}

func (r *KeyRing) verifier(kid string, now time.Time) *Key { return r.now.Load().verifier(kid, now) }

// verifier returns the key that a token names, if tokens may be accepted by it now.
func (r *keySet) verifier(kid string, now time.Time) *Key {
	k := r.byKID[kid]
	if k == nil || now.Before(k.NotBefore.Add(-leeway)) || !k.VerifyUntil.IsZero() && now.After(k.VerifyUntil) {
		return nil
	}
	return k
}

// purpose separates the derived keys from one another.
type purpose string

const (
	purposeFlowCookie    purpose = "parlor/v1 flow cookie"
	purposeFlowKeep      purpose = "parlor/v1 flow keep"
	purposeSessionSecret purpose = "parlor/v1 session secret" //nolint:gosec // a label, no secret
)

// derived is the keys of one purpose. The first makes new values; any of them may check an old one.
func (r *KeyRing) derived(p purpose, now time.Time) ([][]byte, error) {
	set := r.now.Load()
	var keys [][]byte
	signer := set.signer(now)
	if signer == nil {
		return nil, errors.New("key ring: no key may sign now")
	}
	usable := []*Key{signer}
	for i := range set.keys {
		if k := set.verifier(set.keys[i].KID, now); k != nil && k != signer {
			usable = append(usable, k)
		}
	}
	for _, k := range usable {
		key, err := hkdf.Key(sha256.New, k.Secret, nil, string(p), sha256.Size)
		if err != nil {
			return nil, fmt.Errorf("derive key: %w", err)
		}
		keys = append(keys, key)
	}
	return keys, nil
}
