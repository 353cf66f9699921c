package media

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/google/uuid"

	"parlor/tenants"
)

const (
	// writeTime is how long a file may take to get into the store: as long its name stays on the list of removals without being removed.
	writeTime = time.Hour
	// cleanTime bounds the tidying up after a request that is over.
	cleanTime = 10 * time.Second
)

// store puts a file into the vault in three steps, so that at no moment bytes lie there that nobody knows of: its name goes on the list of
// removals; the bytes are written; and with the row that names them, which record inserts, the name leaves the list. record reports false when
// the file is not wanted any more.
func (m *Media) store(ctx context.Context, what string, id uuid.UUID, r io.Reader, record func(tx *tenants.Tx, key string, n int64) (bool, error)) error {
	account, ok := tenants.AccountFrom(ctx)
	if !ok {
		return tenants.ErrNoAccount
	}
	key, now := newBlobKey(account), m.o.Now().UTC()
	announce := func(tx *tenants.Tx) error {
		return tx.DB().Create(&removalRow{AccountID: account, BlobKey: key, CreatedAt: now, DueAt: now.Add(writeTime)}).Error
	}
	if err := m.db.InTenant(ctx, announce); err != nil {
		return fmt.Errorf("announce a file: %w", err)
	}
	n, err := m.vault.put(ctx, key, sealedAs(what, account, id), r)
	wanted := false
	if err == nil {
		err = m.db.InTenant(ctx, func(tx *tenants.Tx) (err error) {
			if wanted, err = record(tx, key, n); err != nil || !wanted {
				return err
			}
			return tx.DB().Where("blob_key = ?", key).Delete(&removalRow{}).Error
		})
	}
	if err != nil || !wanted {
		m.discard(ctx, key)
	}
	return err
}

// discard takes back what store has begun. When it cannot, the next sweep does.
func (m *Media) discard(ctx context.Context, key string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanTime)
	defer cancel()
	if err := m.remove(ctx, key); err != nil {
		m.o.Logger.WarnContext(ctx, "media.discard", "error", err.Error())
	}
}

// remove takes the bytes out of the store and then their name off the list.
func (m *Media) remove(ctx context.Context, key string) error {
	if err := m.vault.remove(ctx, key); err != nil {
		return err
	}
	err := m.db.InTenant(ctx, func(tx *tenants.Tx) error {
		return tx.DB().Where("blob_key = ?", key).Delete(&removalRow{}).Error
	})
	if err != nil {
		return fmt.Errorf("note a removed file: %w", err)
	}
	return nil
}
