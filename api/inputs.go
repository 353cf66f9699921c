package api

import "net/http"

// createSessionInput asks for a session. Who asks is proven by the password or cookie of the request, see proof.
type createSessionInput struct {
	Body *SessionRequest // nil: no body was sent
}

// SessionRequest says for which account the token shall be.
type SessionRequest struct {
	AccountID string `json:"account_id,omitempty" doc:"Default: the account just signed in to, else the last used, else the first joined"`
}

type createSessionOutput struct {
	SetCookie []http.Cookie `header:"Set-Cookie"`
	Body      NewSession
}

type sessionOutput struct{ Body Session }

type endSessionOutput struct {
	SetCookie []http.Cookie `header:"Set-Cookie"`
}

type accountPageOutput struct{ Body AccountPage }

// noInput is the input of an operation that needs to know only who calls.
type noInput struct{}

// PageInput is how every list is walked.
type PageInput struct {
	Cursor string `query:"cursor" maxLength:"1024" doc:"The next_cursor of the page before"`
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"50" doc:"How many items at most"`
}

type listConversationsInput struct {
	PageInput
	Unread bool `query:"unread" doc:"Only conversations with messages that the reader has not seen"`
}

// directListInput lists for a key, which reads for nobody: there is no unread to filter by.
type directListInput struct {
	PageInput
}

type conversationPageOutput struct{ Body ConversationPage }

// ConversationInput names a conversation. The id is not validated here: one that is none is a missing one.
type ConversationInput struct {
	ConversationID string `path:"conversation_id"`
}

type conversationOutput struct{ Body Conversation }

type markReadInput struct {
	ConversationInput
	Body ConversationUpdate
}

// ConversationUpdate is what can be changed of a conversation.
type ConversationUpdate struct {
	ReadSeq int64 `json:"read_seq" minimum:"0" doc:"The inbound_seq up to which the reader has seen it; never goes back"`
}

type listMessagesInput struct {
	ConversationInput
	PageInput
}

type messagePageOutput struct{ Body MessagePage }

// ProviderList is what the login page draws itself from.
type ProviderList struct {
	Providers []Provider `json:"providers" nullable:"false"`
}

// Provider is one way to sign in.
type Provider struct {
	ID       string `json:"id"`
	Kind     string `json:"kind" enum:"redirect,password" doc:"redirect: go to login_url; password: send it with POST /api/v1/ui/session"`
	Label    string `json:"label"`
	LoginURL string `json:"login_url" doc:"Empty for kind password"`
}
