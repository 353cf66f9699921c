package api_test

import (
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"parlor/api"
	"parlor/conversations/push"
	"parlor/tenants"
)

const pushPath = "/api/v1/ui/notifications/push"

// withPush is a stack that tells devices.
func withPush(t *testing.T) *stack {
	t.Helper()
	return newStack(t, options{change: func(d *api.Deps) {
		key := make([]byte, push.KeyBytes)
		key[0], key[31] = 1, 1
		d.Push = must(push.New(push.Options{
			DB: d.DB, Members: d.Members, Stands: d.Sessions.Stands, Key: key, SealingKey: key, PublicURL: &url.URL{Scheme: "https", Host: "inbox.example"},
		}))(t)
	}})
}

// subscription is what a page sends of a browser's.
func subscription(t *testing.T, endpoint, more string) string {
	t.Helper()
	private := must(ecdh.P256().GenerateKey(rand.Reader))(t)
	return `{"endpoint":"` + endpoint + `","keys":{"p256dh":"` + base64.RawURLEncoding.EncodeToString(private.PublicKey().Bytes()) +
		`","auth":"` + base64.RawURLEncoding.EncodeToString(make([]byte, 16)) + `"}` + more + `}`
}

func TestPushIsSubscribedByTheDevice(t *testing.T) {
	t.Parallel()
	s := withPush(t)
	owner := s.owner("casalumen.studio")
	colleague := s.colleague(owner, tenants.RoleViewer)
	state := read[api.PushState](t, owner.do("GET", pushPath))
	if point, err := base64.RawURLEncoding.DecodeString(state.PublicKey); !state.Available || state.Subscribed || err != nil || len(point) != 65 {
		t.Errorf("%+v", state)
	}
	const endpoint = "https://push.example.com/one"
	if a := owner.do("PUT", pushPath, body(subscription(t, endpoint, `,"quiet":{"from":1200,"to":480,"zone":"Europe/Vienna"}`))); a.status != http.StatusNoContent {
		t.Fatalf("%d %s", a.status, a.body)
	}
	if !read[api.PushState](t, owner.do("GET", pushPath)).Subscribed || read[api.PushState](t, colleague.do("GET", pushPath)).Subscribed {
		t.Error("the owner's device is subscribed, and no other")
	}
	if a := owner.do("DELETE", pushPath); a.status != http.StatusNoContent || read[api.PushState](t, owner.do("GET", pushPath)).Subscribed {
		t.Errorf("%d %s", a.status, a.body)
	}
	for _, bad := range []string{"http://push.example.com/one", "https://10.0.0.1/", "https://localhost/", "https://push.example.com:22/"} {
		a := colleague.do("PUT", pushPath, body(subscription(t, bad, "")))
		a.refused(t, http.StatusUnprocessableEntity, "validation_failed")
		if strings.Contains(a.body, bad) {
			t.Errorf("the answer repeats the address: %s", a.body)
		}
	}
	colleague.do("PUT", pushPath, body(subscription(t, endpoint, `,"quiet":{"from":1,"to":2,"zone":"Mars/Base"}`))).refused(t, http.StatusUnprocessableEntity, "validation_failed")
}

func TestPushSwitchedOffByTheInstallation(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	owner := s.owner("casalumen.studio")
	if state := read[api.PushState](t, owner.do("GET", pushPath)); state != (api.PushState{}) {
		t.Errorf("%+v", state)
	}
	owner.do("PUT", pushPath, body(subscription(t, "https://push.example.com/one", ""))).refused(t, http.StatusConflict, "push_off")
	if a := owner.do("DELETE", pushPath); a.status != http.StatusNoContent {
		t.Errorf("%d %s", a.status, a.body)
	}
}
