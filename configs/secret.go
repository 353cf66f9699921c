package configs

import (
	"fmt"
	"io"
	"log/slog"
)

// redacted stands wherever a Secret would have been printed.
const redacted = "***"

// Secret is a setting that must not be seen: it prints, logs and marshals as three stars, inside other values too, and
// only Reveal gives its text. The zero value holds nothing. It is a value: copy it freely.
type Secret struct {
	text *string // behind a pointer: fmt prints an unexported field without calling Format, and then shows an address
}

// NewSecret wraps a text; an empty one gives the zero Secret.
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{text: &text}
}

// Reveal returns the text, for the one place that needs it.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// IsZero reports whether there is no secret.
func (s Secret) IsZero() bool { return s.text == nil }

// Format prints three stars for every verb, %x and %#v among them.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// String returns three stars.
func (s Secret) String() string { return redacted }

// LogValue keeps the text out of slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText keeps the text out of JSON and of every other text encoding.
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }
