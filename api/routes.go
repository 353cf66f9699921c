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

	connectionPath = "/api/v1/ui/connection"
)

// routes is the whole contract, in the order of the documentation. What is not here does not exist: under /api/ it is
// a 401 without a credential, then a 404.
func (s *Server) routes() []route {
	const get, head, post, patch, del = http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPatch, http.MethodDelete
	const read, send, manage = tenants.ConversationsRead, tenants.MessagesSend, tenants.ConnectionManage
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
		{post, "/api/v1/ui/conversations/{conversation_id}/messages", bySession, send, operation("reply", "Reply", s.replies.reply)},
		{post, "/api/v1/ui/conversations/{conversation_id}/activity", bySession, send, operation("show-activity", "Show the participant that somebody types or has seen", s.replies.activity)},
		{post, "/api/v1/ui/messages/{message_id}/retry", bySession, send, operation("retry-message", "Send again what failed or got lost", s.replies.retry)},
		{post, "/api/v1/ui/messages/{message_id}/mark-sent", bySession, send, operation("mark-message-sent", "Settle by hand a reply whose fate is unknown", s.replies.markSent)},
		{post, "/api/v1/ui/messages/{message_id}/reactions", bySession, send, operation("react", "React to a message", s.replies.react)},

		{get, connectionPath, bySession, tenants.ConnectionRead, operation("get-connection", "How the account is connected to Instagram", s.connection.show)},
		{patch, connectionPath, bySession, manage, operation("update-connection", "Confirm that people answer", s.connection.update)},
		{post, connectionPath + "/reconnect", bySession, manage, operation("reconnect", "Begin to connect the account again", s.connection.reconnect)},
		{post, connectionPath + "/disconnect", bySession, manage, operation("disconnect", "End the connection", s.connection.disconnect)},
		{get, connectionPath + "/events", bySession, manage, operation("list-connection-events", "What Instagram delivered, and what became of it", s.connection.events)},
		{post, connectionPath + "/events/{event_id}/replay", bySession, manage, operation("replay-connection-event", "Apply an event again", s.connection.replay)},
		{get, eventsPath, bySession, read, plain("stream-events", "Live events", s.live.stream, describeEvents)},

		{get, "/api/v1/conversations", byKey, read, operation("direct-list-conversations", "The inbox", s.inbox.directList)},
		{get, "/api/v1/conversations/{conversation_id}", byKey, read, operation("direct-get-conversation", "One conversation", s.inbox.show)},
		{get, "/api/v1/conversations/{conversation_id}/messages", byKey, read, operation("direct-list-messages", "The thread", s.inbox.messages)},

		{get, webhooksPath, byAnyone, "", plain("verify-webhook", "Meta's handshake", s.webhooks.handshake, describeHandshake)},
		{post, webhooksPath, byMeta, "", plain("receive-webhook", "Meta's events", s.webhooks.receive, describeWebhook)},

		{post, "/auth/instagram/deauthorize", byMeta, "", plain("receive-deauthorize", "Meta: the app was removed", s.meta.deauthorize, describeMetaCallback)},
		{post, "/auth/instagram/data-deletion", byMeta, "", plain("receive-data-deletion", "Meta: data shall be deleted", s.meta.deletion, describeMetaCallback)},
		{get, "/data-deletion/{code}", byAnyone, "", plain("get-data-deletion", "How such a request stands, for people", s.meta.status, describeStatusPage)},
		{del, "/api/v1/ui/participants/{participant_id}", bySession, tenants.DataErase, operation("erase-participant", "Erase a customer", s.erasures.participant)},
		{del, "/api/v1/ui/account", bySession, tenants.DataErase, operation("delete-account", "Delete the account", s.erasures.account)},

		// Whoever holds the ticket in the address; the handlers check it.
		{get, attachmentPath, byAnyone, "", plain("get-media", "A picture, video or file of a message", s.files.attachment, describeAttachment)},
		{head, attachmentPath, byAnyone, "", plain("head-media", "Its headers", s.files.attachment, describeAttachment)},
		{get, outPath, byAnyone, "", plain("get-upload", "An upload, for Instagram", s.files.upload, describeOut)},
		{head, outPath, byAnyone, "", plain("head-upload", "Its headers", s.files.upload, describeOut)},
		{post, uploadsPath, bySession, tenants.MessagesSend, plain("upload", "Keep a file, to be sent", s.uploads.accept, s.describeUpload)},

		{get, "/openapi.json", byAnyone, "", plain("get-openapi", "This description", s.docs.openapi, describeFile("application/json"))},
		{get, "/docs", byAnyone, "", plain("get-docs", "A page that shows this description", s.docs.file("index.html"), describeFile("text/html"))},
		{get, "/docs/page.js", byAnyone, "", plain("get-docs-script", "The page's script", s.docs.file("page.js"), describeFile("text/javascript"))},
		{get, "/docs/page.css", byAnyone, "", plain("get-docs-style", "The page's style", s.docs.file("page.css"), describeFile("text/css"))},
	}
}

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
