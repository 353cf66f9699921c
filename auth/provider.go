package auth

import (
	"context"
	"net/netip"
	"net/url"
	"time"

	"parlor/instagram"
	"parlor/tenants"
)

// Kind is how a strategy proves who is at the door.
type Kind string

// The kinds. KindRedirect strategies are Redirectors, the others are Direct.
const (
	KindRedirect Kind = "redirect" // begins at another site, finishes at /auth/{id}/callback
	KindPassword Kind = "password" // user name and password in the request
	KindProxy    Kind = "proxy"    // /auth/{id}/login stands behind a proxy that has asked for the password
)

// Descriptor is what the login page may know of a strategy. It is pure: the same at every call, and safe to show.
type Descriptor struct {
	ID       string // ^[a-z][a-z0-9_]{0,31}$; stands in paths, rows and the claim idp
	Kind     Kind
	Label    string    // for the button
	LoginURL string    // where a browser begins; empty for KindPassword
	Until    time.Time // from then on it is gone; zero: no end
	Issuer   string    // expected `iss` of the callback (RFC 9207) when the provider announces one; else empty
}

// Shown returns the kind as the login page knows it: what stands behind a proxy is one more link to follow.
func (d Descriptor) Shown() Kind {
	if d.Kind == KindProxy {
		return KindRedirect
	}
	return d.Kind
}

// Provider is one strategy. It touches neither cookies nor responses nor sessions, and is safe for concurrent use.
// Its errors are of the closed set in errors.go.
type Provider interface {
	Descriptor() Descriptor
}

// Direct verifies a credential that came with the request.
type Direct interface {
	Provider
	Verify(ctx context.Context, c Credential) (Assertion, error)
}

// Redirector begins at another site and finishes at the callback.
type Redirector interface {
	Provider
	// Begin returns where the browser must go, and what Finish needs besides the code. It sends nothing.
	Begin(ctx context.Context, in BeginInput) (Beginning, error)
	// Finish turns the code into an Assertion. It talks to the provider and honours ctx.
	Finish(ctx context.Context, in FinishInput) (Assertion, error)
}

// Preparer is a Redirector that must learn where the other site is before it can describe itself in full.
type Preparer interface {
	// Prepare does so, once; later calls are free. It talks to the provider and honours ctx.
	Prepare(ctx context.Context) error
}

// Credential is what came with a request, read by the caller; a strategy looks at its own part.
type Credential struct {
	Username, Password string // HTTP Basic, decoded

	RemoteUser  string     // X-Remote-User, set by the proxy
	ProxySecret string     // X-Proxy-Auth, which proves the proxy
	PeerAddr    netip.Addr // of the TCP connection, never from a header
	ClientAddr  netip.Addr // of the client, behind the proxies that are trusted; tries are counted for it. Zero: PeerAddr
}

// client returns for whom a try is counted.
func (c Credential) client() netip.Addr {
	if c.ClientAddr.IsValid() {
		return c.ClientAddr
	}
	return c.PeerAddr
}

// BeginInput is what the flow gives a Redirector to begin with.
type BeginInput struct {
	State       string // single use; comes back untouched
	RedirectURI string // of the callback, byte for byte as registered
	Fresh       bool   // ask for the password again, though the person is signed in over there
	// IdentifyOnly asks for nothing but who it is: the assertion carries no Grant.
	IdentifyOnly bool
}

// Beginning is where to go and what to keep; the flow seals Keep until the callback.
type Beginning struct {
	URL  string
	Keep []byte
}

// FinishInput is what came back, checked by the flow: the state was ours and unused.
type FinishInput struct {
	Code        string
	RedirectURI string // the same bytes as at Begin
	Keep        []byte
	// Fresh and IdentifyOnly are those of Begin, and BegunAt is when that was: a fresh sign-in is younger.
	Fresh, IdentifyOnly bool
	BegunAt             time.Time
}

// Assertion is what a strategy proved. The pair of Provider and Subject names the identity; all else is for display.
type Assertion struct {
	Provider    string
	Subject     string // the provider's immutable id: Instagram's user_id, bootstrap's user name. Never empty
	DisplayName string
	AuthTime    time.Time

	// GivesStaff: the configuration behind the provider decides who is staff, so that StaffRole, also an empty one, replaces what
	// the user had.
	GivesStaff bool
	StaffRole  tenants.StaffRole // empty: none
	Member     tenants.Role      // bootstrap: role in the default account; empty: none
	Until      time.Time         // no session outlives it; zero: no such limit
	Grant      *instagram.Grant  // Instagram: the token and whose it is; nil for others
}

// loginURL is where a browser begins with a strategy.
func loginURL(id string) string { return "/auth/" + url.PathEscape(id) + "/login" }
