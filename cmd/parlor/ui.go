package main

import (
	"io/fs"

	"parlor/web"
)

// uiFiles returns the built app, or nothing when it was not built.
func uiFiles() fs.FS { return web.Files() }
