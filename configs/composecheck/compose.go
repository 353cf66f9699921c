// Package composecheck loads Parlor's compose files as `docker compose` would, without an engine, so that CI can hold them
// to the service they start. It is a module of its own: what it needs is no part of Parlor.
package composecheck

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/sirupsen/logrus"
)

// Load merges the files, fills in the variables (KEY=value) and returns the project. Unknown keys, services that depend
// on missing ones, unset required variables and secrets that nobody defines are errors.
func Load(ctx context.Context, variables []string, files ...string) (*types.Project, error) {
	logrus.SetOutput(io.Discard) // the library warns about unset variables, which our defaults leave empty on purpose
	options, err := cli.NewProjectOptions(files, cli.WithEnv(variables), cli.WithConsistency(true), cli.WithNormalization(true))
	if err != nil {
		return nil, fmt.Errorf("compose options: %w", err)
	}
	project, err := options.LoadProject(ctx)
	if err != nil {
		return nil, fmt.Errorf("compose files: %w", err)
	}
	return project, nil
}

// Environ returns the environment of a service as the process sees it, without the keys that are set to nothing.
func Environ(service types.ServiceConfig) []string {
	var environ []string
	for key, value := range service.Environment {
		if value != nil && *value != "" {
			environ = append(environ, key+"="+*value)
		}
	}
	slices.Sort(environ)
	return environ
}
