package main

import (
	"runtime"
	"runtime/debug"
)

// version is set by the linker in released builds.
var version = ""

type versionCommand struct{}

// Run prints the version, or the commit when nobody gave one.
func (versionCommand) Run(p *process) error { //nolint:unparam // the shape of a command
	p.printf("parlor %s, %s\n", currentVersion(), runtime.Version())
	return nil
}

func currentVersion() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	commit, dirty := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			commit = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			dirty = "+changes"
		}
	}
	if commit == "" {
		return "development build"
	}
	return commit[:min(12, len(commit))] + dirty
}
