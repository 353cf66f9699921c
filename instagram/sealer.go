package instagram

import (
	"errors"
	"fmt"

	"github.com/tink-crypto/tink-go/v2/aead/subtle"
	"github.com/tink-crypto/tink-go/v2/tink"

	"parlor/tenants"
)

// SealingKeyBytes is the exact length of the key of a Sealer.
const SealingKeyBytes = 32

// sealedFormat is the first byte of what Seal gives, so that a later format or key can be told apart.
const sealedFormat = 1

// ErrUnsealable reports that the sealed bytes were made with another key or for another account, or were changed.
var ErrUnsealable = errors.New("sealed token cannot be opened")

// Sealer encrypts tokens at rest (XChaCha20-Poly1305, by Tink) with the account id as associated data: a sealed token
// that is moved to another account's row does not open there.
type Sealer struct{ aead tink.AEAD }

// NewSealer takes a key of exactly SealingKeyBytes.
func NewSealer(key []byte) (*Sealer, error) {
	if len(key) != SealingKeyBytes {
		return nil, fmt.Errorf("sealing key has %d bytes, want %d", len(key), SealingKeyBytes)
	}
	aead, err := subtle.NewXChaCha20Poly1305(key)
	if err != nil {
		return nil, fmt.Errorf("sealing key: %w", err)
	}
	return &Sealer{aead: aead}, nil
}

// Seal encrypts a secret for one account.
func (s *Sealer) Seal(account tenants.AccountID, secret Secret) ([]byte, error) {
	sealed, err := s.aead.Encrypt([]byte(secret.Reveal()), []byte(account.String()))
	if err != nil {
		return nil, fmt.Errorf("seal token: %w", err)
	}
	return append([]byte{sealedFormat}, sealed...), nil
}

// Open decrypts what Seal gave, for the same account only; anything else is ErrUnsealable.
func (s *Sealer) Open(account tenants.AccountID, sealed []byte) (Secret, error) {
	if len(sealed) == 0 || sealed[0] != sealedFormat {
		return "", ErrUnsealable
	}
	text, err := s.aead.Decrypt(sealed[1:], []byte(account.String()))
	if err != nil {
		return "", ErrUnsealable
	}
	return Secret(text), nil
}
