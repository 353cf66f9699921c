package media

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// Span is the part of a file that is asked for: the bytes from First to Last, both included. Last -1 means to the end; First -1 the last
// Last bytes. The zero value of *Span, nil, is all of it.
type Span struct{ First, Last int64 }

// ParseSpan reads a Range header (RFC 9110, section 14.2). It returns nil, which is the whole file, for none, for several parts and for
// anything that it cannot read: a server may always answer with the whole.
func ParseSpan(header string) *Span {
	text, ok := strings.CutPrefix(header, "bytes=")
	first, last, cut := strings.Cut(text, "-")
	if !ok || !cut || strings.Contains(text, ",") {
		return nil
	}
	s := Span{First: -1, Last: -1}
	var err error
	if first != "" {
		if s.First, err = digits(first); err != nil {
			return nil
		}
	}
	if last != "" {
		if s.Last, err = digits(last); err != nil {
			return nil
		}
	}
	if s.First < 0 && s.Last < 0 || s.First >= 0 && s.Last >= 0 && s.Last < s.First {
		return nil
	}
	return &s
}

func digits(text string) (int64, error) {
	if text[0] < '0' || text[0] > '9' { // a sign is no digit
		return 0, strconv.ErrSyntax
	}
	return strconv.ParseInt(text, 10, 64)
}

// within returns the span's place in a file of this size. ErrSpan when none of it lies in there.
func (s Span) within(size int64) (offset, length int64, err error) {
	first, last := s.First, s.Last
	if first < 0 { // the last so many
		first, last = max(0, size-s.Last), size-1
	}
	if last < 0 || last >= size {
		last = size - 1
	}
	if first > last {
		return 0, 0, ErrSpan
	}
	return first, last - first + 1, nil
}

// header is how the span is asked for.
func (s Span) header() string {
	switch {
	case s.First < 0:
		return fmt.Sprintf("bytes=-%d", s.Last)
	case s.Last < 0:
		return fmt.Sprintf("bytes=%d-", s.First)
	}
	return fmt.Sprintf("bytes=%d-%d", s.First, s.Last)
}

// served is the part that a server says it gives, by Content-Range.
type served struct{ first, last, size int64 }

// readServed reads the Content-Range of a 206. A size that the server keeps to itself is none that we can check.
func readServed(h http.Header) (s served, ok bool) {
	text, ok := strings.CutPrefix(h.Get("Content-Range"), "bytes ")
	part, size, cut := strings.Cut(text, "/")
	first, last, dash := strings.Cut(part, "-")
	if !ok || !cut || !dash || first == "" || last == "" || size == "" || len(h.Values("Content-Range")) > 1 {
		return s, false
	}
	var errs [3]error
	s.first, errs[0] = digits(first)
	s.last, errs[1] = digits(last)
	s.size, errs[2] = digits(size)
	return s, errs == [3]error{} && s.first <= s.last && s.last < s.size
}
