package authtest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"parlor/auth"
)

// Subject is a strategy to try, and what it needs.
type Subject struct {
	Provider auth.Provider
	Want     string   // the subject of the good assertion
	Secrets  []string // what no error and no descriptor may contain

	// Of a Direct strategy.
	Good auth.Credential
	Bad  map[string]auth.Credential // by name; each is refused with ErrInvalidCredentials

	// Of a Redirector.
	RedirectURI string
	Answer      func(t *testing.T, authURL string) string // consents at the other site and returns the code
	Upstream    *Upstream                                 // through which the strategy reaches the other site
	Steps       []string                                  // paths of its calls, in order
	keep        []byte                                    // of the last beginning
}

// Factory makes a fresh Subject; what it starts ends with the test.
type Factory func(t *testing.T) *Subject

// closedSet is every refusal that a strategy may answer.
var closedSet = []error{
	auth.ErrDenied, auth.ErrPersonalAccount, auth.ErrMissingPermission, auth.ErrAccountNotAllowed, auth.ErrUpstream,
	auth.ErrLoginFailed, auth.ErrProviderDisabled, auth.ErrInvalidCredentials, auth.ErrThrottled,
}

// RunProvider runs the suite.
func RunProvider(t *testing.T, factory Factory) {
	t.Helper()
	t.Run("descriptor", func(t *testing.T) { checkDescriptor(t, factory(t)) })
	t.Run("registry", func(t *testing.T) {
		if _, err := auth.NewRegistry(nil, factory(t).Provider); err != nil {
			t.Error(err)
		}
	})
	_, direct := factory(t).Provider.(auth.Direct)
	if direct {
		runDirect(t, factory)
		return
	}
	runRedirector(t, factory)
}

func checkDescriptor(t *testing.T, s *Subject) {
	t.Helper()
	d := s.Provider.Descriptor()
	if d != s.Provider.Descriptor() {
		t.Error("the descriptor changes from call to call")
	}
	if d.ID == "" || d.Label == "" {
		t.Errorf("id or label is empty: %+v", d)
	}
	if d.Kind == auth.KindPassword != (d.LoginURL == "") {
		t.Errorf("kind %s with login URL %q", d.Kind, d.LoginURL)
	}
	if d.LoginURL != "" && d.LoginURL != "/auth/"+d.ID+"/login" {
		t.Errorf("login URL %q is not the one of %q", d.LoginURL, d.ID)
	}
	s.silent(t, "the descriptor", fmt.Sprintf("%+v", d))
}

// silent reports any secret in a text.
func (s *Subject) silent(t *testing.T, what, text string) {
	t.Helper()
	for _, secret := range s.Secrets {
		if secret != "" && strings.Contains(text, secret) {
			t.Errorf("%s contains a secret", what)
		}
	}
}

// assertion checks a good answer.
func (s *Subject) assertion(t *testing.T, a auth.Assertion, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("the good one is refused: %v", err)
	}
	if a.Provider != s.Provider.Descriptor().ID || a.Subject != s.Want || a.Subject == "" {
		t.Errorf("asserts %q %q, want %q %q", a.Provider, a.Subject, s.Provider.Descriptor().ID, s.Want)
	}
	if a.AuthTime.IsZero() || a.DisplayName == "" {
		t.Errorf("no time or no display name: %+v", a)
	}
	s.silent(t, "the assertion", fmt.Sprintf("%+v", a))
}

// refusal checks an error: of the closed set (or of want, when given), with a reason, silent, and with nothing asserted.
func (s *Subject) refusal(t *testing.T, a auth.Assertion, err error, want ...error) {
	t.Helper()
	if len(want) == 0 {
		want = closedSet
	}
	if !slices.ContainsFunc(want, func(w error) bool { return errors.Is(err, w) }) {
		t.Fatalf("err = %v, want one of %v", err, want)
	}
	if auth.ReasonOf(err) == "" {
		t.Errorf("no reason for the log: %v", err)
	}
	if a.Subject != "" || a.Grant != nil || a.StaffRole != "" {
		t.Error("an error comes with an assertion")
	}
	s.silent(t, "the error", err.Error()+fmt.Sprintf("%+v %#v", err, err))
}

func runDirect(t *testing.T, factory Factory) {
	t.Helper()
	verify := func(ctx context.Context, s *Subject, c auth.Credential) (auth.Assertion, error) {
		return s.Provider.(auth.Direct).Verify(ctx, c)
	}
	t.Run("good, with a stable subject", func(t *testing.T) {
		s := factory(t)
		for range 2 {
			a, err := verify(t.Context(), s, s.Good)
			s.assertion(t, a, err)
		}
	})
	for name, c := range factory(t).Bad {
		t.Run("bad "+name, func(t *testing.T) {
			s := factory(t)
			a, err := verify(t.Context(), s, c)
			s.refusal(t, a, err, auth.ErrInvalidCredentials)
		})
	}
	t.Run("nothing at all", func(t *testing.T) {
		s := factory(t)
		a, err := verify(t.Context(), s, auth.Credential{})
		s.refusal(t, a, err, auth.ErrInvalidCredentials)
	})
	t.Run("caller gone", func(t *testing.T) {
		s := factory(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		a, err := verify(ctx, s, s.Good)
		s.refusal(t, a, err)
	})
	t.Run("many at once", func(t *testing.T) {
		s := factory(t)
		errs := make(chan error, 16)
		for range cap(errs) {
			go func() {
				_, err := verify(t.Context(), s, s.Good)
				errs <- err
			}()
		}
		for range cap(errs) {
			if err := <-errs; err != nil && !errors.Is(err, auth.ErrThrottled) {
				t.Error(err)
			}
		}
	})
}

// finishWithin bounds what an upstream may cost.
const finishWithin = 5 * time.Second
