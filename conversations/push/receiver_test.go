package push_test

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"parlor/conversations/push"
)

// service is a push service: it takes pushes over TLS and keeps them as they came.
type service struct {
	*httptest.Server
	mu     sync.Mutex
	status int
	came   []delivered
}

// delivered is one request, as the push service sees it.
type delivered struct {
	path   string
	header http.Header
	body   []byte
}

func newService(t *testing.T) *service {
	t.Helper()
	s := &service{status: http.StatusCreated}
	s.Server = httptest.NewTLSServer(http.HandlerFunc(s.take))
	t.Cleanup(s.Close)
	return s
}

func (s *service) take(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil || r.Method != http.MethodPost {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.came = append(s.came, delivered{path: r.URL.Path, header: r.Header.Clone(), body: body})
	w.Header().Set("Location", "https://127.0.0.1/secret")
	w.WriteHeader(s.status)
}

// answer sets what it answers from now on.
func (s *service) answer(status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status = status
}

// taken returns what has come since it was asked last.
func (s *service) taken() []delivered {
	s.mu.Lock()
	defer s.mu.Unlock()
	came := s.came
	s.came = nil
	slices.SortFunc(came, func(a, b delivered) int { return strings.Compare(a.path, b.path) })
	return came
}

// transport leads every name to the service, whose certificate is for example.com.
func (s *service) transport(t *testing.T) http.RoundTripper {
	t.Helper()
	base, ok := s.Client().Transport.(*http.Transport)
	if !ok {
		t.Fatal("not a transport")
	}
	own := base.Clone()
	own.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", s.Listener.Addr().String())
	}
	return own
}

// browser is one device: its keys never leave it.
type browser struct {
	path    string
	private *ecdh.PrivateKey
	secret  []byte
}

func newBrowser(t *testing.T, name string) *browser {
	t.Helper()
	private, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	secret := make([]byte, 16)
	_, _ = rand.Read(secret)
	return &browser{path: "/push/" + name, private: private, secret: secret}
}

// subscription is what its page would send.
func (b *browser) subscription() push.Subscription {
	return push.Subscription{
		Endpoint: "https://example.com" + b.path,
		P256DH:   base64.RawURLEncoding.EncodeToString(b.private.PublicKey().Bytes()),
		Auth:     base64.RawURLEncoding.EncodeToString(b.secret),
	}
}

// read decrypts a push as RFC 8291, section 3.4, and RFC 8188 say.
func (b *browser) read(body []byte) (string, error) {
	if len(body) < 21 || len(body) < 21+int(body[20]) {
		return "", errors.New("no header")
	}
	salt, size, id := body[:16], binary.BigEndian.Uint32(body[16:20]), body[21:21+int(body[20])]
	sealed := body[21+len(id):]
	if int(size) < len(sealed) {
		return "", errors.New("more than one record")
	}
	theirs, err := ecdh.P256().NewPublicKey(id)
	if err != nil {
		return "", err
	}
	shared, err := b.private.ECDH(theirs)
	if err != nil {
		return "", err
	}
	info := slices.Concat([]byte("WebPush: info\x00"), b.private.PublicKey().Bytes(), id)
	ikm, err := hkdf.Key(sha256.New, shared, b.secret, string(info), 32)
	if err != nil {
		return "", err
	}
	key, err := hkdf.Key(sha256.New, ikm, salt, "Content-Encoding: aes128gcm\x00", 16)
	if err != nil {
		return "", err
	}
	nonce, err := hkdf.Key(sha256.New, ikm, salt, "Content-Encoding: nonce\x00", 12)
	if err != nil {
		return "", err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return "", err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return "", err
	}
	text, err := aead.Open(nil, nonce, sealed, nil)
	if err != nil {
		return "", err
	}
	text = []byte(strings.TrimRight(string(text), "\x00"))
	if len(text) == 0 || text[len(text)-1] != 2 {
		return "", errors.New("no delimiter of the last record")
	}
	return string(text[:len(text)-1]), nil
}

// signedBy checks the Authorization header as RFC 8292 says, against the key that browsers subscribe to.
func signedBy(t *testing.T, publicKey, header string) jwt.MapClaims {
	t.Helper()
	rest, found := strings.CutPrefix(header, "vapid t=")
	token, key, both := strings.Cut(rest, ", k=")
	if !found || !both || key != publicKey {
		t.Fatalf("Authorization %q", header)
	}
	point, err := base64.RawURLEncoding.DecodeString(key)
	if err != nil {
		t.Fatal(err)
	}
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		t.Fatal(err)
	}
	claims := jwt.MapClaims{}
	if _, err := jwt.ParseWithClaims(token, claims, func(*jwt.Token) (any, error) { return public, nil }, jwt.WithValidMethods([]string{"ES256"}), jwt.WithExpirationRequired()); err != nil {
		t.Fatal(err)
	}
	if until, err := claims.GetExpirationTime(); err != nil || time.Until(until.Time) > 24*time.Hour {
		t.Errorf("the signature is good until %v", until)
	}
	return claims
}
