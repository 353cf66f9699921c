package auth

import (
	"regexp"
	"slices"
	"strings"
)

// home is where a browser goes when no other page of the app was asked for.
const home = "/"

const maxReturnToBytes = 512

// pages are the addresses of the app, spelled out: a path of plain segments under its routes, and a plain query. There
// is no escape, no backslash, no host and no scheme in this alphabet, so a browser cannot read anything else into it.
var pages = regexp.MustCompile(`^/(?:login|staff|a(?:/[A-Za-z0-9._~-]+)+(?:\?[A-Za-z0-9._~&=-]*)?)?$`)

// CleanReturnTo returns the page of the app that was asked for, or "/". What is not clearly one of our pages is dropped,
// never repaired, and never shown.
func CleanReturnTo(asked string) string {
	if len(asked) > maxReturnToBytes || !pages.MatchString(asked) {
		return home
	}
	path, _, _ := strings.Cut(asked, "?")
	dots := func(segment string) bool { return segment == "." || segment == ".." }
	if slices.ContainsFunc(strings.Split(path, "/"), dots) {
		return home
	}
	return asked
}
