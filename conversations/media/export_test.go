package media

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"time"
)

// What the tests of this package look at from outside.
var (
	IsPublic  = isPublic
	Sniff     = sniff
	Sendable  = sendable
	TypeNames = extensions
)

// CheckAddress says what the rules make of an address.
func CheckAddress(address string, extra ...string) error {
	_, err := hostRules{extra: extra}.parse(address)
	return err
}

// Fetching is a fetcher with parts that a test chooses; the zero value is the one of production.
type Fetching struct {
	Resolver   *net.Resolver
	Port       string
	MayDial    func(netip.Addr) bool
	Roots      *tls.Config
	Extra      []string
	MaxBytes   int64
	Idle, Wait time.Duration
}

func (f Fetching) fetcher() *fetcher {
	g := guard{rules: hostRules{extra: f.Extra}, port: "443", mayDial: isPublic, resolver: f.Resolver, roots: f.Roots}
	if f.Port != "" {
		g.port = f.Port
	}
	if f.MayDial != nil {
		g.mayDial = f.MayDial
	}
	if f.MaxBytes == 0 {
		f.MaxBytes = DefaultMaxBytes
	}
	out := fetchThrough(g, f.MaxBytes)
	if f.Idle > 0 {
		out.idle = f.Idle
	}
	if f.Wait > 0 {
		out.wait = f.Wait
	}
	return out
}

// Get fetches all of a file, or of a part, and closes its connections.
func (f Fetching) Get(ctx context.Context, address string, span *Span) (data []byte, offset int64, err error) {
	fetch := f.fetcher()
	defer fetch.http.CloseIdleConnections()
	got, err := fetch.open(ctx, address, span)
	if err != nil {
		return nil, 0, err
	}
	data, err = io.ReadAll(got.body)
	return data, got.offset, errors.Join(err, got.body.Close())
}

// Through makes m fetch in another way.
func (m *Media) Through(f Fetching) { m.fetch = f.fetcher() }
