package simulator

import (
	"errors"
	"log/slog"
	"net/http"
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
}

var errShapes = errors.New(`permissions must be "", "string", "array" or "absent"`)

func (s Shapes) check() error {
	switch s.Permissions {
	case "", "string", "array", "absent":
		return nil
	}
	return errShapes
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
