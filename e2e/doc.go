// Package e2e holds the tests that use Parlor as people do: the built binary as a process of its own, real Chromium,
// real nginx, real PostgreSQL, and Instagram's stand-in over HTTP. It has no code but tests, behind the build tag e2e:
//
//	go test -tags e2e ./e2e/...
//
// What a story needs and this machine does not have fails it; nothing is skipped. Main path:
//
//	main_test.go       builds the binary once, with the app inside
//	installation_test  settings and processes of `parlor serve`; demo_test those of `parlor demo`
//	browser_test.go    runs a story of browser/*.mjs in Chromium and reports what it says
//	browser/           the stories, told by role and name; watch.mjs sees what no page may do
//
// Screenshots stay in artifacts/.
package e2e
