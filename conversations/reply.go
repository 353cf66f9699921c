package conversations

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"parlor/tenants"
)

// MaxTextBytes is how long a text may be, in bytes of UTF-8. Source: Instagram messaging API, read 2026-11-22.
const MaxTextBytes = 1000

// ReplierOptions holds what a Replier works with; all but Now are required.
type ReplierOptions struct {
	DB       *tenants.DB
	Accounts *tenants.Accounts
	// HumanAgent: the app of this installation has Instagram's human-agent permission.
	HumanAgent bool
	Now        func() time.Time
}

// Replier takes replies in: each is a message, an attempt to send it and a job, committed together. It never calls Instagram itself; see
// Sender. It is safe for concurrent use.
type Replier struct {
	o     ReplierOptions
	store *Store
}

// NewReplier fills in what has a default.
func NewReplier(o ReplierOptions) *Replier {
	if o.Now == nil {
		o.Now = time.Now
	}
	store := NewStore(o.DB, o.Now)
	if o.HumanAgent {
		store = store.WithHumanAgent()
	}
	return &Replier{o: o, store: store}
}

// Draft is what somebody wants to say: a text or an uploaded file, never both.
type Draft struct {
	ClientID   uuid.UUID // chosen by the client; the same one again is the same reply
	Text       string
	UploadID   uuid.UUID // zero: a text
	HumanAgent bool      // a person wrote it, and says so, when only that is allowed
}

// Reply takes a reply in and reports whether this call made it: the same client id again returns the message that is there. Errors:
// ErrNotFound, ErrNoUpload, ErrEmptyReply, *TextTooLongError, *WindowClosedError, ErrHumanAgentNeeded, ErrNotConnected, ErrClientIDUsed.
func (r *Replier) Reply(ctx context.Context, id ID, d Draft) (Message, bool, error) {
	d.Text = strings.TrimSpace(d.Text)
	known, err := r.byClientID(ctx, id, d.ClientID)
	if err != nil || known != nil {
		return r.shown(ctx, known, err)
	}
	if err := d.check(); err != nil {
		return Message{}, false, err
	}
	if err := r.connected(ctx); err != nil {
		return Message{}, false, err
	}
	created := true
	var m messageRow
	err = r.o.DB.InTenant(ctx, func(tx *tenants.Tx) error {
		c, err := lockedConversation(tx, id.UUID)
		if err != nil {
			return err
		}
		err = tx.DB().Where("client_id = ?", d.ClientID).Take(&m).Error
		if !errors.Is(err, gorm.ErrRecordNotFound) {
			created = false
			return errors.Join(err, sameConversation(m, id))
		}
		tag, err := r.mayAnswer(tx, c, senderOf(ctx), d.HumanAgent)
		if err != nil {
			return err
		}
		if m, err = r.write(ctx, tx, c, d, tag); err != nil {
			return err
		}
		if err := r.store.sent(ctx, tx, c.ConversationID, DraftReply, d.Text); err != nil {
			return err
		}
		return enqueueAttempt(ctx, tx, &c, m)
	})
	if err != nil {
		return Message{}, false, fmt.Errorf("reply in %s: %w", id, err)
	}
	shown, err := r.store.Message(ctx, MessageID{m.MessageID})
	return shown, created, err
}

// byClientID finds a reply that was taken in before, without a lock.
func (r *Replier) byClientID(ctx context.Context, id ID, clientID uuid.UUID) (*messageRow, error) {
	var m messageRow
	err := r.o.DB.Read(ctx, &m, func(db *gorm.DB) *gorm.DB { return db.Where("client_id = ?", clientID) })
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, nil
	}
	if err == nil {
		err = sameConversation(m, id)
	}
	if errors.Is(err, ErrClientIDUsed) { // but a conversation that is not there says so first
		if _, missing := r.store.Conversation(ctx, id); missing != nil {
			err = missing
		}
	}
	return &m, err
}

func (r *Replier) shown(ctx context.Context, m *messageRow, err error) (Message, bool, error) {
	if err != nil {
		return Message{}, false, err
	}
	found, err := r.store.Message(ctx, MessageID{m.MessageID})
	return found, false, err
}

func sameConversation(m messageRow, id ID) error {
	if m.ConversationID != uuid.Nil && m.ConversationID != id.UUID {
		return ErrClientIDUsed
	}
	return nil
}

func (d Draft) check() error {
	switch {
	case d.Text == "" && d.UploadID == uuid.Nil:
		return ErrEmptyReply
	case d.Text != "" && d.UploadID != uuid.Nil: // Instagram takes no text with an attachment; source: messaging API, read 2026-11-22
		return ErrTextAndFile
	case len(d.Text) > MaxTextBytes:
		return &TextTooLongError{Bytes: len(d.Text)}
	case !utf8.ValidString(d.Text) || strings.ContainsRune(d.Text, 0):
		return ErrEmptyReply
	}
	return nil
}

// connected refuses what could not be sent: the text stays with the person.
func (r *Replier) connected(ctx context.Context) error {
	account, ok := tenants.AccountFrom(ctx)
	if !ok {
		return tenants.ErrNoAccount
	}
	a, err := r.o.Accounts.ByID(ctx, account)
	if err != nil {
		return err
	}
	if a.Status != tenants.AccountActive {
		return ErrNotConnected
	}
	return nil
}

// mayAnswer decides by the reply window and reports whether the reply carries the human-agent tag.
func (r *Replier) mayAnswer(tx *tenants.Tx, c conversationRow, sender Sender, aPersonSaysSo bool) (bool, error) {
	allowed, err := tagAllowed(tx, r.o.HumanAgent)
	if err != nil {
		return false, err
	}
	w := WindowAt(r.o.Now(), lastAct(c.LastInboundAt, c.WindowOpenedBy), sender, allowed)
	switch w.State {
	case WindowOpen:
		return false, nil
	case WindowHumanAgent:
		if !aPersonSaysSo {
			return false, ErrHumanAgentNeeded
		}
		return true, nil
	}
	return false, &WindowClosedError{Reason: w.Reason, LastActAt: c.LastInboundAt}
}

// tagAllowed reports whether a person's reply may carry the human-agent tag: installation is whether Instagram lets the app do so at all.
func tagAllowed(tx *tenants.Tx, installation bool) (bool, error) {
	if !installation {
		return false, nil
	}
	var flags connectionFlags
	err := tx.DB().Take(&flags).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return false, nil
	}
	return flags.HumanAgentConfirmedAt != nil, err
}

// senderOf says whether a person acts: an API key is a machine, whoever is behind it.
func senderOf(ctx context.Context) Sender {
	if p, ok := tenants.PrincipalFrom(ctx); ok && !p.IsKey() {
		return SenderHuman
	}
	return SenderMachine
}

// write adds the message to its thread.
func (r *Replier) write(ctx context.Context, tx *tenants.Tx, c conversationRow, d Draft, tag bool) (messageRow, error) {
	m := messageRow{
		MessageID: newID(), ConversationID: c.ConversationID, ClientID: &d.ClientID, Direction: Outbound, Kind: KindText, Source: SourceParlor,
		State: StateQueued, SentAt: r.o.Now().UTC().Truncate(time.Microsecond), HumanAgent: tag,
	}
	if p, ok := tenants.PrincipalFrom(ctx); ok && p.IsKey() {
		m.SentByKey = &p.KeyID
	} else if ok {
		m.SentByUser = &p.UserID
	}
	if d.UploadID == uuid.Nil {
		m.Text = &d.Text
		if err := errors.Join(tx.DB().Create(&m).Error, keepWords(tx, m)); err != nil {
			return m, err
		}
		return m, advance(tx, c, m)
	}
	m.Kind, m.UploadID = KindAttachment, &d.UploadID
	upload, err := uploadOf(tx, d.UploadID)
	if err != nil {
		return m, err
	}
	if err := tx.DB().Create(&m).Error; err != nil {
		return m, err
	}
	if err := tx.DB().Create(&attachmentRow{
		AttachmentID: newID(), MessageID: m.MessageID, Type: upload.Kind, Payload: []byte(`{"upload_id":"` + d.UploadID.String() + `"}`),
	}).Error; err != nil {
		return m, err
	}
	return m, advance(tx, c, m)
}

func uploadOf(tx *tenants.Tx, id uuid.UUID) (uploadRow, error) {
	var u uploadRow
	err := tx.DB().Select("upload_id", "kind").Where("upload_id = ?", id).Take(&u).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return u, ErrNoUpload
	}
	return u, err
}

// lockedConversation locks a conversation by its id: what happens in one thread happens one after the other.
func lockedConversation(tx *tenants.Tx, id uuid.UUID) (conversationRow, error) {
	var c conversationRow
	err := tx.DB().Clauses(clause.Locking{Strength: forUpdate}).Where("conversation_id = ?", id).Take(&c).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return c, ErrNotFound
	}
	return c, err
}
