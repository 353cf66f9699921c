package main

import (
	"parlor/configs"
	"parlor/migrations"
)

type dbCommand struct {
	Init dbInitCommand `cmd:"" help:"Make the roles and the database, or correct them; needs PARLOR_ADMIN_DATABASE_URL. May be repeated."`
}

type dbInitCommand struct{}

// Run makes the group roles, the three login roles of the configured URLs, and the database.
func (dbInitCommand) Run(p *process) error {
	db, err := configs.DatabaseFromEnv(p.environ,
		"ADMIN_DATABASE_URL", "DATABASE_URL", "PLATFORM_DATABASE_URL", "MIGRATE_DATABASE_URL")
	if err != nil {
		return err
	}
	err = migrations.InitRoles(p.ctx, db.Admin.Reveal(), logins(db))
	if err != nil {
		return err
	}
	p.printf("The roles and the database are there. Next: parlor migrate up\n")
	return nil
}

func logins(db configs.Database) migrations.Logins {
	return migrations.Logins{App: db.App.Reveal(), Platform: db.Platform.Reveal(), Migrate: db.Migrate.Reveal()}
}
