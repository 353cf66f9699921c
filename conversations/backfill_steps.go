package conversations

import (
	"context"
	"errors"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"parlor/instagram"
	"parlor/tenants"
)

// list reads one page of the account's conversations, ids and times alone: so that the whole is known before the long way begins.
func (b *Backfiller) list(ctx context.Context, row backfillRow) error {
	page, err := b.threads(ctx, instagram.ThreadQuery{After: row.Cursor, Limit: listPageSize})
	if err != nil {
		return err
	}
	var found []backfillThreadRow
	for _, t := range page.Threads {
		if row.Since != nil && !t.UpdatedAt.IsZero() && t.UpdatedAt.Before(*row.Since) {
			continue // not a reason to stop: the newest first is implied, not promised
		}
		thread := backfillThreadRow{BackfillID: row.BackfillID, ThreadID: t.ID, State: threadOpen}
		if !t.UpdatedAt.IsZero() {
			thread.UpdatedAt = &t.UpdatedAt
		}
		found = append(found, thread)
	}
	return b.o.DB.InTenant(ctx, func(tx *tenants.Tx) error {
		if len(found) > 0 {
			err := tx.DB().Clauses(clause.OnConflict{Columns: threadKey, DoNothing: true}).Create(&found).Error
			if err != nil {
				return err
			}
		}
		var listed int64
		if err := tx.DB().Model(&backfillThreadRow{}).Where("backfill_id = ?", row.BackfillID).Count(&listed).Error; err != nil {
			return err
		}
		changes := map[string]any{"listed": listed, "cursor": page.After}
		if page.After == "" {
			changes["phase"] = phasePages
			if row.Since != nil || listed <= fewThreads {
				changes["phase"] = phaseRest
			}
		}
		return b.noteIn(ctx, tx, row, changes)
	})
}

var threadKey = []clause.Column{{Name: "account_id"}, {Name: "backfill_id"}, {Name: "thread_id"}}

// page reads several conversations with their messages in one call.
func (b *Backfiller) page(ctx context.Context, row backfillRow) error {
	page, err := b.threads(ctx, instagram.ThreadQuery{After: row.Cursor, Limit: row.PageSize, Messages: true})
	if err != nil {
		if instagram.FaultOf(err) == instagram.FaultPermanent || instagram.FaultOf(err) == instagram.FaultTransient && row.PageSize == 1 {
			return b.note(ctx, row, map[string]any{"phase": phaseRest, "cursor": ""}) // one by one, each fault is its own
		}
		return err
	}
	var sum Imported
	var unkept []string
	for _, t := range page.Threads {
		done, err := b.keep(ctx, t, row.Since)
		if errors.Is(err, errUnkept) {
			unkept = append(unkept, t.ID)
		} else if err != nil {
			return err
		}
		sum = sum.plus(done)
	}
	return b.o.DB.InTenant(ctx, func(tx *tenants.Tx) error {
		for _, t := range page.Threads {
			state := threadDone
			if slices.Contains(unkept, t.ID) {
				state = threadFailed
			}
			if err := closeThread(tx, row, t.ID, state); err != nil {
				return err
			}
		}
		changes := map[string]any{"cursor": page.After}
		if page.After == "" {
			changes["phase"] = phaseRest
		}
		return b.counted(ctx, tx, row, sum, changes)
	})
}

// rest reads one conversation that is left, or ends the import when there is none.
func (b *Backfiller) rest(ctx context.Context, row backfillRow) error {
	var next backfillThreadRow
	err := b.o.DB.Read(ctx, &next, func(db *gorm.DB) *gorm.DB {
		return db.Where("backfill_id = ? and state = ?", row.BackfillID, threadOpen).Order("thread_id")
	})
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return b.end(ctx, row, BackfillDone, "")
	}
	if err != nil {
		return err
	}
	var thread instagram.Thread
	err = b.o.Gate.Call(ctx, func(ctx context.Context, token instagram.Secret) (err error) {
		thread, err = b.o.Client.Thread(ctx, token, next.ThreadID)
		return err
	})
	state := threadDone
	switch instagram.FaultOf(err) {
	case instagram.FaultPermanent, instagram.FaultRecipient:
		state = threadFailed // this one cannot be read; the others can
	default:
		if err != nil {
			return err
		}
	}
	done, err := b.keep(ctx, thread, row.Since)
	if errors.Is(err, errUnkept) {
		state = threadFailed
	} else if err != nil {
		return err
	}
	return b.o.DB.InTenant(ctx, func(tx *tenants.Tx) error {
		if err := closeThread(tx, row, next.ThreadID, state); err != nil {
			return err
		}
		return b.counted(ctx, tx, row, done, map[string]any{})
	})
}

// errUnkept: no further try can help; the other conversations go on.
var errUnkept = errors.New("conversation cannot be kept")

// keep imports a conversation. One that the database refuses, or that trips over a mistake of ours, does not hold up the others.
func (b *Backfiller) keep(ctx context.Context, t instagram.Thread, since *time.Time) (done Imported, err error) {
	err = guarded(func() (err error) {
		done, err = b.o.Importer.Thread(ctx, t, since)
		return err
	})
	if err != nil && hopeless(err) {
		account, _ := tenants.AccountFrom(ctx)
		b.o.Logger.ErrorContext(ctx, "conversation left out of the import", "account_id", account.String(), "error", err.Error())
		return Imported{}, errUnkept
	}
	return done, err
}

func (b *Backfiller) threads(ctx context.Context, q instagram.ThreadQuery) (page instagram.ThreadPage, err error) {
	err = b.o.Gate.Call(ctx, func(ctx context.Context, token instagram.Secret) (err error) {
		page, err = b.o.Client.Threads(ctx, token, q)
		return err
	})
	return page, err
}

func closeThread(tx *tenants.Tx, row backfillRow, id string, state threadState) error {
	return tx.DB().Model(&backfillThreadRow{}).Where("backfill_id = ? and thread_id = ?", row.BackfillID, id).Update("state", state).Error
}

// counted adds what was imported to the run's numbers.
func (b *Backfiller) counted(ctx context.Context, tx *tenants.Tx, row backfillRow, done Imported, changes map[string]any) error {
	var seen int64
	err := tx.DB().Model(&backfillThreadRow{}).Where("backfill_id = ? and state <> ?", row.BackfillID, threadOpen).Count(&seen).Error
	if err != nil {
		return err
	}
	changes["seen"], changes["messages"], changes["recovered"] = seen, row.Messages+done.Messages, row.Recovered+done.Recovered
	return b.noteIn(ctx, tx, row, changes)
}

func (i Imported) plus(o Imported) Imported {
	return Imported{Messages: i.Messages + o.Messages, Recovered: i.Recovered + o.Recovered}
}
