package api

import (
	"net/http"
	"time"
)

// cookies names and shapes our cookies after the public URL. On https the __Host- prefix binds them to this very
// host; on http, which only a loopback address may have, that prefix and Secure are not accepted by every browser.
type cookies struct{ https bool }

func (k cookies) prefix() string {
	if k.https {
		return "__Host-"
	}
	return ""
}

// sessionName is the cookie that proves a session to the session endpoint.
func (k cookies) sessionName() string { return k.prefix() + "parlor_session" }

// session is the cookie to set: Strict, for it is only ever read by a same-origin fetch.
func (k cookies) session(value string, life time.Duration) http.Cookie {
	return http.Cookie{ //nolint:gosec // Secure wherever there is https
		Name: k.sessionName(), Value: value, Path: "/", MaxAge: max(1, int(life/time.Second)),
		Secure: k.https, HttpOnly: true, SameSite: http.SameSiteStrictMode,
	}
}

// noSession removes the cookie.
func (k cookies) noSession() http.Cookie {
	c := k.session("", 0) //nolint:gosec // as above
	c.MaxAge = -1
	return c
}

// flowName is the cookie of one sign-in that is under way, one per tab.
func (k cookies) flowName(suffix string) string { return k.prefix() + "parlor_flow_" + suffix }

// flow is the cookie to set: Lax, for the callback is a navigation from the provider's site, to which a Strict one
// would not be sent.
func (k cookies) flow(suffix, value string, life time.Duration) http.Cookie {
	return http.Cookie{ //nolint:gosec // Secure wherever there is https
		Name: k.flowName(suffix), Value: value, Path: "/", MaxAge: max(1, int(life/time.Second)),
		Secure: k.https, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
}

// noFlow removes a flow's cookie.
func (k cookies) noFlow(suffix string) http.Cookie {
	c := k.flow(suffix, "", 0) //nolint:gosec // as above
	c.MaxAge = -1
	return c
}
