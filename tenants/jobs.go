package tenants

import (
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
)

// Jobs returns a River client that works jobs over the platform pool. The caller sets workers and queues in cfg, starts the client and stops
// it; schema, logger and the schedule of index rebuilding (never: that needs the tables' owner) are set here. cfg is not changed. While it
// runs, the client keeps one connection of the pool to hear of new jobs, so the pool needs one more than there are workers at once.
func (p *Platform) Jobs(cfg *river.Config) (*river.Client[pgx.Tx], error) {
	c := *cfg
	c.Schema = jobsSchema
	c.ReindexerSchedule = river.NeverSchedule()
	if c.Logger == nil {
		c.Logger = p.log
	}
	client, err := river.NewClient(riverpgxv5.New(p.pool), &c)
	if err != nil {
		return nil, fmt.Errorf("open the job workers: %w", err)
	}
	return client, nil
}
