package conversations

import (
	"context"
	"errors"
	"fmt"
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
		return b.restart(ctx, row, err)
	}
	return b.listed(ctx, row, page, func(listed int64) map[string]any {
		switch {
		case page.After != "":
			return map[string]any{"cursor": page.After}
		case row.Since != nil:
			return map[string]any{"cursor": "", "phase": phaseAgain}
		case listed <= fewThreads:
			return map[string]any{"cursor": "", "phase": phaseRest}
		}
		return map[string]any{"cursor": "", "phase": phasePages}
	})
}

// listAgain reads from the front of the list what has changed since the run began. Who writes while the list is read moves to a page that was read
// already, and what is missing of the conversation would be left out.
func (b *Backfiller) listAgain(ctx context.Context, row backfillRow) error {
	page, err := b.threads(ctx, instagram.ThreadQuery{After: row.Cursor, Limit: listPageSize})
	if err != nil {
		return b.restart(ctx, row, err)
	}
	before := row.StartedAt.Add(-movedMargin)
	older := slices.ContainsFunc(page.Threads, func(t instagram.Thread) bool { return !t.UpdatedAt.IsZero() && t.UpdatedAt.Before(before) })
	return b.listed(ctx, row, page, func(int64) map[string]any {
		if older || page.After == "" {
			return map[string]any{"cursor": "", "phase": phaseRest}
		}
		return map[string]any{"cursor": page.After}
	})
}

const (
	mostRestarts = 3
	movedMargin  = time.Minute // clocks differ
)

// restart reads a list from its front again, a few times, where the fault may be an old cursor; what was found stays. Otherwise it returns the fault.
func (b *Backfiller) restart(ctx context.Context, row backfillRow, fault error) error {
	if instagram.FaultOf(fault) == instagram.FaultPermanent && row.Cursor != "" && row.Restarts < mostRestarts {
		return b.note(ctx, row, map[string]any{"cursor": "", "restarts": row.Restarts + 1})
	}
	return fault
}

// listed keeps the conversations of a page that matter, and what follows from how many there are now.
func (b *Backfiller) listed(ctx context.Context, row backfillRow, page instagram.ThreadPage, next func(listed int64) map[string]any) error {
	found := wanted(row, page.Threads)
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
		changes := next(listed)
		changes["listed"] = listed
		return b.noteIn(ctx, tx, row, changes)
	})
}

// wanted are the threads that have changed since the time that matters. An older one is no reason to stop: the newest first is implied, not promised.
func wanted(row backfillRow, threads []instagram.Thread) (found []backfillThreadRow) {
	for _, t := range threads {
		if row.Since != nil && !t.UpdatedAt.IsZero() && t.UpdatedAt.Before(*row.Since) {
			continue
		}
		thread := backfillThreadRow{BackfillID: row.BackfillID, ThreadID: t.ID, State: threadOpen}
		if !t.UpdatedAt.IsZero() {
			thread.UpdatedAt = &t.UpdatedAt
		}
		found = append(found, thread)
	}
	return found
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
		return db.Where("backfill_id = ? and state = ?", row.BackfillID, threadOpen).Order("tries, thread_id")
	})
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return b.end(ctx, row, BackfillDone, "")
	}
	if err != nil {
		return err
	}
	thread, err := b.thread(ctx, next.ThreadID)
	state := threadDone
	switch instagram.FaultOf(err) {
	case instagram.FaultPermanent, instagram.FaultRecipient:
		state = threadFailed // this one cannot be read; the others can
	default:
		if err != nil {
			return b.putBack(ctx, row, next, err)
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

// One conversation may fail in a way that may pass so often, and for so long: long enough that it is no outage, and shorter than backfillFaults take.
const (
	threadTries = 5
	threadTime  = 30 * time.Minute
)

// putBack counts a fault that may be this thread's own: the others go first, and after a while it is left out. Otherwise it returns the fault, which
// counts for the import as well.
func (b *Backfiller) putBack(ctx context.Context, row backfillRow, t backfillThreadRow, fault error) error {
	kind := instagram.FaultOf(fault)
	answered := !errors.Is(fault, instagram.ErrNoTurn) && !errors.Is(fault, instagram.ErrUnreachable)
	if !answered || kind != instagram.FaultTransient && kind != instagram.FaultPermission || ctx.Err() != nil {
		return fault
	}
	now := b.o.Now().UTC()
	if t.FailingSince == nil {
		t.FailingSince = &now
	}
	leftOut := t.Tries+1 >= threadTries && now.Sub(*t.FailingSince) >= threadTime && b.othersAnswer(ctx, row)
	err := b.o.DB.InTenant(ctx, func(tx *tenants.Tx) error {
		if leftOut {
			if err := closeThread(tx, row, t.ThreadID, threadFailed); err != nil {
				return err
			}
			return b.counted(ctx, tx, row, Imported{}, map[string]any{})
		}
		return tx.DB().Model(&backfillThreadRow{}).Where("backfill_id = ? and thread_id = ?", t.BackfillID, t.ThreadID).
			Updates(map[string]any{"tries": t.Tries + 1, "failing_since": t.FailingSince}).Error
	})
	if err != nil {
		return fmt.Errorf("count a conversation's fault: %w", err)
	}
	if leftOut {
		b.o.Logger.WarnContext(ctx, "conversation left out of the import", "account_id", row.AccountID.String(), "error", fault.Error())
		return nil
	}
	return fault
}

// othersAnswer asks for a conversation that this import has read before. Where that fails too, or none was read, the fault is not known to be the
// one conversation's: it may be Instagram's.
func (b *Backfiller) othersAnswer(ctx context.Context, row backfillRow) bool {
	var other backfillThreadRow
	err := b.o.DB.Read(ctx, &other, func(db *gorm.DB) *gorm.DB {
		return db.Where("backfill_id = ? and state = ?", row.BackfillID, threadDone).Order("thread_id")
	})
	if err == nil {
		_, err = b.thread(ctx, other.ThreadID)
	}
	return err == nil
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

func (b *Backfiller) thread(ctx context.Context, id string) (thread instagram.Thread, err error) {
	err = b.o.Gate.Call(ctx, func(ctx context.Context, token instagram.Secret) (err error) {
		thread, err = b.o.Client.Thread(ctx, token, id)
		return err
	})
	return thread, err
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
