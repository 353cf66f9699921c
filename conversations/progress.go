package conversations

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// BackfillProgress is how far the account's newest import is.
type BackfillProgress struct {
	Cause      BackfillCause
	State      BackfillState
	Listing    bool // the conversations are still being counted: Total grows
	Seen       int  // conversations read
	Total      int  // conversations found
	Messages   int  // added
	Recovered  int  // of these, that a webhook should have told
	Fault      string
	StartedAt  time.Time
	FinishedAt *time.Time
	PerSecond  float64       // conversations; 0 when not known yet
	Left       time.Duration // 0 when not known, or done
}

// Backfill returns the account's newest import, or nil when there never was one.
func (s *Store) Backfill(ctx context.Context) (*BackfillProgress, error) {
	var row backfillRow
	err := s.db.Read(ctx, &row, func(db *gorm.DB) *gorm.DB {
		return db.Where("state <> ?", BackfillWaiting).Order("started_at desc, backfill_id desc")
	})
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the import's progress: %w", err)
	}
	p := row.progress()
	return &p, nil
}

func (r backfillRow) progress() BackfillProgress {
	p := BackfillProgress{
		Cause: r.Cause, State: r.State, Listing: r.State == BackfillRunning && (r.Phase == phaseList || r.Phase == phaseAgain), Seen: r.Seen, Total: r.Listed,
		Messages: r.Messages, Recovered: r.Recovered, Fault: r.Fault, StartedAt: r.StartedAt, FinishedAt: r.FinishedAt,
	}
	if took := r.UpdatedAt.Sub(r.StartedAt).Seconds(); took > 0 && r.Seen > 0 {
		p.PerSecond = float64(r.Seen) / took
	}
	if p.PerSecond > 0 && r.State == BackfillRunning {
		p.Left = time.Duration(float64(r.Listed-r.Seen) / p.PerSecond * float64(time.Second))
	}
	return p
}
