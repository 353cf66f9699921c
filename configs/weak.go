package configs

import (
	_ "embed" // for the example file
	"errors"
	"strings"
)

// Example is the documentation of every key: configs/parlor.example.env. Its example values are refused as secrets.
//
//go:embed parlor.example.env
var Example string

// minSecretBytes is the least that a secret of our own making may have; 32 random bytes are 256 bits.
const minSecretBytes = 32

// placeholders are words of secrets that were never made: nobody's random bytes spell them.
var placeholders = []string{
	"changeme", "change-me", "change_me", "change me", "secret", "password", "passwort", "example", "placeholder",
	"replace", "default", "insecure", "parlor", "123456", "qwerty", "your-", "your_",
}

// strong reports why a key or secret of our own making must not be used: too short, without variety, or a placeholder.
func strong(key []byte) error {
	if len(key) < minSecretBytes {
		return errors.New("is shorter than 32 bytes: make one with `openssl rand -base64 32`")
	}
	if placeholder(string(key)) || monotonous(key) {
		return errors.New("is a well-known placeholder, not random: make one with `openssl rand -base64 32`")
	}
	return nil
}

// given reports why a secret that somebody else issued (Meta's app secret, a token) must not be used.
func given(s string) error {
	if placeholder(s) {
		return errors.New("is a placeholder: put the real one there")
	}
	return nil
}

// placeholder reports whether a printable text holds a word that no random secret holds, or stands in our example file.
func placeholder(text string) bool {
	for _, c := range []byte(text) {
		if c < ' ' || c > '~' {
			return false
		}
	}
	lower := strings.ToLower(text)
	for _, word := range placeholders {
		if strings.Contains(lower, word) {
			return true
		}
	}
	return strings.Contains(Example, "="+text+"\n")
}

// monotonous reports whether a key is one byte or a short pattern repeated, a count up or down, or nearly so. Among 32
// random bytes fewer than 12 different values never happen.
func monotonous(key []byte) bool {
	var seen [256]bool
	distinct, steps := 0, map[byte]bool{}
	for i, c := range key {
		if !seen[c] {
			seen[c] = true
			distinct++
		}
		if i > 0 {
			steps[c-key[i-1]] = true
		}
	}
	return distinct < 12 || len(steps) < 4
}
