package auth_test

import (
	"context"
	"errors"
	"net/url"
	"testing"

	"parlor/auth"
	"parlor/instagram"
	"parlor/tenants"
)

// third is a strategy as a later one will be: it announces an issuer and keeps something until the callback.
type third struct {
	kept      string
	finish    func(in auth.FinishInput) (auth.Assertion, error)
	finishing int
}

func (s *third) Descriptor() auth.Descriptor {
	return auth.Descriptor{ID: "third", Kind: auth.KindRedirect, Label: "Third", LoginURL: "/auth/third/login", Issuer: "https://idp.example"}
}

func (s *third) Begin(_ context.Context, in auth.BeginInput) (auth.Beginning, error) {
	return auth.Beginning{URL: "https://idp.example/authorize?state=" + in.State, Keep: []byte(s.kept)}, nil
}

func (s *third) Finish(_ context.Context, in auth.FinishInput) (auth.Assertion, error) {
	s.finishing++
	return s.finish(in)
}

// TestThirdStrategy is what the flow demands of any strategy: the issuer before the error, what was kept unread by the
// database, errors of the closed set, and an assertion that names somebody.
func TestThirdStrategy(t *testing.T) {
	t.Parallel()
	s := &third{kept: "a verifier nobody may read"}
	h := newHouse(t, plan{providers: []auth.Provider{s}})
	good := func(in auth.FinishInput) (auth.Assertion, error) { //nolint:unparam // the signature of Finish
		if string(in.Keep) != s.kept || in.RedirectURI != issuer+"/auth/third/callback" || in.Code != "c" {
			t.Errorf("finishes with %q, %q", in.Keep, in.RedirectURI)
		}
		return auth.Assertion{Provider: "third", Subject: "somebody", AuthTime: h.clock.at, GivesStaff: true, StaffRole: tenants.StaffSupport}, nil
	}
	asserting := func(change func(a *auth.Assertion)) func(auth.FinishInput) (auth.Assertion, error) {
		return func(in auth.FinishInput) (auth.Assertion, error) {
			a, err := good(in)
			change(&a)
			return a, err
		}
	}
	const iss = "https://idp.example"
	for name, tc := range map[string]struct {
		query    url.Values
		finish   func(auth.FinishInput) (auth.Assertion, error)
		want     error
		reason   string
		finished int
	}{
		"good":               {url.Values{"iss": {iss}, "code": {"c"}}, good, nil, "", 1},
		"no issuer":          {url.Values{"code": {"c"}}, good, auth.ErrStateInvalid, "iss", 0},
		"another issuer":     {url.Values{"iss": {"https://evil.example"}, "code": {"c"}}, good, auth.ErrStateInvalid, "iss", 0},
		"two issuers":        {url.Values{"iss": {iss, iss}, "code": {"c"}}, good, auth.ErrStateInvalid, "iss", 0},
		"issuer then error":  {url.Values{"iss": {"x"}, "error": {"access_denied"}}, good, auth.ErrStateInvalid, "iss", 0},
		"error then code":    {url.Values{"iss": {iss}, "error": {"access_denied"}, "code": {"c"}}, good, auth.ErrDenied, "access_denied", 0},
		"another's identity": {url.Values{"iss": {iss}, "code": {"c"}}, asserting(func(a *auth.Assertion) { a.Provider = "instagram" }), auth.ErrUpstream, "assertion_provider", 1},
		"another's grant": {url.Values{"iss": {iss}, "code": {"c"}}, asserting(func(a *auth.Assertion) {
			a.Grant = &instagram.Grant{Profile: instagram.Profile{UserID: casaUserID}}
		}), auth.ErrUpstream, "assertion_grant", 1},
		"nobody": {url.Values{"iss": {iss}, "code": {"c"}}, asserting(func(a *auth.Assertion) { a.Subject = "" }), auth.ErrUpstream, "assertion_subject", 1},
		"an open error": {url.Values{"iss": {iss}, "code": {"c"}}, func(auth.FinishInput) (auth.Assertion, error) {
			return auth.Assertion{}, errors.New("out of the set")
		}, auth.ErrLoginFailed, "provider", 1},
	} {
		s.finish, s.finishing = tc.finish, 0
		begun, err := h.flow.Begin(t.Context(), auth.BeginRequest{Provider: "third"})
		if err != nil {
			t.Fatal(err)
		}
		if n := h.count(`select count(*) from platform.sign_in_flows where position($1::bytea in keep) > 0`, []byte(s.kept)); n != 0 {
			t.Error("what the strategy keeps is stored in the clear")
		}
		to, err := url.Parse(begun.URL)
		if err != nil {
			t.Fatal(err)
		}
		tc.query.Set("state", to.Query().Get("state"))
		in, err := h.flow.Callback(t.Context(), auth.CallbackRequest{
			Method: "GET", Provider: "third", Query: tc.query, FlowCookies: map[string]string{begun.Suffix: begun.Cookie},
		})
		if !errors.Is(err, tc.want) || auth.ReasonOf(err) != tc.reason || s.finishing != tc.finished {
			t.Errorf("%s: %v (%s), finished %d times", name, err, auth.ReasonOf(err), s.finishing)
		}
		if (err == nil) != (in.Cookie != "") {
			t.Errorf("%s: cookie with %v", name, err)
		}
	}
}
