package simulator

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// sendable are the kinds of files that can be sent. Source: Instagram messaging API, read 2026-11-22.
var sendable = map[string]struct {
	maxBytes int64
	types    []string // how the type by the first bytes begins
}{
	"image": {8 << 20, []string{"image/png", "image/jpeg", "image/gif"}},
	"audio": {25 << 20, []string{"audio/", "video/mp4", "application/ogg"}},
	"video": {25 << 20, []string{"video/", "application/ogg"}},
	"file":  {25 << 20, []string{"application/pdf"}},
}

// fetchPatience bounds the fetching of a file.
const fetchPatience = 10 * time.Second

// take fetches a file as Instagram does, without any credential, checks it by its bytes and keeps a copy, to which the
// message then points.
func (s *Simulator) take(r *http.Request, a sendAttachment) (Attachment, *graphError) {
	if a.Type == "like_heart" {
		return Attachment{Type: a.Type}, nil
	}
	kind, ok := sendable[a.Type]
	if !ok {
		return Attachment{}, errParameter
	}
	body, ok := s.fetch(r.Context(), a.Payload.URL, kind.maxBytes)
	if !ok {
		return Attachment{}, errFetch
	}
	contentType := http.DetectContentType(body)
	if !slices.ContainsFunc(kind.types, func(t string) bool { return strings.HasPrefix(contentType, t) }) {
		return Attachment{}, errMedia
	}
	name := s.files.keep(body, contentType)
	return Attachment{Type: a.Type, Payload: map[string]any{"url": s.mediaURL(r, name)}}, nil
}

// fetch reads a file of a bounded size.
func (s *Simulator) fetch(ctx context.Context, address string, maxBytes int64) ([]byte, bool) {
	ctx, cancel := context.WithTimeout(ctx, fetchPatience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil || req.URL.Scheme != "https" && req.URL.Scheme != "http" {
		return nil, false
	}
	resp, err := s.o.HTTP.Do(req)
	if err != nil {
		return nil, false
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBytes+1))
	return body, err == nil && resp.StatusCode == http.StatusOK && int64(len(body)) <= maxBytes
}
