package auth

import (
	"bytes"
	"strings"
)

// placeholderWords stand in keys that were never made; random bytes do not spell them.
var placeholderWords = []string{
	"changeme", "change-me", "change_me", "secret", "password", "example", "placeholder", "replace", "default",
	"insecure", "parlor", "123456", "qwerty", "your-", "your_",
}

// wellKnown reports whether a key is printable and spells a placeholder, or has too few different bytes to be random:
// among 32 random ones fewer than 12 never happen.
func wellKnown(key []byte) bool {
	distinct := map[byte]bool{}
	for _, c := range key {
		distinct[c] = true
	}
	if len(distinct) < 12 {
		return true
	}
	if bytes.ContainsFunc(key, func(c rune) bool { return c < ' ' || c > '~' }) {
		return false
	}
	text := strings.ToLower(string(key))
	for _, word := range placeholderWords {
		if strings.Contains(text, word) {
			return true
		}
	}
	return false
}
