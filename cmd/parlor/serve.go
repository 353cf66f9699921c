package main

import (
	"parlor/configs"
)

type serveCommand struct{}

// Run serves until it is told to stop.
func (serveCommand) Run(p *process) error {
	config, err := configs.FromEnv(p.environ)
	if err != nil {
		return err
	}
	log := newLogger(p.stderr, config.Log)
	return (&service{config: config, log: log}).run(p.ctx)
}
