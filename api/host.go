package api

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"
)

// hostGuard knows the one name under which this installation is reached. Nothing is ever built from a request's
// Host: links, redirects and cookies come from the public URL.
type hostGuard struct {
	origin  string   // scheme://host[:port] of the public URL
	host    string   // as a browser sends it: lower case, without the scheme's own port
	aliases []string // the other loopback names, when the public URL is a loopback one
}

func newHostGuard(public *url.URL) hostGuard {
	host := plainHost(public.Host, public.Scheme)
	g := hostGuard{origin: public.Scheme + "://" + host, host: host}
	if isLoopback(public.Hostname()) {
		for _, name := range []string{"localhost", "127.0.0.1", "[::1]"} {
			alias := name
			if port := public.Port(); port != "" {
				alias += ":" + port
			}
			g.aliases = append(g.aliases, plainHost(alias, public.Scheme))
		}
	}
	return g
}

// check refuses a foreign Host with 421. Another loopback name is sent to the public origin before anything
// happens: cookies belong to a name, so a sign-in must not begin on one and end on the other.
func (g hostGuard) check(c *gin.Context) {
	host := plainHost(c.Request.Host, g.scheme())
	switch {
	case host == g.host:
		c.Next()
	case slices.Contains(g.aliases, host):
		c.Header("Cache-Control", "no-store")
		c.Header("Location", g.origin+requestTarget(c.Request.URL))
		c.AbortWithStatus(http.StatusPermanentRedirect) // 308 keeps the method
	default:
		errMisdirected.answer(c)
	}
}

func (g hostGuard) scheme() string {
	scheme, _, _ := strings.Cut(g.origin, "://")
	return scheme
}

// requestTarget returns path and query as one absolute path. The leading slashes are one, so that the result can
// never be read as another host.
func requestTarget(u *url.URL) string {
	target := "/" + strings.TrimLeft(u.EscapedPath(), `/\`)
	if u.RawQuery != "" {
		target += "?" + u.RawQuery
	}
	return target
}

// plainHost lower-cases a Host and drops the port that the scheme implies.
func plainHost(host, scheme string) string {
	host = strings.ToLower(host)
	if scheme == "https" {
		return strings.TrimSuffix(host, ":443")
	}
	return strings.TrimSuffix(host, ":80")
}

func isLoopback(name string) bool {
	return name == "localhost" || net.ParseIP(name).IsLoopback()
}

// clientAddress returns who is at the other end: the peer, unless it is a trusted proxy; then the rightmost hop of
// X-Forwarded-For that is not one. A hop that cannot be read ends the walk, for nothing left of it can be believed.
func clientAddress(r *http.Request, trusted []netip.Prefix) netip.Addr {
	address := peerAddress(r)
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		if !isTrusted(address, trusted) {
			return address
		}
		next, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			return address
		}
		address = next.Unmap().WithZone("")
	}
	return address
}

// peerAddress returns the address of the TCP peer; the zero Addr when there is none (a unix socket).
func peerAddress(r *http.Request) netip.Addr {
	peer, _ := netip.ParseAddrPort(r.RemoteAddr)
	return peer.Addr().Unmap().WithZone("")
}

func isTrusted(a netip.Addr, trusted []netip.Prefix) bool {
	return slices.ContainsFunc(trusted, func(p netip.Prefix) bool { return p.Contains(a) })
}
