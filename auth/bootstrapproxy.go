package auth

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net/netip"
	"slices"

	"parlor/tenants"
)

// BootstrapProxy is the mode in which nginx checks the password and tells us the user.
type BootstrapProxy struct {
	o       BootstrapOptions
	secret  [sha256.Size]byte
	trusted []netip.Prefix
}

// NewBootstrapProxy returns the strategy that believes X-Remote-User when it comes from a trusted address together with
// the shared secret; both are required.
func NewBootstrapProxy(secret string, trusted []netip.Prefix, o BootstrapOptions) (*BootstrapProxy, error) {
	if len(secret) < minKeyBytes || wellKnown([]byte(secret)) {
		return nil, errors.New("bootstrap: the proxy secret must be at least 32 random bytes")
	}
	everywhere := func(p netip.Prefix) bool { return !p.IsValid() || p.Bits() == 0 }
	if len(trusted) == 0 || slices.ContainsFunc(trusted, everywhere) {
		return nil, errors.New("bootstrap: the proxy's networks are required, and none may be every address")
	}
	return &BootstrapProxy{o: o.withDefaults(), secret: sha256.Sum256([]byte(secret)), trusted: slices.Clone(trusted)}, nil
}

// Descriptor describes the strategy.
func (b *BootstrapProxy) Descriptor() Descriptor { return b.o.descriptor(KindProxy) }

// Admits returns the configured staff role of a user, else "".
func (b *BootstrapProxy) Admits(user string) tenants.StaffRole { return b.o.Staff[user] }

// Verify believes RemoteUser if PeerAddr and ProxySecret both prove the proxy. An empty user is nobody: that is what
// the proxy sends from everywhere it has not asked for a password. Errors: ErrInvalidCredentials, ErrProviderDisabled
// (expired), ErrAccountNotAllowed (no staff role).
func (b *BootstrapProxy) Verify(ctx context.Context, c Credential) (Assertion, error) {
	if err := ctx.Err(); err != nil {
		return Assertion{}, Refuse(ErrLoginFailed, "gone", err)
	}
	if err := b.o.open(); err != nil {
		return Assertion{}, err
	}
	given := sha256.Sum256([]byte(c.ProxySecret)) // of equal length, so that the comparison tells nothing of the secret's
	from := c.PeerAddr.Unmap()
	switch {
	case subtle.ConstantTimeCompare(given[:], b.secret[:]) != 1:
		return Assertion{}, Refuse(ErrInvalidCredentials, "proxy_secret", b.forged(ctx, c))
	case !slices.ContainsFunc(b.trusted, func(p netip.Prefix) bool { return p.Contains(from) }):
		return Assertion{}, Refuse(ErrInvalidCredentials, "proxy_address", b.forged(ctx, c))
	case !validUser(c.RemoteUser):
		return Assertion{}, Refuse(ErrInvalidCredentials, "nobody", nil)
	}
	return b.o.admit(c.RemoteUser)
}

// forged notes headers that no proxy of ours has sent. Nobody guesses the secret, so nobody is made to wait: the throttle only keeps a flood of
// them from becoming one of lines in the log. Passwords are guessed at the proxy, which limits them itself.
func (b *BootstrapProxy) forged(ctx context.Context, c Credential) error {
	if c.RemoteUser == "" && c.ProxySecret == "" {
		return nil
	}
	try, err := b.o.Throttle.begin(ctx, tried{provider: BootstrapID, from: c.client()})
	if err != nil {
		return err
	}
	return try.wrong(ctx)
}
