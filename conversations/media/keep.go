package media

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"parlor/tenants"
)

// keptAs names copies in what is sealed with them.
const keptAs = "kept"

// keeps reports whether copies of such an attachment are kept by this installation.
func (m *Media) keeps(attachmentType string) bool {
	return m.o.KeepDays > 0 && m.vault.bucket != nil && mayKeep(attachmentType)
}

// Keep makes a copy of an attachment's file, if this installation keeps such ones and has none yet. It is best called when the message has
// just come, while Instagram's address is fresh.
func (m *Media) Keep(ctx context.Context, attachmentID uuid.UUID) error {
	row, err := m.attachment(ctx, attachmentID)
	if err != nil {
		return err
	}
	if p := readPayload(row.Payload); !m.keeps(row.Type) || p.UploadID != "" || p.URL == "" {
		return nil
	}
	_, err = m.keptCopy(ctx, row)
	return err
}

// openKept opens the copy, after making it if there is none.
func (m *Media) openKept(ctx context.Context, row attachmentRow, span *Span) (File, error) {
	kept, err := m.keptCopy(ctx, row)
	if err != nil {
		return File{}, err
	}
	as := sealedAs(keptAs, kept.AccountID, kept.AttachmentID)
	f, err := m.openSealed(ctx, kept.BlobKey, as, File{ContentType: kept.ContentType, Size: kept.Bytes, Length: kept.Bytes}, span)
	if errors.Is(err, ErrNotFound) || errors.Is(err, errSeal) { // and not while the store is away: it may be the only copy that there is
		return File{}, m.forget(ctx, kept, err)
	}
	return f, err
}

// forget drops a copy that cannot be opened, because its bytes are lost or were sealed with another key. The file is fetched once more.
func (m *Media) forget(ctx context.Context, kept keptRow, why error) error {
	now := m.o.Now().UTC()
	err := m.db.InTenant(ctx, func(tx *tenants.Tx) error {
		gone := tx.DB().Where("attachment_id = ? and blob_key = ?", kept.AttachmentID, kept.BlobKey).Delete(&keptRow{})
		if gone.Error != nil || gone.RowsAffected == 0 {
			return gone.Error
		}
		return tx.DB().Create(&removalRow{AccountID: kept.AccountID, BlobKey: kept.BlobKey, CreatedAt: now, DueAt: now}).Error
	})
	return fmt.Errorf("a copy cannot be opened (%s): %w", why.Error(), errors.Join(errLostCopy, err))
}

// errLostCopy is for the log alone.
var errLostCopy = errors.New("copy is lost")

func (m *Media) keptCopy(ctx context.Context, row attachmentRow) (keptRow, error) {
	find := func() (keptRow, error) {
		return one[keptRow](ctx, m, "kept media", func(q *gorm.DB) *gorm.DB { return q.Where("attachment_id = ?", row.AttachmentID) })
	}
	kept, err := find()
	if !errors.Is(err, ErrNotFound) {
		return kept, err
	}
	err = m.renewing(ctx, row, func(address string) error { return m.copy(ctx, row, address) })
	if err != nil {
		return keptRow{}, err
	}
	return find()
}

// copy fetches a file into the vault.
func (m *Media) copy(ctx context.Context, row attachmentRow, address string) error {
	got, err := m.fetch.open(ctx, address, nil)
	if err != nil {
		return err
	}
	f := File{Size: got.size, Length: got.length, Body: got.body}
	defer got.body.Close()
	if err := m.complete(ctx, &f, row, address); err != nil {
		return err
	}
	return m.store(ctx, keptAs, row.AttachmentID, f.Body, func(tx *tenants.Tx, key string, n int64) (bool, error) {
		return recordKept(tx, row.AttachmentID, keptRow{
			AccountID: tx.AccountID(), AttachmentID: row.AttachmentID, ContentType: f.ContentType, Bytes: n, BlobKey: key, KeptAt: m.o.Now().UTC(),
		})
	})
}

// recordKept writes the copy's row, unless the message was taken back meanwhile or another request was first.
func recordKept(tx *tenants.Tx, attachmentID uuid.UUID, kept keptRow) (bool, error) {
	var there []attachmentRow
	err := tx.DB().Clauses(clause.Locking{Strength: "UPDATE"}).Select("account_id", "attachment_id").
		Where("attachment_id = ?", attachmentID).Find(&there).Error
	if err != nil {
		return false, fmt.Errorf("lock the attachment: %w", err)
	}
	if len(there) == 0 {
		return false, ErrNotFound
	}
	result := tx.DB().Clauses(clause.OnConflict{DoNothing: true}).Create(&kept)
	return result.RowsAffected == 1, result.Error
}

// openSealed opens a file of the vault; f says what is known of it.
func (m *Media) openSealed(ctx context.Context, key string, as []byte, f File, span *Span) (File, error) {
	body, err := m.vault.open(ctx, key, as)
	if err != nil {
		return File{}, err
	}
	f.Body = joined{exactly(body, f.Size), body}
	cut, err := f.cut(span)
	if err != nil {
		_ = body.Close()
		return File{}, err
	}
	return cut, nil
}

// exactly is a reader of n bytes; when fewer come, that is an error and no end.
func exactly(r io.Reader, n int64) io.Reader { return &exact{r: r, left: n} }

type exact struct {
	r    io.Reader
	left int64
}

// Read implements io.Reader.
func (e *exact) Read(p []byte) (int, error) {
	n, err := e.r.Read(p)
	e.left -= int64(n)
	if err == io.EOF && e.left != 0 {
		return n, io.ErrUnexpectedEOF
	}
	return n, err
}
