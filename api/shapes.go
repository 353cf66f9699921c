package api

import "time"

// Session is a signed-in person as the app sees them: who, in which account, with which role.
type Session struct {
	AccountID   *string       `json:"account_id" doc:"The account that the token is for; null for staff without an account"`
	ExpiresIn   int           `json:"expires_in" doc:"Seconds until the token expires"`
	Account     *Account      `json:"account"`
	User        User          `json:"user"`
	Role        *string       `json:"role" enum:"owner,agent,viewer" doc:"The role in the account"`
	StaffRole   *string       `json:"staff_role" enum:"operator,support" doc:"The role in the installation"`
	Permissions []string      `json:"permissions" nullable:"false" doc:"What this token may do; show nothing else"`
	AuthTime    time.Time     `json:"auth_time" doc:"When the person proved himself last; some things need that within 15 minutes"`
	StepUp      *StepUp       `json:"step_up" doc:"How the person proves himself again; null: only by a new sign-in"`
	Support     *SupportVisit `json:"support" doc:"The visit of support that this token is for"`
}

// SupportVisit is the visit that a token is for.
type SupportVisit struct {
	GrantID   string    `json:"grant_id"`
	Mode      string    `json:"mode" enum:"read,reply"`
	Reason    string    `json:"reason"`
	OpenedAt  time.Time `json:"opened_at"`
	ExpiresAt time.Time `json:"expires_at"`
}

// NewSession is a Session together with its fresh token.
type NewSession struct {
	Token string `json:"token" doc:"For the Authorization header, as Bearer; keep it in memory only"`
	Session
}

// Account is an Instagram account: the tenant.
type Account struct {
	AccountID         string  `json:"account_id"`
	Username          string  `json:"username"`
	Name              string  `json:"name"`
	ProfilePictureURL *string `json:"profile_picture_url"`
	Status            string  `json:"status" enum:"connecting,active,needs_reconnect,disconnected,suspended"`
}

// AccountMembership is an account with the role that the person has in it.
type AccountMembership struct {
	Account
	Role   string `json:"role" enum:"owner,agent,viewer"`
	Unread *int64 `json:"unread" doc:"My unread conversations; null: not counted; 1000: at least"`
}

// User is a person who signs in.
type User struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Provider string `json:"provider" doc:"Which strategy proved who this is"`
}

// AccountPage is a page of the accounts that a person may open.
type AccountPage struct {
	Items      []AccountMembership `json:"items" nullable:"false"`
	NextCursor *string             `json:"next_cursor"`
}

// Conversation is the thread of the account with one participant, as the list shows it.
type Conversation struct {
	ID           string       `json:"id"`
	Participant  Participant  `json:"participant"`
	LastMessage  *LastMessage `json:"last_message"`
	Unread       *int64       `json:"unread" doc:"Messages that the reader has not seen; null for an API key, which reads for nobody"`
	InboundSeq   int64        `json:"inbound_seq" doc:"Number of the newest inbound message; send it back as read_seq"`
	WaitingSince *time.Time   `json:"waiting_since" doc:"When the participant began to wait for an answer"`
	Window       Window       `json:"window"`
	SeenUntil    *time.Time   `json:"seen_until" doc:"The participant has seen what was sent until then"`
	Status       string       `json:"status" enum:"open,snoozed,closed" doc:"A new message of the participant opens it again"`
	SnoozedUntil *time.Time   `json:"snoozed_until" doc:"Null while snoozed: until the participant writes"`
	Assignee     *Assignee    `json:"assignee"`
	Starred      bool         `json:"starred"`
	LabelIDs     []string     `json:"label_ids" nullable:"false"`
}

// Assignee is the member who has a conversation.
type Assignee struct {
	UserID string `json:"user_id"`
	Name   string `json:"name"`
}

// Participant is a customer, known to this account alone.
type Participant struct {
	ID       string  `json:"id"`
	Username *string `json:"username"`
	Name     *string `json:"name"`
}

// LastMessage is the newest message of a conversation.
type LastMessage struct {
	ID        string    `json:"id"`
	Text      *string   `json:"text"`
	Direction string    `json:"direction" enum:"inbound,outbound"`
	Kind      string    `json:"kind"`
	SentAt    time.Time `json:"sent_at"`
}

// Window says whether Instagram lets the account answer.
type Window struct {
	State    string     `json:"state" enum:"open,human_agent,closed" doc:"human_agent: only a person, who says so with human_agent"`
	ClosesAt *time.Time `json:"closes_at" doc:"When this state ends; null when closed"`
	Reason   string     `json:"reason" enum:"customer_wrote,customer_tapped,human_agent_possible,expired,never_wrote"`
	OpenedBy *string    `json:"opened_by" enum:"message,story_reply,story_mention,postback" doc:"The participant's act that opened it last"`
}

// ConversationPage is a page of conversations, newest message first.
type ConversationPage struct {
	Items      []Conversation `json:"items" nullable:"false"`
	NextCursor *string        `json:"next_cursor" doc:"Give it as cursor to get the next page; null on the last one"`
}

// Message is one item of a thread.
type Message struct {
	ID          string       `json:"id"`
	MID         *string      `json:"mid" doc:"Instagram's id"`
	ClientID    *string      `json:"client_id" doc:"The id that the sending client gave it"`
	Direction   string       `json:"direction" enum:"inbound,outbound"`
	Kind        string       `json:"kind" doc:"text, attachment, unsupported, empty, unsent, postback, referral; show an unknown kind generically"`
	Text        *string      `json:"text"`
	State       string       `json:"state" enum:"received,queued,sending,sent,failed,unknown"`
	SentAt      time.Time    `json:"sent_at"`
	Attachments []Attachment `json:"attachments" nullable:"false"`
	Fault       *string      `json:"fault" doc:"Why it was not sent: window_closed, recipient_unavailable, not_connected, rate_limited, …; show an unknown word generically"`
	Checking    bool         `json:"checking" doc:"State unknown: its traces are still being looked for"`
	Actions     []string     `json:"actions" nullable:"false" doc:"What a person may do about it: retry, mark_sent"`
	MarkedSent  bool         `json:"marked_sent" doc:"A person has said that it was sent"`
	Seen        bool         `json:"seen" doc:"Outbound: the participant has seen it"`
	EditedAt    *time.Time   `json:"edited_at"`
	Recovered   bool         `json:"recovered" doc:"No webhook told it; it was read from Instagram later"`
	Standby     bool         `json:"standby" doc:"Another app owned the conversation"`
	Origin      *string      `json:"origin" enum:"parlor,instagram_app,other_app" doc:"Outbound: where it was written"`
	ReplyTo     *ReplyTo     `json:"reply_to"`
	Reactions   []Reaction   `json:"reactions" nullable:"false"`
	Referral    *Referral    `json:"referral"`
}

// Attachment is a picture, video, share … of a message.
type Attachment struct {
	ID       string  `json:"id"`
	Type     string  `json:"type" doc:"image, video, audio, share, …; show an unknown type generically"`
	Title    *string `json:"title"`
	MediaURL *string `json:"media_url" doc:"A path of this origin, good for at most ten minutes; null when there is nothing to show"`
	Link     *string `json:"link" doc:"An address at Instagram to open"`
	Expired  bool    `json:"expired" doc:"Instagram does not give the file any more"`
}

// ReplyTo is what a message answers.
type ReplyTo struct {
	MID       *string `json:"mid"`
	MessageID *string `json:"message_id" doc:"Null when the message is not here"`
	Text      *string `json:"text"`
	Story     bool    `json:"story" doc:"It answers a story, which is an attachment of type story_reply"`
}

// Reaction is one person's reaction to a message.
type Reaction struct {
	Actor string `json:"actor" enum:"customer,account"`
	Emoji string `json:"emoji"`
}

// Referral is what led the participant here.
type Referral struct {
	Source  string `json:"source"`
	Ref     string `json:"ref"`
	AdID    string `json:"ad_id"`
	AdTitle string `json:"ad_title"`
}

// MessagePage is a page of messages, newest first.
type MessagePage struct {
	Items      []Message `json:"items" nullable:"false"`
	NextCursor *string   `json:"next_cursor"`
}
