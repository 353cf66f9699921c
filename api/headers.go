package api

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"
)

// pageCSP is the content security policy of the pages: everything from our own origin, no inline code or style, and
// DOM sinks only through Vue's own policy; parlor-worker makes one address, that of the worker for pushes. blob: is what a picked file is shown from before it is uploaded.
const pageCSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; " +
	"connect-src 'self'; media-src 'self' blob:; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; " +
	"frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types vue parlor-worker"

// workerCSP is the policy of the worker for pushes, which goes by that of its script: all that it loads is a notice's icon.
const workerCSP = "default-src 'none'; img-src 'self'; frame-ancestors 'none'"

// dataCSP is the policy of everything that is neither.
const dataCSP = "default-src 'none'; frame-ancestors 'none'"

// maxHeaderBytes bounds the request line and headers that are served. net/http's own limit lies above it, so that the
// refusal is a problem document.
const maxHeaderBytes = 16 << 10

// guardHeaders sets the headers that protect a browser, on every answer. No answer under /api may be kept by a cache.
func guardHeaders(https bool) gin.HandlerFunc {
	return func(c *gin.Context) {
		h := c.Writer.Header()
		h.Set("Content-Security-Policy", dataCSP)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", referrerPolicy(c.Request.URL.Path))
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		if https {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		if isMachine(c.Request.URL.Path) {
			h.Set("Cache-Control", "no-store")
			h.Set("Vary", "Authorization")
		}
		c.Next()
	}
}

// referrerPolicy keeps the code and state of a callback out of every Referer.
func referrerPolicy(path string) string {
	if strings.HasPrefix(path, "/auth/") {
		return "no-referrer"
	}
	return "same-origin"
}

// limitHeaders refuses requests whose headers are larger than any honest one.
func limitHeaders(c *gin.Context) {
	size := len(c.Request.RequestURI)
	for name, values := range c.Request.Header {
		for _, v := range values {
			size += len(name) + len(v) + len(": \r\n")
		}
	}
	if size > maxHeaderBytes {
		errHeadersTooLarge.answer(c)
		return
	}
	c.Next()
}

// limitBody caps what a handler may read. Handlers see *http.MaxBytesError beyond it, which is a 413.
func limitBody(limitOf func(c *gin.Context) int64) gin.HandlerFunc {
	return func(c *gin.Context) {
		limit := limitOf(c)
		if c.Request.ContentLength > limit {
			c.Header("Connection", "close") // or net/http would drain the rest
			errBodyTooLarge.answer(c)
			return
		}
		c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, limit)
		c.Next()
	}
}
