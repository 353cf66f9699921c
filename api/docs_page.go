package api

import (
	"embed"
	"fmt"
	"io/fs"

	"github.com/gin-gonic/gin"
)

//go:embed docs
var docsFiles embed.FS

// docs serves the description of the contract: the document itself and a page of our own origin that shows it. The
// page loads nothing from elsewhere and obeys the same policy as the app.
type docs struct {
	files    map[string]asset
	document asset
}

func loadDocs() (docs, error) {
	d := docs{files: map[string]asset{}}
	entries, err := fs.ReadDir(docsFiles, "docs")
	if err != nil {
		return docs{}, fmt.Errorf("read the docs page: %w", err)
	}
	for _, entry := range entries {
		name := entry.Name()
		body, err := docsFiles.ReadFile("docs/" + name)
		if err != nil {
			return docs{}, fmt.Errorf("read the docs page: %w", err)
		}
		if d.files[name], err = newAsset("/"+name, body); err != nil {
			return docs{}, err
		}
	}
	return d, nil
}

// file returns a handler for one file of the page.
func (d *docs) file(name string) func(*gin.Context) error {
	return func(c *gin.Context) error {
		d.files[name].send(c)
		return nil
	}
}

// openapi answers with the document, which is complete once all routes are mounted.
func (d *docs) openapi(c *gin.Context) error {
	d.document.send(c)
	return nil
}
