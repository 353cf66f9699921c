package api

import "time"

// AccountInput names an account. The id is not validated here: one that is none is a missing one.
type AccountInput struct {
	AccountID string `path:"account_id"`
}

type searchAccountsInput struct {
	PageInput
	Text   string `query:"q" maxLength:"100" doc:"Part of a username or name, or a whole id"`
	Status string `query:"status" enum:"connecting,active,needs_reconnect,disconnected,suspended"`
}

type suspendInput struct {
	AccountInput
	Body *SuspendRequest
}

// SuspendRequest says why an account is closed.
type SuspendRequest struct {
	Reason string `json:"reason,omitempty" maxLength:"500" doc:"Stands in both logs; the owner reads his"`
}

type logInput struct{ PageInput }

type updateStaffInput struct {
	MemberInput
	Body StaffUpdate
}

// StaffUpdate is what can be changed of a person of staff; the role comes from the configuration of the provider.
type StaffUpdate struct {
	Disabled bool `json:"disabled" doc:"true: signed out everywhere, and not let in any more"`
}

type (
	overviewOutput     struct{ Body AccountOverview }
	overviewPageOutput struct{ Body AccountOverviewPage }
	staffOutput        struct{ Body StaffMember }
	staffPageOutput    struct{ Body StaffPage }
	healthOutput       struct{ Body Health }
	platformLogOutput  struct{ Body PlatformLogPage }
)

// AccountOverviewPage is a page of accounts, newest first.
type AccountOverviewPage struct {
	Items      []AccountOverview `json:"items" nullable:"false"`
	NextCursor *string           `json:"next_cursor"`
}

// AccountOverview is an account as staff see it: nothing of what is in it.
type AccountOverview struct {
	Account
	StatusReason   string     `json:"status_reason"`
	StatusAt       time.Time  `json:"status_at"`
	TokenExpiresAt *time.Time `json:"token_expires_at"`
	LastWebhookAt  *time.Time `json:"last_webhook_at"`
	CreatedAt      time.Time  `json:"created_at"`
	Members        int        `json:"members"`
	OAuthConnected bool       `json:"oauth_connected" doc:"An owner has signed in with this Instagram account"`
	SupportEnabled bool       `json:"support_enabled"`
}

// StaffPage lists the people with a staff role, and those who were shut out.
type StaffPage struct {
	Items []StaffMember `json:"items" nullable:"false"`
}

// StaffMember is a person with a staff role.
type StaffMember struct {
	UserID       string          `json:"user_id"`
	Name         string          `json:"name"`
	StaffRole    *string         `json:"staff_role" enum:"operator,support"`
	Disabled     bool            `json:"disabled"`
	Identities   []StaffIdentity `json:"identities" nullable:"false"`
	LiveSessions int             `json:"live_sessions"`
}

// StaffIdentity is one way in which a person of staff signs in.
type StaffIdentity struct {
	Provider     string     `json:"provider"`
	LastSignInAt *time.Time `json:"last_sign_in_at"`
}

// PlatformLogPage is a page of the installation's log, newest first.
type PlatformLogPage struct {
	Items      []PlatformLine `json:"items" nullable:"false"`
	NextCursor *string        `json:"next_cursor"`
}

// PlatformLine is one line of the installation's log.
type PlatformLine struct {
	Seq    int64          `json:"seq"`
	At     time.Time      `json:"at"`
	Actor  string         `json:"actor" doc:"kind:id"`
	Action string         `json:"action"`
	Target string         `json:"target"`
	Detail map[string]any `json:"detail" nullable:"false"`

	ActorName  string `json:"actor_name" doc:"Of a user, as it is now; empty for others"`
	TargetName string `json:"target_name" doc:"Of an account or a user that is still there"`
}

// Health is how the installation is.
type Health struct {
	Version          string           `json:"version"`
	RevocationsAgeMS int64            `json:"revocations_age_ms" doc:"How long ago ended sessions were read last; over 10,000 nothing is written"`
	Queue            map[string]int64 `json:"queue" nullable:"false" doc:"Jobs, by state"`
	Deliveries       DeliveryHealth   `json:"deliveries"`
	Accounts         map[string]int64 `json:"accounts" nullable:"false" doc:"Accounts, by status"`
	Providers        []string         `json:"providers" nullable:"false" doc:"The ways to sign in that are enabled"`
}

// DeliveryHealth is what stands between a webhook and the inbox.
type DeliveryHealth struct {
	Open              int64   `json:"open" doc:"Accepted, not yet split"`
	Failed            int64   `json:"failed" doc:"Well signed, but unreadable; kept for a look"`
	OldestOpenSeconds float64 `json:"oldest_open_seconds"`

	LastWebhookAt *time.Time `json:"last_webhook_at" doc:"When Instagram last told of any account; null: never"`
}
