package media

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"parlor/tenants"
)

const (
	// uploadedAs names uploads in what is sealed with them.
	uploadedAs = "upload"
	// uploadLife is how long an upload lies in the store. It has long been sent by then, or will never be.
	uploadLife = 48 * time.Hour
)

// Upload is a file that a person wants to send.
type Upload struct {
	ID          uuid.UUID
	Kind        Kind
	ContentType string // by its bytes
	Bytes       int64
	CreatedAt   time.Time
}

// Accept reads a file to its end, seals it into the store of the account in ctx and returns what it is. declared is the type that the sender
// names, or empty; it must be of the kind that the bytes are. A file that Instagram would not take is refused as soon as that is seen:
// ErrUploadType, ErrUploadEmpty,
// *UploadTooLargeError; ErrUploadQuota when the account has no room. A file that breaks off is ErrUploadBroken, together with the reader's error. Whatever
// fails, nothing stays.
func (m *Media) Accept(ctx context.Context, declared string, body io.Reader) (Upload, error) {
	if m.vault.bucket == nil {
		return Upload{}, ErrNoStore
	}
	source := &faulty{r: body}
	head, err := readHead(source)
	switch {
	case err != nil:
		return Upload{}, fmt.Errorf("%w: %w", ErrUploadBroken, err)
	case len(head) == 0:
		return Upload{}, ErrUploadEmpty
	}
	contentType, err := sendable(sniff(head), declared)
	if err != nil {
		return Upload{}, err
	}
	if err := m.hasRoom(ctx); err != nil {
		return Upload{}, err
	}
	u := Upload{ID: uuid.Must(uuid.NewV7()), Kind: kindOf(contentType), ContentType: contentType, CreatedAt: m.o.Now().UTC()}
	limit := sendableTypes[contentType]
	whole := &capped{r: io.MultiReader(bytes.NewReader(head), source), left: limit, over: &UploadTooLargeError{Kind: u.Kind, LimitBytes: limit}}
	err = m.store(ctx, uploadedAs, u.ID, whole, func(tx *tenants.Tx, key string, n int64) (bool, error) {
		u.Bytes = n
		return true, recordUpload(ctx, tx, u, key)
	})
	switch {
	case err == nil:
		return u, nil
	case source.err != nil && !errors.Is(err, ErrUploadBroken):
		return Upload{}, fmt.Errorf("%w: %w", ErrUploadBroken, source.err)
	}
	return Upload{}, err
}

// hasRoom is asked before an upload, so that those which come at once may together pass the bound by as much as each may have.
func (m *Media) hasRoom(ctx context.Context) error {
	var taken struct{ Bytes int64 }
	err := m.db.Read(ctx, &taken, func(q *gorm.DB) *gorm.DB {
		return q.Model(&uploadRow{}).Select("coalesce(sum(bytes), 0)::bigint as bytes")
	})
	if err != nil {
		return fmt.Errorf("add up the account's uploads: %w", err)
	}
	if taken.Bytes >= m.o.RoomBytes {
		return ErrUploadQuota
	}
	return nil
}

func recordUpload(ctx context.Context, tx *tenants.Tx, u Upload, key string) error {
	row := uploadRow{
		AccountID: tx.AccountID(), UploadID: u.ID, Kind: u.Kind, ContentType: u.ContentType, Bytes: u.Bytes, BlobKey: key, CreatedAt: u.CreatedAt,
	}
	if p, ok := tenants.PrincipalFrom(ctx); ok && !p.UserID.IsZero() {
		row.UserID = &p.UserID.UUID
	}
	return tx.DB().Create(&row).Error
}

// Upload returns an upload of the account in ctx, or ErrNotFound.
func (m *Media) Upload(ctx context.Context, id uuid.UUID) (Upload, error) {
	row, err := m.upload(ctx, id)
	return Upload{ID: row.UploadID, Kind: row.Kind, ContentType: row.ContentType, Bytes: row.Bytes, CreatedAt: row.CreatedAt}, err
}

func (m *Media) upload(ctx context.Context, id uuid.UUID) (uploadRow, error) {
	return one[uploadRow](ctx, m, "upload", func(q *gorm.DB) *gorm.DB { return q.Where("upload_id = ?", id) })
}

// OpenUpload opens an upload of the account in ctx, as Instagram fetches it.
func (m *Media) OpenUpload(ctx context.Context, id uuid.UUID, span *Span) (File, error) {
	return seated(ctx, m.out, func() (File, error) { return m.openUpload(ctx, id, span) })
}

func (m *Media) openUpload(ctx context.Context, id uuid.UUID, span *Span) (File, error) {
	row, err := m.upload(ctx, id)
	if err != nil {
		return File{}, err
	}
	f := File{ContentType: row.ContentType, Size: row.Bytes, Length: row.Bytes}
	return m.openSealed(ctx, row.BlobKey, sealedAs(uploadedAs, row.AccountID, row.UploadID), f, span)
}

// openSent opens the file of a message of ours, while it lies in the store.
func (m *Media) openSent(ctx context.Context, uploadID string, span *Span) (File, error) {
	id, err := uuid.Parse(uploadID)
	if err != nil {
		return File{}, ErrNotFound
	}
	f, err := m.openUpload(ctx, id, span)
	if errors.Is(err, ErrNotFound) {
		return File{}, ErrExpired // it was there once: the message says so
	}
	return f, err
}

// capped reads until there is more than may be.
type capped struct {
	r    io.Reader
	left int64
	over error
}

// Read implements io.Reader.
func (c *capped) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if c.left -= int64(n); c.left < 0 {
		return 0, c.over
	}
	return n, err
}

// faulty remembers why its reader broke off, whatever is made of that on the way.
type faulty struct {
	r   io.Reader
	err error
}

// Read implements io.Reader.
func (f *faulty) Read(p []byte) (int, error) {
	n, err := f.r.Read(p)
	if err != nil && err != io.EOF {
		f.err = err
	}
	return n, err
}
