package api

import (
	"log/slog"
	"net/http"
	"time"
)

// NewHTTPServer returns a server with the limits that a public listener needs: a slow or endless sender is cut off.
// Event streams lift the read and write limits for themselves.
func NewHTTPServer(addr string, h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Addr: addr, Handler: h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    4 * maxHeaderBytes, // limitHeaders refuses earlier, with a problem document
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}

// HTTPServer returns the public listener's server. Its shutdown ends the event streams first, which would otherwise
// keep it waiting.
func (s *Server) HTTPServer(addr string) *http.Server {
	server := NewHTTPServer(addr, s, s.log)
	server.RegisterOnShutdown(s.live.close)
	return server
}
