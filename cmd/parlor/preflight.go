package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"parlor/auth"
	"parlor/migrations"
	"parlor/tenants"
)

// The pace of waiting for a database that is down.
const (
	firstWait = 500 * time.Millisecond
	longWait  = 5 * time.Second
)

// preflight returns when the database is fit to serve. It waits for one that is down, and refuses one whose schema is old
// or whose walls do not stand.
func (s *service) preflight(ctx context.Context) error {
	wait := firstWait
	for {
		err := s.inspect(ctx)
		if err == nil || !unreachable(err) {
			return err
		}
		s.log.WarnContext(ctx, "database.unreachable", "error", err.Error(), "next_try", wait.String())
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
		wait = min(2*wait, longWait)
	}
}

// inspect looks once: are both roles let in, are all migrations applied, does the catalogue hold.
func (s *service) inspect(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	if err := errors.Join(s.house.platform.Ping(ctx), s.house.db.Ping(ctx)); err != nil {
		return err
	}
	pending, err := migrations.Pending(ctx, s.config.Database.Platform.Reveal())
	if err != nil {
		return err
	}
	if len(pending) > 0 {
		return pendingError(pending)
	}
	report, err := s.house.db.CheckCatalog(ctx)
	if err != nil {
		return err
	}
	platform, err := s.house.platform.CheckRole(ctx)
	if err != nil {
		return err
	}
	report.Findings = append(report.Findings, platform.Findings...)
	if !report.OK() {
		return catalogError(report)
	}
	verdict, err := s.house.rollout.Judge(ctx, s.house.registry.IDs(), 0)
	if err != nil {
		return err
	}
	if !verdict.Safe() {
		return lockoutError(verdict)
	}
	_, err = s.house.sessions.Reconcile(ctx, s.house.registry, s.config.Sessions.KeepDisabled)
	return err
}

// lockoutError refuses to serve a configuration that would lock people out, before it ends anybody's session.
type lockoutError auth.Verdict

func (e lockoutError) Error() string {
	lines := make([]string, len(e.Blockers))
	for i, f := range e.Blockers {
		lines[i] = "\n  " + f.Text
	}
	return "PARLOR_PROVIDERS would lock people out, so nothing is served (`parlor doctor --providers …` judges a step before it is taken; " +
		"`parlor break-glass` lets the operator in meanwhile):" + strings.Join(lines, "")
}

// catalogError refuses to serve while a wall does not stand, and names each fault.
type catalogError tenants.CatalogReport

func (e catalogError) Error() string {
	lines := make([]string, len(e.Findings))
	for i, f := range e.Findings {
		lines[i] = "\n  " + f.String()
	}
	return "the wall in PostgreSQL does not stand, so nothing is served:" + strings.Join(lines, "")
}

// unreachable reports whether waiting can help: nobody answered, or the server said that it is not open yet. A password
// that is wrong stays wrong.
func unreachable(err error) bool {
	if refused, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch refused.Code {
		case "57P01", "57P02", "57P03", "53300": // going down, crashed, starting up, too many connections
			return true
		}
		return false
	}
	_, noConnection := errors.AsType[*pgconn.ConnectError](err)
	return noConnection || pgconn.Timeout(err) || errors.Is(err, context.DeadlineExceeded)
}
