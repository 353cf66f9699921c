package main

import (
	"fmt"

	"parlor/configs"
	"parlor/tenants"
)

type proveIsolationCommand struct{}

// Run checks the catalogue and probes between two reserved accounts, with PARLOR_DATABASE_URL alone. Any doubt is exit
// code 1.
func (proveIsolationCommand) Run(p *process) error {
	config, err := configs.DatabaseFromEnv(p.environ, "DATABASE_URL")
	if err != nil {
		return err
	}
	db, err := tenants.Open(p.ctx, config.App.Reveal(), tenants.Options{MaxConns: 2})
	if err != nil {
		return fmt.Errorf("PARLOR_DATABASE_URL: %w", err)
	}
	defer db.Close()
	proof, err := db.ProveIsolation(p.ctx)
	p.printf("%s", proof)
	if err != nil {
		return fmt.Errorf("isolation is not proved: %w", err)
	}
	if !proof.OK() {
		return errSaid
	}
	return nil
}
