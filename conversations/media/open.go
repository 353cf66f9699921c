package media

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/google/uuid"

	"parlor/tenants"
)

const (
	// typesLife is for how long a file's type is remembered for requests of its middle.
	typesLife = 30 * time.Minute
	// expiredPause is for how long Instagram's word holds that it does not give a file any more. After it, it is asked once more: the
	// account may have been connected anew.
	expiredPause = 24 * time.Hour
)

// Open opens the file of an attachment of the account in ctx, or a part of it; nil is the whole. Body lives as long as ctx. The errors are
// those of this package; with another than these, the database or the store is away.
func (m *Media) Open(ctx context.Context, attachmentID uuid.UUID, span *Span) (File, error) {
	return seated(ctx, m.seats, func() (File, error) {
		row, err := m.attachment(ctx, attachmentID)
		if err != nil {
			return File{}, err
		}
		return m.openAttachment(ctx, row, span)
	})
}

// seated holds a seat of the account while the file that open returns is passed on.
func seated(ctx context.Context, at *seats, open func() (File, error)) (File, error) {
	account, ok := tenants.AccountFrom(ctx)
	if !ok {
		return File{}, tenants.ErrNoAccount
	}
	release, err := at.take(ctx, account)
	if err != nil {
		return File{}, err
	}
	f, err := open()
	if err != nil {
		release()
		return File{}, err
	}
	f.Body = closing{f.Body, release}
	return f.named(), nil
}

func (m *Media) openAttachment(ctx context.Context, row attachmentRow, span *Span) (File, error) {
	p := readPayload(row.Payload)
	switch {
	case p.UploadID != "":
		return m.openSent(ctx, p.UploadID, span)
	case p.URL == "":
		return File{}, ErrNotFound
	}
	if m.keeps(row.Type) {
		f, err := m.openKept(ctx, row, span)
		if err == nil || isAnswer(err) {
			return f, err
		}
		m.o.Logger.WarnContext(ctx, "media.keep", "attachment_id", row.AttachmentID, "error", err.Error())
		if !errors.Is(err, errLostCopy) {
			return m.openBesides(ctx, row, p.URL, span)
		}
	}
	var f File
	err := m.renewing(ctx, row, func(address string) (err error) {
		f, err = m.openForeign(ctx, row, address, span)
		return err
	})
	return f, err
}

// openBesides passes the file on while our own store is away. That Instagram does not give it any more is no word about the copy, so it is
// neither believed nor written down.
func (m *Media) openBesides(ctx context.Context, row attachmentRow, address string, span *Span) (File, error) {
	f, err := m.openForeign(ctx, row, address, span)
	if errors.Is(err, ErrExpired) {
		return File{}, fmt.Errorf("%w: the store is away", ErrUpstream)
	}
	return f, err
}

// isAnswer reports whether an error is about the file itself, and not about our own store.
func isAnswer(err error) bool {
	for _, is := range []error{ErrNotFound, ErrExpired, ErrRefused, ErrUpstream, ErrTooLarge, ErrSpan} {
		if errors.Is(err, is) {
			return true
		}
	}
	return false
}

// openForeign passes Instagram's server's answer on.
func (m *Media) openForeign(ctx context.Context, row attachmentRow, address string, span *Span) (File, error) {
	got, err := m.fetch.open(ctx, address, span)
	if err != nil {
		return File{}, err
	}
	f := File{Size: got.size, Offset: got.offset, Length: got.length, Body: got.body, Partial: got.offset > 0}
	if err := m.complete(ctx, &f, row, address); err != nil {
		_ = got.body.Close()
		return File{}, err
	}
	if span == nil || f.Partial || f.Length != f.Size {
		f.Partial = f.Partial || f.Size >= 0 && f.Length != f.Size
		return f, nil
	}
	cut, err := f.cut(span)
	if err != nil {
		_ = f.Body.Close()
	}
	return cut, err
}

// complete finds out the type: from the first bytes when enough of them are here, else from what is remembered, else by asking for them.
func (m *Media) complete(ctx context.Context, f *File, row attachmentRow, address string) error {
	tooFew := f.Length >= 0 && f.Length < sniffBytes && f.Length < f.Size
	if f.Offset > 0 || tooFew {
		known, ok := m.types.get(row.AttachmentID)
		if !ok {
			head, err := m.head(ctx, address)
			if err != nil {
				return err
			}
			known = typeOf(head, row.Type)
		}
		f.ContentType = known
		m.types.put(row.AttachmentID, known)
		return nil
	}
	head, err := readHead(f.Body)
	if err != nil {
		return err
	}
	f.Body = joined{io.MultiReader(bytes.NewReader(head), f.Body), f.Body}
	f.ContentType = typeOf(head, row.Type)
	m.types.put(row.AttachmentID, f.ContentType)
	return nil
}

// head fetches the first bytes alone.
func (m *Media) head(ctx context.Context, address string) ([]byte, error) {
	got, err := m.fetch.open(ctx, address, &Span{First: 0, Last: sniffBytes - 1})
	if err != nil {
		return nil, err
	}
	defer got.body.Close()
	return readHead(got.body)
}

func readHead(r io.Reader) ([]byte, error) {
	head := make([]byte, sniffBytes)
	n, err := io.ReadFull(r, head)
	if err != nil && err != io.EOF && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, fmt.Errorf("read the beginning of the file: %w", err)
	}
	return head[:n], nil
}

// typeOf is the type by the bytes. Of a container that may hold sound alone, Instagram's word decides which of the two it is.
func typeOf(head []byte, attachmentType string) string {
	contentType := sniff(head)
	if attachmentType == string(KindAudio) {
		return heardAs(contentType)
	}
	return contentType
}
