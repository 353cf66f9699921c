package conversations

import (
	"context"
	"fmt"

	"gorm.io/gorm"
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
	reasonDuplicate = "duplicate"      // the same event came before
	reasonUnhandled = "unhandled_kind" // of a kind that is not known yet; replayable
	reasonNoMessage = "no_message"     // a comment, an opt-in, a hand-over: nothing of a thread
	reasonSelf      = "self"           // the business wrote to itself
	reasonEmpty     = "empty"          // without any content
	reasonNobody    = "no_customer"    // names no other side
	reasonNoEdit    = "no_edit"        // an edit without a number or a text, as Instagram sends them after each message
	reasonOutdated  = "outdated"       // a newer one came before
	reasonUnsent    = "unsent"         // about a message that was taken back
	reasonMalformed = "malformed"      // cannot be read; replayable, for a parser may learn
	reasonRefused   = "refused"        // no try can help; replayable
	reasonUnknown   = "unknown_account"
	reasonGaveUp    = "gave_up" // kept failing; replayable
)

// Ledger says what became of everything that was received for an account.
type Ledger struct {
	Received, Applied, Skipped, Pending, Failed int64
}

// Balanced reports whether nothing is missing.
func (l Ledger) Balanced() bool { return l.Received == l.Applied+l.Skipped+l.Pending+l.Failed }

// Ledger reads the account's ledger as of one moment, in one statement.
func (s *Store) Ledger(ctx context.Context) (Ledger, error) {
	var counts []struct {
		Received int64
		Outcome  *Outcome `gorm:"column:Events__outcome"`
		N        int64
	}
	err := s.db.Read(ctx, &counts, func(db *gorm.DB) *gorm.DB {
		fresh := db.Session(&gorm.Session{NewDB: true})
		return db.Model(&ledgerRow{}).Select("tenant.ledgers.received", `count("Events".outcome) as n`).
			Joins("Events", fresh.Select("outcome")).Group(`tenant.ledgers.received, "Events".outcome`)
	})
	if err != nil {
		return Ledger{}, fmt.Errorf("read the ledger: %w", err)
	}
	var l Ledger
	for _, c := range counts {
		l.Received = c.Received
		if c.Outcome != nil {
			l = l.with(*c.Outcome, c.N)
		}
	}
	return l, nil
}

func (l Ledger) with(o Outcome, n int64) Ledger {
	switch o {
	case OutcomeApplied:
		l.Applied = n
	case OutcomeSkipped:
		l.Skipped = n
	case OutcomeFailed:
		l.Failed = n
	case OutcomePending:
		l.Pending = n
	}
	return l
}
