package auth_test

import (
	"context"
	"testing"
	"time"

	"parlor/auth"
	"parlor/instagram"
	"parlor/tenants"
)

// deadlines notes until when Instagram may be asked, on the way in and when the account is connected.
type deadlines struct {
	auth.Redirector
	finish, connect time.Time
}

func (d *deadlines) Finish(ctx context.Context, in auth.FinishInput) (auth.Assertion, error) {
	d.finish, _ = ctx.Deadline()
	return d.Redirector.Finish(ctx, in)
}

func (d *deadlines) Connect(ctx context.Context, _ tenants.AccountID, _ instagram.Grant) error {
	d.connect, _ = ctx.Deadline()
	return nil
}

// One callback has one budget for Instagram: the request's own time must outlast all of it, or a slow Instagram would
// also take the time in which the session is made.
func TestCallbackAsksInstagramWithinOneBudget(t *testing.T) {
	t.Parallel()
	h := open(t)
	d := &deadlines{Redirector: auth.NewInstagram(h.client, h.clock.now)}
	registry, err := auth.NewRegistry(h.clock.now, d)
	if err != nil {
		t.Fatal(err)
	}
	h.flow, err = auth.NewFlow(auth.FlowOptions{
		Platform: h.platform, Registry: registry, Sessions: h.sessions, Keys: h.ring, PublicURL: issuer,
		Connections: d, Creation: auth.CreateOpen, Timeout: time.Minute, Now: h.clock.now,
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.browser().signIn("&sim_approve=nordkaffee"); err != nil {
		t.Fatal(err)
	}
	if d.finish.IsZero() || !d.connect.Equal(d.finish) {
		t.Errorf("Finish until %v, Connect until %v", d.finish, d.connect)
	}
}
