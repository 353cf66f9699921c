package tenants

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/uuid"
)

// LiveChannel is notified with a LiveRef, as JSON, when its transaction commits.
const LiveChannel = "parlor_live"

// LiveKind says what a LiveRef is about.
type LiveKind string

// The kinds of LiveRef.
const (
	LiveMessage      LiveKind = "message"       // a message was added or changed
	LiveConversation LiveKind = "conversation"  // something of the conversation changed, its read state for example
	LiveSupport      LiveKind = "support"       // a visit of support began or ended, or what support may do; names no conversation
	LiveMembers      LiveKind = "members"       // members or invitations have changed; names no conversation
	LiveLabels       LiveKind = "labels"        // the account's labels have changed; names no conversation
	LiveDraft        LiveKind = "draft"         // what a person has begun to write has changed; for their own pages alone
	LiveSavedReplies LiveKind = "saved_replies" // the account's saved replies have changed; names no conversation
	LivePresence     LiveKind = "presence"      // somebody of the account reads a conversation, writes in it, or has left it
	LiveConnection   LiveKind = "connection"    // the account's connection or an import of it has changed; names no conversation
)

// LiveRef is a hint that something of an account has changed. It holds ids alone; who is interested reads the rows through both walls.
type LiveRef struct {
	AccountID      AccountID `json:"account_id"` // set by Notify
	Kind           LiveKind  `json:"kind"`
	ConversationID uuid.UUID `json:"conversation_id,omitzero"`
	MessageID      uuid.UUID `json:"message_id,omitzero"`
	Direction      string    `json:"direction,omitempty"` // of the message: inbound or outbound
	UserID         UserID    `json:"user_id,omitzero"`    // set: for this user's own tabs alone
	Revision       int64     `json:"revision,omitzero"`   // of a draft: whoever made it need not read it again
	By             UserID    `json:"by,omitzero"`         // whose presence it is; everybody's tabs are told
	Presence       string    `json:"presence,omitempty"`  // viewing, typing or away
}

// ParseLiveRef reads the payload of a notification on LiveChannel. One that names no account is refused: it could reach anybody.
func ParseLiveRef(payload string) (LiveRef, error) {
	var ref LiveRef
	if err := json.Unmarshal([]byte(payload), &ref); err != nil {
		return LiveRef{}, fmt.Errorf("read live reference: %w", err)
	}
	if ref.AccountID.IsZero() {
		return LiveRef{}, errors.New("read live reference: no account")
	}
	return ref, nil
}

// Notify announces ref to every instance. PostgreSQL delivers at commit, and not at all after a rollback.
func (tx *Tx) Notify(ctx context.Context, ref LiveRef) error {
	ref.AccountID = tx.AccountID()
	return tx.beside(ctx, func() error { return notify(ctx, tx.pg, ref) })
}

// Notify announces ref, which must name its account, to every instance at commit.
func (tx *PlatformTx) Notify(ctx context.Context, ref LiveRef) error {
	if ref.AccountID.IsZero() {
		return ErrNoAccount
	}
	return notify(ctx, tx.pg, ref)
}

func notify(ctx context.Context, q execer, ref LiveRef) error {
	payload, err := json.Marshal(ref)
	if err == nil {
		_, err = q.Exec(ctx, `select pg_notify('`+LiveChannel+`', $1)`, string(payload))
	}
	if err != nil {
		return fmt.Errorf("announce %s: %w", ref.Kind, err)
	}
	return nil
}
