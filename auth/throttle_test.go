package auth_test

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"parlor/auth"
)

// counting is a bootstrap sign-in that counts wrong passwords.
type counting struct {
	*house
	throttle *auth.Throttle
	provider *auth.BootstrapSelf
}

func newCounting(t *testing.T, o auth.ThrottleOptions) *counting {
	t.Helper()
	c := &counting{house: open(t)}
	c.provider, c.throttle = c.again(o)
	return c
}

// again is the same as another instance, or after a restart.
func (c *counting) again(o auth.ThrottleOptions) (*auth.BootstrapSelf, *auth.Throttle) {
	c.t.Helper()
	o.Platform, o.Key, o.Now = c.platform, []byte(strings.Repeat("k", 32)), c.clock.now
	throttle, err := auth.NewThrottle(o)
	if err != nil {
		c.t.Fatal(err)
	}
	file, err := auth.ReadHtpasswd(strings.NewReader(users()))
	if err != nil {
		c.t.Fatal(err)
	}
	options := bootstrapOptions(c.clock.now)
	options.Throttle = throttle
	return auth.NewBootstrapSelf(file, options), throttle
}

func (c *counting) try(p *auth.BootstrapSelf, user, password, from string) error {
	_, err := p.Verify(c.t.Context(), auth.Credential{Username: user, Password: password, ClientAddr: netip.MustParseAddr(from)})
	return err
}

const (
	right = "right horse"
	wrong = "wrong horse"
)

// TestThreat30BruteForce: five wrong passwords of a user, twenty of a client, so many of everybody; then also the right one waits. A restart
// forgets nothing, another instance counts on.
func TestThreat30BruteForce(t *testing.T) {
	t.Parallel()
	c := newCounting(t, auth.ThrottleOptions{})
	for n := range 5 {
		if err := c.try(c.provider, "operator", wrong, fmt.Sprintf("192.0.2.%d", n)); !errors.Is(err, auth.ErrInvalidCredentials) {
			t.Fatalf("try %d: %v", n, err)
		}
	}
	restarted, _ := c.again(auth.ThrottleOptions{})
	for name, p := range map[string]*auth.BootstrapSelf{"the same": c.provider, "another instance": restarted} {
		err := c.try(p, "operator", right, "198.51.100.1")
		if !errors.Is(err, auth.ErrThrottled) || auth.RetryAfter(err) <= 0 || auth.RetryAfter(err) > 15*time.Minute || auth.ReasonOf(err) != "user" {
			t.Errorf("%s: %v (%s), wait %s", name, err, auth.ReasonOf(err), auth.RetryAfter(err))
		}
	}
	if err := c.try(c.provider, "support", "left horse", "198.51.100.1"); err != nil {
		t.Errorf("another user pays for it: %v", err)
	}
	c.clock.at = c.clock.at.Add(15*time.Minute + time.Second)
	if err := c.try(c.provider, "operator", right, "198.51.100.1"); err != nil {
		t.Errorf("after the window: %v", err)
	}
	if n := c.count(`select count(*) from platform.audit where action = 'login.blocked'`); n != 1 {
		t.Errorf("%d lines tell that the user was blocked, want 1", n)
	}
	if n := c.count(`select count(*) from platform.audit where action = 'login.failed'`); n != 5 {
		t.Errorf("%d lines tell of failures, want 5", n)
	}
}

// TestThreat30ByAddress: an IPv4 address, or the /64 of an IPv6 one, is one client, however many names it tries.
func TestThreat30ByAddress(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ from, also, other string }{
		"IPv4": {"192.0.2.7", "::ffff:192.0.2.7", "192.0.2.8"},
		"IPv6": {"2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1"},
	} {
		c := newCounting(t, auth.ThrottleOptions{Address: 4})
		for n := range 4 {
			if err := c.try(c.provider, fmt.Sprintf("name%d", n), wrong, tc.from); !errors.Is(err, auth.ErrInvalidCredentials) {
				t.Fatalf("%s, try %d: %v", name, n, err)
			}
		}
		if err := c.try(c.provider, "operator", right, tc.also); !errors.Is(err, auth.ErrThrottled) || auth.ReasonOf(err) != "address" {
			t.Errorf("%s: the same client: %v", name, err)
		}
		if err := c.try(c.provider, "operator", right, tc.other); err != nil {
			t.Errorf("%s: another client: %v", name, err)
		}
	}
}

// TestThreat30Ceiling: a flood from everywhere is bounded, and written down once.
func TestThreat30Ceiling(t *testing.T) {
	t.Parallel()
	c := newCounting(t, auth.ThrottleOptions{Global: 6})
	for n := range 6 {
		if err := c.try(c.provider, fmt.Sprintf("name%d", n), wrong, fmt.Sprintf("192.0.2.%d", n)); !errors.Is(err, auth.ErrInvalidCredentials) {
			t.Fatalf("try %d: %v", n, err)
		}
	}
	for range 3 {
		if err := c.try(c.provider, "operator", right, "198.51.100.1"); !errors.Is(err, auth.ErrThrottled) || auth.ReasonOf(err) != "global" {
			t.Errorf("over the ceiling: %v", err)
		}
	}
	if n := c.count(`select count(*) from platform.audit where action = 'login.blocked'`); n != 1 {
		t.Errorf("%d lines, want 1", n)
	}
}

// TestThreat30AtOnce: however many come at the same moment, no more passwords than the limit are looked at.
func TestThreat30AtOnce(t *testing.T) {
	t.Parallel()
	c := newCounting(t, auth.ThrottleOptions{})
	var all sync.WaitGroup
	errs := make([]error, 30)
	for n := range errs {
		all.Go(func() { errs[n] = c.try(c.provider, "operator", wrong, fmt.Sprintf("192.0.2.%d", n)) })
	}
	all.Wait()
	looked := 0
	for _, err := range errs {
		switch {
		case errors.Is(err, auth.ErrInvalidCredentials):
			looked++
		case !errors.Is(err, auth.ErrThrottled):
			t.Error(err)
		}
	}
	if looked > 5 {
		t.Errorf("%d passwords were looked at, want at most 5", looked)
	}
}

// TestRightPasswordClearsTheUser: the user's own count, not that of the address.
func TestRightPasswordClearsTheUser(t *testing.T) {
	t.Parallel()
	c := newCounting(t, auth.ThrottleOptions{Address: 9})
	for range 2 {
		for range 4 {
			if err := c.try(c.provider, "operator", wrong, "192.0.2.1"); !errors.Is(err, auth.ErrInvalidCredentials) {
				t.Fatal(err)
			}
		}
		if err := c.try(c.provider, "operator", right, "192.0.2.1"); err != nil {
			t.Fatal(err)
		}
	}
	_ = c.try(c.provider, "support", wrong, "192.0.2.1")
	if err := c.try(c.provider, "support", "left horse", "192.0.2.1"); !errors.Is(err, auth.ErrThrottled) {
		t.Errorf("the address has failed nine times: %v", err)
	}
}

// TestThreat34NothingIsLeftOfWhatWasTyped: a password that somebody typed into the field for the name is nowhere to be read.
func TestThreat34NothingIsLeftOfWhatWasTyped(t *testing.T) {
	t.Parallel()
	c := newCounting(t, auth.ThrottleOptions{User: 1})
	for range 3 {
		_ = c.try(c.provider, "CANARY-typed-into-the-wrong-field", wrong, "192.0.2.1")
	}
	if n := c.count(`select (select count(*) from platform.audit a where to_jsonb(a)::text like '%CANARY%') +
		(select count(*) from platform.sign_in_attempts s where encode(s.key, 'escape') like '%CANARY%')`); n != 0 {
		t.Errorf("%d rows hold it", n)
	}
	if n, err := c.throttle.Sweep(t.Context()); err != nil || n != 0 {
		t.Errorf("%d counts that are needed were removed, %v", n, err)
	}
	c.clock.at = c.clock.at.Add(time.Hour)
	if n, err := c.throttle.Sweep(t.Context()); err != nil || n != 3 {
		t.Errorf("%d counts were removed, want 3; %v", n, err)
	}
}

// TestThrottleFailsClosed: who cannot be counted is not looked at.
func TestThrottleFailsClosed(t *testing.T) {
	t.Parallel()
	c := newCounting(t, auth.ThrottleOptions{})
	c.db.Exec(t, `revoke all on platform.sign_in_attempts from parlor_platform; drop table platform.sign_in_attempts`)
	if err := c.try(c.provider, "operator", right, "192.0.2.1"); !errors.Is(err, auth.ErrThrottled) {
		t.Error(err)
	}
}
