package api

import (
	"net/http"

	"parlor/tenants"
)

// who names the kind of caller that a route serves, and thereby which credential it takes.
type who string

const (
	byAnyone  who = "anyone"  // no credential
	byProof   who = "proof"   // the session endpoint itself: password or cookie, never from another site
	bySession who = "session" // a session token for an account
	byPerson  who = "person"  // a session token, also a staff one without account
	byKey     who = "key"     // an API key
	byMeta    who = "meta"    // the webhook signature over the body
)

// route is one row of the table: what is called, who may, with which permission, and what mounts it.
type route struct {
	method, path string // path as in OpenAPI: /api/v1/ui/conversations/{conversation_id}
	who          who
	permission   tenants.Permission // required for bySession and byKey
	mount        mount
}

const (
	sessionPath  = "/api/v1/ui/session"
	eventsPath   = "/api/v1/ui/events"
	webhooksPath = "/webhooks/instagram"
)

// routes is the whole contract, in the order of the documentation. What is not here does not exist: under /api/ it is
// a 401 without a credential, then a 404.
func (s *Server) routes() []route {
	const get, post, patch, del = http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodDelete
	const read = tenants.ConversationsRead
	return []route{
		{get, "/auth/providers", byAnyone, "", plain("list-providers", "The ways to sign in", s.doors.providers, s.describeProviders)},
		{get, "/auth/{provider}/login", byAnyone, "", plain("begin-sign-in", "Begin a sign-in by redirect", s.doors.login, describeLogin)},
		{get, "/auth/{provider}/callback", byAnyone, "", plain("finish-sign-in", "Come back from the provider", s.doors.callback, describeCallback)},

		{post, sessionPath, byProof, "", operation("create-session", "Sign in, or renew the token by the cookie", s.sessions.create)},
		{get, sessionPath, byPerson, "", operation("get-session", "Who am I", s.sessions.show)},
		{del, sessionPath, byProof, "", operation("end-session", "Sign out", s.sessions.end)},
		{get, "/api/v1/ui/accounts", byPerson, "", operation("list-accounts", "The accounts that I may open", s.sessions.accountPage)},

		{get, "/api/v1/ui/conversations", bySession, read, operation("list-conversations", "The inbox", s.inbox.list)},
		{get, "/api/v1/ui/conversations/{conversation_id}", bySession, read, operation("get-conversation", "One conversation", s.inbox.show)},
		// Marking as read concerns the reader alone, so reading is enough for it.
		{patch, "/api/v1/ui/conversations/{conversation_id}", bySession, read, operation("update-conversation", "Mark as read up to a message", s.inbox.markRead)},
		{get, "/api/v1/ui/conversations/{conversation_id}/messages", bySession, read, operation("list-messages", "The thread", s.inbox.messages)},
		{get, eventsPath, bySession, read, plain("stream-events", "Live events", s.live.stream, describeEvents)},

		{get, "/api/v1/conversations", byKey, read, operation("direct-list-conversations", "The inbox", s.inbox.directList)},
		{get, "/api/v1/conversations/{conversation_id}", byKey, read, operation("direct-get-conversation", "One conversation", s.inbox.show)},
		{get, "/api/v1/conversations/{conversation_id}/messages", byKey, read, operation("direct-list-messages", "The thread", s.inbox.messages)},

		{get, webhooksPath, byAnyone, "", plain("verify-webhook", "Meta's handshake", s.webhooks.handshake, describeHandshake)},
		{post, webhooksPath, byMeta, "", plain("receive-webhook", "Meta's events", s.webhooks.receive, describeWebhook)},

		{get, "/openapi.json", byAnyone, "", plain("get-openapi", "This description", s.docs.openapi, describeFile("application/json"))},
		{get, "/docs", byAnyone, "", plain("get-docs", "A page that shows this description", s.docs.file("index.html"), describeFile("text/html"))},
		{get, "/docs/page.js", byAnyone, "", plain("get-docs-script", "The page's script", s.docs.file("page.js"), describeFile("text/javascript"))},
		{get, "/docs/page.css", byAnyone, "", plain("get-docs-style", "The page's style", s.docs.file("page.css"), describeFile("text/css"))},
	}
}

// The most that a body may have. A webhook is as large as Meta makes it; every JSON operation is small.
const (
	maxBodyBytes    = 64 << 10
	maxWebhookBytes = 4 << 20
)

func (r route) bodyLimit() int64 {
	if r.who == byMeta {
		return maxWebhookBytes
	}
	return maxBodyBytes
}

// writes reports whether the route changes something.
func (r route) writes() bool { return r.method != http.MethodGet }
