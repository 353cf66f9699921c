package push_test

import (
	"errors"
	"strconv"
	"strings"
	"sync"
	"testing"

	"parlor/conversations/push"
	"parlor/tenants"
)

func TestSubscriptionsAreChecked(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	owner := r.member(r.acme, tenants.RoleOwner)
	for _, endpoint := range []string{
		"", "http://example.com/p", "https://127.0.0.1/p", "https://[::1]/p", "https://10.0.0.1/p", "https://localhost/p", "https://localhost./p",
		"https://example.com:8443/p", "https://example.com:/p", "https://u:p@example.com/p", "ftp://example.com/p", "example.com", "https:example.com",
		"https://example.com/p#f", "https://2130706433/p", "https://example.com/" + strings.Repeat("a", 2048), "https://exa mple.com/",
	} {
		s := newBrowser(t, "a").subscription()
		s.Endpoint = endpoint
		if err := r.push.Subscribe(owner, s); !errors.Is(err, push.ErrEndpoint) {
			t.Errorf("%q: %v", endpoint, err)
		}
	}
	for name, spoil := range map[string]func(*push.Subscription){
		"no point":     func(s *push.Subscription) { s.P256DH = strings.Repeat("A", 87) },
		"short point":  func(s *push.Subscription) { s.P256DH = s.P256DH[:40] },
		"no base64":    func(s *push.Subscription) { s.Auth = "%%%" },
		"short secret": func(s *push.Subscription) { s.Auth = s.Auth[:20] },
		"no keys":      func(s *push.Subscription) { s.Auth, s.P256DH = "", "" },
	} {
		s := newBrowser(t, "a").subscription()
		spoil(&s)
		if err := r.push.Subscribe(owner, s); !errors.Is(err, push.ErrKeys) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, q := range []push.Quiet{{From: -1, Zone: "UTC"}, {To: 1440, Zone: "UTC"}, {From: 1}, {Zone: "Local"}, {Zone: "Mars/Base"}, {Zone: "../../etc/passwd"}} {
		s := newBrowser(t, "a").subscription()
		s.Quiet = &q
		if err := r.push.Subscribe(owner, s); !errors.Is(err, push.ErrQuiet) {
			t.Errorf("%+v: %v", q, err)
		}
	}
	if r.subscriptions() != 0 {
		t.Error("something was kept")
	}
}

// A name may lead anywhere: what the dialler finds behind it decides, at each push.
func TestPushGoesToTheInternetAlone(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *push.Options) { o.Transport = nil })
	for _, endpoint := range []string{"https://127.0.0.1/p", "https://[::1]/p", "https://169.254.169.254/latest", "https://10.1.2.3/", "https://localhost/p", "https://[::ffff:127.0.0.1]/"} {
		s := newBrowser(t, "a").subscription()
		s.Endpoint = endpoint
		if r.push.MayBeReached(t.Context(), s) {
			t.Errorf("%s is dialled", endpoint)
		}
	}
}

// One sign-in has one subscription, one browser too, and a person has so many.
func TestOneSignInOneSubscription(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	first, second := r.member(r.acme, tenants.RoleAgent), r.member(r.acme, tenants.RoleAgent)
	r.subscribe(first, "a")
	shared := r.subscribe(first, "b")
	if r.subscriptions() != 1 || !r.subscribed(first) {
		t.Errorf("%d subscriptions of one sign-in", r.subscriptions())
	}
	if err := r.push.Subscribe(second, shared.subscription()); err != nil {
		t.Fatal(err)
	}
	if r.subscriptions() != 1 || r.subscribed(first) || !r.subscribed(second) {
		t.Error("a browser is of whoever used it last")
	}
	if err := r.push.Unsubscribe(first); err != nil || !r.subscribed(second) {
		t.Errorf("somebody else's subscription was ended: %v", err)
	}
	if err := r.push.Unsubscribe(second); err != nil || r.subscriptions() != 0 {
		t.Errorf("it was not ended: %v", err)
	}
	for n := range push.MaxDevices + 2 {
		r.subscribe(r.anotherSignIn(first), "n"+strconv.Itoa(n))
	}
	if n := r.subscriptions(); n != push.MaxDevices {
		t.Errorf("%d subscriptions of one person", n)
	}
}

// The tabs of a browser that is started again subscribe all at once.
func TestTabsSubscribeAtOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	owner := r.member(r.acme, tenants.RoleOwner)
	s := newBrowser(t, "a").subscription()
	var tabs sync.WaitGroup
	for range 8 {
		tabs.Go(func() {
			if err := r.push.Subscribe(owner, s); err != nil {
				t.Error(err)
			}
		})
	}
	tabs.Wait()
	if n := r.subscriptions(); n != 1 {
		t.Errorf("%d subscriptions", n)
	}
}

// What one account's people subscribed is not there for another's, though it is the same person, sign-in and browser.
func TestAnotherAccountSeesNoSubscription(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	here := r.member(r.acme, tenants.RoleOwner)
	device := r.subscribe(here, "a")
	p, _ := tenants.PrincipalFrom(here)
	p.AccountID = r.globex
	there := tenants.WithPrincipal(t.Context(), p)
	if r.subscribed(there) {
		t.Error("seen from the other account")
	}
	if err := r.push.Unsubscribe(there); err != nil || !r.subscribed(here) {
		t.Errorf("ended from the other account: %v", err)
	}
	if err := r.push.Subscribe(there, device.subscription()); err != nil || !r.subscribed(here) || r.subscriptions() != 2 {
		t.Errorf("one browser may be told of two accounts: %v", err)
	}
	if n := r.count("select count(distinct endpoint_mark) from tenant.push_subscriptions"); n != 2 {
		t.Error("the rows tell that it is one browser")
	}
}

// An installation without a key tells nobody, and says so.
func TestSwitchedOff(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	owner := r.member(r.acme, tenants.RoleOwner)
	var off *push.Push
	if off.PublicKey() != "" || off.Unsubscribe(owner) != nil || off.Left(t.Context(), tenants.NewUserID()) != nil {
		t.Error("nothing is there, and nothing is wrong")
	}
	if err := off.Subscribe(owner, newBrowser(t, "a").subscription()); !errors.Is(err, push.ErrOff) {
		t.Error(err)
	}
	r.subscribe(owner, "a") // when there was a key
	r.write(customer)
	r.push = off
	r.workOff()
	if n := len(r.service.taken()); n != 0 {
		t.Errorf("%d pushes", n)
	}
}
