package media

import (
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
)

// maxURLBytes bounds an address; Instagram's have some hundred bytes of signature.
const maxURLBytes = 8 << 10

// mediaHosts are the domains from which Instagram gives media; their subdomains too.
// Source: Instagram platform overview, and addresses in the webhook examples, read 2026-11-22.
var mediaHosts = []string{"fbcdn.net", "cdninstagram.com", "fbsbx.com"}

// hostRules say which addresses may be fetched.
type hostRules struct {
	extra []string // host:port, lower case
}

// parse returns the address if it may be fetched, else ErrRefused. It is asked again for every redirect.
func (r hostRules) parse(address string) (*url.URL, error) {
	if len(address) > maxURLBytes {
		return nil, fmt.Errorf("%w: %d bytes", ErrRefused, len(address))
	}
	u, err := url.Parse(address)
	if err != nil { // its text would quote the address, which is as good as a password
		return nil, fmt.Errorf("%w: not an address", ErrRefused)
	}
	return u, r.check(u)
}

func (r hostRules) check(u *url.URL) error {
	switch {
	case u.Scheme != "https" && u.Scheme != "http", u.Opaque != "", u.Host == "":
		return fmt.Errorf("%w: scheme", ErrRefused)
	case u.User != nil:
		return fmt.Errorf("%w: credentials", ErrRefused)
	case r.isExtra(u):
		return nil
	case u.Scheme != "https":
		return fmt.Errorf("%w: not https", ErrRefused)
	case u.Port() != "" && u.Port() != "443" || strings.HasSuffix(u.Host, ":"):
		return fmt.Errorf("%w: port", ErrRefused)
	case !isMediaHost(strings.ToLower(u.Hostname())):
		return fmt.Errorf("%w: host", ErrRefused)
	}
	return nil
}

// isExtra reports whether this very host and port was named by the operator.
func (r hostRules) isExtra(u *url.URL) bool {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return r.isExtraAddress(net.JoinHostPort(u.Hostname(), port))
}

func (r hostRules) isExtraAddress(hostPort string) bool {
	return slices.Contains(r.extra, strings.ToLower(hostPort))
}

// isMediaHost compares whole labels, from the right. A name with any other character than those of a host name, a trailing dot among them,
// is none: there shall be one spelling.
func isMediaHost(host string) bool {
	for label := range strings.SplitSeq(host, ".") {
		if label == "" || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return false
		}
	}
	return slices.ContainsFunc(mediaHosts, func(domain string) bool { return host == domain || strings.HasSuffix(host, "."+domain) })
}
