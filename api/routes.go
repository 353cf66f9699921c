package api

import (
	"net/http"

	"parlor/conversations/media"
	"parlor/tenants"
)

// who names the kind of caller that a route serves, and thereby which credential it takes.
type who string

const (
	byAnyone  who = "anyone"  // no credential
	byProof   who = "proof"   // the session endpoint itself: password or cookie, never from another site
	bySession who = "session" // a session token for an account
	byPerson  who = "person"  // a session token, also a staff one without account; not on a visit of support, unless onVisit
	byStaff   who = "staff"   // a session token of somebody with a staff role; not on a visit of support
	byKey     who = "key"     // an API key
	byMeta    who = "meta"    // the webhook signature over the body
)

// route is one row of the table: what is called, who may, with which permission, and what mounts it.
type route struct {
	method, path string // path as in OpenAPI: /api/v1/ui/conversations/{conversation_id}
	who          who
	permission   tenants.Permission // required for bySession, byStaff and byKey
	rules        rule
	mount        mount
}

// rule is what a route asks for besides.
type rule uint8

const (
	// fresh: the sign-in is younger than auth.StepUpLife.
	fresh rule = 1 << iota
	// onVisit: a byPerson route that is served on a visit of support too.
	onVisit
	// ownPages: nobody is asked who he is, but the request must come from our own pages, for it sets a cookie.
	ownPages
)

func (r route) has(one rule) bool { return r.rules&one != 0 }

const (
	sessionPath  = "/api/v1/ui/session"
	eventsPath   = "/api/v1/ui/events"
	webhooksPath = "/webhooks/instagram"

	insightsPath   = "/api/v1/ui/insights"
	notesPath      = "/api/v1/ui/conversations/{conversation_id}/notes"
	connectionPath = "/api/v1/ui/connection"
)

// The most that a body may have. A webhook is as large as Meta makes it, an upload as large as Instagram takes it; every JSON operation
// is small.
const (
	maxBodyBytes    = 64 << 10
	maxWebhookBytes = 4 << 20
)

func (r route) bodyLimit() int64 {
	switch {
	case r.who == byMeta:
		return maxWebhookBytes
	case r.path == uploadsPath:
		return media.MaxUploadBytes
	}
	return maxBodyBytes
}

// writes reports whether the route changes something.
func (r route) writes() bool { return r.method != http.MethodGet && r.method != http.MethodHead }
