package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"parlor/instagram"
	"parlor/tenants"
)

// Intent is what a sign-in is for.
type Intent string

// The intents. All but IntentSignIn are begun by our own pages, with a token or an invitation.
const (
	IntentSignIn           Intent = "sign_in"
	IntentReconnect        Intent = "reconnect"         // give an account a new token; the session stays as it is
	IntentConnectAccount   Intent = "connect_account"   // one more account for the person who is signed in
	IntentAcceptInvitation Intent = "accept_invitation" // an identity and a membership, never an account
	IntentStepUp           Intent = "step_up"           // the person of the session once more
)

// FlowLife is how long a person may take at the provider; it is also the life of the flow cookie.
const FlowLife = 10 * time.Minute

// maxFlowCookies is how many sign-ins may be under way in one browser, one per tab.
const maxFlowCookies = 5

// AccountCreation says who may bring a new account by signing in with Instagram.
type AccountCreation string

// The ways. The zero value is CreateAllowlist.
const (
	CreateAllowlist AccountCreation = "allowlist"
	CreateApproval  AccountCreation = "approval" // made, but suspended until the operator approves
	CreateOpen      AccountCreation = "open"
)

// Connector is what the flow needs to store a token and subscribe; *instagram.Connections has it.
type Connector interface {
	Connect(ctx context.Context, id tenants.AccountID, g instagram.Grant) error
}

// FlowOptions holds what the flow works with. Platform, Registry, Sessions, Keys and PublicURL are required, and
// Connections when a provider gives Instagram tokens.
type FlowOptions struct {
	Platform       *tenants.Platform
	Registry       *Registry
	Sessions       *Sessions
	Keys           *KeyRing
	Connections    Connector
	PublicURL      string // origin; redirect URIs are made from it alone
	Creation       AccountCreation
	Allowlist      []string         // Instagram user ids that may create an account
	DefaultAccount string           // Instagram user id of the default account; empty: there is none
	Timeout        time.Duration    // of all calls to the provider in one callback; default 20s
	Logger         *slog.Logger     // default: discards
	Now            func() time.Time // default time.Now
}

// Flow is the one engine behind every strategy: it owns the order of checks. It is safe for concurrent use.
type Flow struct {
	o           FlowOptions
	users       *tenants.Users
	accounts    *tenants.Accounts
	memberships *tenants.Memberships
	invitations *tenants.Invitations
}

// NewFlow checks the options.
func NewFlow(o FlowOptions) (*Flow, error) {
	if o.Creation == "" {
		o.Creation = CreateAllowlist
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	if o.Timeout <= 0 {
		o.Timeout = 20 * time.Second
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Flow{
		o: o, users: tenants.NewUsers(o.Platform), accounts: tenants.NewAccounts(o.Platform),
		memberships: tenants.NewMemberships(o.Platform), invitations: tenants.NewInvitations(o.Platform),
	}, nil
}

func (o FlowOptions) check() error {
	if o.Platform == nil || o.Registry == nil || o.Sessions == nil || o.Keys == nil {
		return errors.New("flow: a platform handle, a registry, sessions and a key ring are required")
	}
	isInstagram := func(p Provider) bool { _, is := p.(*Instagram); return is }
	if o.Connections == nil && slices.ContainsFunc(o.Registry.ordered, isInstagram) {
		return errors.New("flow: connections are required to sign in with Instagram")
	}
	public, err := url.Parse(o.PublicURL)
	if err != nil || public.Host == "" || public.Path != "" || public.RawQuery != "" {
		return errors.New("flow: the public URL must be an origin, without a path")
	}
	switch o.Creation {
	case CreateAllowlist, CreateApproval, CreateOpen:
	default:
		return fmt.Errorf("flow: account creation %q is unknown", o.Creation)
	}
	return nil
}

// Registry returns the enabled strategies.
func (f *Flow) Registry() *Registry { return f.o.Registry }

// BeginRequest is a browser's wish to sign in by a redirect strategy.
type BeginRequest struct {
	Provider string
	Intent   Intent // empty: IntentSignIn
	ReturnTo string // as given; only a path of the app is kept
	// By is who begins, from the token of the request: the flow serves this session alone, and IntentReconnect this account. Zero for
	// IntentSignIn and IntentAcceptInvitation.
	By tenants.Principal
	// Invitation is the secret of the link, for IntentAcceptInvitation.
	Invitation string
	// IdentifyOnly lets a member of a team sign in without any permission to the messages of his own account.
	IdentifyOnly bool
	// SessionCookie is that of the session that the browser has; a sign-in takes its place. It is read here, for with the callback, which
	// begins at another site, browsers do not send it (SameSite=Strict).
	SessionCookie string
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

// Begin starts a sign-in, or what another intent says. Errors: ErrProviderDisabled (also unknown, or not a Redirector), ErrLoginFailed
// (intent), ErrInvitationInvalid.
func (f *Flow) Begin(ctx context.Context, r BeginRequest) (Begun, error) {
	p, err := lookup[Redirector](f.o.Registry, r.Provider)
	if err != nil {
		return Begun{}, err
	}
	if r.Intent == "" {
		r.Intent = IntentSignIn
	}
	if err := r.checkIntent(); err != nil {
		return Begun{}, err
	}
	invitation, err := f.invited(ctx, r)
	if err != nil {
		return Begun{}, err
	}
	session, err := f.began(ctx, r)
	if err != nil {
		return Begun{}, err
	}
	state, now := newState(), f.o.Now().UTC()
	beginning, err := p.Begin(ctx, BeginInput{
		State: state.text, RedirectURI: f.redirectURI(r.Provider), Fresh: r.Intent.fresh(), IdentifyOnly: r.identifies(),
	})
	if err != nil {
		return Begun{}, f.closed(err)
	}
	sealed, err := f.seal(beginning.Keep, state, r.Provider, now)
	if err != nil {
		return Begun{}, err
	}
	cookie, err := f.flowCookie(state, now)
	if err != nil {
		return Begun{}, err
	}
	// Rows stay a while after their time, so that who comes late can be told so.
	_, err = f.o.Platform.Exec(ctx, `
		with swept as (delete from platform.sign_in_flows where state_hash in (
			select state_hash from platform.sign_in_flows where expires_at < $7 order by expires_at limit 100))
		insert into platform.sign_in_flows (state_hash, provider, intent, keep, return_to, expires_at, account_id, session_id,
			invitation_id, identify_only)
		values ($1, $2, $3, $4, $5, $6, nullif($8::uuid, $10::uuid), nullif($9::uuid, $10::uuid), nullif($11::uuid, $10::uuid), $12)`,
		state.hash[:], r.Provider, string(r.Intent), sealed, CleanReturnTo(r.ReturnTo), now.Add(FlowLife), now.Add(-time.Hour),
		r.boundTo(), session.UUID, uuid.Nil, invitation, r.identifies())
	if err != nil {
		return Begun{}, fmt.Errorf("note the sign-in: %w", err)
	}
	return Begun{URL: beginning.URL, Suffix: state.suffix(), Cookie: cookie, Drop: surplus(r.FlowCookies)}, nil
}

// began returns the session that begins: of an intent the one of the token, of a sign-in the one that it will take the place of, if any.
func (f *Flow) began(ctx context.Context, r BeginRequest) (tenants.SessionID, error) {
	if r.Intent.keepsSession() {
		return r.By.SessionID, nil
	}
	return f.o.Sessions.former(ctx, r.SessionCookie)
}

// surplus names the flow cookies to remove before one more is set: the oldest, and what is no flow cookie at all.
func surplus(cookies map[string]string) []string {
	suffixes := make([]string, 0, len(cookies))
	for suffix := range cookies {
		suffixes = append(suffixes, suffix)
	}
	slices.SortFunc(suffixes, func(a, b string) int {
		newer := begunAt(cookies[b]).Compare(begunAt(cookies[a]))
		if newer != 0 {
			return newer
		}
		return strings.Compare(a, b)
	})
	if len(suffixes) < maxFlowCookies {
		return nil
	}
	return suffixes[maxFlowCookies-1:]
}

func (f *Flow) redirectURI(provider string) string {
	return f.o.PublicURL + "/auth/" + url.PathEscape(provider) + "/callback"
}

// closed holds a provider to the closed set of errors.
func (f *Flow) closed(err error) error {
	if RefusalOf(err) != nil {
		return err
	}
	return Refuse(ErrLoginFailed, "provider", err)
}

// lookup returns an enabled provider as the kind of strategy wanted.
func lookup[T Provider](r *Registry, id string) (T, error) {
	var none T
	p, err := r.Lookup(id)
	if err != nil {
		return none, err
	}
	wanted, ok := p.(T)
	if !ok {
		return none, Refuse(ErrProviderDisabled, "kind", nil)
	}
	return wanted, nil
}
