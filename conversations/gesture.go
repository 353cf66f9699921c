package conversations

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"gorm.io/gorm"

	"parlor/instagram"
	"parlor/tenants"
)

// Gestures are what an account does in a thread beside writing: reactions, the typing sign, the seen mark. They are sent at once and never
// repeated by themselves: a late one would be worse than none. A Gestures is safe for concurrent use.
type Gestures struct {
	db     *tenants.DB
	gate   Gate
	client *instagram.Client
	store  *Store
	now    func() time.Time
}

// NewGestures takes what it works with; now may be nil for time.Now.
func NewGestures(db *tenants.DB, gate Gate, client *instagram.Client, now func() time.Time) *Gestures {
	if now == nil {
		now = time.Now
	}
	return &Gestures{db: db, gate: gate, client: client, store: NewStore(db, now), now: now}
}

// maxEmojiBytes is more than any emoji has, with all its joiners.
const maxEmojiBytes = 64

// reaction reports whether a text can be one: short, readable, and nothing that a database or a page would trip over.
func reaction(emoji string) bool {
	return len(emoji) <= maxEmojiBytes && utf8.ValidString(emoji) && !strings.ContainsFunc(emoji, unicode.IsControl)
}

// React puts the account's reaction on a message, or takes it off with an empty emoji. Errors: ErrBadEmoji, ErrNotFound, ErrNotPossible for a message that
// Instagram does not know or that was taken back, *RefusedError, ErrNotConnected.
func (g *Gestures) React(ctx context.Context, id MessageID, emoji string) (Message, error) {
	if !reaction(emoji) {
		return Message{}, ErrBadEmoji
	}
	var m messageRow
	var to string
	err := g.db.InTenant(ctx, func(tx *tenants.Tx) (err error) {
		if m, err = messageOf(tx, id.UUID); err != nil {
			return err
		}
		to, err = customerOf(tx, m)
		return err
	})
	switch {
	case err != nil:
		return Message{}, fmt.Errorf("react to message %s: %w", id, err)
	case m.MID == nil || m.Kind == KindUnsent || m.Kind == KindPostback || m.Kind == KindReferral:
		return Message{}, ErrNotPossible
	}
	at := g.now().UTC() // of two at once the later call stands, whichever is written down first
	err = g.gate.Send(ctx, func(ctx context.Context, token instagram.Secret) error {
		return g.client.React(ctx, token, to, *m.MID, emoji)
	})
	if err != nil {
		return Message{}, refusal(err)
	}
	err = g.db.InTenant(ctx, func(tx *tenants.Tx) error {
		if err := lockMID(tx, eventRow{MID: *m.MID, DeliveryID: m.MessageID}); err != nil { // who takes it back removes its reactions first
			return err
		}
		now, err := lockedByMID(tx, *m.MID) // it may have been taken back, or erased, while Instagram was asked
		switch {
		case err != nil:
			return err
		case now == nil:
			return ErrNotFound
		case now.Kind == KindUnsent:
			return ErrNotPossible
		}
		row := reactionRow{MID: *m.MID, Actor: ActorAccount, Emoji: emoji, Removed: emoji == "", ReactedAt: at}
		if err := tx.DB().Clauses(newestReaction).Create(&row).Error; err != nil {
			return err
		}
		return told(ctx, tx, m)
	})
	if err != nil {
		return Message{}, fmt.Errorf("keep the reaction to %s: %w", id, err)
	}
	return g.store.Message(ctx, id)
}

// Act sends a sign to the customer of a conversation. Errors: ErrNotFound, *RefusedError, ErrNotConnected.
func (g *Gestures) Act(ctx context.Context, id ID, action instagram.SenderAction) error {
	var p participantRow
	err := g.db.InTenant(ctx, func(tx *tenants.Tx) error {
		var c conversationRow
		err := tx.DB().Select("participant_id").Where("conversation_id = ?", id.UUID).Take(&c).Error
		if err != nil {
			return err
		}
		return tx.DB().Select("igsid").Where("participant_id = ?", c.ParticipantID).Take(&p).Error
	})
	if err != nil {
		return notFound(err)
	}
	err = g.gate.Send(ctx, func(ctx context.Context, token instagram.Secret) error {
		return g.client.Act(ctx, token, p.IGSID, action)
	})
	return refusal(err)
}

func customerOf(tx *tenants.Tx, m messageRow) (string, error) {
	var c conversationRow
	err := tx.DB().Select("participant_id").Where("conversation_id = ?", m.ConversationID).Take(&c).Error
	if err != nil {
		return "", err
	}
	return igsidOf(tx, c.ParticipantID)
}

func notFound(err error) error {
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return ErrNotFound
	}
	return err
}

// refusal says in one word why Instagram did not do it; a fault of ours stays what it is.
func refusal(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, instagram.ErrNotConnected), errors.Is(err, instagram.ErrNoConnection):
		return ErrNotConnected
	case instagram.FaultOf(err) == instagram.FaultNone:
		return err
	}
	return &RefusedError{Fault: ReplyFault(instagram.ReplyFault(err))}
}
