package auth

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"
)

const (
	maxIssuerBytes = 1 << 20
	issuerTimeout  = 10 * time.Second
)

var (
	errIssuerUnreachable = errors.New("the provider cannot be reached")
	errPrivateAddress    = errors.New("an endpoint of the provider is at a private address")
)

// newIssuerClient makes the client that calls the provider, and nobody else: no redirect is followed, an answer is at most 1 MB, and an
// endpoint at another host than the issuer's must have a public address, for the discovery document is the provider's word alone.
func newIssuerClient(issuer string) (*http.Client, error) {
	u, err := url.Parse(issuer)
	if err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return nil, errors.New("oidc: the issuer must be an address such as https://login.example.com/realm")
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Hostname())) {
		return nil, errors.New("oidc: the issuer must be https (http is for a loopback address alone)")
	}
	dialer := &net.Dialer{Timeout: 5 * time.Second}
	public := &net.Dialer{Timeout: 5 * time.Second, Control: refusePrivate}
	transport := &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			if host, _, err := net.SplitHostPort(address); err == nil && host == u.Hostname() {
				return dialer.DialContext(ctx, network, address)
			}
			return public.DialContext(ctx, network, address)
		},
		TLSHandshakeTimeout: 5 * time.Second, ResponseHeaderTimeout: issuerTimeout, MaxIdleConns: 4, IdleConnTimeout: time.Minute,
		MaxResponseHeaderBytes: 64 << 10, ForceAttemptHTTP2: true,
	}
	return &http.Client{
		Timeout: issuerTimeout, Transport: bounded{transport},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, nil
}

// refusePrivate looks at the address that is really dialled, so that no name can lead inside.
func refusePrivate(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return errPrivateAddress
	}
	ip := at.Addr().Unmap()
	if !ip.IsGlobalUnicast() || ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast() || sharedSpace.Contains(ip) || nat64.Contains(ip) {
		return errPrivateAddress
	}
	return nil
}

// Ranges that lead inside by another way: of carriers (RFC 6598), and IPv4 in IPv6 (RFC 6052).
var (
	sharedSpace = netip.MustParsePrefix("100.64.0.0/10")
	nat64       = netip.MustParsePrefix("64:ff9b::/96")
)

// bounded cuts answers off, and names every failure to reach the provider by one error, which repeats nothing.
type bounded struct{ next http.RoundTripper }

// RoundTrip sends one request.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := b.next.RoundTrip(r)
	if err != nil {
		if ctxErr := r.Context().Err(); ctxErr != nil {
			return nil, ctxErr
		}
		return nil, errIssuerUnreachable
	}
	if answer.StatusCode >= http.StatusMultipleChoices && answer.StatusCode < http.StatusBadRequest {
		_ = answer.Body.Close()
		return nil, fmt.Errorf("%w: it redirects", errIssuerUnreachable)
	}
	answer.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(answer.Body, maxIssuerBytes), answer.Body}
	return answer, nil
}

// usableEndpoint takes https, and http where the issuer itself is at a loopback address.
func usableEndpoint(endpoint, issuer string) bool {
	e, err := url.Parse(endpoint)
	i, issuerErr := url.Parse(issuer)
	if err != nil || issuerErr != nil || e.Host == "" || e.User != nil {
		return false
	}
	return e.Scheme == "https" || e.Scheme == "http" && i.Scheme == "http" && isLoopback(e.Hostname())
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}
