package main

import (
	"io"
	"log/slog"

	"parlor/configs"
)

// newLogger writes to w as configured.
func newLogger(w io.Writer, c configs.Log) *slog.Logger {
	options := &slog.HandlerOptions{Level: c.Level}
	if c.Format == configs.LogText {
		return slog.New(slog.NewTextHandler(w, options))
	}
	return slog.New(slog.NewJSONHandler(w, options))
}
