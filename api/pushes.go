package api

import (
	"context"

	"parlor/conversations/push"
)

const pushPath = "/api/v1/ui/notifications/push"

// pushes is what tells a person's devices of new messages while no page is open.
type pushes struct{ push *push.Push }

func (h *pushes) show(ctx context.Context, _ *noInput) (*pushOutput, error) {
	subscribed, err := h.push.Subscribed(ctx)
	if err != nil {
		return nil, err
	}
	key := h.push.PublicKey()
	return &pushOutput{Body: PushState{Available: key != "", PublicKey: key, Subscribed: subscribed}}, nil
}

func (h *pushes) subscribe(ctx context.Context, in *pushInput) (*struct{}, error) {
	s := push.Subscription{Endpoint: in.Body.Endpoint, P256DH: in.Body.Keys.P256DH, Auth: in.Body.Keys.Auth}
	if q := in.Body.Quiet; q != nil {
		s.Quiet = &push.Quiet{From: q.From, To: q.To, Zone: q.Zone}
	}
	return nil, h.push.Subscribe(ctx, s)
}

func (h *pushes) unsubscribe(ctx context.Context, _ *noInput) (*struct{}, error) {
	return nil, h.push.Unsubscribe(ctx)
}

type pushOutput struct{ Body PushState }

// PushState says whether the session that asks is told of its account's news.
type PushState struct {
	Available  bool   `json:"available" doc:"False: the installation has push switched off"`
	PublicKey  string `json:"public_key" doc:"The applicationServerKey to subscribe to, in base64url; empty if not available"`
	Subscribed bool   `json:"subscribed" doc:"This session is told of this account's news"`
}

type pushInput struct{ Body PushSubscription }

// PushSubscription is the browser's PushSubscription, and when it wants to be left alone.
type PushSubscription struct {
	Endpoint string     `json:"endpoint" maxLength:"2048" doc:"An https address at a host of the internet"`
	Keys     PushKeys   `json:"keys"`
	Quiet    *PushQuiet `json:"quiet,omitempty" doc:"Hours in which nothing is sent; left out: none"`
}

// PushKeys are the keys of a subscription, in base64url.
type PushKeys struct {
	P256DH string `json:"p256dh" maxLength:"128"`
	Auth   string `json:"auth" maxLength:"64"`
}

// PushQuiet are hours of each day. They may lie over midnight; hours that begin when they end are the whole day.
type PushQuiet struct {
	From int    `json:"from" minimum:"0" maximum:"1439" doc:"Minutes after midnight"`
	To   int    `json:"to" minimum:"0" maximum:"1439"`
	Zone string `json:"zone" minLength:"1" maxLength:"64" doc:"IANA name, such as Europe/Vienna"`
}
