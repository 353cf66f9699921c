package auth_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"parlor/auth"
	"parlor/tenants"
)

// TestTokenRoundTrip gives back what was put in, for an account and for staff.
func TestTokenRoundTrip(t *testing.T) {
	t.Parallel()
	m := newMint(t)
	both := owner()
	both.StaffRole = tenants.StaffOperator
	staff := tenants.Principal{
		UserID: tenants.NewUserID(), SessionID: tenants.NewSessionID(), Provider: "bootstrap", StaffRole: tenants.StaffSupport,
	}
	for name, tc := range map[string]struct {
		p    tenants.Principal
		want auth.TokenType
	}{"owner": {owner(), auth.TypeUI}, "operator with a membership": {both, auth.TypeUI}, "staff": {staff, auth.TypeStaff}} {
		issued, err := m.Issue(auth.Subject{Principal: tc.p, AuthTime: m.clock.at, NotAfter: m.clock.at.Add(30 * 24 * time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
		if issued.ExpiresIn() != 86400*time.Second {
			t.Errorf("%s: lives %s", name, issued.ExpiresIn())
		}
		v, err := m.Verify(issued.Token, auth.TypeUI, auth.TypeStaff)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if v.Type != tc.want || v.Principal.UserID != tc.p.UserID || v.Principal.AccountID != tc.p.AccountID ||
			v.Principal.Role != tc.p.Role || v.Principal.StaffRole != tc.p.StaffRole || v.Principal.Version != tc.p.Version ||
			v.Principal.SessionID != tc.p.SessionID || v.Principal.Provider != tc.p.Provider || !v.ExpiresAt.Equal(issued.ExpiresAt) {
			t.Errorf("%s: got %+v", name, v)
		}
		_, claims, _ := splitRaw(issued.Token)
		if _, has := decodeMap(t, claims)["account_id"]; has != (tc.want == auth.TypeUI) {
			t.Errorf("%s: account_id in the claims: %v", name, has)
		}
	}
}

// TestTokenEndsWithSession never lets a token outlive its session.
func TestTokenEndsWithSession(t *testing.T) {
	t.Parallel()
	m := newMint(t)
	issued, err := m.Issue(auth.Subject{Principal: owner(), AuthTime: m.clock.at, NotAfter: m.clock.at.Add(90 * time.Minute)})
	if err != nil || issued.ExpiresIn() != 90*time.Minute {
		t.Errorf("lives %s, %v", issued.ExpiresIn(), err)
	}
	if _, err := m.Issue(auth.Subject{Principal: owner(), AuthTime: m.clock.at, NotAfter: m.clock.at}); !errors.Is(err, auth.ErrNoSession) {
		t.Errorf("token of a session that is over: %v", err)
	}
	opened := m.clock.at.Add(-1500 * time.Millisecond) // a session that lives as long as a token, just made
	fresh, err := m.Issue(auth.Subject{Principal: owner(), AuthTime: opened, NotAfter: opened.Add(24 * time.Hour)})
	if err != nil || fresh.ExpiresIn() != 24*time.Hour {
		t.Errorf("first token lives %s, %v; want the whole day", fresh.ExpiresIn(), err)
	}
	nobody := owner()
	nobody.AccountID = tenants.AccountID{}
	if _, err := m.Issue(auth.Subject{Principal: nobody, AuthTime: m.clock.at, NotAfter: m.clock.at.Add(time.Hour)}); err == nil {
		t.Error("token for neither an account nor staff")
	}
}

// TestRefusalOrder decides the four refusals in the contract's order when several would fit.
func TestRefusalOrder(t *testing.T) {
	t.Parallel()
	m := newMint(t)
	h, c := m.good(t)
	past := map[string]any{"exp": m.clock.at.Unix() - 3600}
	typed := func(changes map[string]any) map[string]any { return with(changes, map[string]any{"type": "refresh"}) }
	wrongKey := sign(randomKey(32), toJSON(h), toJSON(with(c, typed(past))))
	for name, tc := range map[string]struct {
		raw  string
		want *auth.Refusal
		text string
	}{
		"nothing":                                {"", auth.ErrMissingToken, "missing session token"},
		"bad signature, expired, of other type":  {wrongKey, auth.ErrInvalidToken, "invalid session token"},
		"wrong issuer, expired, of other type":   {sign(m.key, toJSON(h), toJSON(with(c, with(typed(past), map[string]any{"iss": "x"})))), auth.ErrInvalidToken, "invalid session token"},
		"expired, of other type":                 {sign(m.key, toJSON(h), toJSON(with(c, typed(past)))), auth.ErrSessionExpired, "session expired"},
		"expired":                                {sign(m.key, toJSON(h), toJSON(with(c, past))), auth.ErrSessionExpired, "session expired"},
		"of other type":                          {sign(m.key, toJSON(h), toJSON(with(c, typed(nil)))), auth.ErrTokenType, "invalid token type"},
		"a key of the direct API":                {"parlor_abcdefgh_" + strings.Repeat("a", 40) + "_00000000", auth.ErrInvalidToken, "invalid session token"},
		"nonsense":                               {"x", auth.ErrInvalidToken, "invalid session token"},
		"of other type and without its own form": {sign(m.key, toJSON(h), toJSON(with(c, map[string]any{"type": "refresh", "sid": nil}))), auth.ErrInvalidToken, "invalid session token"},
	} {
		_, err := m.Verify(tc.raw, auth.TypeUI)
		if !errors.Is(err, tc.want) || tc.want.Error() != tc.text {
			t.Errorf("%s: %v, want %v", name, err, tc.want)
		}
	}
	codes := map[*auth.Refusal]auth.Code{
		auth.ErrMissingToken: "missing_token", auth.ErrInvalidToken: "invalid_token",
		auth.ErrSessionExpired: "session_expired", auth.ErrTokenType: "invalid_token",
	}
	for is, code := range codes {
		if is.Code() != code {
			t.Errorf("%v has code %s, want %s", is, is.Code(), code)
		}
	}
}

// TestStaffTokenNeedsItsEndpoint refuses a staff session where an account is needed, and the other way round.
func TestStaffTokenNeedsItsEndpoint(t *testing.T) {
	t.Parallel()
	m := newMint(t)
	staff := tenants.Principal{
		UserID: tenants.NewUserID(), SessionID: tenants.NewSessionID(), Provider: "bootstrap", StaffRole: tenants.StaffSupport,
	}
	for name, tc := range map[string]struct {
		p      tenants.Principal
		accept auth.TokenType
	}{"staff at the inbox": {staff, auth.TypeUI}, "owner where only staff may go": {owner(), auth.TypeStaff}} {
		issued, err := m.Issue(auth.Subject{Principal: tc.p, AuthTime: m.clock.at, NotAfter: m.clock.at.Add(time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.Verify(issued.Token, tc.accept); !errors.Is(err, auth.ErrTokenType) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzVerify accepts nothing but what was signed by the ring's key, whatever the bytes.
func FuzzVerify(f *testing.F) {
	m := newMint(f)
	h, c := m.good(f)
	good := sign(m.key, toJSON(h), toJSON(c))
	f.Add(good)
	f.Add(good + "=")
	f.Add("..")
	f.Fuzz(func(t *testing.T, raw string) {
		if _, err := m.Verify(raw, auth.TypeUI, auth.TypeStaff); err == nil && raw != good {
			t.Errorf("accepted %q", raw)
		}
	})
}

// FuzzVerifySigned feeds payloads that our key has signed: nothing panics, and what is accepted has every claim.
func FuzzVerifySigned(f *testing.F) {
	m := newMint(f)
	h, c := m.good(f)
	f.Add(toJSON(c))
	f.Add([]byte(`{"exp":1e9}`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		v, err := m.Verify(sign(m.key, toJSON(h), payload), auth.TypeUI)
		if err == nil {
			var read struct {
				AccountID string `json:"account_id"`
				Sub       string `json:"sub"`
				Exp       int64  `json:"exp"`
			}
			if err := json.Unmarshal(payload, &read); err != nil || read.AccountID != v.Principal.AccountID.String() ||
				read.Sub != v.Principal.UserID.String() || read.Exp != v.ExpiresAt.Unix() {
				t.Errorf("read %+v where the library reads %+v, %v", v, read, err)
			}
		}
		if err == nil && (v.Principal.AccountID.IsZero() || v.Principal.UserID.IsZero() || v.Principal.SessionID.IsZero() ||
			!v.Principal.Role.Valid() || v.Principal.Version < 1 || v.ExpiresAt.Before(m.clock.at.Add(-time.Minute))) {
			t.Errorf("accepted %+v", v)
		}
	})
}

// BenchmarkVerify is one accepted token; the budget is 20 µs.
func BenchmarkVerify(b *testing.B) {
	m := newMint(b)
	issued, err := m.Issue(auth.Subject{Principal: owner(), AuthTime: m.clock.at, NotAfter: m.clock.at.Add(48 * time.Hour)})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.Verify(issued.Token, auth.TypeUI); err != nil {
			b.Fatal(err)
		}
	}
}

// TestVisitToken carries a visit: staff who act as themselves, without role or membership.
func TestVisitToken(t *testing.T) {
	t.Parallel()
	m := newMint(t)
	grant := &tenants.SupportGrant{ID: tenants.NewGrantID(), Mode: tenants.SupportRead, Reason: "not for the token"}
	p := tenants.Principal{
		UserID: tenants.NewUserID(), SessionID: tenants.NewSessionID(), Provider: "bootstrap", StaffRole: tenants.StaffSupport,
		AccountID: tenants.NewAccountID(), Grant: grant,
	}
	issued, err := m.Issue(auth.Subject{Principal: p, AuthTime: m.clock.at, NotAfter: m.clock.at.Add(20 * time.Minute)})
	if err != nil || issued.ExpiresIn() != 20*time.Minute {
		t.Fatalf("lives %s, %v", issued.ExpiresIn(), err)
	}
	_, body, _ := splitRaw(issued.Token)
	c := decodeMap(t, body)
	act, _ := c["act"].(map[string]any)
	if act["sub"] != p.UserID.String() || act["grant"] != grant.ID.String() || c["role"] != nil || c["mv"] != nil || c["type"] != "ui_session" {
		t.Errorf("claims %v", c)
	}
	v, err := m.Verify(issued.Token, auth.TypeUI)
	if err != nil || v.Principal.Grant == nil || v.Principal.Grant.ID != grant.ID || v.Principal.Grant.Mode != tenants.SupportRead ||
		v.Principal.Role != "" || v.Principal.Can(tenants.MessagesSend) || !v.Principal.Can(tenants.ConversationsRead) || v.Principal.Can(tenants.InstallationRead) {
		t.Errorf("verified %+v, %v", v.Principal, err)
	}
	for name, change := range map[string]func(*tenants.Principal){
		"nobody of staff": func(p *tenants.Principal) { p.StaffRole = "" },
		"no account":      func(p *tenants.Principal) { p.AccountID = tenants.AccountID{} },
	} {
		bad := p
		change(&bad)
		if _, err := m.Issue(auth.Subject{Principal: bad, AuthTime: m.clock.at, NotAfter: m.clock.at.Add(time.Hour)}); err == nil {
			t.Errorf("a visit of %s gets a token", name)
		}
	}
}
