package media

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
)

// payload is the part of an attachment's JSON that says where its file is: at Instagram, or in our own store.
type payload struct {
	URL      string
	URLKey   string // which key has it
	UploadID string // of a file that we sent
}

// urlKeys are the keys under which Instagram gives an address. Source: Webhooks for Instagram, examples, read 2026-11-22.
var urlKeys = []string{"url", "story_media_url"}

// readPayload finds nothing in what is no object, or where the values are no texts.
func readPayload(raw json.RawMessage) payload {
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) != nil {
		return payload{}
	}
	text := func(key string) (s string) {
		_ = json.Unmarshal(fields[key], &s)
		return s
	}
	p := payload{UploadID: text("upload_id")}
	for _, key := range urlKeys {
		if p.URL = text(key); p.URL != "" {
			p.URLKey = key
			return p
		}
	}
	return p
}

// linkHosts are where the pages of posts, reels and profiles live.
var linkHosts = []string{"www.instagram.com", "instagram.com"}

// Link returns the page at Instagram that an attachment points to, if it does: reels and posts come as a permalink instead of a file. A
// person may open it; it is never fetched, and never shown as a picture or video.
func Link(attachmentType string, raw json.RawMessage) (link string, ok bool) {
	switch attachmentType {
	case "image", "video", "audio", "file": // always a file
		return "", false
	}
	u, err := url.Parse(readPayload(raw).URL)
	if err != nil || u.Scheme != "https" || u.User != nil || u.Opaque != "" || !slices.Contains(linkHosts, strings.ToLower(u.Host)) {
		return "", false
	}
	return u.String(), true
}

// HasMedia reports whether Open may find a file behind an attachment: one that we sent, or an address that may be fetched.
func (m *Media) HasMedia(raw json.RawMessage) bool {
	p := readPayload(raw)
	if p.UploadID != "" {
		return true
	}
	_, err := m.fetch.rules.parse(p.URL)
	return err == nil
}

// storyTypes are attachments that Instagram shows for a day. They are never kept.
var storyTypes = []string{"story_mention", "story_reply", "ig_story", "story"}

// mayKeep reports whether a copy of such an attachment may be kept at all.
func mayKeep(attachmentType string) bool { return !slices.Contains(storyTypes, attachmentType) }
