package media_test

import (
	"encoding/json"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"parlor/conversations/media"
)

// Whatever is let through is https, at port 443, without credentials, at a name below one of Instagram's; and so reads every other parser that
// gets the same text.
func FuzzAddress(f *testing.F) {
	for _, seed := range []string{
		"https://lookaside.fbsbx.com/ig_messaging_cdn/?asset_id=1", "https://a.fbcdn.net:443/x", "http://a.fbcdn.net", "https://u@a.fbcdn.net", "https://a.fbcdn.net.evil.example/",
		`https://evil.example\.fbcdn.net`, "https://[::1]/.fbcdn.net", "https://a.fbcdn.net%2eevil.example", "https:a.fbcdn.net", "//a.fbcdn.net", "https://a.fbcdn.net#@evil.example",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, address string) {
		if media.CheckAddress(address) != nil {
			return
		}
		u, err := url.Parse(address)
		if err != nil {
			t.Fatalf("let through, though it is no address: %q", address)
		}
		host := strings.ToLower(u.Hostname())
		below := slices.ContainsFunc([]string{"fbcdn.net", "cdninstagram.com", "fbsbx.com"}, func(domain string) bool { return host == domain || strings.HasSuffix(host, "."+domain) })
		if _, err := netip.ParseAddr(host); err == nil || !below || u.Scheme != "https" || u.User != nil || u.Port() != "" && u.Port() != "443" {
			t.Fatalf("let through: %q", address)
		}
		if again, err := url.Parse(u.String()); err != nil || again.Host != u.Host {
			t.Fatalf("%q is read in two ways: %v", address, err)
		}
	})
}

// No bytes make a file that is shown as something which can act, and none make sniffing fail.
func FuzzSniff(f *testing.F) {
	for _, head := range heads {
		f.Add([]byte(head))
	}
	f.Fuzz(func(t *testing.T, head []byte) {
		is := media.Sniff(head)
		if is != "application/octet-stream" && media.TypeNames[is] == "" {
			t.Fatalf("%q is %s", head, is)
		}
		if strings.HasPrefix(strings.TrimLeft(string(head), " \t\r\n"), "<") && is != "application/octet-stream" {
			t.Fatalf("markup is %s: %q", is, head)
		}
	})
}

// Nobody without the key makes a ticket.
func FuzzTicket(f *testing.F) {
	m := offline(f, oneKey, nil)
	f.Add("AQGiBsvWzX2RmS1qvQYzW4IBogbL1u54aJ7LXQLimjUMAAAAAGsDy9S4dul4dYUkfOpRu8coSjS5QoPabZ-yZap9-iBuHLWKvQ")
	f.Fuzz(func(t *testing.T, ticket string) {
		if k, err := m.Admit(uuid.UUID{1}, ticket); err == nil {
			t.Fatalf("%q opens %+v", ticket, k)
		}
		if k, err := m.AdmitOut(uuid.UUID{1}, ticket); err == nil {
			t.Fatalf("%q opens %+v", ticket, k)
		}
	})
}

// A payload is Instagram's, or whoever's: what it makes of links and addresses stays within the rules.
func FuzzPayload(f *testing.F) {
	m := offline(f, oneKey, nil)
	f.Add(`{"url":"https://www.instagram.com/reel/abc/"}`)
	f.Add(`{"story_media_url":"https://scontent.cdninstagram.com/x","url":7}`)
	f.Add(`[{"url":"x"}]`)
	f.Fuzz(func(t *testing.T, raw string) {
		_ = m.HasMedia(json.RawMessage(raw))
		link, ok := media.Link("share", json.RawMessage(raw))
		if ok && !strings.HasPrefix(strings.ToLower(link), "https://www.instagram.com") && !strings.HasPrefix(strings.ToLower(link), "https://instagram.com") {
			t.Fatalf("%q leads to %q", raw, link)
		}
		if u, err := url.Parse(link); ok && (err != nil || !strings.HasSuffix(strings.ToLower(u.Host), "instagram.com")) {
			t.Fatalf("%q leads to %q", raw, link)
		}
	})
}
