package push

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// Exported for the tests alone.

// QuietAt reports whether it is quiet at a moment.
func QuietAt(q *Quiet, now time.Time) bool { return q.at(now) }

// MaxFailures is how many pushes in a row a subscription may fail.
const MaxFailures = maxFailures

// SendAttempts is how often one push is tried.
const SendAttempts = sendAttempts

// MayBeReached sends to an address past what Subscribe checks, and reports whether the dialler let it.
func (p *Push) MayBeReached(ctx context.Context, s Subscription) bool {
	row := subscriptionRow{SubscriptionID: uuid.New()}
	return p.deliver(ctx, row, sealedSubscription{Endpoint: s.Endpoint, P256DH: s.P256DH, Auth: s.Auth}, []byte("{}")) != gone
}
