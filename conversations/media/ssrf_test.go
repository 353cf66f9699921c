package media_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"parlor/conversations/media"
)

// authority is a certificate authority that the fetcher of a test believes, and a certificate of its for Instagram's names.
func authority(t *testing.T) (server *tls.Config, client *tls.Config) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{"*.fbcdn.net", "evil.example"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv4(127, 0, 0, 2), net.IPv6loopback},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(cert)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, &tls.Config{RootCAs: roots}
}

// counted is a listener that counts who connects.
type counted struct {
	net.Listener
	connections atomic.Int64
}

func (c *counted) Accept() (net.Conn, error) {
	conn, err := c.Listener.Accept()
	if err == nil {
		c.connections.Add(1)
	}
	return conn, err
}

// listenTLS serves h at an address, with a certificate that the fetcher believes.
func listenTLS(t *testing.T, address string, config *tls.Config, h http.Handler) *counted {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Skipf("this machine cannot listen at %s: %v", address, err)
	}
	c := &counted{Listener: l}
	server := &http.Server{Handler: h, ReadHeaderTimeout: time.Second} //nolint:exhaustruct // a test's
	go func() { _ = server.Serve(tls.NewListener(c, config)) }()
	t.Cleanup(func() { _ = server.Close() })
	return c
}

func portOf(l net.Listener) string {
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// names is a DNS server: each question is answered by a function that is told how often the name was asked for.
type names struct {
	conn   net.PacketConn
	answer func(name string, n int) []string
	mu     sync.Mutex
	asked  map[string]int // questions for A records
}

func serveNames(t *testing.T, answer func(name string, n int) []string) *names {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := &names{conn: conn, answer: answer, asked: map[string]int{}}
	var done sync.WaitGroup
	done.Go(n.serve)
	t.Cleanup(func() { _ = conn.Close(); done.Wait() })
	return n
}

func (n *names) resolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", n.conn.LocalAddr().String())
	}}
}

func (n *names) questions(name string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.asked[name]
}

func (n *names) serve() {
	buffer := make([]byte, 1500)
	for {
		size, from, err := n.conn.ReadFrom(buffer)
		if err != nil {
			return
		}
		var m dnsmessage.Message
		if m.Unpack(buffer[:size]) != nil || len(m.Questions) != 1 {
			continue
		}
		m.Additionals = nil // EDNS
		m.Response, m.RecursionAvailable = true, true
		m.Answers = n.records(m.Questions[0])
		if packed, err := m.Pack(); err == nil {
			_, _ = n.conn.WriteTo(packed, from)
		}
	}
}

func (n *names) records(q dnsmessage.Question) (records []dnsmessage.Resource) {
	name := strings.TrimSuffix(q.Name.String(), ".")
	n.mu.Lock()
	defer n.mu.Unlock()
	if q.Type == dnsmessage.TypeA {
		n.asked[name]++
	}
	for _, text := range n.answer(name, max(1, n.asked[name])) {
		a := netip.MustParseAddr(text)
		header := dnsmessage.ResourceHeader{Name: q.Name, Class: dnsmessage.ClassINET}
		switch {
		case q.Type == dnsmessage.TypeA && a.Is4():
			records = append(records, dnsmessage.Resource{Header: header, Body: &dnsmessage.AResource{A: a.As4()}})
		case q.Type == dnsmessage.TypeAAAA && a.Is6():
			records = append(records, dnsmessage.Resource{Header: header, Body: &dnsmessage.AAAAResource{AAAA: a.As16()}})
		}
	}
	return records
}

func always(addresses ...string) func(string, int) []string {
	return func(string, int) []string { return addresses }
}

// A name of Instagram's that leads inside: no connection arrives. The control fetches the same without the guard, and arrives, so that the
// trap is known to work.
func TestNoNameLeadsInside(t *testing.T) {
	t.Parallel()
	server, client := authority(t)
	secret := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("secret")) })
	trap := listenTLS(t, "[::]:0", server, secret)
	reachable := 0
	addresses := []string{"127.0.0.1", "127.1.2.3", "0.0.0.0", "::1", "::", "::ffff:127.0.0.1"}
	own, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range own {
		if p, err := netip.ParsePrefix(a.String()); err == nil && !media.IsPublic(p.Addr()) && !p.Addr().IsLinkLocalUnicast() {
			addresses = append(addresses, p.Addr().String())
		}
	}
	for _, address := range addresses {
		f := media.Fetching{Resolver: serveNames(t, always(address)).resolver(), Port: portOf(trap), Roots: client}
		before := trap.connections.Load()
		if data, _, err := f.Get(t.Context(), "https://a.fbcdn.net/x", nil); !errors.Is(err, media.ErrRefused) {
			t.Errorf("%s: %q, %v", address, data, err)
		}
		if arrived := trap.connections.Load() - before; arrived != 0 {
			t.Errorf("%s: %d connections arrived", address, arrived)
		}
		f.MayDial = func(netip.Addr) bool { return true }
		if data, _, err := f.Get(t.Context(), "https://a.fbcdn.net/x", nil); err == nil && string(data) == "secret" {
			reachable++
		}
	}
	if reachable < 4 {
		t.Errorf("without the guard only %d of %d addresses lead to the trap: it proves nothing", reachable, len(addresses))
	}
}

// oneServer lets the fetcher take 127.0.0.1 for the internet; everything else is still inside.
func oneServer(a netip.Addr) bool { return a == netip.MustParseAddr("127.0.0.1") }

// Names that change their mind between questions. There is one question per connection, and what is dialled is what was checked.
func TestANameThatChangesItsMind(t *testing.T) {
	t.Parallel()
	server, client := authority(t)
	good := listenTLS(t, "127.0.0.1:0", server, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("picture")) }))
	trap := listenTLS(t, "127.0.0.2:"+portOf(good), server, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("secret")) }))
	for name, tc := range map[string]struct {
		answer func(string, int) []string
		want   []bool // whether the fetches in their order succeed
	}{
		"first outside, then inside": {func(_ string, n int) []string {
			if n == 1 {
				return []string{"127.0.0.1"}
			}
			return []string{"127.0.0.2"}
		}, []bool{true, false, false}},
		"first inside, then outside": {func(_ string, n int) []string {
			if n == 1 {
				return []string{"127.0.0.2"}
			}
			return []string{"127.0.0.1"}
		}, []bool{false, true, true}},
		"in turn":                    {func(_ string, n int) []string { return []string{[]string{"127.0.0.1", "127.0.0.2"}[n%2]} }, []bool{false, true, false, true}},
		"both at once, inside first": {always("127.0.0.2", "127.0.0.1"), []bool{true, true}},
		"both at once":               {always("127.0.0.1", "127.0.0.2"), []bool{true, true}},
		"inside by IPv6 as well":     {always("::1", "127.0.0.2"), []bool{false}},
	} {
		dns := serveNames(t, tc.answer)
		f := media.Fetching{Resolver: dns.resolver(), Port: portOf(good), Roots: client, MayDial: oneServer}
		for i, want := range tc.want {
			data, _, err := f.Get(t.Context(), "https://a.fbcdn.net/x", nil)
			if want && string(data) != "picture" || !want && !errors.Is(err, media.ErrRefused) {
				t.Errorf("%s, fetch %d: %q, %v", name, i, data, err)
			}
			if asked := dns.questions("a.fbcdn.net"); asked != i+1 {
				t.Errorf("%s: %d questions for %d fetches", name, asked, i+1)
			}
		}
	}
	if n := trap.connections.Load(); n != 0 {
		t.Errorf("%d connections arrived inside", n)
	}
}

func TestRedirectsAreCheckedLikeTheFirstAddress(t *testing.T) {
	t.Parallel()
	server, client := authority(t)
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("secret")) }))
	t.Cleanup(plain.Close)
	var hops atomic.Int64
	good := listenTLS(t, "127.0.0.1:0", server, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hops.Add(1)
		if r.Header.Get("Referer") != "" || r.Header.Get("Cookie") != "" || r.Header.Get("Authorization") != "" {
			t.Errorf("headers were sent along: %v", r.Header)
		}
		w.Header().Set("Set-Cookie", "a=b")
		to := r.URL.Query().Get("to")
		if left, err := strconv.Atoi(r.URL.Query().Get("hops")); err == nil && left > 0 {
			to = fmt.Sprintf("/?hops=%d", left-1)
		}
		if to != "" {
			w.Header().Set("Location", to)
			w.WriteHeader(http.StatusFound)
			return
		}
		_, _ = w.Write([]byte("picture"))
	}))
	trap := listenTLS(t, "127.0.0.2:"+portOf(good), server, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("secret")) }))
	dns := serveNames(t, func(name string, _ int) []string {
		if name == "inside.fbcdn.net" {
			return []string{"127.0.0.2"}
		}
		return []string{"127.0.0.1"}
	})
	f := media.Fetching{Resolver: dns.resolver(), Port: portOf(good), Roots: client, MayDial: oneServer}
	get := func(to string) (string, error) {
		data, _, err := f.Get(t.Context(), "https://a.fbcdn.net/?to="+to, nil)
		return string(data), err
	}
	const again = "%2F%3Fto%3D" // /?to=
	for _, to := range []string{"%2Fx", "https%3A%2F%2Fb.fbcdn.net%2Fx", "%2F%2Fb.fbcdn.net%2Fx", percent(`\\127.0.0.2\x`), again + "%252Fx"} {
		if data, err := get(to); data != "picture" || err != nil {
			t.Errorf("redirect to %s: %q, %v", to, data, err)
		}
	}
	for _, to := range []string{
		"http://a.fbcdn.net/x", plain.URL + "/x", "http://169.254.169.254/latest/meta-data/", "https://169.254.169.254/", "https://127.0.0.2:" + portOf(good) + "/",
		"https://127.0.0.2/", "//127.0.0.2/", "https://inside.fbcdn.net/x", "https://evil.example/", "https://a.fbcdn.net.evil.example/", "https://u:p@a.fbcdn.net/",
		"https://a.fbcdn.net:" + portOf(good) + "/", "https://[::1]/", "https://2130706433/", "https://0x7f000002/", "file:///etc/passwd", "ftp://a.fbcdn.net/", "data:,x",
		"https://a.fbcdn.net./x", "https://a.fbcdn.net/%zz",
	} {
		if data, err := get(percent(to)); !errors.Is(err, media.ErrRefused) || data != "" {
			t.Errorf("redirect to %q: %q, %v", to, data, err)
		}
	}
	if data, _, err := f.Get(t.Context(), "https://a.fbcdn.net/?hops=3", nil); string(data) != "picture" || err != nil {
		t.Errorf("three redirects: %q, %v", data, err)
	}
	hops.Store(0)
	if _, _, err := f.Get(t.Context(), "https://a.fbcdn.net/?hops=10", nil); !errors.Is(err, media.ErrRefused) || hops.Load() != 4 {
		t.Errorf("ten redirects: %v after %d requests, want a refusal after 4", err, hops.Load())
	}
	if n := trap.connections.Load(); n != 0 {
		t.Errorf("%d connections arrived inside", n)
	}
}

// percent escapes every byte.
func percent(s string) string {
	var b bytes.Buffer
	for i := range len(s) {
		fmt.Fprintf(&b, "%%%02X", s[i])
	}
	return b.String()
}

// An extra host is a hole that the operator made. It leads nowhere else.
func TestAnExtraHostLeadsNowhereElse(t *testing.T) {
	t.Parallel()
	var arrived atomic.Int64
	inside := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { arrived.Add(1); _, _ = w.Write([]byte("secret")) }))
	t.Cleanup(inside.Close)
	extra := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/on" {
			http.Redirect(w, r, inside.URL, http.StatusFound)
			return
		}
		_, _ = w.Write([]byte("picture"))
	}))
	t.Cleanup(extra.Close)
	f := media.Fetching{Extra: []string{extra.Listener.Addr().String()}}
	if data, _, err := f.Get(t.Context(), extra.URL+"/x", nil); string(data) != "picture" || err != nil {
		t.Errorf("extra host: %q, %v", data, err)
	}
	if data, _, err := f.Get(t.Context(), extra.URL+"/on", nil); !errors.Is(err, media.ErrRefused) || arrived.Load() != 0 {
		t.Errorf("onwards: %q, %v, %d arrived", data, err, arrived.Load())
	}
}

// A certificate of somebody else's, and no certificate that we know, end before anything is asked.
func TestAServerMustProveItsName(t *testing.T) {
	t.Parallel()
	server, client := authority(t)
	var asked atomic.Int64
	l := listenTLS(t, "127.0.0.1:0", server, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	dns := serveNames(t, always("127.0.0.1")).resolver()
	for name, f := range map[string]media.Fetching{
		"unknown authority": {Resolver: dns, Port: portOf(l), MayDial: oneServer},
		"another name":      {Resolver: dns, Port: portOf(l), MayDial: oneServer, Roots: client},
	} {
		address := "https://a.fbcdn.net/x"
		if name == "another name" {
			address = "https://a.cdninstagram.com/x"
		}
		if _, _, err := f.Get(t.Context(), address, nil); !errors.Is(err, media.ErrUpstream) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if asked.Load() != 0 {
		t.Errorf("%d requests were served", asked.Load())
	}
}

// A proxy of the environment would connect in our place, past the guard. Not parallel: the environment is everybody's.
func TestNoProxyOfTheEnvironment(t *testing.T) {
	var asked atomic.Int64
	proxy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	t.Cleanup(proxy.Close)
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY"} {
		t.Setenv(name, proxy.URL)
	}
	f := media.Fetching{Resolver: serveNames(t, always("127.0.0.1")).resolver()}
	if _, _, err := f.Get(t.Context(), "https://a.fbcdn.net/x", nil); !errors.Is(err, media.ErrRefused) || asked.Load() != 0 {
		t.Errorf("%v, the proxy was asked %d times", err, asked.Load())
	}
}
