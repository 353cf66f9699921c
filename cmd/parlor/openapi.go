package main

import (
	"fmt"

	"parlor/api"
)

type openapiCommand struct{}

// Run prints the document; docs/openapi.json and the app's types are made from it.
func (openapiCommand) Run(p *process) error {
	document, err := api.OpenAPI()
	if err != nil {
		return fmt.Errorf("describe the interface: %w", err)
	}
	p.printf("%s", document)
	return nil
}
