package auth

import (
	"context"
	"log/slog"
	"net/url"
	"time"

	"parlor/instagram"
	"parlor/tenants"
)

// Intent is what a sign-in is for.
type Intent string

// The intents. Only IntentSignIn can be begun so far; the others are refused.
const (
	IntentSignIn           Intent = "sign_in"
	IntentConnectAccount   Intent = "connect_account"
	IntentAcceptInvitation Intent = "accept_invitation"
	IntentStepUp           Intent = "step_up"
)

// FlowLife is how long a person may take at the provider; it is also the life of the flow cookie.
const FlowLife = 10 * time.Minute

// maxFlowCookies is how many sign-ins may be under way in one browser, one per tab.
const maxFlowCookies = 5

// AccountCreation says who may bring a new account by signing in with Instagram.
type AccountCreation string

// The ways. The zero value allows nobody.
const (
	CreateAllowlist AccountCreation = "allowlist"
	CreateApproval  AccountCreation = "approval"
	CreateOpen      AccountCreation = "open"
)

// connector is what the flow needs to store a token and subscribe; *instagram.Connections has it.
type connector interface {
	Connect(ctx context.Context, id tenants.AccountID, g instagram.Grant) error
}

// FlowOptions holds what the flow works with. Platform, Registry, Sessions, Keys and PublicURL are required, and
// Connections when a provider gives Instagram tokens.
type FlowOptions struct {
	Platform       *tenants.Platform
	Registry       *Registry
	Sessions       *Sessions
	Keys           *KeyRing
	Connections    connector
	PublicURL      string // origin; redirect URIs are made from it alone
	Creation       AccountCreation
	Allowlist      []string      // Instagram user ids that may create an account
	DefaultAccount string        // Instagram user id of the default account; empty: there is none
	Timeout        time.Duration // of all calls to the provider in one callback; default 20s
	Logger         *slog.Logger
	Now            func() time.Time
}

// Flow is the one engine behind every strategy: it owns the order of checks. It is safe for concurrent use.
type Flow struct{ o FlowOptions }

// NewFlow checks the options.
func NewFlow(o FlowOptions) (*Flow, error) { return &Flow{o: o}, nil }

// Registry returns the enabled strategies.
func (f *Flow) Registry() *Registry { return f.o.Registry }

// BeginRequest is a browser's wish to sign in by a redirect strategy.
type BeginRequest struct {
	Provider string
	Intent   Intent // empty: IntentSignIn
	ReturnTo string // as given; only a path of the app is kept
	// FlowCookies are the flow cookies that the browser has: suffix of the name → value.
	FlowCookies map[string]string
}

// Begun is where to send the browser, and its cookies.
type Begun struct {
	URL    string
	Suffix string   // of the flow cookie's name: 8 hex digits
	Cookie string   // its value; it lives FlowLife
	Drop   []string // suffixes of flow cookies to remove, so that at most five remain
}

// Begin starts a sign-in. Errors: ErrProviderDisabled (also unknown, or not a Redirector), ErrLoginFailed (intent).
func (f *Flow) Begin(ctx context.Context, r BeginRequest) (Begun, error) { return Begun{}, nil }

// CallbackRequest is a browser that came back.
type CallbackRequest struct {
	Method        string // GET alone is taken
	Provider      string // of the path
	Query         url.Values
	FlowCookies   map[string]string // suffix of the name → value
	SessionCookie string            // of the session that the browser had before; it is ended
	Visitor       Visitor
}

// SignedIn is a finished sign-in.
type SignedIn struct {
	Session   Session
	Cookie    string    // value of the session cookie to set
	ExpiresAt time.Time // of the cookie
	ReturnTo  string    // path of the app; "/" unless another was asked for
	DropFlow  string    // suffix of the flow cookie to remove; empty: none
}

// Callback finishes a sign-in. On an error ReturnTo and DropFlow are still set when they are known. The error is a
// Refusal; see CodeOf. Nothing is half-made that the next sign-in would not finish.
func (f *Flow) Callback(ctx context.Context, r CallbackRequest) (SignedIn, error) {
	return SignedIn{}, ErrStateInvalid
}

// DirectRequest is a credential in a request.
type DirectRequest struct {
	Provider      string
	Credential    Credential
	ReturnTo      string // as given; only a path of the app is kept
	SessionCookie string // of the session that the browser had before; it is ended
	Visitor       Visitor
}

// SignInDirect verifies a credential and makes a session. Errors: ErrInvalidCredentials, ErrProviderDisabled,
// ErrThrottled, ErrAccountNotAllowed …
func (f *Flow) SignInDirect(ctx context.Context, r DirectRequest) (SignedIn, error) {
	return SignedIn{}, ErrInvalidCredentials
}
