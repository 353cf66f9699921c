package media

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"time"

	"github.com/google/uuid"

	"parlor/tenants"
)

// purpose is what a ticket opens. It is a byte of the ticket, and never changes its meaning.
type purpose byte

const (
	purposeView purpose = 1 // an attachment, for the browser of a session
	purposeOut  purpose = 2 // an upload, for Instagram
)

const (
	// viewLife is the longest life of a ticket to look at a file. It ends on a multiple of viewStep: whoever reads a message again within
	// that time gets the same address, which the browser has in its cache.
	viewLife = 10 * time.Minute
	viewStep = 5 * time.Minute
	// outLife is how long Instagram may fetch an upload.
	outLife = time.Hour
	// leeway forgives the clocks of two instances: one issues what the other checks a moment later.
	leeway = time.Minute
)

// ticketBytes is purpose, account, session, expiry in Unix seconds, HMAC-SHA256.
const (
	claimsBytes = 1 + 16 + 16 + 8
	ticketBytes = claimsBytes + sha256.Size
)

// Ticket is what a ticket says that has proved to be ours.
type Ticket struct {
	AccountID tenants.AccountID
	SessionID tenants.SessionID // zero in a ticket for Instagram
	ExpiresAt time.Time
}

// tickets makes and checks them, with a key of their own.
type tickets struct {
	key []byte
	now func() time.Time
}

func newTickets(key []byte, now func() time.Time) (tickets, error) {
	derived, err := derive(key, "tickets")
	return tickets{key: derived, now: now}, err
}

// ticketText is base64url without padding; Strict refuses a second spelling of the same bytes.
var ticketText = base64.RawURLEncoding.Strict()

func (t tickets) issue(p purpose, thing uuid.UUID, k Ticket) string {
	claims := make([]byte, 0, ticketBytes)
	claims = append(claims, byte(p))
	claims = append(claims, k.AccountID.UUID[:]...)
	claims = append(claims, k.SessionID.UUID[:]...)
	claims = binary.BigEndian.AppendUint64(claims, uint64(k.ExpiresAt.Unix()))
	return ticketText.EncodeToString(append(claims, t.mac(claims, thing)...))
}

// mac covers the claims and the thing that they open, which stands beside the ticket in the address.
func (t tickets) mac(claims []byte, thing uuid.UUID) []byte {
	h := hmac.New(sha256.New, t.key)
	_, _ = h.Write(claims)
	_, _ = h.Write(thing[:])
	return h.Sum(nil)
}

// check believes nothing of a ticket before its HMAC holds. A ticket that outlives its kind was made by nobody.
func (t tickets) check(p purpose, thing uuid.UUID, text string) (Ticket, error) {
	if len(text) != ticketText.EncodedLen(ticketBytes) { // first: the decoder skips line breaks
		return Ticket{}, ErrTicket
	}
	raw, err := ticketText.DecodeString(text)
	if err != nil || len(raw) != ticketBytes {
		return Ticket{}, ErrTicket
	}
	claims, mac := raw[:claimsBytes], raw[claimsBytes:]
	if !hmac.Equal(mac, t.mac(claims, thing)) || purpose(claims[0]) != p {
		return Ticket{}, ErrTicket
	}
	k := Ticket{
		AccountID: tenants.AccountID{UUID: uuid.UUID(claims[1:17])}, SessionID: tenants.SessionID{UUID: uuid.UUID(claims[17:33])},
		ExpiresAt: time.Unix(int64(binary.BigEndian.Uint64(claims[33:])), 0),
	}
	life := viewLife
	if p == purposeOut {
		life = outLife
	}
	switch left := k.ExpiresAt.Sub(t.now()); {
	case left <= 0:
		return Ticket{}, ErrTicketExpired
	case left > life+leeway || k.AccountID.IsZero() || k.SessionID.IsZero() != (p == purposeOut):
		return Ticket{}, ErrTicket
	}
	return k, nil
}
