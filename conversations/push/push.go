package push

import (
	"context"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"parlor/conversations/media"
	"parlor/instagram"
	"parlor/tenants"
)

// KeyBytes is the length of the installation's key: a private key of P-256.
const KeyBytes = 32

// labels set the keys of this package apart from everything else that is derived from the sealing key.
const (
	sealLabel = "parlor push seal v1"
	markLabel = "parlor push mark v1"
)

// Options holds what a Push works with; all but the last five are required.
type Options struct {
	DB         *tenants.DB
	Members    *tenants.Members
	Stands     func(ctx context.Context, id tenants.SessionID, user tenants.UserID) (bool, error) // whether a sign-in is still one
	Key        []byte                                                                             // KeyBytes, from the operator; browsers subscribe to its public half
	SealingKey []byte
	PublicURL  *url.URL // whom push services may turn to

	Transport http.RoundTripper // default: media.PublicTransport
	Gather    time.Duration     // messages of so long are one push; default 5 s
	Settle    time.Duration     // until their transactions have surely ended; default 2 s
	Logger    *slog.Logger
	Now       func() time.Time
}

// Push keeps subscriptions and sends to them. A nil Push is that of an installation without a key: it tells so, and sends nothing.
type Push struct {
	o          Options
	sealer     *instagram.Sealer
	markKey    []byte
	publicKey  string
	privateKey string
	contact    string
}

// New checks the key and fills in what has a default.
func New(o Options) (*Push, error) {
	private, err := ecdh.P256().NewPrivateKey(o.Key)
	if err != nil {
		return nil, fmt.Errorf("the key is none of P-256: %w", err)
	}
	if o.DB == nil || o.Members == nil || o.Stands == nil || o.PublicURL == nil {
		return nil, errors.New("database, members, sessions and the public URL are required")
	}
	seal, err := hkdf.Key(sha256.New, o.SealingKey, nil, sealLabel, instagram.SealingKeyBytes)
	if err != nil {
		return nil, fmt.Errorf("sealing key: %w", err)
	}
	mark, err := hkdf.Key(sha256.New, o.SealingKey, nil, markLabel, sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("sealing key: %w", err)
	}
	p := &Push{o: o.filled(), markKey: mark, contact: "https://" + o.PublicURL.Host}
	p.publicKey = base64.RawURLEncoding.EncodeToString(private.PublicKey().Bytes())
	p.privateKey = base64.RawURLEncoding.EncodeToString(o.Key)
	p.sealer, err = instagram.NewSealer(seal)
	return p, err
}

func (o Options) filled() Options {
	if o.Transport == nil {
		o.Transport = media.PublicTransport()
	}
	if o.Gather <= 0 {
		o.Gather = 5 * time.Second
	}
	if o.Settle <= 0 {
		o.Settle = 2 * time.Second
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// PublicKey is what a browser subscribes to: a point of P-256, in base64url. Empty: the installation has push switched off.
func (p *Push) PublicKey() string {
	if p == nil {
		return ""
	}
	return p.publicKey
}

// mark tells one browser's subscription in one account from all others, and nothing else.
func (p *Push) mark(account tenants.AccountID, endpoint string) []byte {
	sum := hmac.New(sha256.New, p.markKey)
	sum.Write([]byte(account.String() + " " + endpoint))
	return sum.Sum(nil)
}
