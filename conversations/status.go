package conversations

// Status says where a conversation stands in the account's work.
type Status string

// The statuses. A customer's new message opens a conversation again, whatever it was.
const (
	StatusOpen    Status = "open"
	StatusSnoozed Status = "snoozed" // until a time, or until the customer writes
	StatusClosed  Status = "closed"
)

// Valid reports whether s is one of the statuses above.
func (s Status) Valid() bool { return s == StatusOpen || s == StatusSnoozed || s == StatusClosed }
