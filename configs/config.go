package configs

import (
	"log/slog"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// The words that PARLOR_PROVIDERS, PARLOR_ACCOUNT_CREATION, PARLOR_BOOTSTRAP_MODE and PARLOR_LOG_FORMAT take.
const (
	ProviderBootstrap = "bootstrap"
	ProviderInstagram = "instagram"
	ProviderOIDC      = "oidc"

	CreationAllowlist = "allowlist"
	CreationApproval  = "approval"
	CreationOpen      = "open"

	BootstrapSelf  = "self"
	BootstrapProxy = "proxy"

	LogJSON = "json"
	LogText = "text"
)

// Config is everything that can be set, checked. It holds secrets only as Secret and SessionKey, which do not print.
type Config struct {
	HTTP       HTTP
	Database   Database
	Sessions   Sessions
	SealingKey Key // seals Instagram tokens at rest
	AuditKey   Key // chains the lines of the accounts' logs
	PushKey    Key // names the installation to push services; not set: nobody is told by push
	Log        Log
	Providers  []string // who may be at the door, in the order of the login page
	Accounts   Accounts
	Bootstrap  Bootstrap
	Instagram  Instagram
	OIDC       OIDC
	Media      Media
	// RawKeep is how long the raw bytes of a webhook item are kept after it was applied.
	RawKeep time.Duration
	// MinSilence is how long an account may hear nothing, at the least, before the watchdog asks Instagram.
	MinSilence time.Duration
	// UnreadableKeep is how long a well-signed webhook body that cannot be read is kept for a look.
	UnreadableKeep time.Duration
}

// HTTP is where Parlor listens and what it is called from outside.
type HTTP struct {
	Addr            string         // of the service
	OpsAddr         string         // of /healthz, /readyz and /metrics; never a public one
	PublicURL       *url.URL       // origin that browsers use: scheme and host alone
	TrustedProxies  []netip.Prefix // whose X-Forwarded-For counts; none by default
	ShutdownTimeout time.Duration  // bound of a graceful stop
}

// Database holds one connection string for each of Parlor's login roles.
type Database struct {
	App      Secret // member of parlor_app: tenant rows, fenced by row-level security
	Platform Secret // member of parlor_platform: sessions, accounts, deliveries, jobs
	Migrate  Secret // member of parlor_owner: only `migrate` and `db init` need it
	Admin    Secret // a superuser: only `db init` needs it
	MaxConns int32  // of each of the two pools of one instance
}

// Sessions is how long a sign-in lasts, and the keys that sign its tokens.
type Sessions struct {
	Keys          []SessionKey  // newest last or first, as written; never empty after FromEnv
	KeysFile      string        // where they stand; empty: in the environment, so that they change by a restart alone
	KeysText      Secret        // what stood there
	TokenLife     time.Duration // of one token
	Life          time.Duration // of a session, however much it is used
	IdleLife      time.Duration // of a session that is not used
	BootstrapLife time.Duration // of a session made by the bootstrap provider, idle or not
	KeepDisabled  bool          // the sessions of a provider that was switched off go on to their own end
}

// Key is 32 random bytes. It does not print.
type Key struct{ secret Secret }

// Bytes returns the key: 32 bytes, or none when it is not set.
func (k Key) Bytes() []byte { return []byte(k.secret.Reveal()) }

// Log is how Parlor logs to standard error.
type Log struct {
	Level  slog.Level
	Format string // LogJSON or LogText
}

// Accounts says who may bring a new account by signing in with Instagram.
type Accounts struct {
	NoStaff   bool     // nobody of staff need be able to sign in
	Creation  string   // CreationAllowlist, CreationApproval or CreationOpen
	Allowlist []string // Instagram user ids; ids, since usernames are recycled
}

// Bootstrap is the operator's sign-in of the roll-out.
type Bootstrap struct {
	Mode         string            // BootstrapSelf or BootstrapProxy
	HtpasswdFile string            // path; self mode
	Staff        map[string]string // user → staff role
	Members      map[string]string // user → role in the default account
	ProxySecret  Secret            // proxy mode: what nginx must send in X-Proxy-Auth
	ProxyCIDRs   []netip.Prefix    // proxy mode: from where nginx sends it
	ExpiresAt    time.Time         // zero = never
	Tries        Tries             // of passwords

	InstagramUserID      string // of the default account; empty = there is none
	InstagramAccessToken Secret // phase 1: its 60-day token, from Meta's dashboard
}

// Tries is how many wrong passwords are taken in one window, before every further one is refused.
type Tries struct {
	User    int // of one name
	Address int // of one client
	Global  int // of everybody
	Window  time.Duration
}

// Instagram is the app that Meta knows, and where Meta is.
type Instagram struct {
	AppID          string
	AppSecret      Secret
	WebhookSecrets []Secret // any of them may sign a webhook; the app secret when none is set
	VerifyToken    Secret   // of the webhook handshake
	GraphURL       *url.URL
	APIURL         *url.URL
	AuthorizeURL   *url.URL
	Version        string // of the Graph API, v25.0
	HumanAgent     bool   // Meta has given the app the human-agent permission
}

// OIDC is the OpenID provider by which staff sign in.
type OIDC struct {
	Issuer       *url.URL
	ClientID     string
	ClientSecret Secret
	Label        string            // of the button
	Scopes       []string          // besides openid
	GroupsClaim  string            // the claim that lists a person's groups
	Roles        map[string]string // group → staff role
	StaffLife    time.Duration     // of a session of staff
}

// Media is what passes through in pictures, videos and files.
type Media struct {
	BlobURL    string   // file:///directory or s3://bucket?region=…; empty: nothing can be uploaded
	KeepDays   int      // how long copies of what customers sent are kept, sealed; 0: never made
	ExtraHosts []string // host:port from which media may come besides Instagram's; for a simulated Instagram
}

// FromEnv reads the settings of `parlor serve` from an environment in the form of os.Environ. Its error is Faults:
// everything that is wrong, at once.
func FromEnv(environ []string) (Config, error) {
	c, r := read(environ)
	check(c, r)
	return c, r.faults.err(func(Fault) bool { return true })
}

// DatabaseFromEnv reads the connection strings alone, for the commands that need nothing else; required names the
// keys that must be set. Faults of other keys do not count, misspelt keys do.
func DatabaseFromEnv(environ []string, required ...string) (Database, error) {
	c, r := read(environ)
	for _, key := range required {
		r.require(key, "")
	}
	checkRoles(c, r)
	return c.Database, r.faults.err(func(f Fault) bool { return isDatabaseKey(f.Key) || f.Problem == unknownKey })
}

// AuditKeyFromEnv reads the key of the accounts' logs alone, for the commands that write a line or check them. Faults of other keys do not
// count, misspelt keys do.
func AuditKeyFromEnv(environ []string) (Key, error) {
	c, r := read(environ)
	r.require("AUDIT_KEY", "")
	return c.AuditKey, r.faults.err(func(f Fault) bool { return strings.HasPrefix(f.Key, prefix+"AUDIT_KEY") || f.Problem == unknownKey })
}

// InstagramFromEnv reads the Instagram app alone, for the simulator that plays its other side. Faults of other keys do
// not count, misspelt keys do.
func InstagramFromEnv(environ []string) (Instagram, error) {
	c, r := read(environ)
	r.require("INSTAGRAM_APP_SECRET", "")
	r.require("INSTAGRAM_VERIFY_TOKEN", "")
	ours := func(f Fault) bool { return strings.HasPrefix(f.Key, prefix+"INSTAGRAM_") || f.Problem == unknownKey }
	return c.Instagram, r.faults.err(ours)
}

// PublicURLFromEnv reads the public URL alone, for the commands that print an address; other settings do not count.
func PublicURLFromEnv(environ []string) (*url.URL, error) {
	c, r := read(environ)
	r.require("PUBLIC_URL", "")
	return c.HTTP.PublicURL, r.faults.err(func(f Fault) bool { return f.Key == prefix+"PUBLIC_URL" })
}

// OpsAddrFromEnv reads where the operations listener is, for a health check; other settings do not count.
func OpsAddrFromEnv(environ []string) (string, error) {
	c, r := read(environ)
	return c.HTTP.OpsAddr, r.faults.err(func(f Fault) bool { return f.Key == prefix+"OPS_ADDR" })
}

// Keys returns every key that FromEnv knows with its default, the KEY_FILE of secrets among them.
func Keys() map[string]string {
	_, r := read(nil)
	return r.keys
}
