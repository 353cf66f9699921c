package media

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"gocloud.dev/blob"

	"parlor/tenants"
)

// walkEvery is how often the store itself is looked through. All else follows the rows of the database.
const walkEvery = time.Hour

// strayName ends what a process has left that died while it wrote into a directory.
const strayName = ".tmp"

// RemoveAll removes every byte of the account in ctx from the store, whether a row names it or not, and returns how many files there were. It
// is for an account that is deleted.
func (m *Media) RemoveAll(ctx context.Context) (removed int, err error) {
	account, ok := tenants.AccountFrom(ctx)
	if !ok {
		return 0, tenants.ErrNoAccount
	}
	if m.vault.bucket == nil {
		return 0, nil
	}
	err = m.each(ctx, account.String()+"/", func(object *blob.ListObject) error {
		if err := m.vault.remove(ctx, object.Key); err != nil {
			return err
		}
		removed++
		return nil
	})
	return removed, err
}

// each visits every file whose name begins with prefix.
func (m *Media) each(ctx context.Context, prefix string, visit func(*blob.ListObject) error) error {
	for list := m.vault.bucket.List(&blob.ListOptions{Prefix: prefix}); ; {
		object, err := list.Next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("list the blob store: %w", err)
		}
		if err := visit(object); err != nil {
			return err
		}
	}
}

// walk looks once an hour for what no row can lead to: what a dead process has left in a directory, and what was written while its account
// was being deleted.
func (m *Media) walk(ctx context.Context) (removed int, err error) {
	now := m.o.Now()
	if now.Sub(m.sweep.walkedAt) < walkEvery {
		return 0, nil
	}
	accounts := map[tenants.AccountID]struct{}{}
	err = m.each(ctx, "", func(object *blob.ListObject) error {
		prefix, name, _ := strings.Cut(object.Key, "/")
		account, err := tenants.ParseAccountID(prefix)
		if err != nil {
			return nil //nolint:nilerr // not ours
		}
		accounts[account] = struct{}{}
		if !strings.HasSuffix(name, strayName) || now.Sub(object.ModTime) < writeTime {
			return nil
		}
		removed++
		return m.vault.remove(ctx, object.Key)
	})
	if err != nil {
		return removed, err
	}
	n, err := m.removeDeleted(ctx, accounts)
	if err == nil {
		m.sweep.walkedAt = now
	}
	return removed + n, err
}

// removeDeleted removes the files of those accounts that are deleted. Only one with a tombstone counts as that: beside a database that knows
// neither, nothing is touched.
func (m *Media) removeDeleted(ctx context.Context, accounts map[tenants.AccountID]struct{}) (removed int, err error) {
	ids := make([]tenants.AccountID, 0, len(accounts))
	for id := range accounts {
		ids = append(ids, id)
	}
	rows, err := m.o.Platform.Query(ctx, "select account_id from platform.tombstones where account_id = any($1)", ids)
	if err != nil {
		return 0, fmt.Errorf("look for deleted accounts: %w", err)
	}
	deleted, err := scanAccounts(rows)
	if err != nil {
		return 0, fmt.Errorf("look for deleted accounts: %w", err)
	}
	for _, account := range deleted {
		n, err := m.RemoveAll(tenants.WithAccount(ctx, account))
		removed += n
		if err != nil {
			return removed, err
		}
	}
	return removed, nil
}
