package auth

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

const stateBytes = 32

// state ties a callback to its beginning. Only its hash is stored.
type state struct {
	text string
	hash [sha256.Size]byte
}

func newState() state {
	var random [stateBytes]byte
	_, _ = rand.Read(random[:]) // never fails: the runtime ends the process instead
	return stateOf(segmentEncoding.EncodeToString(random[:]))
}

func stateOf(text string) state { return state{text: text, hash: sha256.Sum256([]byte(text))} }

// readState takes the one state parameter of a callback.
func readState(values []string) (state, error) {
	if len(values) != 1 || len(values[0]) != segmentEncoding.EncodedLen(stateBytes) {
		return state{}, Refuse(ErrStateInvalid, "state", nil)
	}
	if _, err := decodeSegment(values[0]); err != nil {
		return state{}, Refuse(ErrStateInvalid, "state", nil)
	}
	return stateOf(values[0]), nil
}

// suffix names the flow's cookie, so that several tabs may sign in at once.
func (s state) suffix() string { return hex.EncodeToString(s.hash[:4]) }

// flowCookie binds the browser: when the flow began, and a MAC over that and the state. Who has only seen the state,
// which travels in addresses, cannot make it.
func (f *Flow) flowCookie(s state, now time.Time) (string, error) {
	keys, err := f.o.Keys.derived(purposeFlowCookie, now)
	if err != nil {
		return "", err
	}
	at := strconv.FormatInt(now.Unix(), 10)
	return at + "." + segmentEncoding.EncodeToString(bind(keys[0], s, at)), nil
}

func bind(key []byte, s state, at string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write(s.hash[:])
	mac.Write([]byte(at))
	return mac.Sum(nil)
}

// bound reports whether the cookie was made for this state.
func (f *Flow) bound(cookie string, s state, now time.Time) bool {
	at, tail, _ := strings.Cut(cookie, ".")
	given, err := decodeSegment(tail)
	if err != nil || begunAt(cookie).IsZero() {
		return false
	}
	keys, err := f.o.Keys.derived(purposeFlowCookie, now)
	if err != nil {
		return false
	}
	for _, key := range keys {
		if hmac.Equal(bind(key, s, at), given) {
			return true
		}
	}
	return false
}

// begunAt is when a flow cookie says that its flow began; zero for what is no such cookie.
func begunAt(cookie string) time.Time {
	at, _, found := strings.Cut(cookie, ".")
	seconds, err := strconv.ParseInt(at, 10, 64)
	if !found || err != nil || seconds <= 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0)
}

// seal keeps what a provider wants back at the callback, for this state and provider alone.
func (f *Flow) seal(keep []byte, s state, provider string, now time.Time) ([]byte, error) {
	keys, err := f.o.Keys.derived(purposeFlowKeep, now)
	if err != nil {
		return nil, err
	}
	box, err := newBox(keys[0])
	if err != nil {
		return nil, err
	}
	return box.Seal(nil, nil, keep, s.context(provider)), nil //nolint:gosec // the box picks a random nonce itself
}

func (f *Flow) unseal(sealed []byte, s state, provider string, now time.Time) ([]byte, error) {
	keys, err := f.o.Keys.derived(purposeFlowKeep, now)
	if err != nil {
		return nil, err
	}
	for _, key := range keys {
		box, err := newBox(key)
		if err != nil {
			return nil, err
		}
		if keep, err := box.Open(nil, nil, sealed, s.context(provider)); err == nil {
			return keep, nil
		}
	}
	return nil, errors.New("what the provider kept cannot be opened")
}

func (s state) context(provider string) []byte { return append(s.hash[:], provider...) }

func newBox(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("make cipher: %w", err)
	}
	box, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("make cipher: %w", err)
	}
	return box, nil
}
