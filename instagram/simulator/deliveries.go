package simulator

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"parlor/instagram"
)

// giveUpAfter is how long Instagram repeats a delivery. Source: Webhooks for Instagram, read 2026-11-22.
const giveUpAfter = 36 * time.Hour

var (
	errNoCallback = errors.New("no callback URL is configured")
	errGivenUp    = errors.New("delivery was given up")
)

// deliver posts a body until it is answered with 2xx. A slot of room is held during an attempt, not while waiting.
func (s *Simulator) deliver(ctx context.Context, room chan struct{}, body []byte) error {
	if s.o.CallbackURL == "" {
		return errNoCallback
	}
	started := time.Now()
	for attempt := 0; ; attempt++ {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case room <- struct{}{}:
		}
		err := s.post(ctx, body)
		<-room
		if err == nil {
			return nil
		}
		if time.Since(started) > giveUpAfter {
			return errGivenUp
		}
		s.o.Logger.WarnContext(ctx, "webhook not accepted, will retry", "attempt", attempt+1, "error", err)
		if err := wait(ctx, s.o.RetryDelays[min(attempt, len(s.o.RetryDelays)-1)]); err != nil {
			return err
		}
	}
}

// post makes one attempt, which must be answered with 2xx.
func (s *Simulator) post(ctx context.Context, body []byte) error {
	status, err := s.attempt(ctx, body)
	if err == nil && status/100 != 2 {
		err = fmt.Errorf("callback answered %d", status)
	}
	return err
}

// attempt posts a body once and returns the status of the answer. The signature is over the very bytes that are sent.
func (s *Simulator) attempt(ctx context.Context, body []byte) (status int, err error) {
	if s.o.CallbackURL == "" {
		return 0, errNoCallback
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.o.CallbackURL, bytes.NewReader(body))
	if err != nil {
		return 0, fmt.Errorf("callback URL: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "Webhooks/1.0 (parlor simulator)")
	req.Header.Set("X-Hub-Signature-256", instagram.Sign([]byte(s.o.AppSecret.Reveal()), body))
	resp, err := s.o.HTTP.Do(req)
	if err != nil {
		return 0, err
	}
	defer func() { _ = resp.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20)) // so that the connection is used again
	return resp.StatusCode, nil
}

// handshake tries until the callback has answered the challenge, for the service may start later than this.
func (s *Simulator) handshake(ctx context.Context) {
	if s.o.CallbackURL == "" {
		return
	}
	for delay := 100 * time.Millisecond; ; delay = min(2*delay, 10*time.Second) {
		err := s.Verify(ctx)
		if err == nil {
			s.o.Logger.InfoContext(ctx, "webhook callback verified")
			return
		}
		s.o.Logger.DebugContext(ctx, "webhook callback not verified yet", "error", err)
		if wait(ctx, delay) != nil {
			return
		}
	}
}

// Verify makes the handshake once: GET with hub.mode, hub.challenge and hub.verify_token; the callback must answer 200
// with the challenge alone. Source: Webhooks for Instagram, read 2026-11-22.
func (s *Simulator) Verify(ctx context.Context) error {
	if s.o.CallbackURL == "" {
		return errNoCallback
	}
	challenge := challengeNumber()
	query := url.Values{
		"hub.mode": {"subscribe"}, "hub.challenge": {challenge}, "hub.verify_token": {s.o.VerifyToken.Reveal()},
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.o.CallbackURL+"?"+query.Encode(), http.NoBody)
	if err != nil {
		return errors.New("callback URL cannot be used")
	}
	resp, err := s.o.HTTP.Do(req)
	if err != nil {
		return errors.New("callback cannot be reached") // the error's text would hold the verify token
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 1<<10))
	if err != nil {
		return errors.New("callback's answer broke off")
	}
	if resp.StatusCode != http.StatusOK || subtle.ConstantTimeCompare(answer, []byte(challenge)) != 1 {
		return fmt.Errorf("callback answered %d and not the challenge", resp.StatusCode)
	}
	return nil
}

// challengeNumber is a number of nine digits.
func challengeNumber() string {
	return "1" + strings.Map(func(c rune) rune { return '0' + c%10 }, rand.Text()[:8])
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
