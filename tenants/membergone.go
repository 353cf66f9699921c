package tenants

import "context"

// MemberGoneArgs is a job that looks whether a person may answer in an account, after something that may have ended it, in the transaction that
// did: if not, what is assigned to the person goes back. It decides nothing by itself, so that one too many, or one that is late, does no harm.
type MemberGoneArgs struct {
	AccountID AccountID `json:"account_id"`
	UserID    UserID    `json:"user_id"`
}

// Kind is the job's name in the queue.
func (MemberGoneArgs) Kind() string { return "member_gone" }

// memberGone has the job look.
func (tx *PlatformTx) memberGone(ctx context.Context, account AccountID, user UserID) error {
	return tx.Enqueue(ctx, MemberGoneArgs{AccountID: account, UserID: user}, nil)
}
