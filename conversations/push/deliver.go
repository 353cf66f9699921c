package push

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	webpush "github.com/SherClockHolmes/webpush-go"

	"parlor/conversations/media"
	"parlor/tenants"
)

const (
	sendTime = 10 * time.Second // of one request
	keepFor  = 4 * time.Hour    // at the push service, for a device that is away
)

// outcome is what came of one request.
type outcome int

const (
	taken   outcome = iota
	gone            // the push service knows no such subscription, or its address leads where nobody may go
	refused         // and would be refused again
	busy            // or away: worth another try
)

// errAway is all that is said of a try that is worth another one: River keeps it, and addresses are not to be kept.
var errAway = errors.New("the push service is busy or cannot be reached")

// deliver sends one push to one device.
func (p *Push) deliver(ctx context.Context, row subscriptionRow, to sealedSubscription, text []byte) outcome {
	ctx, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	answer, err := webpush.SendNotificationWithContext(ctx, text, &webpush.Subscription{
		Endpoint: to.Endpoint, Keys: webpush.Keys{P256dh: to.P256DH, Auth: to.Auth},
	}, &webpush.Options{
		HTTPClient: direct{p.o.Transport}, Subscriber: p.contact, VAPIDPublicKey: p.publicKey, VAPIDPrivateKey: p.privateKey,
		TTL: int(keepFor / time.Second), Urgency: webpush.UrgencyHigh, Topic: topic(row),
	})
	if errors.Is(err, media.ErrRefused) {
		p.log(ctx, row, "push.address_refused", 0)
		return gone
	}
	if err != nil {
		p.log(ctx, row, "push.not_sent", 0)
		return busy
	}
	defer func() { _ = answer.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 4<<10)) // so that the connection can be used again
	came := judge(answer.StatusCode)
	if came != taken {
		p.log(ctx, row, "push.refused", answer.StatusCode)
	}
	return came
}

func (p *Push) log(ctx context.Context, row subscriptionRow, event string, status int) {
	p.o.Logger.InfoContext(ctx, event, "account_id", row.AccountID.String(), "subscription_id", row.SubscriptionID.String(), "status", status)
}

// judge reads a status by RFC 8030, sections 5 and 8.4.
func judge(status int) outcome {
	switch {
	case status >= 200 && status < 300:
		return taken
	case status == http.StatusNotFound, status == http.StatusGone:
		return gone
	case status == http.StatusTooManyRequests, status >= 500:
		return busy
	}
	return refused
}

// topic lets a newer push take the place of one that waits for the same device (RFC 8030, section 5.4). It tells the push service nothing: the
// subscription's own id, of which there is one a browser and account.
func topic(row subscriptionRow) string {
	return base64.RawURLEncoding.EncodeToString(row.SubscriptionID[:])
}

// direct sends by the transport itself: it follows nowhere, keeps no cookies, and its errors do not quote the address.
type direct struct{ transport http.RoundTripper }

// Do implements webpush.HTTPClient.
func (d direct) Do(r *http.Request) (*http.Response, error) { return d.transport.RoundTrip(r) }

// settle writes down what came of it. An error makes River try again.
func (p *Push) settle(ctx context.Context, row subscriptionRow, came outcome, last bool) error {
	switch {
	case came == gone:
		return p.remove(ctx, "subscription_id = ?", row.SubscriptionID)
	case came == busy && !last:
		return errAway
	case came != taken && row.Failures+1 >= maxFailures:
		return p.remove(ctx, "subscription_id = ?", row.SubscriptionID)
	}
	changes := map[string]any{"failures": row.Failures + 1}
	if came == taken {
		changes = map[string]any{"failures": 0, "last_ok_at": p.o.Now().UTC()}
	}
	err := p.o.DB.InTenant(ctx, func(tx *tenants.Tx) error {
		return tx.DB().Model(&subscriptionRow{}).Where("subscription_id = ?", row.SubscriptionID).Updates(changes).Error
	})
	if err != nil {
		return fmt.Errorf("note what came of a push: %w", err)
	}
	return nil
}
