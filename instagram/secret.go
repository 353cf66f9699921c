package instagram

import (
	"fmt"
	"io"
	"log/slog"
)

// redacted stands wherever a Secret would have been printed.
const redacted = "***"

// Secret is an access token, an app secret or an authorisation code. It prints, logs and marshals as three stars;
// only Reveal gives its text. The zero value holds nothing.
type Secret string

// Reveal returns the text, for the one place that must send or seal it.
func (s Secret) Reveal() string { return string(s) }

// IsZero reports whether there is no secret.
func (s Secret) IsZero() bool { return s == "" }

// Format prints three stars for every verb, %x, %q and %#v among them.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// String returns three stars.
func (s Secret) String() string { return redacted }

// Format prints the name alone: fmt does not ask a Secret in an unexported field how it wants to be printed.
func (c *Client) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "instagram.Client") }

// Format prints the name alone, for the same reason.
func (s *Sealer) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "instagram.Sealer") }

// LogValue keeps the text out of slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText keeps the text out of JSON and of every other text encoding.
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }
