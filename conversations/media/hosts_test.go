package media_test

import (
	"encoding/json"
	"errors"
	"net/netip"
	"strings"
	"testing"

	"parlor/conversations/media"
)

func TestOnlyInstagramsServersMayBeAsked(t *testing.T) {
	t.Parallel()
	allowed := []string{
		"https://lookaside.fbsbx.com/ig_messaging_cdn/?asset_id=1&signature=abc", "https://scontent.cdninstagram.com/v/t51/1.jpg",
		"https://scontent-fra3-1.xx.fbcdn.net/v/1.mp4?oh=1&oe=2", "https://fbcdn.net/x", "https://SCONTENT.FBCDN.NET/x", "https://a.fbcdn.net:443/x",
		"https://xn--bcher-kva.fbcdn.net/x",
	}
	for _, address := range allowed {
		if err := media.CheckAddress(address); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
	refused := []string{
		"", "x", "/x", "//fbcdn.net/x", "https://", "https:///x", "https:fbcdn.net", "http://scontent.fbcdn.net/x", "ftp://fbcdn.net/x", "file:///etc/passwd",
		"gopher://fbcdn.net/", "data:text/html,x", "javascript:alert(1)", "unix:///var/run/docker.sock", "HTTPS://evil.example/fbcdn.net",
		// other hosts that look like them
		"https://evilfbcdn.net/x", "https://fbcdn.net.evil.example/x", "https://fbcdn.net.", "https://a.fbcdn.net./x", "https://fbcdn.net@evil.example/",
		"https://user@a.fbcdn.net/x", "https://a.fbcdn.net:pw@evil.example/", "https://evil.example#a.fbcdn.net", "https://evil.example?a.fbcdn.net",
		`https://evil.example\.fbcdn.net/`, "https://evil.example%2f.fbcdn.net/", "https://a..fbcdn.net/", "https://.fbcdn.net/", "https://fbcdn.net%00.evil.example/",
		"https://a.fbcdn。net/", "https://ａ.fbcdn.net/", "https://fbcdn.nеt/", "https://a_b.fbcdn.net/", "https://www.instagram.com/reel/x", "https://facebook.com/x",
		// other ports
		"https://a.fbcdn.net:80/x", "https://a.fbcdn.net:8443/x", "https://a.fbcdn.net:/x", "https://a.fbcdn.net:0443/x", "https://a.fbcdn.net:65979/x",
		// addresses in every spelling
		"https://127.0.0.1/", "https://2130706433/", "https://0x7f000001/", "https://0177.0.0.1/", "https://0x7f.1/", "https://127.1/", "https://0/",
		"https://localhost/", "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://[::ffff:7f00:1]/", "https://[fe80::1%25eth0]/", "https://[64:ff9b::7f00:1]/",
		"https://[fd00::1]/", "https://10.0.0.1/", "https://169.254.169.254/latest/meta-data/", "https://metadata.google.internal/", "https://100.64.0.1/",
		"https://157.240.0.1/", "https://127.0.0.1.nip.io/", "https://①②⑦.0.0.1/",
		"https://a.fbcdn.net/" + strings.Repeat("x", 9000),
	}
	for _, address := range refused {
		err := media.CheckAddress(address)
		if !errors.Is(err, media.ErrRefused) {
			t.Errorf("%q: %v", address, err)
			continue
		}
		if len(address) > 12 && strings.Contains(err.Error(), address) {
			t.Errorf("the error repeats the address: %v", err)
		}
	}
}

func TestAnExtraHostIsThatHostAndPortAlone(t *testing.T) {
	t.Parallel()
	extra := "127.0.0.1:8090"
	for _, address := range []string{"http://127.0.0.1:8090/x", "https://127.0.0.1:8090/x"} {
		if err := media.CheckAddress(address, extra); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
	for _, address := range []string{
		"http://127.0.0.1/x", "http://127.0.0.1:8091/x", "http://127.0.0.2:8090/x", "http://localhost:8090/x", "http://u@127.0.0.1:8090/x", "ftp://127.0.0.1:8090/x",
		"http://2130706433:8090/x", "http://127.0.0.1:08090/x",
	} {
		if err := media.CheckAddress(address, extra); !errors.Is(err, media.ErrRefused) {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestOnlyHostsOfTheInternetMayBeDialled(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"157.240.22.63", "31.13.72.12", "1.1.1.1", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1", "2a03:2880:f12f:83:face:b00c:0:25de", "2606:4700::1111"} {
		if !media.IsPublic(netip.MustParseAddr(text)) {
			t.Errorf("%s is a host of the internet", text)
		}
	}
	for _, text := range []string{
		"0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1",
		"172.31.255.255", "192.0.0.1", "192.0.0.170", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.7",
		"224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
		"::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:157.240.22.63", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::a00:1", "100::1",
		"2001::1", "2001:0:53aa:64c::1", "2001:2::1", "2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::1", "2002:a00:1::", "3fff::1", "5f00::1",
		"fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "ff0e::1", "2a03:2880::1%eth0", "4000::1",
	} {
		if media.IsPublic(netip.MustParseAddr(text)) {
			t.Errorf("%s may be dialled", text)
		}
	}
	if media.IsPublic(netip.Addr{}) {
		t.Error("no address may be dialled")
	}
}

func TestPagesAtInstagramAreLinksAndNoMedia(t *testing.T) {
	t.Parallel()
	object := func(key, value string) json.RawMessage {
		raw, err := json.Marshal(map[string]string{key: value})
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	for name, tc := range map[string]struct {
		kind    string
		payload json.RawMessage
		link    string
	}{
		"reel":              {"ig_reel", object("url", "https://www.instagram.com/reel/abc/"), "https://www.instagram.com/reel/abc/"},
		"old share":         {"share", object("url", "https://instagram.com/p/abc"), "https://instagram.com/p/abc"},
		"a reel's file":     {"ig_reel", object("url", "https://scontent.cdninstagram.com/x.mp4"), ""},
		"http":              {"reel", object("url", "http://www.instagram.com/reel/abc/"), ""},
		"another host":      {"share", object("url", "https://www.instagram.com.evil.example/p/1"), ""},
		"its redirector":    {"share", object("url", "https://l.instagram.com/?u=https%3A%2F%2Fevil.example"), ""},
		"with credentials":  {"share", object("url", "https://www.instagram.com@evil.example/"), ""},
		"with user":         {"share", object("url", "https://me@www.instagram.com/"), ""},
		"with a port":       {"share", object("url", "https://www.instagram.com:8443/"), ""},
		"a script":          {"share", object("url", "javascript:alert(1)//www.instagram.com"), ""},
		"an image":          {"image", object("url", "https://www.instagram.com/p/abc"), ""},
		"nothing":           {"like_heart", json.RawMessage(`{}`), ""},
		"no object":         {"share", json.RawMessage(`"https://www.instagram.com/"`), ""},
		"no JSON":           {"share", json.RawMessage(`{`), ""},
		"an address in one": {"share", json.RawMessage(`{"url":{"url":"https://www.instagram.com/"}}`), ""},
	} {
		link, ok := media.Link(tc.kind, tc.payload)
		if link != tc.link || ok != (tc.link != "") {
			t.Errorf("%s: %q, %v", name, link, ok)
		}
	}
	m := offline(t, oneKey, nil)
	for want, payloads := range map[bool][]json.RawMessage{
		true: {
			object("url", "https://lookaside.fbsbx.com/x"), object("story_media_url", "https://scontent.cdninstagram.com/x"),
			object("upload_id", "0190a6c0-0000-7000-8000-000000000001"),
		},
		false: {object("url", "https://www.instagram.com/reel/abc/"), object("url", "https://evil.example/x"), object("url", ""), json.RawMessage(`{}`), nil},
	} {
		for _, payload := range payloads {
			if m.HasMedia(payload) != want {
				t.Errorf("HasMedia(%s) = %v", payload, !want)
			}
		}
	}
}
