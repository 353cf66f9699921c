package media

import (
	"fmt"
	"io"
)

// File is a file, or a part of it, on its way to whoever asked. Body must be closed.
type File struct {
	ContentType string // by its bytes; application/octet-stream when they are unknown
	Inline      bool   // it may be shown in a page; else it is for downloading only
	Name        string // for downloading, such as image.jpg
	Size        int64  // of the whole file in bytes; -1: not known
	Partial     bool   // Body is the part that was asked for
	Offset      int64  // of Body in the file
	Length      int64  // of Body; -1: not known, then an error of Body is the only sign that it is not whole
	Body        io.ReadCloser
}

// named completes a file by what follows from its type.
func (f File) named() File {
	kind := kindOf(f.ContentType)
	f.Inline = kind != KindFile
	f.Name = string(kind) + extensions[f.ContentType]
	return f
}

// cut narrows a body that begins at the start of a file of known size to the part that was asked for.
func (f File) cut(span *Span) (File, error) {
	if span == nil || f.Size < 0 {
		return f, nil
	}
	offset, length, err := span.within(f.Size)
	if err != nil {
		return f, err
	}
	if _, err := io.CopyN(io.Discard, f.Body, offset); err != nil {
		return f, fmt.Errorf("skip to the part: %w", err)
	}
	f.Partial, f.Offset, f.Length = true, offset, length
	f.Body = joined{io.LimitReader(f.Body, length), f.Body}
	return f, nil
}

// joined reads from one and closes another.
type joined struct {
	io.Reader
	io.Closer
}

// closing calls also when it is closed.
type closing struct {
	io.ReadCloser
	also func()
}

// Close implements io.Closer.
func (c closing) Close() error {
	defer c.also()
	return c.ReadCloser.Close()
}
