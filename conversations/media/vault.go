package media

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"

	"github.com/google/uuid"
	"github.com/tink-crypto/tink-go/v2/streamingaead/subtle"
	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"

	"parlor/tenants"
)

// segmentBytes is how much is sealed, and later opened, at a time: nothing of a file is given out before its segment has proved true.
const segmentBytes = 64 << 10

// vault keeps files in the blob store, sealed by Tink's streaming AEAD (AES-256-GCM with a key of its own for each file, by HKDF). Which
// account's and which thing's file it is, is sealed with it: bytes that were moved to another row do not open there.
type vault struct {
	bucket *blob.Bucket // nil: there is none
	aead   *subtle.AESGCMHKDF
}

func newVault(key []byte, bucket *blob.Bucket) (vault, error) {
	derived, err := derive(key, "sealing")
	if err != nil {
		return vault{}, err
	}
	aead, err := subtle.NewAESGCMHKDF(derived, "SHA256", 32, segmentBytes, 0)
	if err != nil {
		return vault{}, fmt.Errorf("sealing key: %w", err)
	}
	return vault{bucket: bucket, aead: aead}, nil
}

// newBlobKey is a new name in the store. It says whose it is and nothing else.
func newBlobKey(account tenants.AccountID) string { return account.String() + "/" + rand.Text() }

// sealedAs is the associated data of a thing's file.
func sealedAs(what string, account tenants.AccountID, id uuid.UUID) []byte {
	return []byte(what + " " + account.String() + " " + id.String())
}

// put seals what r gives under a new name and returns how many bytes that were. A file that breaks off leaves nothing in the store.
func (v vault) put(ctx context.Context, key string, as []byte, r io.Reader) (n int64, err error) {
	if v.bucket == nil {
		return 0, ErrNoStore
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	w, err := v.bucket.NewWriter(ctx, key, &blob.WriterOptions{ContentType: unknownType, DisableContentTypeDetection: true, MaxConcurrency: 1})
	if err != nil {
		return 0, fmt.Errorf("open the blob store: %w", err)
	}
	n, err = v.seal(w, as, r)
	if err != nil {
		cancel() // before Close: that makes it drop what was written
		_ = w.Close()
		return 0, err
	}
	if err := w.Close(); err != nil {
		return 0, fmt.Errorf("write to the blob store: %w", err)
	}
	return n, nil
}

func (v vault) seal(w io.Writer, as []byte, r io.Reader) (int64, error) {
	sealing, err := v.aead.NewEncryptingWriter(w, as)
	if err != nil {
		return 0, fmt.Errorf("seal: %w", err)
	}
	n, err := io.Copy(sealing, r)
	if err != nil {
		return 0, err
	}
	if err := sealing.Close(); err != nil {
		return 0, fmt.Errorf("seal: %w", err)
	}
	return n, nil
}

// errSeal: the store gave the bytes, and they do not open: sealed with another key or as another thing's, or changed.
var errSeal = errors.New("not sealed here as this")

// open returns a reader of what put has sealed. ErrNotFound when it is gone; errSeal, also while it is read. With another error the store is
// away.
func (v vault) open(ctx context.Context, key string, as []byte) (io.ReadCloser, error) {
	if v.bucket == nil {
		return nil, ErrNotFound
	}
	r, err := v.bucket.NewReader(ctx, key, nil)
	if gcerrors.Code(err) == gcerrors.NotFound {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("open the blob store: %w", err)
	}
	source := &faulty{r: r}
	opened, err := v.aead.NewDecryptingReader(source, as)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open what was sealed: %w", source.blame(err)), r.Close())
	}
	first := bufio.NewReaderSize(&unsealing{opened, source}, 4096)
	if _, err := first.Peek(1); err != nil && !errors.Is(err, io.EOF) {
		return nil, errors.Join(fmt.Errorf("open what was sealed: %w", err), r.Close())
	}
	return joined{first, r}, nil
}

// unsealing tells bytes that do not open from a store that does not give them.
type unsealing struct {
	opened io.Reader
	source *faulty
}

// Read implements io.Reader.
func (u *unsealing) Read(p []byte) (int, error) {
	n, err := u.opened.Read(p)
	if err == nil || errors.Is(err, io.EOF) {
		return n, err
	}
	return n, u.source.blame(err)
}

// blame says whose fault an error is that came while f was being unsealed.
func (f *faulty) blame(err error) error {
	if f.err != nil {
		return f.err
	}
	return fmt.Errorf("%w: %w", errSeal, err)
}

// remove takes a file out of the store; one that is not there is removed already.
func (v vault) remove(ctx context.Context, key string) error {
	if v.bucket == nil {
		return ErrNoStore
	}
	if err := v.bucket.Delete(ctx, key); err != nil && gcerrors.Code(err) != gcerrors.NotFound {
		return fmt.Errorf("remove from the blob store: %w", err)
	}
	return nil
}
