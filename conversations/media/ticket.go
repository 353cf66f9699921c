package media

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"slices"
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

// ticketBytes is purpose, account, session, user, visit, version, staff role, expiry in Unix seconds, HMAC-SHA256.
const (
	claimsBytes = 1 + 4*16 + 8 + 1 + 8
	ticketBytes = claimsBytes + sha256.Size
)

// staffRoles are the staff roles as a ticket has them, by their place here.
var staffRoles = []tenants.StaffRole{"", tenants.StaffOperator, tenants.StaffSupport}

// Ticket is what a ticket says that has proved to be ours: whom it was given to, as far as that can be revoked, and until when it lives.
type Ticket struct {
	AccountID tenants.AccountID
	SessionID tenants.SessionID // this and what follows are zero in a ticket for Instagram
	UserID    tenants.UserID
	GrantID   tenants.GrantID // of a visit of support; else zero
	Version   int64           // of the membership
	StaffRole tenants.StaffRole
	ExpiresAt time.Time
}

// Holder is whom the ticket was given to, for the question whether that person still counts. It permits nothing.
func (k Ticket) Holder() tenants.Principal {
	p := tenants.Principal{AccountID: k.AccountID, SessionID: k.SessionID, UserID: k.UserID, Version: k.Version, StaffRole: k.StaffRole}
	if !k.GrantID.IsZero() {
		p.Grant = &tenants.SupportGrant{ID: k.GrantID}
	}
	return p
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
	claims = append(claims, k.UserID.UUID[:]...)
	claims = append(claims, k.GrantID.UUID[:]...)
	claims = binary.BigEndian.AppendUint64(claims, uint64(k.Version))
	claims = append(claims, byte(max(0, slices.Index(staffRoles, k.StaffRole))))
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
	if int(claims[73]) >= len(staffRoles) { // of a later version
		return Ticket{}, ErrTicket
	}
	k := Ticket{
		AccountID: tenants.AccountID{UUID: uuid.UUID(claims[1:17])}, SessionID: tenants.SessionID{UUID: uuid.UUID(claims[17:33])},
		UserID: tenants.UserID{UUID: uuid.UUID(claims[33:49])}, GrantID: tenants.GrantID{UUID: uuid.UUID(claims[49:65])},
		Version: int64(binary.BigEndian.Uint64(claims[65:73])), StaffRole: staffRoles[claims[73]],
		ExpiresAt: time.Unix(int64(binary.BigEndian.Uint64(claims[74:])), 0),
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
