package main

import (
	"fmt"
	"time"

	"parlor/auth"
	"parlor/configs"
	"parlor/tenants"
)

type breakGlassCommand struct {
	User   string `required:"" help:"Who comes in, for the log."`
	Reason string `required:"" help:"Why; 10 to 500 characters, for the log."`
}

// Run makes a link that lets an operator in once, within ten minutes, for an hour. It needs the platform's database, and so the server.
func (c breakGlassCommand) Run(p *process) error {
	database, err := configs.DatabaseFromEnv(p.environ, "PLATFORM_DATABASE_URL")
	if err != nil {
		return err
	}
	public, err := configs.PublicURLFromEnv(p.environ)
	if err != nil {
		return err
	}
	platform, err := tenants.OpenPlatform(p.ctx, database.Platform.Reveal(), tenants.Options{MaxConns: 2})
	if err != nil {
		return fmt.Errorf("PARLOR_PLATFORM_DATABASE_URL: %w", err)
	}
	defer platform.Close()
	token, until, err := auth.NewBreakGlass(platform, nil, nil).Mint(p.ctx, c.User, c.Reason)
	if err != nil {
		return err
	}
	p.printf("%s#%s\n", public.JoinPath("break-glass"), token)
	_, _ = fmt.Fprintf(p.stderr, "It serves once, until %s, for one hour, and stands in the installation's log.\n", until.Format(time.RFC3339))
	return nil
}
