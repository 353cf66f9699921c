package media

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"syscall"
	"time"
)

const (
	dialTime      = 5 * time.Second
	handshakeTime = 5 * time.Second
	headerTime    = 10 * time.Second // from the request to the headers of the answer
	maxHeaders    = 64 << 10
)

// globalUnicast is the only part of IPv6 that is given to hosts of the internet. Everything outside is refused with it: unspecified,
// loopback, IPv4-mapped, NAT64, discard, unique-local, link-local, site-local, multicast.
var globalUnicast = netip.MustParsePrefix("2000::/3")

// specialPurpose are the ranges that are no hosts of the internet, or lead to others: where a network keeps what is its own, where one
// address stands for another, and what is reserved. Sources: IANA IPv4 and IPv6 special-purpose address registries, read 2026-11-23.
var specialPurpose = parsePrefixes(
	"0.0.0.0/8",       // this network
	"10.0.0.0/8",      // private
	"100.64.0.0/10",   // carrier-grade NAT
	"127.0.0.0/8",     // loopback
	"169.254.0.0/16",  // link-local, and the metadata service of clouds
	"172.16.0.0/12",   // private
	"192.0.0.0/24",    // protocol assignments
	"192.0.2.0/24",    // documentation
	"192.31.196.0/24", // AS112
	"192.52.193.0/24", // AMT
	"192.88.99.0/24",  // 6to4 relays
	"192.168.0.0/16",  // private
	"192.175.48.0/24", // AS112
	"198.18.0.0/15",   // benchmarks
	"198.51.100.0/24", // documentation
	"203.0.113.0/24",  // documentation
	"224.0.0.0/4",     // multicast
	"240.0.0.0/4",     // reserved, and broadcast
	"2001::/23",       // protocol assignments: Teredo, benchmarks, ORCHID
	"2001:db8::/32",   // documentation
	"2002::/16",       // 6to4, which carries an IPv4 address
	"2620:4f:8000::/48",
	"3fff::/20", // documentation
)

func parsePrefixes(texts ...string) []netip.Prefix {
	prefixes := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		prefixes[i] = netip.MustParsePrefix(text)
	}
	return prefixes
}

// isPublic reports whether an address belongs to a host of the internet. An IPv4 address in IPv6 clothes and an address with a zone do not.
func isPublic(a netip.Addr) bool {
	if !a.IsValid() || a.Zone() != "" || a.Is6() && !globalUnicast.Contains(a) {
		return false
	}
	return !slices.ContainsFunc(specialPurpose, func(p netip.Prefix) bool { return p.Contains(a) })
}

// guard dials for the fetcher. A name is resolved once, by the dialer, and what it dials is asked about at the last moment before the
// connection: there is no time between check and use in which the name could change its mind.
type guard struct {
	rules    hostRules
	port     string                // the only one that is dialled
	mayDial  func(netip.Addr) bool // isPublic
	resolver *net.Resolver         // nil: the system's
	roots    *tls.Config           // nil: the system's
}

// dial is the DialContext of the transport. address is the host and port of the URL, before it is resolved.
func (g guard) dial(ctx context.Context, network, address string) (net.Conn, error) {
	d := net.Dialer{Timeout: dialTime, Resolver: g.resolver, KeepAlive: -1}
	if g.rules.isExtraAddress(address) {
		return d.DialContext(ctx, network, address)
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("%w: no host and port", ErrRefused)
	}
	d.ControlContext = g.control
	return d.DialContext(ctx, network, net.JoinHostPort(host, g.port))
}

// control sees the resolved address, on a socket that is not connected yet.
func (g guard) control(_ context.Context, network, address string, _ syscall.RawConn) error {
	if network != "tcp4" && network != "tcp6" {
		return fmt.Errorf("%w: network", ErrRefused)
	}
	resolved, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%w: no resolved address", ErrRefused)
	}
	_, port, _ := net.SplitHostPort(address)
	if port != g.port || !g.mayDial(resolved.Addr()) {
		return fmt.Errorf("%w: the name leads to an address or port that is not public", ErrRefused)
	}
	return nil
}

// PublicTransport dials hosts of the internet alone, at port 443, for requests to addresses that somebody else has given: the same guard that
// fetches media, without the list of Instagram's hosts. What it refuses to dial is ErrRefused. Whoever uses it must not follow redirects.
func PublicTransport() *http.Transport { return guard{port: "443", mayDial: isPublic}.transport() }

// transport uses no proxy of the environment, unpacks nothing, and speaks HTTP/1.1, whose answers have one length.
func (g guard) transport() *http.Transport {
	return &http.Transport{
		DialContext: g.dial, Proxy: nil, DisableCompression: true, TLSClientConfig: g.roots,
		TLSHandshakeTimeout: handshakeTime, ResponseHeaderTimeout: headerTime, MaxResponseHeaderBytes: maxHeaders,
		MaxIdleConns: 32, MaxIdleConnsPerHost: 4, IdleConnTimeout: 30 * time.Second,
	}
}
