package api

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/gin-gonic/gin"
)

// handlerTime bounds the work for one answer: a database or provider that hangs becomes a 503 while it can still be
// sent. It is more than a callback may take at the provider.
const handlerTime = 25 * time.Second

// unhurried are the routes that bound themselves: a stream lives as long as its token, a file takes as long as its reader and its sender
// need, and each of them gives up on a silent other side.
var unhurried = []string{eventsPath, uploadsPath, ginPath(attachmentPath), ginPath(outPath)}

// limitTime gives every other handler a deadline.
func limitTime(c *gin.Context) {
	if slices.Contains(unhurried, c.FullPath()) {
		c.Next()
		return
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), handlerTime)
	defer cancel()
	c.Request = c.Request.WithContext(ctx)
	c.Next()
}

// NewHTTPServer returns a server with the limits that a public listener needs: a slow or endless sender is cut off.
// Event streams, files and uploads move these limits for themselves.
func NewHTTPServer(addr string, h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Addr: addr, Handler: h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      handlerTime + 5*time.Second,
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
