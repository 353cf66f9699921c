package authtest

import (
	"context"
	"net/url"
	"testing"
	"time"

	"parlor/auth"
)

func runRedirector(t *testing.T, factory Factory) {
	t.Helper()
	t.Run("begin", func(t *testing.T) { checkBegin(t, factory(t)) })
	t.Run("good, with a stable subject", func(t *testing.T) {
		s := factory(t)
		for range 2 {
			a, err := s.finish(t.Context(), s.code(t))
			s.assertion(t, a, err)
		}
	})
	t.Run("a code serves once", func(t *testing.T) {
		s := factory(t)
		code := s.code(t)
		a, err := s.finish(t.Context(), code)
		s.assertion(t, a, err)
		a, err = s.finish(t.Context(), code)
		s.refusal(t, a, err, auth.ErrLoginFailed)
	})
	t.Run("foreign code", func(t *testing.T) {
		s := factory(t)
		a, err := s.finish(t.Context(), "AQnobody-gave-this-code")
		s.refusal(t, a, err, auth.ErrLoginFailed)
	})
	t.Run("another redirect URI", func(t *testing.T) {
		s := factory(t)
		code := s.code(t)
		a, err := s.redirector().Finish(t.Context(), auth.FinishInput{Code: code, RedirectURI: s.RedirectURI + "/", Keep: s.keep})
		s.refusal(t, a, err, auth.ErrLoginFailed)
	})
	t.Run("caller gone", func(t *testing.T) {
		s := factory(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		a, err := s.finish(ctx, "AQany")
		s.refusal(t, a, err)
		if _, err := s.redirector().Begin(ctx, auth.BeginInput{State: "x", RedirectURI: s.RedirectURI}); err == nil {
			t.Error("begins for a caller who is gone")
		}
	})
	for _, step := range factory(t).Steps {
		for name, way := range Misbehaviours() {
			t.Run("upstream "+name+" at "+step, func(t *testing.T) {
				t.Parallel()
				s := factory(t)
				s.misbehaving(t, step, way)
			})
		}
	}
}

// misbehaving finishes while the upstream is bad at one step, and again when it is well.
func (s *Subject) misbehaving(t *testing.T, step string, way Misbehaviour) {
	t.Helper()
	code := s.code(t)
	s.Upstream.Misbehave(step, way)
	ctx, cancel := context.WithTimeout(t.Context(), way.bound())
	defer cancel()
	startedAt := time.Now()
	a, err := s.finish(ctx, code)
	if took := time.Since(startedAt); took > finishWithin {
		t.Errorf("took %s", took)
	}
	s.refusal(t, a, err, way.Wants...)
	if s.Upstream.Met() == 0 {
		t.Error("the strategy never met the bad upstream")
	}
	s.Upstream.Behave()
	a, err = s.finish(t.Context(), s.code(t))
	s.assertion(t, a, err)
}

func checkBegin(t *testing.T, s *Subject) {
	t.Helper()
	const state = "a-state-of-the-flow_0123456789"
	before := s.Upstream.Calls()
	first, err := s.redirector().Begin(t.Context(), auth.BeginInput{State: state, RedirectURI: s.RedirectURI})
	if err != nil {
		t.Fatal(err)
	}
	to, err := url.Parse(first.URL)
	if err != nil || !to.IsAbs() {
		t.Fatalf("not an absolute address: %v", err)
	}
	if q := to.Query(); q.Get("state") != state || q.Get("redirect_uri") != s.RedirectURI || q.Get("response_type") != "code" {
		t.Errorf("state, redirect_uri or response_type is missing from %s", to.Path)
	}
	s.silent(t, "the address", first.URL)
	if s.Upstream.Calls() != before {
		t.Error("Begin calls the other site")
	}
}

func (s *Subject) redirector() auth.Redirector { return s.Provider.(auth.Redirector) }

func (s *Subject) finish(ctx context.Context, code string) (auth.Assertion, error) {
	return s.redirector().Finish(ctx, auth.FinishInput{Code: code, RedirectURI: s.RedirectURI, Keep: s.keep})
}

// code begins and consents.
func (s *Subject) code(t *testing.T) string {
	t.Helper()
	begun, err := s.redirector().Begin(t.Context(), auth.BeginInput{State: "some-state", RedirectURI: s.RedirectURI})
	if err != nil {
		t.Fatal(err)
	}
	s.keep = begun.Keep
	code := s.Answer(t, begun.URL)
	s.Secrets = append(s.Secrets, code)
	return code
}
