package simulator

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"io"
	"strconv"
	"strings"
)

// midChars is the length of every message id seen in live captures; Meta documents none.
const midChars = 164

// midPrefix begins every message id seen. It looks like base64 and is not: Instagram escapes it.
const midPrefix = "aWdfZAG1faXRlbToxOklHTWVzc2FnZAUlEOjE3ODQx"

// newMID makes a message id of the usual form out of random bytes, of which it takes about 90.
func newMID(random io.Reader) string {
	raw := make([]byte, midChars)
	_, _ = io.ReadFull(random, raw) // crypto/rand and the seeded source never fail
	text := strings.NewReplacer("-", "ZA", "_", "ZD").Replace(base64.RawURLEncoding.EncodeToString(raw))
	return midPrefix + text[:midChars-len(midPrefix)-2] + "ZD"
}

func randomMID() string { return newMID(rand.Reader) }

// igsidOf is the customer's id for one business: the same person has another one at the next business, and the same one
// again after a restart. 15 to 17 digits. Source: Instagram platform overview, read 2026-11-22.
func igsidOf(businessID, handle string) string {
	sum := sha256.Sum256([]byte(businessID + "\n" + handle))
	const low, high = 100_000_000_000_000, 90_000_000_000_000_000
	number := low + binary.BigEndian.Uint64(sum[:8])%(high-low)
	return strconv.FormatUint(number|1, 10) // odd: most of them no float can hold
}
