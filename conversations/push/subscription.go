package push

import (
	"crypto/ecdh"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"parlor/instagram"
	"parlor/tenants"
)

// maxEndpointBytes bounds the address; those of the large services have two hundred bytes or so.
const maxEndpointBytes = 2 << 10

// authBytes is the length of the authentication secret, RFC 8291, section 3.2.
const authBytes = 16

// Subscription is what a browser gives to be told by.
type Subscription struct {
	Endpoint string // https, at a host of the internet
	P256DH   string // base64url, a point of P-256
	Auth     string // base64url, authBytes
	Quiet    *Quiet // nil: at any hour
}

// Quiet is the hours in which a device wants to be left alone.
type Quiet struct {
	From, To int // minutes after midnight; hours that begin when they end are the whole day
	Zone     string
}

// sealedSubscription is what is kept of it, sealed.
type sealedSubscription struct {
	Endpoint string `json:"endpoint"`
	P256DH   string `json:"p256dh"`
	Auth     string `json:"auth"`
}

func (s Subscription) check() error {
	if err := checkEndpoint(s.Endpoint); err != nil {
		return err
	}
	point, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(s.P256DH, "="))
	if err != nil {
		return ErrKeys
	}
	if _, err := ecdh.P256().NewPublicKey(point); err != nil {
		return ErrKeys
	}
	secret, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(s.Auth, "="))
	if err != nil || len(secret) != authBytes {
		return ErrKeys
	}
	return s.Quiet.check()
}

// checkEndpoint lets names of the internet through, at the usual port. Where the name leads is looked at when it is dialled, each time.
func checkEndpoint(endpoint string) error {
	u, err := url.Parse(endpoint)
	switch {
	case len(endpoint) > maxEndpointBytes, err != nil:
		return ErrEndpoint
	case u.Scheme != "https", u.Opaque != "", u.User != nil, u.Fragment != "":
		return ErrEndpoint
	case u.Port() != "" && u.Port() != "443", strings.HasSuffix(u.Host, ":"):
		return ErrEndpoint
	case !strings.Contains(u.Hostname(), "."), strings.HasSuffix(u.Hostname(), "."), net.ParseIP(u.Hostname()) != nil:
		return ErrEndpoint
	}
	return nil
}

func (q *Quiet) check() error {
	if q == nil {
		return nil
	}
	const day = 24 * 60
	if q.From < 0 || q.From >= day || q.To < 0 || q.To >= day || q.Zone == "" || len(q.Zone) > 64 || q.Zone == "Local" {
		return ErrQuiet
	}
	if _, err := time.LoadLocation(q.Zone); err != nil {
		return ErrQuiet
	}
	return nil
}

// at reports whether it is quiet at a moment. A zone that is not known any more is never quiet: better one push too many than none for ever.
func (q *Quiet) at(now time.Time) bool {
	if q == nil {
		return false
	}
	zone, err := time.LoadLocation(q.Zone)
	if err != nil {
		return false
	}
	local := now.In(zone)
	minute := local.Hour()*60 + local.Minute()
	if q.From < q.To {
		return minute >= q.From && minute < q.To
	}
	return minute >= q.From || minute < q.To
}

func (p *Push) seal(account tenants.AccountID, s Subscription) ([]byte, error) {
	text, err := json.Marshal(sealedSubscription{Endpoint: s.Endpoint, P256DH: s.P256DH, Auth: s.Auth})
	if err != nil {
		return nil, fmt.Errorf("write a subscription: %w", err)
	}
	return p.sealer.Seal(account, instagram.Secret(text))
}

func (p *Push) open(row subscriptionRow) (s sealedSubscription, err error) {
	text, err := p.sealer.Open(row.AccountID, row.Sealed)
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal([]byte(text.Reveal()), &s); err != nil {
		return s, instagram.ErrUnsealable // the decoder's error could quote it
	}
	return s, nil
}
