package api

import (
	"net/http"
	"slices"

	"parlor/tenants"
)

// routes is the whole contract, in the order of the documentation. What is not here does not exist: under /api/ it is
// a 401 without a credential, then a 404.
func (s *Server) routes() []route {
	const get, head, post, put, patch, del = http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete
	const read, send, manage = tenants.ConversationsRead, tenants.MessagesSend, tenants.ConnectionManage
	const note, triage = tenants.ConversationsUpdate, tenants.ConversationsTriage
	return slices.Concat(s.teamRoutes(), s.operatorRoutes(), s.directRoutes(), []route{
		{get, "/auth/providers", byAnyone, "", 0, plain("list-providers", "The ways to sign in", s.doors.providers, s.describeProviders)},
		{get, "/auth/{provider}/login", byAnyone, "", 0, plain("begin-sign-in", "Begin a sign-in by redirect", s.doors.login, describeLogin)},
		{get, "/auth/{provider}/callback", byAnyone, "", 0, plain("finish-sign-in", "Come back from the provider", s.doors.callback, describeCallback)},

		{post, sessionPath, byProof, "", 0, operation("create-session", "Sign in, or renew the token by the cookie", s.sessions.create)},
		{get, sessionPath, byPerson, "", onVisit, operation("get-session", "Who am I", s.sessions.show)},
		{del, sessionPath, byProof, "", 0, operation("end-session", "Sign out", s.sessions.end)},
		{get, "/api/v1/ui/accounts", byPerson, "", onVisit, operation("list-accounts", "The accounts that I may open", s.sessions.accountPage)},
		{post, sessionPath + "/break-glass", byProof, "", 0, operation("break-glass", "Use an emergency link", s.sessions.breakGlass)},
		{post, "/api/v1/ui/accounts/connect", byPerson, "", fresh, operation("connect-account", "Begin to connect another account", s.intents.connect)},
		{post, sessionPath + "/switch", byPerson, "", 0, operation("switch-account", "Open another account; staff without a membership: for support", s.switches.open)},
		{post, sessionPath + "/step-up", byPerson, "", 0, operation("step-up", "Begin to sign in once more", s.intents.stepUp)},
		{del, sessionPath + "/support", byPerson, "", onVisit, operation("leave-support", "End my visit of support", s.switches.leave)},
		{get, "/api/v1/ui/sessions", byPerson, "", 0, operation("list-sessions", "My sign-ins", s.devices.list)},
		{del, "/api/v1/ui/sessions", byPerson, "", 0, operation("end-other-sessions", "End all my other sign-ins", s.devices.endOthers)},
		{del, "/api/v1/ui/sessions/{session_id}", byPerson, "", 0, operation("end-one-session", "End one of my sign-ins", s.devices.end)},

		{get, "/api/v1/ui/conversations", bySession, read, 0, operation("list-conversations", "The inbox", s.inbox.list)},
		{get, "/api/v1/ui/conversations/{conversation_id}", bySession, read, 0, operation("get-conversation", "One conversation", s.inbox.show)},
		{patch, "/api/v1/ui/conversations/{conversation_id}", bySession, note, 0, operation("update-conversation", "Mark as read; close, snooze, assign, label, star", s.inbox.update)},
		{post, "/api/v1/ui/conversations/bulk", bySession, note, 0, operation("update-conversations", "The same for up to a hundred", s.inbox.updateMany)},
		{get, "/api/v1/ui/search", bySession, read, 0, operation("search", "Find messages and customers by words", s.inbox.search)},
		{get, "/api/v1/ui/views", bySession, read, 0, operation("list-views", "How much there is in each view of the inbox", s.inbox.views)},
		{get, "/api/v1/ui/labels", bySession, read, 0, operation("list-labels", "Labels", s.inbox.labels)},
		{post, "/api/v1/ui/labels", bySession, triage, 0, operation("create-label", "Make a label", s.inbox.createLabel)},
		{patch, "/api/v1/ui/labels/{label_id}", bySession, triage, 0, operation("update-label", "Change a label", s.inbox.updateLabel)},
		{del, "/api/v1/ui/labels/{label_id}", bySession, triage, 0, operation("delete-label", "Take a label off everything, and remove it", s.inbox.deleteLabel)},
		{get, "/api/v1/ui/conversations/{conversation_id}/person", bySession, tenants.ParticipantsRead, 0, operation("get-person", "Who a conversation is with", s.inbox.person)},
		{get, "/api/v1/ui/conversations/{conversation_id}/messages", bySession, read, 0, operation("list-messages", "The thread", s.inbox.messages)},
		{get, notesPath, bySession, tenants.NotesRead, 0, operation("list-notes", "What the account's people wrote and did in the thread", s.notes.list)},
		{post, notesPath, bySession, tenants.NotesWrite, 0, operation("add-note", "Write an internal note; it is never sent", s.notes.add)},
		{del, "/api/v1/ui/notes/{note_id}", bySession, tenants.NotesWrite, 0, operation("remove-note", "Remove a note: its author, or an owner", s.notes.remove)},
		{get, "/api/v1/ui/saved-replies", bySession, send, 0, operation("list-saved-replies", "Texts that are sent often", s.saved.list)},
		{post, "/api/v1/ui/saved-replies", bySession, triage, 0, operation("create-saved-reply", "Save a text for later", s.saved.create)},
		{patch, "/api/v1/ui/saved-replies/{saved_reply_id}", bySession, triage, 0, operation("update-saved-reply", "Change a saved reply", s.saved.update)},
		{del, "/api/v1/ui/saved-replies/{saved_reply_id}", bySession, triage, 0, operation("delete-saved-reply", "Remove a saved reply", s.saved.remove)},
		{get, "/api/v1/ui/drafts", bySession, tenants.DraftsKeep, 0, operation("list-drafts", "What I have begun to write", s.drafts.list)},
		{put, "/api/v1/ui/conversations/{conversation_id}/drafts", bySession, tenants.DraftsKeep, 0, operation("keep-draft", "Keep what I have begun to write", s.drafts.keep)},
		{put, "/api/v1/ui/conversations/{conversation_id}/presence", bySession, tenants.DraftsKeep, 0, operation("tell-presence", "Tell colleagues that I read or write here", s.inbox.presence)},
		{post, "/api/v1/ui/conversations/{conversation_id}/messages", bySession, send, 0, operation("reply", "Reply", s.replies.reply)},
		{post, "/api/v1/ui/conversations/{conversation_id}/activity", bySession, send, 0, operation("show-activity", "Show the participant that somebody types or has seen", s.replies.activity)},
		{post, "/api/v1/ui/messages/{message_id}/retry", bySession, send, 0, operation("retry-message", "Send again what failed or got lost", s.replies.retry)},
		{post, "/api/v1/ui/messages/{message_id}/mark-sent", bySession, send, 0, operation("mark-message-sent", "Settle by hand a reply whose fate is unknown", s.replies.markSent)},
		{post, "/api/v1/ui/messages/{message_id}/reactions", bySession, send, 0, operation("react", "React to a message", s.replies.react)},

		{get, pushPath, bySession, tenants.NoticesReceive, 0, operation("get-push", "Whether this device is told of new messages by push", s.pushes.show)},
		{put, pushPath, bySession, tenants.NoticesReceive, 0, operation("subscribe-push", "Have this device told", s.pushes.subscribe)},
		{del, pushPath, bySession, tenants.NoticesReceive, 0, operation("unsubscribe-push", "Have it told no more", s.pushes.unsubscribe)},

		{get, insightsPath, bySession, tenants.InsightsRead, 0, operation("get-insights", "How the account did in a range of days", s.insights.show)},
		{get, insightsPath + "/export", bySession, tenants.InsightsRead, 0, plain("export-insights", "The same as a file", s.insights.export, describeInsightsExport)},

		{get, connectionPath, bySession, tenants.ConnectionRead, 0, operation("get-connection", "How the account is connected to Instagram", s.connection.show)},
		{patch, connectionPath, bySession, manage, 0, operation("update-connection", "Confirm that people answer", s.connection.update)},
		{post, connectionPath + "/reconnect", bySession, manage, 0, operation("reconnect", "Begin to connect the account again", s.connection.reconnect)},
		{post, connectionPath + "/disconnect", bySession, manage, 0, operation("disconnect", "End the connection", s.connection.disconnect)},
		{get, connectionPath + "/events", bySession, manage, 0, operation("list-connection-events", "What Instagram delivered, and what became of it", s.connection.events)},
		{post, connectionPath + "/events/{event_id}/replay", bySession, manage, 0, operation("replay-connection-event", "Apply an event again", s.connection.replay)},
		{get, eventsPath, bySession, read, 0, plain("stream-events", "Live events", s.live.stream, describeEvents)},

		{get, webhooksPath, byAnyone, "", 0, plain("verify-webhook", "Meta's handshake", s.webhooks.handshake, describeHandshake)},
		{post, webhooksPath, byMeta, "", 0, plain("receive-webhook", "Meta's events", s.webhooks.receive, describeWebhook)},

		{post, "/auth/instagram/deauthorize", byMeta, "", 0, plain("receive-deauthorize", "Meta: the app was removed", s.meta.deauthorize, describeMetaCallback)},
		{post, "/auth/instagram/data-deletion", byMeta, "", 0, plain("receive-data-deletion", "Meta: data shall be deleted", s.meta.deletion, describeMetaCallback)},
		{get, "/data-deletion/{code}", byAnyone, "", 0, plain("get-data-deletion", "How such a request stands, for people", s.meta.status, describeStatusPage)},
		{get, "/api/v1/ui/retention", bySession, tenants.DataErase, 0, operation("get-retention", "How long things are kept", s.data.retention)},
		{get, "/api/v1/ui/participants", bySession, tenants.DataErase, 0, operation("find-participants", "Customers by name, to erase one", s.data.find)},
		{del, "/api/v1/ui/participants/{participant_id}", bySession, tenants.DataErase, fresh, operation("erase-participant", "Erase a customer", s.erasures.participant)},
		{del, "/api/v1/ui/account", bySession, tenants.DataErase, fresh, operation("delete-account", "Delete the account", s.erasures.account)},

		// Whoever holds the ticket in the address; the handlers check it.
		{get, attachmentPath, byAnyone, "", 0, plain("get-media", "A picture, video or file of a message", s.files.attachment, describeAttachment)},
		{head, attachmentPath, byAnyone, "", 0, plain("head-media", "Its headers", s.files.attachment, describeAttachment)},
		{get, outPath, byAnyone, "", 0, plain("get-upload", "An upload, for Instagram", s.files.upload, describeOut)},
		{head, outPath, byAnyone, "", 0, plain("head-upload", "Its headers", s.files.upload, describeOut)},
		{post, uploadsPath, bySession, tenants.MessagesSend, 0, plain("upload", "Keep a file, to be sent", s.uploads.accept, s.describeUpload)},

		{get, "/openapi.json", byAnyone, "", 0, plain("get-openapi", "This description", s.docs.openapi, describeFile("application/json"))},
		{get, "/docs", byAnyone, "", 0, plain("get-docs", "A page that shows this description", s.docs.file("index.html"), describeFile("text/html"))},
		{get, "/docs/page.js", byAnyone, "", 0, plain("get-docs-script", "The page's script", s.docs.file("page.js"), describeFile("text/javascript"))},
		{get, "/docs/page.css", byAnyone, "", 0, plain("get-docs-style", "The page's style", s.docs.file("page.css"), describeFile("text/css"))},
	})
}
