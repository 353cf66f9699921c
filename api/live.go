package api

import (
	"context"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"

	"parlor/auth"
	"parlor/conversations"
	"parlor/tenants"
)

// live sends hints of what changed to the tabs of an account. A stream lives as long as its token counts: it ends
// within two seconds of a sign-out on any instance, and at the token's own end.
type live struct {
	hints       *conversations.Live
	revocations *auth.Revocations
	now         func() time.Time
	seats       seats
	open        prometheus.Gauge
	pingEvery   time.Duration

	closing   chan struct{} // closed when the server goes down
	closeOnce sync.Once
}

// close ends all streams, so that a shutdown need not wait for them.
func (h *live) close() { h.closeOnce.Do(func() { close(h.closing) }) }

// stream serves GET /api/v1/ui/events.
func (h *live) stream(c *gin.Context) error {
	ctx, cancel := context.WithCancel(c.Request.Context())
	defer cancel()
	v := verified(ctx)
	release, ok := h.seats.take(v.Principal.SessionID)
	if !ok {
		return errTooManyStreams
	}
	defer release()
	watch, err := h.watch(ctx, v)
	if err != nil {
		return err
	}
	out, err := openStream(c.Writer)
	if err != nil {
		return err
	}
	h.open.Inc()
	defer h.open.Dec()
	h.follow(ctx, out, watch)
	return nil
}

// watch is all that a stream waits for.
type watch struct {
	hints   <-chan conversations.Hint
	ended   <-chan struct{}  // the session counts no more
	expired <-chan time.Time // the token is at its end
}

// watch begins before the first event is written, or a sign-out could fall between.
func (h *live) watch(ctx context.Context, v auth.Verified) (watch, error) {
	ended := h.revocations.Watch(ctx, v.Principal)
	hints, err := h.hints.Subscribe(ctx, v.Principal.UserID)
	return watch{hints: hints, ended: ended, expired: time.After(v.ExpiresAt.Sub(h.now()))}, err
}

type hello struct {
	At time.Time `json:"at"`
}

type messageHint struct {
	ConversationID string `json:"conversation_id"`
	MessageID      string `json:"message_id"`
	Direction      string `json:"direction"`
}

type draftHint struct {
	ConversationID string `json:"conversation_id"`
	Revision       int64  `json:"revision"`
}

type conversationHint struct {
	ConversationID string `json:"conversation_id"`
}

// follow writes until either side ends. A failed write needs no report: the reader is gone.
func (h *live) follow(ctx context.Context, out *stream, w watch) {
	ping := time.NewTicker(h.pingEvery)
	defer ping.Stop()
	err := out.event("hello", hello{At: h.now().UTC()})
	for err == nil {
		select {
		case <-ctx.Done():
			return
		case <-h.closing:
			return
		case <-w.ended:
			_ = out.event("auth_expired", struct{}{})
			return
		case <-w.expired:
			_ = out.event("auth_expired", struct{}{})
			return
		case <-ping.C:
			err = out.ping()
		case hint, open := <-w.hints:
			if !open {
				return // the client connects again, and reads again
			}
			err = h.write(out, hint)
		}
	}
}

// write sends one hint. After a gap nobody knows what was missed: the page is greeted anew and reads again.
func (h *live) write(out *stream, hint conversations.Hint) error {
	if hint.Resync {
		return out.event("hello", hello{At: h.now().UTC()})
	}
	ref := hint.Ref
	switch ref.Kind {
	case tenants.LiveMessage:
		return out.event("message", messageHint{
			ConversationID: ref.ConversationID.String(), MessageID: ref.MessageID.String(), Direction: ref.Direction,
		})
	case tenants.LiveConnection, tenants.LiveSupport, tenants.LiveMembers, tenants.LiveLabels, tenants.LiveSavedReplies:
		return out.event(string(ref.Kind), struct{}{})
	case tenants.LivePresence:
		return out.event("presence", presenceHint{ConversationID: ref.ConversationID.String(), UserID: ref.By.String(), State: ref.Presence})
	case tenants.LiveDraft:
		return out.event("draft", draftHint{ConversationID: ref.ConversationID.String(), Revision: ref.Revision})
	}
	return out.event("conversation", conversationHint{ConversationID: ref.ConversationID.String()})
}
