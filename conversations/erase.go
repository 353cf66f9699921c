package conversations

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"parlor/tenants"
)

// EraserOptions holds what an Eraser works with; all but Logger and Now are required.
type EraserOptions struct {
	DB       *tenants.DB
	Platform *tenants.Platform
	Accounts *tenants.Accounts
	Key      []byte // of the HMAC by which an import knows whom not to bring back; 32 bytes or more
	// Disconnect ends the account's connection before it is deleted, as far as Instagram can be reached.
	Disconnect func(ctx context.Context, reason string) error
	// RemoveFiles removes everything of the account from the blob store.
	RemoveFiles func(ctx context.Context) (int, error)
	Logger      *slog.Logger
	Now         func() time.Time
}

// Eraser removes what is held of a customer, or of a whole account, and says what it removed. It is safe for concurrent use.
type Eraser struct{ o EraserOptions }

// NewEraser checks the key.
func NewEraser(o EraserOptions) (*Eraser, error) {
	if len(o.Key) < sha256.Size {
		return nil, fmt.Errorf("erasure key has %d bytes, want %d", len(o.Key), sha256.Size)
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Eraser{o: o}, nil
}

// Receipt says what was removed, by table.
type Receipt struct {
	ID       uuid.UUID
	ErasedAt time.Time
	Removed  tenants.Removed
}

// Participant removes a customer of the account in ctx: the profile, the conversation with everything in it, what others have read of it,
// and what the ledger still has of its raw events, also of those that are not applied yet. What stays are numbers: that events came, and the
// mids that tell a repeated webhook from a new one. Error: ErrNotFound.
func (e *Eraser) Participant(ctx context.Context, id uuid.UUID) (Receipt, error) {
	r := Receipt{ID: newID(), ErasedAt: e.o.Now().UTC().Truncate(time.Microsecond)}
	var who participantRow
	err := e.o.DB.Read(ctx, &who, func(db *gorm.DB) *gorm.DB { return db.Where("participant_id = ?", id) })
	if errors.Is(err, gorm.ErrRecordNotFound) {
		err = ErrNotFound
	}
	if err != nil {
		return Receipt{}, fmt.Errorf("erase participant %s: %w", id, err)
	}
	unreadable, err := PutAside{e.o.Platform}.drop(ctx, who.IGSID) // first: the customer cannot be found any more if this fails
	if err != nil {
		return Receipt{}, fmt.Errorf("erase participant %s: %w", id, err)
	}
	err = e.o.DB.InTenant(ctx, func(tx *tenants.Tx) error {
		r.Removed = tenants.Removed{"platform.deliveries": unreadable}
		conversation, err := (erasing{tx, r.Removed}).participant(who, r.ErasedAt)
		if err != nil {
			return err
		}
		return e.receipt(ctx, tx, r, who.IGSID, id, conversation)
	})
	if err != nil {
		return Receipt{}, fmt.Errorf("erase participant %s: %w", id, err)
	}
	return r, nil
}

// receipt keeps what was removed, and an HMAC instead of whom.
func (e *Eraser) receipt(ctx context.Context, tx *tenants.Tx, r Receipt, igsid string, id, conversation uuid.UUID) error {
	for table, n := range r.Removed {
		if n == 0 {
			delete(r.Removed, table)
		}
	}
	text, err := json.Marshal(r.Removed)
	if err != nil {
		return err
	}
	row := erasureRow{ErasureID: r.ID, Subject: e.subject(tx.AccountID(), igsid), ErasedAt: r.ErasedAt, Removed: text}
	if err := tx.DB().Create(&row).Error; err != nil {
		return err
	}
	if err := tx.Audit(ctx, tenants.AuditEntry{Action: "participant.erased", Target: id.String(), Detail: map[string]any{"rows": r.Removed.Total(), "receipt": r.ID}}); err != nil {
		return err
	}
	if conversation == uuid.Nil {
		return nil
	}
	return tx.Notify(ctx, tenants.LiveRef{Kind: tenants.LiveConversation, ConversationID: conversation})
}

func (e *Eraser) subject(account tenants.AccountID, igsid string) []byte {
	mac := hmac.New(sha256.New, e.o.Key)
	mac.Write([]byte("erased participant\n" + account.String() + "\n" + igsid))
	return mac.Sum(nil)
}

// ErasedAt returns when this customer was erased last, or nil: an Importer asks it.
func (e *Eraser) ErasedAt(tx *tenants.Tx, igsid string) (*time.Time, error) {
	var row erasureRow
	err := tx.DB().Where("subject = ?", e.subject(tx.AccountID(), igsid)).Order("erased_at desc").Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, nil
	}
	return &row.ErasedAt, err
}

// erasing is one erasure while it is under way.
type erasing struct {
	tx      *tenants.Tx
	removed tenants.Removed
}

// participant removes in the order that the foreign keys allow. The ledger's events come first: whoever applies one of them holds it and
// then waits for the conversation, so nobody waits for an event who holds the conversation. Error: ErrNotFound when another erasure was
// faster.
func (e erasing) participant(who participantRow, at time.Time) (conversation uuid.UUID, err error) {
	mids, err := e.events(who, at)
	if err != nil {
		return uuid.Nil, err
	}
	c, err := lockConversation(e.tx, who.ParticipantID)
	if err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
		return uuid.Nil, err
	}
	if err == nil {
		if err := e.conversation(c); err != nil {
			return uuid.Nil, err
		}
	}
	before := e.removed["tenant.participants"]
	err = errors.Join(
		e.gone("reactions", &reactionRow{}, clause.IN{Column: "mid", Values: anys(mids)}),
		e.gone("parked_edits", &parkedEditRow{}, clause.IN{Column: "mid", Values: anys(mids)}),
		e.gone("search_words", &wordsRow{}, clause.Eq{Column: "participant_id", Value: who.ParticipantID}),
		e.gone("participants", &participantRow{}, clause.Eq{Column: "participant_id", Value: who.ParticipantID}),
	)
	if err == nil && e.removed["tenant.participants"] == before {
		return uuid.Nil, ErrNotFound
	}
	return c.ConversationID, err
}

// conversation removes a locked thread with all that hangs on it.
func (e erasing) conversation(c conversationRow) error {
	var messages []messageRow
	err := e.tx.DB().Select("message_id", "mid", "upload_id").Where("conversation_id = ?", c.ConversationID).Find(&messages).Error
	if err != nil {
		return err
	}
	var ids, mids, uploads []any
	for _, m := range messages {
		ids = append(ids, m.MessageID)
		if m.MID != nil {
			mids = append(mids, *m.MID)
		}
		if m.UploadID != nil {
			uploads = append(uploads, *m.UploadID)
		}
	}
	in := func(column string, values []any) clause.Expression { return clause.IN{Column: column, Values: values} }
	uploads, err = e.sentNowhereElse(c, uploads)
	if err != nil {
		return err
	}
	if err := e.files(ids, uploads); err != nil {
		return err
	}
	here := clause.Eq{Column: "conversation_id", Value: c.ConversationID}
	for _, step := range []error{
		e.gone("reactions", &reactionRow{}, in("mid", mids)),
		e.gone("parked_edits", &parkedEditRow{}, in("mid", mids)),
		e.gone("attachments", &attachmentRow{}, in("message_id", ids)),
		e.gone("outbox", &attemptRow{}, here),
		e.gone("search_words", &wordsRow{}, in("message_id", ids)),
		e.gone("messages", &messageRow{}, here),
		e.gone("conversation_reads", &readRow{}, here),
		e.gone("conversation_labels", &conversationLabelRow{}, here),
		e.gone("conversation_notes", &noteRow{}, here),
		e.gone("conversation_events", &historyRow{}, here),
		e.gone("conversation_drafts", &draftRow{}, here),
		e.gone("conversations", &conversationRow{}, here),
	} {
		if step != nil {
			return step
		}
	}
	return nil
}

// sentNowhereElse leaves out the uploads that another customer was sent as well: they are a part of that thread, too.
func (e erasing) sentNowhereElse(c conversationRow, uploads []any) ([]any, error) {
	elsewhere := map[uuid.UUID]bool{}
	for some := range slices.Chunk(uploads, valuesAtOnce) {
		var found []uuid.UUID
		err := e.tx.DB().Model(&messageRow{}).Where("conversation_id <> ?", c.ConversationID).
			Where(clause.IN{Column: "upload_id", Values: some}).Pluck("upload_id", &found).Error
		if err != nil {
			return nil, err
		}
		for _, id := range found {
			elsewhere[id] = true
		}
	}
	return slices.DeleteFunc(uploads, func(id any) bool {
		upload, ok := id.(uuid.UUID)
		return ok && elsewhere[upload]
	}), nil
}

// valuesAtOnce keeps a statement below PostgreSQL's 65,535 parameters: a thread may be longer.
const valuesAtOnce = 10_000

// gone removes what the condition names from a table. An IN without values names nothing.
func (e erasing) gone(table string, row any, which clause.Expression) error {
	if in, ok := which.(clause.IN); ok && (len(in.Values) == 0 || len(in.Values) > valuesAtOnce) {
		for some := range slices.Chunk(in.Values, valuesAtOnce) {
			if err := e.gone(table, row, clause.IN{Column: in.Column, Values: some}); err != nil {
				return err
			}
		}
		return nil
	}
	return e.count(table, e.tx.DB().Where(which).Delete(row))
}

// files removes the rows that name copies and uploads, and leaves their bytes to be removed from the blob store. The attachments are locked first:
// whoever keeps a copy does so, too, and finds none afterwards. A sweep may have put the same bytes on the list already.
func (e erasing) files(messages, uploads []any) error {
	var attachments []any
	for some := range slices.Chunk(messages, valuesAtOnce) {
		var ids []uuid.UUID
		err := e.tx.DB().Model(&attachmentRow{}).Clauses(clause.Locking{Strength: forUpdate}).
			Where(clause.IN{Column: "message_id", Values: some}).Pluck("attachment_id", &ids).Error
		if err != nil {
			return err
		}
		attachments = append(attachments, anys(ids)...)
	}
	copies, err := blobsOf(e, "kept_media", clause.IN{Column: "attachment_id", Values: attachments}, func(row keptMediaRow) string { return row.BlobKey })
	if err != nil {
		return err
	}
	own, err := blobsOf(e, "uploads", clause.IN{Column: "upload_id", Values: uploads}, func(row uploadRow) string { return row.BlobKey })
	if err != nil {
		return err
	}
	rows := slices.Concat(copies, own)
	if len(rows) == 0 {
		return nil
	}
	return e.tx.DB().Omit("CreatedAt").Clauses(clause.OnConflict{DoNothing: true}).CreateInBatches(&rows, rowsAtOnce).Error
}

// blobsOf removes the rows of a table that name bytes in the blob store, and returns what is to be removed there.
func blobsOf[Row any](e erasing, table string, which clause.IN, key func(Row) string) (rows []blobRemovalRow, err error) {
	for some := range slices.Chunk(which.Values, valuesAtOnce) {
		var gone []Row
		deleted := e.tx.DB().Clauses(clause.Returning{}).Where(clause.IN{Column: which.Column, Values: some}).Delete(&gone)
		if err := e.count(table, deleted); err != nil {
			return nil, err
		}
		for _, row := range gone {
			rows = append(rows, blobRemovalRow{BlobKey: key(row)})
		}
	}
	return rows, nil
}

// count adds what a statement has removed to the receipt.
func (e erasing) count(table string, deleted *gorm.DB) error {
	e.removed["tenant."+table] += deleted.RowsAffected
	if deleted.Error != nil {
		return fmt.Errorf("erase %s: %w", table, deleted.Error)
	}
	return nil
}
