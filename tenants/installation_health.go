package tenants

import (
	"context"
	"fmt"
	"time"
)

// InstallationHealth is what the tables tell of how the installation is.
type InstallationHealth struct {
	Jobs             map[string]int64 // by state of the queue
	Accounts         map[string]int64 // by status
	DeliveriesOpen   int64            // accepted, not yet split
	DeliveriesFailed int64            // unreadable, kept for a look
	OldestOpen       time.Duration
	LastWebhookAt    *time.Time // of any account; nil: never
}

// Health counts what waits and what failed.
func (s *Installation) Health(ctx context.Context) (InstallationHealth, error) {
	h := InstallationHealth{}
	var oldest float64
	err := s.platform.QueryRow(ctx, `select
			(select coalesce(json_object_agg(state, n), '{}') from (select state, count(*) n from platform.river_job group by state) j),
			(select coalesce(json_object_agg(status, n), '{}') from (select status, count(*) n from platform.accounts where kind = 'instagram' group by status) a),
			(select count(*) from platform.deliveries where state = 'received'),
			(select count(*) from platform.deliveries where state = 'failed' and body is not null),
			(select coalesce(extract(epoch from now() - min(received_at)), 0) from platform.deliveries where state = 'received'),
			(select max(last_webhook_at) from platform.accounts where kind = 'instagram')`).
		Scan(&h.Jobs, &h.Accounts, &h.DeliveriesOpen, &h.DeliveriesFailed, &oldest, &h.LastWebhookAt)
	if err != nil {
		return InstallationHealth{}, fmt.Errorf("look at the installation: %w", err)
	}
	h.OldestOpen = time.Duration(max(0, oldest) * float64(time.Second))
	return h, nil
}
