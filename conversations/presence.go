package conversations

import (
	"context"
	"fmt"

	"parlor/tenants"
)

// Presence is what somebody of the account does in a conversation.
type Presence string

// What somebody does. Each is only announced, and kept nowhere: whoever hears of it forgets it after a while, unless it is said again.
const (
	PresenceViewing Presence = "viewing"
	PresenceTyping  Presence = "typing" // a reply or a note
	PresenceAway    Presence = "away"   // has left it
)

// TellPresence tells the open pages of the account, on every instance, what the user of ctx does in a conversation. Error: ErrNotFound.
func (s *Store) TellPresence(ctx context.Context, id ID, p Presence) error {
	who, ok := tenants.PrincipalFrom(ctx)
	if !ok || who.UserID.IsZero() {
		return ErrNotFound // a key is nobody whom others could see
	}
	if _, err := s.Conversation(ctx, id); err != nil {
		return err
	}
	err := s.db.InTenant(ctx, func(tx *tenants.Tx) error {
		return tx.Notify(ctx, tenants.LiveRef{Kind: tenants.LivePresence, ConversationID: id.UUID, By: who.UserID, Presence: string(p)})
	})
	if err != nil {
		return fmt.Errorf("tell who is there: %w", err)
	}
	return nil
}
