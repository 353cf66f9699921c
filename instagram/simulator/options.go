package simulator

import (
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"parlor/instagram"
)

// Options configures a Simulator. AppSecret is required; the rest has defaults.
type Options struct {
	AppID        string           // default DefaultAppID
	AppSecret    instagram.Secret // signs webhooks and tokens
	RedirectURIs []string         // registered, compared byte for byte
	CallbackURL  string           // where webhooks go; empty: they are counted and dropped
	VerifyToken  instagram.Secret // of the handshake
	URL          string           // where this simulator is reached; default: http and the host that a request names
	Shapes       Shapes           // which of the documented answer shapes to give

	Seed          uint64    // of the history; the same seed gives the same texts, people and ids
	Conversations int       // per business; 0: 100, below 0: none
	SeededAt      time.Time // the history ends here; default the first start's time

	StateFile   string          // subscriptions, customers and messages survive a restart here; empty: memory only
	InFlight    int             // deliveries under way at once; default 4
	RetryDelays []time.Duration // before each further attempt; the last repeats until 36 hours are over
	HTTP        *http.Client    // sends webhooks; default one with a timeout of 10s
	Logger      *slog.Logger    // default: discards
	Now         func() time.Time
}

// DefaultAppID is the Instagram app id when Options names none.
const DefaultAppID = "990602627938098"

// Shapes switches between the answer shapes that Meta's pages and live captures show. The zero value is what live
// traffic shows most. Change it at run time with POST /_sim/shapes.
type Shapes struct {
	Wrapped      bool   `json:"wrapped"`       // token and profile as {"data":[{…}]}
	NumericIDs   bool   `json:"numeric_ids"`   // ids as JSON numbers
	Permissions  string `json:"permissions"`   // "" or "string", "array", "absent"
	NestedErrors bool   `json:"nested_errors"` // errors of the code exchange as {"error":{…}}
	OuterArray   bool   `json:"outer_array"`   // webhook bodies inside an array
	LowerTypes   bool   `json:"lower_types"`   // account_type as Business instead of BUSINESS

	EchoFirst     bool `json:"echo_first"`       // the echo of a send is delivered before its answer
	NoEchoes      bool `json:"no_echoes"`        // sends by the API are not echoed
	HumanAgent    bool `json:"human_agent"`      // the app has the human-agent permission
	EnforceRate   bool `json:"enforce_rate"`     // an account's third call within a second is refused, sends not counted
	RateCode      int  `json:"rate_code"`        // of that error: 613 or 80002; 0: 613
	UsagePercent  int  `json:"usage_percent"`    // what the usage headers say; 0: the truth, below 0: there are none
	RegainMinutes int  `json:"regain_minutes"`   // estimated_time_to_regain_access of the usage headers
	OldCode       int  `json:"old_message_code"` // of the error for a message older than the newest 20; 0: 100

	EditNoise bool   `json:"edit_noise"` // each message is followed by a message_edit without text, which is no edit
	Parties   string `json:"parties"`    // how a conversation names the business: "" by its user id as id, "user_id" beside another id, "username" alone
	BareTo    bool   `json:"bare_to"`    // a message's to as a bare array
	UnixTimes bool   `json:"unix_times"` // times of the Conversations API as seconds
}

var errShapes = errors.New(`permissions must be "", "string", "array" or "absent"; parties "", "user_id" or "username"`)

func (s Shapes) check() error {
	if !slices.Contains([]string{"", "string", "array", "absent"}, s.Permissions) || !slices.Contains([]string{"", "user_id", "username"}, s.Parties) {
		return errShapes
	}
	return nil
}

// defaultRetryDelays follow the documented course: immediately, then a few times, ever more rarely.
var defaultRetryDelays = []time.Duration{
	0, 500 * time.Millisecond, time.Second, 2 * time.Second, 5 * time.Second, 15 * time.Second, time.Minute,
}

func (o Options) withDefaults() Options {
	if o.AppID == "" {
		o.AppID = DefaultAppID
	}
	if o.Conversations == 0 {
		o.Conversations = 100
	}
	if o.InFlight <= 0 {
		o.InFlight = 4
	}
	if len(o.RetryDelays) == 0 {
		o.RetryDelays = defaultRetryDelays
	}
	if o.HTTP == nil {
		o.HTTP = &http.Client{Timeout: 10 * time.Second}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}
