package api_test

import (
	"net/http"
	"net/netip"
	"testing"

	"parlor/api"
)

func TestClientAddress(t *testing.T) {
	t.Parallel()
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	tests := map[string]struct {
		peer      string
		forwarded []string
		trusted   []netip.Prefix
		want      string
	}{
		"nobody is trusted by default":       {"203.0.113.9:4000", []string{"198.51.100.1"}, nil, "203.0.113.9"},
		"nor is a loopback peer":             {"127.0.0.1:4000", []string{"198.51.100.1"}, nil, "127.0.0.1"},
		"a stranger's header is ignored":     {"203.0.113.9:4000", []string{"198.51.100.1"}, proxies, "203.0.113.9"},
		"a proxy's header counts":            {"10.0.0.2:4000", []string{"198.51.100.1"}, proxies, "198.51.100.1"},
		"the rightmost hop, not the first":   {"10.0.0.2:4000", []string{"1.1.1.1, 198.51.100.1"}, proxies, "198.51.100.1"},
		"trusted hops are walked through":    {"10.0.0.2:4000", []string{"1.1.1.1, 198.51.100.1, 10.0.0.3"}, proxies, "198.51.100.1"},
		"the last header line wins":          {"10.0.0.2:4000", []string{"1.1.1.1", "198.51.100.1"}, proxies, "198.51.100.1"},
		"an unreadable hop ends the walk":    {"10.0.0.2:4000", []string{"1.1.1.1, unknown, 10.0.0.3"}, proxies, "10.0.0.3"},
		"a port makes a hop unreadable":      {"10.0.0.2:4000", []string{"198.51.100.1:80"}, proxies, "10.0.0.2"},
		"no header behind a proxy":           {"10.0.0.2:4000", nil, proxies, "10.0.0.2"},
		"only proxies":                       {"10.0.0.2:4000", []string{"10.0.0.4, 10.0.0.3"}, proxies, "10.0.0.4"},
		"mapped IPv4 is IPv4":                {"[::ffff:10.0.0.2]:4000", []string{"::ffff:198.51.100.1"}, proxies, "198.51.100.1"},
		"IPv6":                               {"[fd00::2]:4000", []string{"2001:db8::7"}, proxies, "2001:db8::7"},
		"X-Real-IP and Forwarded are no one": {"10.0.0.2:4000", nil, proxies, "10.0.0.2"},
	}
	for name, tc := range tests {
		r := &http.Request{RemoteAddr: tc.peer, Header: http.Header{"X-Forwarded-For": tc.forwarded}}
		r.Header.Set("X-Real-IP", "6.6.6.6")
		r.Header.Set("Forwarded", "for=6.6.6.6")
		if got := api.ClientAddress(r, tc.trusted).String(); got != tc.want {
			t.Errorf("%s: %s, want %s", name, got, tc.want)
		}
	}
}
