package media

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"parlor/tenants"
)

const (
	sweepEvery    = time.Minute
	sweepAccounts = 500 // looked after in one sweep
	sweepRows     = 200 // of each kind, of one account
)

// sweep remembers where the last one ended.
type sweep struct {
	mu       sync.Mutex
	after    tenants.AccountID
	walkedAt time.Time
}

// Run sweeps until ctx ends, which is the only way it returns. What fails is logged and tried again by a later sweep.
func (m *Media) Run(ctx context.Context) error {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	for {
		if _, err := m.Sweep(ctx); err != nil && ctx.Err() == nil {
			m.o.Logger.WarnContext(ctx, "media.sweep", "error", err.Error())
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// Sweep takes away what is past its time, for the next accounts in line: copies that are older than the installation keeps them, or whose
// attachment is gone, uploads older than 48 hours, bytes whose row is gone. It returns how many files it has removed. Several instances may
// sweep at once. An account that fails does not hold up the next.
func (m *Media) Sweep(ctx context.Context) (removed int, err error) {
	if m.vault.bucket == nil || m.o.Platform == nil {
		return 0, nil
	}
	m.sweep.mu.Lock()
	defer m.sweep.mu.Unlock()
	accounts, err := m.nextAccounts(ctx)
	if err != nil {
		return 0, err
	}
	var faults []error
	for _, account := range accounts {
		n, err := m.sweepAccount(tenants.WithAccount(ctx, account))
		removed += n
		if err != nil {
			faults = append(faults, fmt.Errorf("sweep the media of account %s: %w", account, err))
		}
		m.sweep.after = account
	}
	if len(accounts) < sweepAccounts { // the round is over
		m.sweep.after = tenants.AccountID{}
		n, err := m.walk(ctx)
		removed += n
		faults = append(faults, err)
	}
	return removed, errors.Join(faults...)
}

func (m *Media) nextAccounts(ctx context.Context) (accounts []tenants.AccountID, err error) {
	rows, err := m.o.Platform.Query(ctx,
		"select account_id from platform.accounts where kind <> 'probe' and account_id > $1 order by account_id limit $2", m.sweep.after, sweepAccounts)
	if err != nil {
		return nil, fmt.Errorf("list accounts to sweep: %w", err)
	}
	if accounts, err = scanAccounts(rows); err != nil {
		return nil, fmt.Errorf("list accounts to sweep: %w", err)
	}
	return accounts, nil
}

func scanAccounts(rows pgx.Rows) ([]tenants.AccountID, error) {
	return pgx.CollectRows(rows, pgx.RowTo[tenants.AccountID])
}

func (m *Media) sweepAccount(ctx context.Context) (int, error) {
	now := m.o.Now().UTC()
	err := m.db.InTenant(ctx, func(tx *tenants.Tx) error {
		return errors.Join(
			expire[keptRow](tx, now, "attachment_id", keptOverdue(now.AddDate(0, 0, -m.o.KeepDays))),
			expire[uploadRow](tx, now, "upload_id", func(q *gorm.DB) *gorm.DB { return q.Where("created_at < ?", now.Add(-uploadLife)) }),
		)
	})
	if err != nil {
		return 0, err
	}
	return m.Purge(ctx)
}

// keptOverdue finds copies that are too old, and those of an attachment that went while its copy was being made.
func keptOverdue(before time.Time) func(*gorm.DB) *gorm.DB {
	return func(q *gorm.DB) *gorm.DB {
		return q.Joins("Attachment").Where(`kept_media.kept_at < ? or "Attachment".attachment_id is null`, before)
	}
}

// named is a row that names bytes in the store.
type named interface {
	blob() (id uuid.UUID, key string)
}

func (r keptRow) blob() (uuid.UUID, string)   { return r.AttachmentID, r.BlobKey }
func (r uploadRow) blob() (uuid.UUID, string) { return r.UploadID, r.BlobKey }

// expire deletes rows and puts their bytes on the list of removals: those that it has deleted itself, for another instance may sweep at the
// same moment, and a copy may be replaced by a new one.
func expire[T named](tx *tenants.Tx, now time.Time, column string, overdue func(*gorm.DB) *gorm.DB) error {
	var rows, gone []T
	if err := overdue(tx.DB()).Limit(sweepRows).Find(&rows).Error; err != nil || len(rows) == 0 {
		return err
	}
	ids, keys := make([]uuid.UUID, len(rows)), make([]string, len(rows))
	for i, row := range rows {
		ids[i], keys[i] = row.blob()
	}
	deleted := tx.DB().Clauses(clause.Returning{}).Where(column+" in ? and blob_key in ?", ids, keys).Delete(&gone)
	if deleted.Error != nil || len(gone) == 0 {
		return deleted.Error
	}
	removals := make([]removalRow, len(gone))
	for i, row := range gone {
		_, key := row.blob()
		removals[i] = removalRow{AccountID: tx.AccountID(), BlobKey: key, CreatedAt: now, DueAt: now}
	}
	return tx.DB().Create(&removals).Error
}

// Purge removes the bytes of the account in ctx whose rows are gone, up to some hundred at a time, and returns how many it has removed. Call
// it after an erasure; Sweep does it anyway.
func (m *Media) Purge(ctx context.Context) (int, error) {
	if m.vault.bucket == nil {
		return 0, nil
	}
	var due []removalRow
	err := m.db.Read(ctx, &due, func(q *gorm.DB) *gorm.DB {
		return q.Where("due_at <= ?", m.o.Now().UTC()).Order("due_at").Limit(2 * sweepRows)
	})
	if err != nil {
		return 0, fmt.Errorf("list bytes to remove: %w", err)
	}
	removed := 0
	var faults []error
	for _, row := range due {
		if err := m.remove(ctx, row.BlobKey); err != nil {
			faults = append(faults, err)
			continue
		}
		removed++
	}
	return removed, errors.Join(faults...)
}
