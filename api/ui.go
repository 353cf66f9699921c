package api

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"
)

// ui serves the built app from memory. Everything is read and compressed once, at the start.
type ui struct {
	files map[string]asset // by URL path, "/assets/index-1a2b.js"
	index asset            // zero: the app was not built
}

// workerPath is the worker that shows pushes; see web/public.
const workerPath = "/push-worker.js"

// asset is one file in both encodings. Its ETag names the content, so that a new build is noticed.
type asset struct {
	contentType  string
	cacheControl string
	etag         string
	raw, gzip    []byte // gzip is nil where it would not be smaller
}

// assetTypes are set by hand, because the tables of operating systems differ. Only these kinds are served: never a
// source map or the build's own manifest.
var assetTypes = map[string]string{
	".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
	".svg": "image/svg+xml", ".png": "image/png", ".webp": "image/webp", ".ico": "image/x-icon", ".woff2": "font/woff2",
	".json": "application/json", ".webmanifest": "application/manifest+json", ".txt": "text/plain; charset=utf-8",
}

// loadUI reads the built app. A nil file system, or one without index.html, is an app that was not built.
func loadUI(files fs.FS) (*ui, error) {
	u := &ui{files: map[string]asset{}}
	if files == nil {
		return u, nil
	}
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		hidden := name != "." && strings.HasPrefix(entry.Name(), ".")
		switch {
		case err != nil:
			return err
		case hidden && entry.IsDir():
			return fs.SkipDir
		case hidden, entry.IsDir(), assetTypes[path.Ext(name)] == "":
			return nil
		}
		body, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		u.files["/"+name], err = newAsset("/"+name, body)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("load the app's files: %w", err)
	}
	u.index = u.files["/index.html"]
	delete(u.files, "/index.html") // it has one address per page, none of its own
	return u, nil
}

func newAsset(name string, body []byte) (asset, error) {
	sum := sha256.Sum256(body)
	a := asset{
		contentType: assetTypes[path.Ext(name)], cacheControl: "no-cache",
		etag: hex.EncodeToString(sum[:12]), raw: body,
	}
	if strings.HasPrefix(name, "/assets/") { // their names change with their content
		a.cacheControl = "public, max-age=31536000, immutable"
	}
	var packed bytes.Buffer
	w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return asset{}, err
	}
	if _, err := w.Write(body); err != nil {
		return asset{}, err
	}
	if err := w.Close(); err != nil {
		return asset{}, err
	}
	if packed.Len() < len(body) {
		a.gzip = packed.Bytes()
	}
	return a, nil
}

// serve answers what no route has claimed: a file of the app, or its index for a page of it. A missing file is never
// answered with the page, or a stale tab would read HTML as a script.
func (u *ui) serve(c *gin.Context) {
	name := c.Request.URL.Path
	if a, ok := u.files[name]; ok {
		if name == workerPath {
			c.Header("Content-Security-Policy", workerCSP)
		}
		u.send(c, a)
		return
	}
	switch {
	case path.Clean(name) != name, strings.HasPrefix(name, "/assets/"), looksLikeFile(name):
		errNotFound.answer(c)
	case u.index.raw == nil:
		sendText(c, http.StatusServiceUnavailable, "The app is not built into this binary; run `make web` and build again.\n")
	default:
		u.send(c, u.index)
	}
}

// looksLikeFile reports whether the last part of a path has an extension. An account's pages lie under /a/, and its
// name may have dots.
func looksLikeFile(name string) bool {
	return path.Ext(name) != "" && !strings.HasPrefix(name, "/a/")
}

func (u *ui) send(c *gin.Context, a asset) {
	if c.Request.Method != http.MethodGet && c.Request.Method != http.MethodHead {
		c.Header("Allow", "GET, HEAD")
		errMethodNotAllowed.answer(c)
		return
	}
	a.send(c)
}

// send answers with the file, compressed if the caller takes it, or with 304.
func (a asset) send(c *gin.Context) {
	h := c.Writer.Header()
	body, etag := a.raw, `"`+a.etag+`"`
	h.Set("Vary", "Accept-Encoding")
	if a.gzip != nil && acceptsGzip(c.GetHeader("Accept-Encoding")) {
		body, etag = a.gzip, `"`+a.etag+`-gzip"`
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("ETag", etag)
	h.Set("Cache-Control", a.cacheControl)
	h.Set("Content-Type", a.contentType)
	if strings.HasPrefix(a.contentType, "text/html") {
		h.Set("Content-Security-Policy", pageCSP)
	}
	if matchesETag(c.GetHeader("If-None-Match"), etag) {
		h.Del("Content-Encoding")
		c.AbortWithStatus(http.StatusNotModified)
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	c.Status(http.StatusOK)
	if c.Request.Method != http.MethodHead {
		_, _ = c.Writer.Write(body)
	}
	c.Abort()
}

// acceptsGzip reads Accept-Encoding as far as it matters here: gzip named and not refused by q=0.
func acceptsGzip(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		coding, params, _ := strings.Cut(part, ";")
		if strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			q, found := strings.CutPrefix(strings.ReplaceAll(params, " ", ""), "q=")
			weight, err := strconv.ParseFloat(q, 64)
			return !found || (err == nil && weight > 0)
		}
	}
	return false
}

func matchesETag(header, etag string) bool {
	for part := range strings.SplitSeq(header, ",") {
		if tag := strings.TrimPrefix(strings.TrimSpace(part), "W/"); tag == etag || tag == "*" {
			return true
		}
	}
	return false
}

// sendText answers with one sentence, as a page without markup.
func sendText(c *gin.Context, status int, text string) {
	c.Header("Cache-Control", "no-store")
	c.Abort()
	c.Data(status, "text/plain; charset=utf-8", []byte(text))
}
