package conversations

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"parlor/tenants"
)

// Outcome is what became of an event.
type Outcome string

// The outcomes. For every account received = applied + skipped + pending + failed.
const (
	OutcomePending Outcome = "pending"
	OutcomeApplied Outcome = "applied"
	OutcomeSkipped Outcome = "skipped"
	OutcomeFailed  Outcome = "failed"
)

// Why an event was skipped or failed. Replayable ones keep their body.
const (
	reasonDuplicate  = "duplicate"      // the same event came before
	reasonUnhandled  = "unhandled_kind" // of a kind that is not shown yet; replayable
	reasonSelf       = "self"           // the business wrote to itself
	reasonEmpty      = "empty"          // without any payload
	reasonNobody     = "no_customer"    // names no other side
	reasonStandby    = "standby"        // another app owns the thread; replayable
	reasonMalformed  = "malformed"      // cannot be read; replayable, for a parser may learn
	reasonRefused    = "refused"        // the database does not take it; replayable
	reasonUnknown    = "unknown_account"
	reasonGaveUp     = "gave_up" // kept failing; replayable
	reasonUnreadable = "malformed"
)

// Ledger says what became of everything that was received for an account.
type Ledger struct {
	Received, Applied, Skipped, Pending, Failed int64
}

// Balanced reports whether nothing is missing.
func (l Ledger) Balanced() bool { return l.Received == l.Applied+l.Skipped+l.Pending+l.Failed }

// Ledger reads the account's ledger as of one moment.
func (s *Store) Ledger(ctx context.Context) (Ledger, error) {
	var l Ledger
	err := s.db.InTenant(ctx, func(tx *tenants.Tx) error {
		var counts []struct {
			Outcome Outcome
			N       int64
		}
		var row ledgerRow
		err := tx.DB().Take(&row).Error
		if err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
			return err
		}
		l.Received = row.Received
		if err := tx.DB().Model(&eventRow{}).Select("outcome", "count(*) as n").Group("outcome").Find(&counts).Error; err != nil {
			return err
		}
		for _, c := range counts {
			*l.of(c.Outcome) = c.N
		}
		return nil
	})
	if err != nil {
		return Ledger{}, fmt.Errorf("read the ledger: %w", err)
	}
	return l, nil
}

func (l *Ledger) of(o Outcome) *int64 {
	switch o {
	case OutcomeApplied:
		return &l.Applied
	case OutcomeSkipped:
		return &l.Skipped
	case OutcomeFailed:
		return &l.Failed
	default:
		return &l.Pending
	}
}
