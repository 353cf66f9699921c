package media

import (
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
)

// derive makes one key of the installation's for one purpose, by HKDF (RFC 5869): what is signed with one can never be opened with another.
func derive(key []byte, purpose string) ([]byte, error) {
	derived, err := hkdf.Key(sha256.New, key, nil, "parlor media "+purpose, sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("derive the key of %s: %w", purpose, err)
	}
	return derived, nil
}
