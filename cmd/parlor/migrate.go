package main

import (
	"errors"
	"fmt"
	"strings"

	"parlor/configs"
	"parlor/migrations"
)

type migrateCommand struct {
	Up     migrateUpCommand     `cmd:"" help:"Apply every pending migration."`
	Status migrateStatusCommand `cmd:"" help:"List the migrations and whether they are applied."`
}

type migrateUpCommand struct{}

// Run applies what is pending.
func (migrateUpCommand) Run(p *process) error {
	db, err := configs.DatabaseFromEnv(p.environ, "MIGRATE_DATABASE_URL")
	if err != nil {
		return err
	}
	applied, err := migrations.Up(p.ctx, db.Migrate.Reveal())
	if err != nil {
		return err
	}
	for _, m := range applied {
		p.printf("applied  %s\n", m.Name)
	}
	p.printf("The schema is up to date.\n")
	return nil
}

type migrateStatusCommand struct{}

// Run lists all migrations, and ends with exit code 1 while one is pending.
func (migrateStatusCommand) Run(p *process) error {
	db, err := configs.DatabaseFromEnv(p.environ)
	if err != nil {
		return err
	}
	dsn := db.Migrate
	if dsn.IsZero() {
		dsn = db.Platform
	}
	if dsn.IsZero() {
		return errors.New("set PARLOR_MIGRATE_DATABASE_URL or PARLOR_PLATFORM_DATABASE_URL")
	}
	all, err := migrations.Status(p.ctx, dsn.Reveal())
	if err != nil {
		return err
	}
	pending := 0
	for _, m := range all {
		state := "applied"
		if !m.Applied {
			state, pending = "PENDING", pending+1
		}
		p.printf("%s  %s\n", state, m.Name)
	}
	if pending > 0 {
		p.printf("%d pending. Next: parlor migrate up\n", pending)
		return errSaid
	}
	return nil
}

// pendingError refuses to serve on an old schema, and lists what is missing.
type pendingError []migrations.Migration

func (e pendingError) Error() string {
	names := make([]string, len(e))
	for i, m := range e {
		names[i] = m.Name
	}
	return fmt.Sprintf("%d pending migration(s): %s. Run: parlor migrate up", len(e), strings.Join(names, ", "))
}
