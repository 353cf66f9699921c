package instagram

import (
	"parlor/tenants"
)

// Sealer encrypts tokens at rest with an AEAD whose associated data is the account id: a sealed token that is moved
// to another account's row does not open there.
type Sealer struct{}

// NewSealer takes a key of exactly 32 bytes.
func NewSealer(key []byte) (*Sealer, error) { panic("skeleton") }

// Seal encrypts a secret for one account.
func (s *Sealer) Seal(account tenants.AccountID, secret Secret) ([]byte, error) { panic("skeleton") }

// Open decrypts what Seal gave, for the same account only.
func (s *Sealer) Open(account tenants.AccountID, sealed []byte) (Secret, error) { panic("skeleton") }
