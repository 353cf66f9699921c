package tenants

import "slices"

// Role is what a membership lets a user do in one account. The zero value may do nothing.
type Role string

// The roles of a membership, from the most to the least.
const (
	RoleOwner  Role = "owner"
	RoleAgent  Role = "agent"
	RoleViewer Role = "viewer"
)

// StaffRole is what a user may do in the whole installation. The zero value is no staff role.
type StaffRole string

// The staff roles: the operator runs the installation; support may open support access to an account.
const (
	StaffOperator StaffRole = "operator"
	StaffSupport  StaffRole = "support"
)

// SupportMode is what a visit of support may do in an account. The zero value may do nothing.
type SupportMode string

// The modes of a visit: reading alone unless the account's owner allows replies.
const (
	SupportRead  SupportMode = "read"
	SupportReply SupportMode = "reply"
)

// Permission is one thing that an operation asks for, as noun:verb. API key scopes are spelled the same way.
type Permission string

// The permissions. An operation names exactly one of them; one that names none is refused. ConversationsUpdate is to note what one has read:
// every member may, a visit of support leaves no such note. NotesRead and NotesWrite are for what the account's people tell each other: no API
// key has them, and a visit may not write. DraftsKeep is to have one's own drafts on the server. InsightsRead is for the account's figures; those
// of each member are for who has MembersManage. NoticesReceive is to be told of news on one's own devices: every member may, and nobody who only visits.
const (
	ConversationsRead   Permission = "conversations:read"
	ConversationsUpdate Permission = "conversations:update"
	ConversationsTriage Permission = "conversations:triage"
	NotesRead           Permission = "notes:read"
	NotesWrite          Permission = "notes:write"
	DraftsKeep          Permission = "drafts:keep"
	ParticipantsRead    Permission = "participants:read"
	MessagesSend        Permission = "messages:send"
	ConnectionRead      Permission = "connection:read"
	ConnectionManage    Permission = "connection:manage"
	MembersRead         Permission = "members:read"
	MembersManage       Permission = "members:manage"
	AccountLeave        Permission = "account:leave"
	KeysManage          Permission = "keys:manage"
	AuditRead           Permission = "audit:read"
	AuditExport         Permission = "audit:export"
	SupportView         Permission = "support:read"
	SupportManage       Permission = "support:manage"
	SupportOpen         Permission = "support:open"
	DataErase           Permission = "data:erase"
	InsightsRead        Permission = "insights:read"
	NoticesReceive      Permission = "notices:receive"
	InstallationRead    Permission = "installation:read"
	InstallationManage  Permission = "installation:manage"
)

// rolePermissions is the whole table of what a membership's role may do.
var rolePermissions = map[Role][]Permission{
	RoleOwner: {
		ConversationsRead, ConversationsUpdate, ConversationsTriage, ParticipantsRead, MessagesSend, ConnectionRead, ConnectionManage,
		MembersRead, MembersManage, AccountLeave, KeysManage, AuditRead, AuditExport, SupportView, SupportManage, DataErase,
		NotesRead, NotesWrite, DraftsKeep, InsightsRead, NoticesReceive,
	},
	RoleAgent: {
		ConversationsRead, ConversationsUpdate, ConversationsTriage, ParticipantsRead, MessagesSend, ConnectionRead, MembersRead, AccountLeave,
		NotesRead, NotesWrite, DraftsKeep, InsightsRead, NoticesReceive,
	},
	RoleViewer: {ConversationsRead, ConversationsUpdate, NotesRead, ParticipantsRead, ConnectionRead, MembersRead, AccountLeave, InsightsRead, NoticesReceive},
}

// staffPermissions is what a staff role may do in the installation; never the inside of an account.
var staffPermissions = map[StaffRole][]Permission{
	StaffOperator: {InstallationRead, InstallationManage, SupportOpen},
	StaffSupport:  {InstallationRead, SupportOpen},
}

// supportPermissions is what a visit may do inside the account, and all that it may do: whoever visits has no other powers meanwhile.
var supportPermissions = map[SupportMode][]Permission{
	SupportRead:  {ConversationsRead, NotesRead, ParticipantsRead, ConnectionRead},
	SupportReply: {ConversationsRead, NotesRead, ParticipantsRead, ConnectionRead, MessagesSend},
}

// keyScopes lists the permissions that an API key may carry.
var keyScopes = []Permission{ConversationsRead, ParticipantsRead, MessagesSend}

// Valid reports whether r is one of the roles above.
func (r Role) Valid() bool { return rolePermissions[r] != nil }

// Valid reports whether r is one of the staff roles above.
func (r StaffRole) Valid() bool { return staffPermissions[r] != nil }

// Valid reports whether m is one of the modes above.
func (m SupportMode) Valid() bool { return supportPermissions[m] != nil }

// Permissions returns a copy of what the role may do; empty for an unknown role.
func (r Role) Permissions() []Permission { return slices.Clone(rolePermissions[r]) }

// answers reports whether the role may answer customers, so that a conversation can be theirs.
func (r Role) answers() bool { return slices.Contains(rolePermissions[r], MessagesSend) }

// Permissions returns a copy of what the staff role may do; empty for an unknown one.
func (r StaffRole) Permissions() []Permission { return slices.Clone(staffPermissions[r]) }

// Permissions returns a copy of what a visit may do; empty for an unknown mode.
func (m SupportMode) Permissions() []Permission { return slices.Clone(supportPermissions[m]) }

// KeyScopes returns the permissions that an API key may carry.
func KeyScopes() []Permission { return slices.Clone(keyScopes) }
