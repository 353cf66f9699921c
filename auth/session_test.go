package auth_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"parlor/auth"
	"parlor/tenants"
)

func (h *house) renew(cookie string) (auth.Renewal, error) {
	h.t.Helper()
	return h.sessions.Renew(h.t.Context(), cookie, auth.Visitor{UserAgent: "renewed\x00\xff", Address: "192.0.2.2"})
}

// TestCookieRotates gives a new secret at each use, forgives the former one for ten seconds, and ends the session when
// an older one comes back.
func TestCookieRotates(t *testing.T) {
	t.Parallel()
	h := open(t)
	in, err := h.browser().signIn(approve)
	if err != nil {
		t.Fatal(err)
	}
	first, err := h.renew(in.Cookie)
	if err != nil || first.Cookie == "" || first.Cookie == in.Cookie {
		t.Fatalf("%+v, %v", first, err)
	}
	h.clock.at = h.clock.at.Add(10 * time.Second)
	if again, err := h.renew(in.Cookie); err != nil || again.Cookie != first.Cookie || again.Session.ID != in.Session.ID {
		t.Errorf("the former cookie within the grace: %+v, %v", again, err)
	}
	second, err := h.renew(first.Cookie)
	if err != nil || second.Cookie == "" {
		t.Fatal(err)
	}
	if _, err := h.renew(in.Cookie); !errors.Is(err, auth.ErrNoSession) || auth.ReasonOf(err) != "reuse" {
		t.Errorf("the cookie before the last: %v", err)
	}
	if _, err := h.renew(second.Cookie); !errors.Is(err, auth.ErrNoSession) {
		t.Errorf("after a reuse the session lives: %v", err)
	}
	if n := h.count(`select count(*) from platform.auth_events where kind = 'session_ended' and session_id = $1`, in.Session.ID); n != 1 {
		t.Errorf("%d events, want 1", n)
	}
	if n := h.count(`select count(*) from platform.audit where action = 'session.ended' and detail->>'reason' = 'reuse'`); n != 1 {
		t.Errorf("%d audit lines, want 1", n)
	}
}

// TestFormerCookieAfterGrace ends the session too.
func TestFormerCookieAfterGrace(t *testing.T) {
	t.Parallel()
	h := open(t)
	in, err := h.browser().signIn(approve)
	if err != nil {
		t.Fatal(err)
	}
	re, err := h.renew(in.Cookie)
	if err != nil {
		t.Fatal(err)
	}
	h.clock.at = h.clock.at.Add(10*time.Second + time.Millisecond)
	if _, err := h.renew(in.Cookie); !errors.Is(err, auth.ErrNoSession) {
		t.Errorf("11 s later: %v", err)
	}
	if _, err := h.renew(re.Cookie); !errors.Is(err, auth.ErrNoSession) {
		t.Errorf("the session lives: %v", err)
	}
}

// TestLostAnswer: a browser that left the page before the answer came has the former secret still, and comes with what it is given for it.
func TestLostAnswer(t *testing.T) {
	t.Parallel()
	h := open(t)
	in, err := h.browser().signIn(approve)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.renew(in.Cookie); err != nil { // which nobody hears
		t.Fatal(err)
	}
	h.clock.at = h.clock.at.Add(time.Second)
	re, err := h.renew(in.Cookie)
	if err != nil {
		t.Fatal(err)
	}
	h.clock.at = h.clock.at.Add(time.Minute)
	if _, err := h.renew(re.Cookie); err != nil {
		t.Errorf("a minute later: %v", err)
	}
}

// TestSignOutByAReplacedCookie: whoever finds that the cookie was copied, and signs out with the old one, ends the copy's session too.
func TestSignOutByAReplacedCookie(t *testing.T) {
	t.Parallel()
	h := open(t)
	in, err := h.browser().signIn(approve)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.renew(in.Cookie); err != nil {
		t.Fatal(err)
	}
	h.clock.at = h.clock.at.Add(time.Hour)
	if session, err := h.sessions.Peek(t.Context(), in.Cookie); err != nil || session.ID != in.Session.ID {
		t.Errorf("%+v, %v", session, err)
	}
}

// TestTabsAtOnce renews in ten tabs at once: all are given the same new secret, and nobody is signed out.
func TestTabsAtOnce(t *testing.T) {
	t.Parallel()
	h := open(t)
	in, err := h.browser().signIn(approve)
	if err != nil {
		t.Fatal(err)
	}
	renewed := make([]auth.Renewal, 10)
	var all sync.WaitGroup
	for i := range renewed {
		all.Go(func() {
			var err error
			if renewed[i], err = h.renew(in.Cookie); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, re := range renewed {
		if re.Cookie != renewed[0].Cookie || re.Cookie == in.Cookie {
			t.Error("two tabs were given different secrets")
		}
	}
	if _, err := h.renew(renewed[0].Cookie); err != nil {
		t.Error(err)
	}
}

// TestJunkCookies proves nothing and ends nothing: a session's id alone is no weapon.
func TestJunkCookies(t *testing.T) {
	t.Parallel()
	h := open(t)
	in, err := h.browser().signIn(approve)
	if err != nil {
		t.Fatal(err)
	}
	id, secret, _ := strings.Cut(in.Cookie, ".")
	raw, err := base64.RawURLEncoding.DecodeString(secret)
	if err != nil || len(raw) < 32 {
		t.Fatalf("secret of %d bytes, %v", len(raw), err)
	}
	other, err := h.browser().signIn("&sim_approve=" + nord)
	if err != nil {
		t.Fatal(err)
	}
	_, otherSecret, _ := strings.Cut(other.Cookie, ".")
	for name, cookie := range map[string]string{
		"empty": "", "dot": ".", "id alone": id, "id and dot": id + ".", "secret alone": secret, "zeros": id + "." + strings.Repeat("A", 64),
		"random": id + "." + base64.RawURLEncoding.EncodeToString(randomKey(48)), "longer": in.Cookie + "A", "shorter": in.Cookie[:len(in.Cookie)-1],
		"padding": in.Cookie + "=", "newline": in.Cookie + "\n", "upper id": strings.ToUpper(id) + "." + secret, "unknown id": tenants.NewSessionID().String() + "." + secret,
		"another's secret": id + "." + otherSecret, "id in braces": "{" + id + "}." + secret, "token": "eyJhbGciOiJIUzI1NiJ9.e30.x", "huge": strings.Repeat("a", 1<<20),
	} {
		if _, err := h.renew(cookie); !errors.Is(err, auth.ErrNoSession) {
			t.Errorf("%s: renews: %v", name, err)
		}
		if _, err := h.sessions.Peek(t.Context(), cookie); !errors.Is(err, auth.ErrNoSession) {
			t.Errorf("%s: peeks: %v", name, err)
		}
	}
	if s, err := h.sessions.Peek(t.Context(), in.Cookie); err != nil || s.ID != in.Session.ID {
		t.Errorf("peek: %+v, %v", s, err)
	}
	if _, err := h.renew(in.Cookie); err != nil {
		t.Errorf("junk ended the session: %v", err)
	}
	if n := h.count(`select count(*) from platform.sessions where position($1 in encode(secret_hash, 'escape')) > 0`, secret); n != 0 {
		t.Error("the secret is stored")
	}
}

// TestSessionLives ends after seven idle days or thirty in all; a bootstrap session after a day, idle or not.
func TestSessionLives(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for name, tc := range map[string]struct {
		operator bool
		steps    []time.Duration // between renewals, all of which hold
		last     time.Duration   // and then no more
	}{
		"idle":      {false, nil, 7 * day},
		"used":      {false, []time.Duration{6 * day, 6 * day, 6 * day, 6 * day}, 6 * day},
		"bootstrap": {true, []time.Duration{23 * time.Hour}, time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t)
			b := h.browser()
			sign := func() (auth.SignedIn, error) { return b.signIn(approve) }
			if tc.operator {
				sign = func() (auth.SignedIn, error) { return b.operator("right horse") }
			}
			in, err := sign()
			if err != nil {
				t.Fatal(err)
			}
			cookie := in.Cookie
			for _, step := range tc.steps {
				h.clock.at = h.clock.at.Add(step)
				re, err := h.renew(cookie)
				if err != nil {
					t.Fatal(err)
				}
				if cookie = re.Cookie; re.ExpiresAt.After(in.Session.ExpiresAt) {
					t.Errorf("the cookie outlives the session: %s", re.ExpiresAt)
				}
			}
			if o := h.opened(in.Session, tenants.AccountID{}); o.ExpiresAt.After(in.Session.ExpiresAt) {
				t.Errorf("the token outlives the session: %s", o.ExpiresAt)
			}
			h.clock.at = h.clock.at.Add(tc.last)
			if _, err := h.renew(cookie); !errors.Is(err, auth.ErrNoSession) {
				t.Errorf("at the end: %v", err)
			}
		})
	}
}

// TestOpenChooses opens what was asked for, else the account signed in to, else the last used, else the first joined.
func TestOpenChooses(t *testing.T) {
	t.Parallel()
	h := open(t)
	casaIn, err := h.browser().signIn(approve)
	if err != nil {
		t.Fatal(err)
	}
	nordIn, err := h.browser().signIn("&sim_approve=" + nord)
	if err != nil {
		t.Fatal(err)
	}
	casaID, nordID := casaIn.Session.LastAccountID, nordIn.Session.LastAccountID
	memberships := tenants.NewMemberships(h.platform)
	err = h.platform.InTx(t.Context(), func(tx *tenants.PlatformTx) error {
		_, err := memberships.Grant(t.Context(), tx, nordID, casaIn.Session.UserID, tenants.RoleViewer)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	session := casaIn.Session
	if o := h.opened(session, tenants.AccountID{}); o.Account.ID != casaID {
		t.Error("not the account signed in to")
	}
	if o := h.opened(session, nordID); o.Account.ID != nordID || o.Principal.Role != tenants.RoleViewer {
		t.Errorf("asked for the other: %+v", o.Principal)
	}
	re, err := h.renew(casaIn.Cookie)
	if err != nil {
		t.Fatal(err)
	}
	if o := h.opened(re.Session, tenants.AccountID{}); o.Account.ID != nordID {
		t.Error("not the account used last")
	}
	err = h.platform.InTx(t.Context(), func(tx *tenants.PlatformTx) error {
		return memberships.Remove(t.Context(), tx, nordID, session.UserID)
	})
	if err != nil {
		t.Fatal(err)
	}
	if o := h.opened(re.Session, tenants.AccountID{}); o.Account.ID != casaID {
		t.Error("not the first joined, when the last used is gone")
	}
	for name, id := range map[string]tenants.AccountID{"removed": nordID, "unknown": tenants.NewAccountID(), "a probe": tenants.ProbeAccountA} {
		if _, err := h.sessions.Open(t.Context(), session, id); !errors.Is(err, tenants.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := h.sessions.End(t.Context(), session.ID, auth.EndSignOut); err != nil {
		t.Fatal(err)
	}
	if _, err := h.sessions.Open(t.Context(), session, tenants.AccountID{}); !errors.Is(err, auth.ErrNoSession) {
		t.Errorf("open an ended session: %v", err)
	}
	if err := h.sessions.End(t.Context(), session.ID, auth.EndSignOut); err != nil {
		t.Errorf("end it again: %v", err)
	}
	h.db.Exec(t, `update platform.users set disabled_at = now()`)
	if _, err := h.sessions.Open(t.Context(), nordIn.Session, tenants.AccountID{}); !errors.Is(err, auth.ErrNoSession) {
		t.Errorf("a disabled user opens: %v", err)
	}
	if _, err := h.browser().signIn(approve); !errors.Is(err, auth.ErrAccountNotAllowed) {
		t.Errorf("a disabled user signs in: %v", err)
	}
}

// TestReconcile ends what the configuration does not stand behind any more, at start-up.
func TestReconcile(t *testing.T) {
	t.Parallel()
	h := open(t)
	owner, err := h.browser().signIn(approve)
	if err != nil {
		t.Fatal(err)
	}
	operator, err := h.browser().operator("right horse")
	if err != nil {
		t.Fatal(err)
	}
	support, err := h.browser().as("support", "left horse")
	if err != nil {
		t.Fatal(err)
	}
	alive := func(in auth.SignedIn) bool {
		_, err := h.sessions.Peek(t.Context(), in.Cookie)
		return err == nil
	}
	reconcile := func(want int, providers ...auth.Provider) {
		t.Helper()
		registry, err := auth.NewRegistry(h.clock.now, providers...)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := h.sessions.Reconcile(t.Context(), registry, false); err != nil || n != want {
			t.Errorf("ended %d, %v; want %d", n, err, want)
		}
	}
	meta := auth.NewInstagram(h.client, h.clock.now)
	reconcile(0, meta, bootstrapSelf(t, h.clock.now))
	file, err := auth.ReadHtpasswd(strings.NewReader(users()))
	if err != nil {
		t.Fatal(err)
	}
	demoted := auth.NewBootstrapSelf(file, auth.BootstrapOptions{Staff: map[string]tenants.StaffRole{
		"operator": tenants.StaffSupport, "support": tenants.StaffSupport,
	}})
	reconcile(1, meta, demoted)
	if alive(operator) || !alive(support) || !alive(owner) {
		t.Error("not exactly the demoted operator was signed out")
	}
	reconcile(1, meta)
	if alive(support) || !alive(owner) {
		t.Error("not exactly the disabled provider's people were signed out")
	}
	reconcile(0, meta)
	if n := h.count("select count(*) from platform.auth_events where kind = 'provider_disabled' and provider = 'bootstrap'"); n != 1 {
		t.Errorf("%d events, want 1", n)
	}
}
