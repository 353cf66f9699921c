package tenants

// MemberGoneArgs is a job that follows a membership's end, in the transaction that ends it: what the account has given to the person goes back.
type MemberGoneArgs struct {
	AccountID AccountID `json:"account_id"`
	UserID    UserID    `json:"user_id"`
}

// Kind is the job's name in the queue.
func (MemberGoneArgs) Kind() string { return "member_gone" }
