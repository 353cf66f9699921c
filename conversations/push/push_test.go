package push_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"parlor/conversations"
	"parlor/conversations/push"
	"parlor/tenants"
)

// A burst of messages is one push to each device of the account's members, which nobody but the device can read, and which says ids and a number.
func TestACustomersMessageReachesEachDevice(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *push.Options) { o.Gather = time.Hour; o.Settle = -1 })
	owner, viewer, stranger := r.member(r.acme, tenants.RoleOwner), r.member(r.acme, tenants.RoleViewer), r.member(r.globex, tenants.RoleOwner)
	devices := []*browser{r.subscribe(owner, "a"), r.subscribe(r.anotherSignIn(owner), "b"), r.subscribe(viewer, "c")}
	r.subscribe(stranger, "d")
	for range 3 {
		r.write(customer)
	}
	if n := r.count("select count(*) from platform.river_job where kind = 'push_announce'"); n != 1 {
		t.Fatalf("%d jobs for three messages", n)
	}
	r.exec("update platform.river_job set state = 'available', scheduled_at = now() where kind = 'push_announce'") // the hour is over
	r.workOff()

	came := r.service.taken()
	if len(came) != len(devices) {
		t.Fatalf("%d pushes to %d devices", len(came), len(devices))
	}
	conversation := r.conversation()
	for i, d := range came {
		text, err := devices[i].read(d.body)
		if err != nil {
			t.Fatal(err)
		}
		want := must(json.Marshal(map[string]any{"kind": "message", "account_id": r.acme, "conversation_id": conversation, "unread": 3}))(t)
		if !sameJSON(t, text, string(want)) {
			t.Errorf("payload %s, want %s", text, want)
		}
		if claims := signedBy(t, r.push.PublicKey(), d.header.Get("Authorization")); claims["aud"] != "https://example.com" || claims["sub"] != "https://inbox.example" {
			t.Errorf("claims %v", claims)
		}
		if d.path != devices[i].path || d.header.Get("TTL") != "14400" || d.header.Get("Urgency") != "high" || d.header.Get("Content-Encoding") != "aes128gcm" || len(d.header.Get("Topic")) != 22 {
			t.Errorf("%s %v", d.path, d.header)
		}
		if len(d.body) != len(came[0].body) {
			t.Error("the length tells something")
		}
	}
	if n := r.count("select count(*) from tenant.push_subscriptions where last_ok_at is not null"); n != len(devices) {
		t.Errorf("%d devices are noted as told", n)
	}
}

func (r *rig) conversation() string {
	r.t.Helper()
	var id uuid.UUID
	if err := r.admin.QueryRow(r.t.Context(), "select conversation_id from tenant.conversations where account_id = $1 limit 1", r.acme).Scan(&id); err != nil {
		r.t.Fatal(err)
	}
	return id.String()
}

func sameJSON(t *testing.T, a, b string) bool {
	t.Helper()
	var x, y map[string]any
	if err := json.Unmarshal([]byte(a), &x); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(b), &y); err != nil {
		t.Fatal(err)
	}
	return string(must(json.Marshal(x))(t)) == string(must(json.Marshal(y))(t))
}

// Who has read it meanwhile hears nothing; of several conversations none is named.
func TestWhatWasReadIsNotTold(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	reader, other := r.member(r.acme, tenants.RoleAgent), r.member(r.acme, tenants.RoleAgent)
	r.subscribe(reader, "a")
	device := r.subscribe(other, "b")
	r.write(customer)
	r.write("2234567890123456")
	page := must(r.store.Conversations(reader, conversations.ListQuery{Limit: 10}))(t)
	for _, c := range page.Items {
		if _, err := r.store.MarkRead(reader, c.ID, c.InboundSeq); err != nil {
			t.Fatal(err)
		}
	}
	r.workOff()
	var unread float64
	for _, d := range r.service.taken() {
		if d.path != device.path {
			t.Fatalf("%s was told", d.path)
		}
		var said map[string]any
		if err := json.Unmarshal([]byte(must(device.read(d.body))(t)), &said); err != nil {
			t.Fatal(err)
		}
		n, ok := said["unread"].(float64)
		if !ok {
			t.Fatalf("said %v", said)
		}
		if _, named := said["conversation_id"]; named != (n == 1) {
			t.Errorf("said %v", said)
		}
		unread += n
	}
	if unread != 2 { // one push, or two where a second began between the messages
		t.Errorf("told of %v messages", unread)
	}
}

// A sign-in that has ended, and somebody who has left, are told nothing, and what they subscribed goes.
func TestWhoHasLeftIsNotTold(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	signedOut, removed, owner := r.member(r.acme, tenants.RoleAgent), r.member(r.acme, tenants.RoleAgent), r.member(r.acme, tenants.RoleOwner)
	r.subscribe(signedOut, "a")
	r.subscribe(removed, "b")
	r.subscribe(owner, "c")
	p, _ := tenants.PrincipalFrom(signedOut)
	if err := r.sessions.End(t.Context(), p.SessionID, "sign_out"); err != nil {
		t.Fatal(err)
	}
	p, _ = tenants.PrincipalFrom(removed)
	r.exec("update platform.memberships set removed_at = now() where user_id = $1", p.UserID)
	r.write(customer)
	r.workOff()
	if came := r.service.taken(); len(came) != 1 || came[0].path != "/push/c" {
		t.Errorf("%d were told", len(came))
	}
	if !r.subscribed(owner) || r.subscriptions() != 1 {
		t.Errorf("%d subscriptions are left", r.subscriptions())
	}
}

func TestLeavingEndsTheSubscription(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.member(r.acme, tenants.RoleOwner)
	leaver := r.member(r.acme, tenants.RoleAgent)
	r.subscribe(leaver, "a")
	if err := tenants.NewTeam(r.platform).Leave(leaver); err != nil {
		t.Fatal(err)
	}
	r.workOff()
	if n := r.subscriptions(); n != 0 {
		t.Errorf("%d subscriptions are left", n)
	}
}

func TestADeletedAccountKeepsNoSubscription(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.subscribe(r.member(r.acme, tenants.RoleOwner), "a")
	other := r.member(r.globex, tenants.RoleOwner)
	r.subscribe(other, "b")
	r.exec("update platform.accounts set status = 'suspended', status_reason = 'deleting' where account_id = $1", r.acme)
	removed := must(r.db.EraseAccount(tenants.WithAccount(t.Context(), r.acme)))(t)
	if removed["tenant.push_subscriptions"] != 1 || r.subscriptions() != 1 || !r.subscribed(other) {
		t.Errorf("removed %v, %d left", removed, r.subscriptions())
	}
}

// What a push service says of a subscription is heeded: gone is gone, busy is tried again within a bound, refused is put up with for a while.
func TestWhatThePushServiceAnswers(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusNotFound, http.StatusGone} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			r.subscribe(r.member(r.acme, tenants.RoleOwner), "a")
			r.service.answer(status)
			r.write(customer)
			r.workOff()
			if len(r.service.taken()) != 1 || r.subscriptions() != 0 {
				t.Errorf("%d subscriptions are left", r.subscriptions())
			}
		})
	}
	for _, status := range []int{http.StatusTooManyRequests, http.StatusBadGateway} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			r.subscribe(r.member(r.acme, tenants.RoleOwner), "a")
			r.service.answer(status)
			r.write(customer)
			for range push.SendAttempts {
				r.workOff()
				r.hasten()
			}
			if n := len(r.service.taken()); n != push.SendAttempts {
				t.Errorf("tried %d times", n)
			}
			if n := r.count("select failures from tenant.push_subscriptions"); n != 1 {
				t.Errorf("%d failures", n)
			}
			if n := r.count("select count(*) from platform.river_job where coalesce(array_to_json(errors)::text, '') like '%example.com%'"); n != 0 {
				t.Error("the queue keeps an address")
			}
			r.service.answer(http.StatusCreated)
			r.write(customer)
			r.workOff()
			if n := r.count("select failures from tenant.push_subscriptions"); n != 0 {
				t.Errorf("%d failures after a success", n)
			}
		})
	}
	t.Run("refused", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, func(o *push.Options) { o.Gather = time.Millisecond })
		r.subscribe(r.member(r.acme, tenants.RoleOwner), "a")
		r.service.answer(http.StatusForbidden)
		for n := range push.MaxFailures {
			if r.subscriptions() != 1 {
				t.Fatalf("gone after %d refusals", n)
			}
			r.write(customer)
			r.workOff()
		}
		if len(r.service.taken()) != push.MaxFailures || r.subscriptions() != 0 {
			t.Errorf("%d subscriptions after as many refusals as may be", r.subscriptions())
		}
	})
	t.Run("sent elsewhere", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, nil)
		r.subscribe(r.member(r.acme, tenants.RoleOwner), "a")
		r.service.answer(http.StatusTemporaryRedirect)
		r.write(customer)
		r.workOff()
		if len(r.service.taken()) != 1 {
			t.Error("a redirect was followed")
		}
	})
}

// Quiet hours are those of the device's zone, and in them nothing is sent.
func TestQuietHours(t *testing.T) {
	t.Parallel()
	night := &push.Quiet{From: 20 * 60, To: 8 * 60, Zone: "Europe/Vienna"}
	for at, want := range map[string]bool{"18:59": false, "19:00": true, "02:00": true, "06:59": true, "07:00": false} { // UTC+1 in winter
		now := must(time.Parse("2006-01-02 15:04", "2026-01-15 "+at))(t)
		if got := push.QuietAt(night, now); got != want {
			t.Errorf("%s UTC: quiet %v", at, got)
		}
	}
	always := &push.Quiet{Zone: "UTC"}
	if !push.QuietAt(always, time.Now()) || push.QuietAt(nil, time.Now()) {
		t.Error("hours that begin when they end are the whole day, none are never")
	}
	r := newRig(t, nil)
	owner := r.member(r.acme, tenants.RoleOwner)
	s := newBrowser(t, "a").subscription()
	s.Quiet = always
	if err := r.push.Subscribe(owner, s); err != nil {
		t.Fatal(err)
	}
	r.write(customer)
	r.workOff()
	if n := len(r.service.taken()); n != 0 || r.subscriptions() != 1 {
		t.Errorf("%d pushes in quiet hours", n)
	}
}

// What could not be told in time is no news any more.
func TestOldNewsAreNotTold(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *push.Options) { o.Now = func() time.Time { return time.Now().Add(16 * time.Minute) } })
	owner := r.member(r.acme, tenants.RoleOwner)
	r.subscribe(owner, "a")
	r.write(customer)
	r.workOff()
	if n := len(r.service.taken()); n != 0 || !r.subscribed(owner) {
		t.Errorf("%d pushes, a quarter of an hour late", n)
	}
}

// Nobody's text, name or address stands in a row, in the queue or in the log.
func TestNothingIsKeptOpenOrLogged(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	r := newRig(t, func(o *push.Options) { o.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	device := r.subscribe(r.member(r.acme, tenants.RoleOwner), "a")
	s := device.subscription()
	r.service.answer(http.StatusForbidden)
	r.write(customer)
	r.workOff()
	var all string
	err := r.admin.QueryRow(t.Context(), `select (select string_agg(s::text || encode(s.sealed, 'escape'), '') from tenant.push_subscriptions s)
		|| (select string_agg(j::text, '') from platform.river_job j where kind like 'push%')`).Scan(&all)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"example.com", s.P256DH, s.Auth, "Ringstrasse"} {
		if strings.Contains(all, secret) || strings.Contains(log.String(), secret) {
			t.Errorf("%s is kept open", secret)
		}
	}
	if !strings.Contains(log.String(), "push.refused") || !strings.Contains(log.String(), "status=403") {
		t.Errorf("the log says %s", log.String())
	}
}

// API keys, visits of support and who is nobody have no devices.
func TestOnlyMembersHaveDevices(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	p, _ := tenants.PrincipalFrom(r.member(r.acme, tenants.RoleOwner))
	visit := p
	visit.Grant = &tenants.SupportGrant{ID: tenants.NewGrantID(), Mode: tenants.SupportReply}
	key := tenants.Principal{KeyID: "k", AccountID: r.acme, Scopes: tenants.KeyScopes()}
	for name, ctx := range map[string]context.Context{
		"visit": tenants.WithPrincipal(t.Context(), visit), "key": tenants.WithPrincipal(t.Context(), key), "nobody": tenants.WithAccount(t.Context(), r.acme),
	} {
		if err := r.push.Subscribe(ctx, newBrowser(t, "x").subscription()); err == nil {
			t.Errorf("a %s subscribed", name)
		}
	}
	if r.subscriptions() != 0 {
		t.Error("a subscription was made")
	}
}
