// Package web carries the built app. It imports nothing of ours; only cmd imports it.
package web

import (
	"embed"
	"io/fs"
)

// dist is what `npm run build` leaves. Without a build it holds .gitkeep alone, so that Go builds without npm; the server then answers
// pages with 503.
//
//go:embed all:dist
var dist embed.FS

// Files returns the built app: index.html, assets/ and .vite/manifest.json, or nothing but .gitkeep.
func Files() fs.FS {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // the path is a constant and valid
	}
	return sub
}
