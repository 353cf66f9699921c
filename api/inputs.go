package api

import "net/http"

// createSessionInput asks for a session. Who asks is proven by the password or cookie of the request, see proof.
type createSessionInput struct {
	Body *SessionRequest // nil: no body was sent
}

// SessionRequest says for which account the token shall be.
type SessionRequest struct {
	AccountID      string `json:"account_id,omitempty" doc:"Default: the account just signed in to, else the last used, else the first joined"`
	SupportGrantID string `json:"support_grant_id,omitempty" maxLength:"64" doc:"Go on with this visit of support"`
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
	Unread   bool   `query:"unread" doc:"Only conversations with messages that the reader has not seen"`
	Status   string `query:"status" enum:"open,snoozed,closed" doc:"Default: all"`
	Assignee string `query:"assignee" maxLength:"64" doc:"me, none, or a member's user_id"`
	Label    string `query:"label" maxLength:"64" doc:"A label's id"`
	Starred  bool   `query:"starred"`
	Window   string `query:"window" enum:"open,closing,closed" doc:"closing: the customer waits, and the window closes within four hours"`
	Sort     string `query:"sort" enum:"newest,waiting,closing" doc:"waiting: who waits longest first; closing: the open window that closes next first. Default newest"`
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

type listMessagesInput struct {
	ConversationInput
	PageInput
	Shared bool `query:"shared" doc:"Only messages with files, posts or stories"`
}

type messagePageOutput struct{ Body MessagePage }

type replyInput struct {
	ConversationInput
	Body ReplyRequest
}

// ReplyRequest is a reply: a text or an upload, not both.
type ReplyRequest struct {
	ClientID   string           `json:"client_id" format:"uuid" doc:"Chosen by the client; the same one again is the same reply"`
	Text       string           `json:"text,omitempty" maxLength:"20000" doc:"At most 1,000 bytes of UTF-8"`
	Attachment *ReplyAttachment `json:"attachment,omitempty"`
	HumanAgent bool             `json:"human_agent,omitempty" doc:"A person writes this; needed while the window is human_agent"`
}

// ReplyAttachment names a file to send.
type ReplyAttachment struct {
	UploadID string `json:"upload_id" doc:"Of POST /api/v1/ui/uploads"`
}

type replyOutput struct {
	Status int
	Body   Message
}

// MessageInput names a message. The id is not validated here: one that is none is a missing one.
type MessageInput struct {
	MessageID string `path:"message_id"`
}

type retryInput struct {
	MessageInput
	Body *RetryRequest
}

// RetryRequest says who sends again.
type RetryRequest struct {
	HumanAgent bool `json:"human_agent,omitempty" doc:"A person sends this; needed while the window is human_agent"`
}

type reactInput struct {
	MessageInput
	Body ReactionRequest
}

// ReactionRequest puts a reaction on a message, or takes it off.
type ReactionRequest struct {
	Emoji *string `json:"emoji" maxLength:"16" doc:"Null takes it off"`
}

type activityInput struct {
	ConversationInput
	Body ActivityRequest
}

// ActivityRequest is a sign for the participant.
type ActivityRequest struct {
	Action string `json:"action" enum:"typing_on,typing_off,mark_seen"`
}

type messageOutput struct{ Body Message }

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
