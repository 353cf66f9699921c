package auth_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"parlor/auth"
	"parlor/tenants"
)

// hostile is one forged token; row is that of the threat table.
type hostile struct {
	row  int
	name string
	raw  string
}

// forger builds hostile tokens out of a good one.
type forger struct {
	mint    *mint
	h, c    map[string]any
	list    []hostile
	outside string // an address that must never be called
}

func (f *forger) add(row int, name, raw string) { f.list = append(f.list, hostile{row, name, raw}) }

func (f *forger) header(row int, name string, changes map[string]any) {
	f.add(row, name, sign(f.mint.key, toJSON(with(f.h, changes)), toJSON(f.c)))
}

func (f *forger) claim(row int, name string, changes map[string]any) {
	f.add(row, name, sign(f.mint.key, toJSON(f.h), toJSON(with(f.c, changes))))
}

func (f *forger) payload(row int, name, payload string) {
	f.add(row, name, sign(f.mint.key, toJSON(f.h), []byte(payload)))
}

// reasons are what the tokens of a row are refused for: a forgery that fails for another reason than its own shows nothing.
var reasons = map[int][]string{
	1:  {"alg", "encoding", "scalar"},
	2:  {"alg", "signature"},
	3:  {"kid", "signature", "scalar", "len"},
	4:  {"header", "typ", "scalar"},
	5:  {"exp", "iat", "nbf", "auth_time", "scalar"},
	6:  {"iss", "aud", "type", "sid", "sub", "account_id", "jti", "idp", "role", "mv", "staff_role", "act", "scalar", "unknown", "encoding"},
	7:  {"type", "account_id", "encoding"},
	8:  {"len", "unknown", "scalar"},
	9:  {"dup", "act"},
	10: {"encoding", "signature"},
	11: {"iat", "nbf", "auth_time", "exp"},
	12: {"signature"},
}

// TestHostileTokens accepts none of the forged tokens, rows 1 to 11, and the good one beside them.
func TestHostileTokens(t *testing.T) {
	t.Parallel()
	m := newMint(t)
	outside, calls := silentListener(t)
	h, c := m.good(t)
	f := &forger{mint: m, h: h, c: c, outside: outside}
	f.algorithms(t)
	f.keys()
	f.headers()
	f.expiry()
	f.claims()
	f.purposes()
	f.sizes()
	f.duplicates()
	f.encodings()
	f.clocks()

	if _, err := m.Verify(sign(m.key, toJSON(h), toJSON(c)), auth.TypeUI); err != nil {
		t.Fatalf("the good token: %v", err)
	}
	rows := map[int]int{}
	for _, x := range f.list {
		rows[x.row]++
		t.Run(fmt.Sprintf("row %d %s", x.row, x.name), func(t *testing.T) {
			v, err := m.Verify(x.raw, auth.TypeUI)
			if err == nil {
				t.Fatalf("accepted: %+v", v)
			}
			if auth.RefusalOf(err) == nil || !slices.Contains(reasons[x.row], auth.ReasonOf(err)) {
				t.Errorf("%v: refused for %q, want one of %q", err, auth.ReasonOf(err), reasons[x.row])
			}
			if strings.Contains(err.Error(), ".") && strings.Contains(err.Error(), "ey") {
				t.Errorf("the error repeats the token: %v", err)
			}
		})
	}
	for row := 1; row <= 11; row++ {
		if rows[row] == 0 {
			t.Errorf("row %d has no case", row)
		}
	}
	if len(f.list) < 60 {
		t.Errorf("%d hostile tokens, want at least 60", len(f.list))
	}
	if n := calls.Load(); n != 0 {
		t.Errorf("%d connections were made on behalf of a token", n)
	}
	t.Logf("%d hostile tokens, by row %v", len(f.list), rows)
}

func silentListener(t *testing.T) (string, *atomic.Int64) {
	t.Helper()
	var calls atomic.Int64
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ConnState = func(net.Conn, http.ConnState) { calls.Add(1) }
	server.Start()
	t.Cleanup(server.Close)
	return server.URL, &calls
}

func (f *forger) algorithms(t *testing.T) {
	t.Helper()
	for _, none := range []string{"none", "None", "NONE", "nOnE", ""} {
		header, payload := toJSON(with(f.h, map[string]any{"alg": none})), toJSON(f.c)
		kept := sign(f.mint.key, header, payload)
		f.add(1, fmt.Sprintf("alg %q, kept signature", none), kept)
		f.add(1, fmt.Sprintf("alg %q, empty signature", none), kept[:strings.LastIndexByte(kept, '.')+1])
	}
	f.header(1, "alg missing", map[string]any{"alg": nil})
	f.header(1, "alg null", map[string]any{"alg": []any{nil}[0]})
	f.header(1, "alg a list", map[string]any{"alg": []string{"HS256"}})
	f.header(1, "alg in lower case", map[string]any{"alg": "hs256"})
	payload := toJSON(f.c)
	f.add(2, "HS384", signWith(sha512.New384, f.mint.key, toJSON(with(f.h, map[string]any{"alg": "HS384"})), payload))
	f.add(2, "HS512", signWith(sha512.New, f.mint.key, toJSON(with(f.h, map[string]any{"alg": "HS512"})), payload))
	f.add(2, "HS512 called HS256", signWith(sha512.New, f.mint.key, toJSON(f.h), payload))
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(&rsaKey.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	asPEM := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})
	rs := toJSON(with(f.h, map[string]any{"alg": "RS256"}))
	f.add(2, "RS256 header, HMAC by our key", sign(f.mint.key, rs, payload))
	f.add(2, "RS256 header, HMAC by a public key", sign(asPEM, rs, payload))
	f.add(2, "HMAC by a public key", sign(asPEM, toJSON(f.h), payload))
	signed := base64.RawURLEncoding.EncodeToString(rs) + "." + base64.RawURLEncoding.EncodeToString(payload)
	digest := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(rand.Reader, rsaKey, crypto.SHA256, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	f.add(2, "RS256 for real", signed+"."+base64.RawURLEncoding.EncodeToString(signature))
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	es := base64.RawURLEncoding.EncodeToString(toJSON(with(f.h, map[string]any{"alg": "ES256"}))) + "." + base64.RawURLEncoding.EncodeToString(payload)
	digest = sha256.Sum256([]byte(es))
	r, s, err := ecdsa.Sign(rand.Reader, ecKey, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	f.add(2, "ES256 for real", es+"."+base64.RawURLEncoding.EncodeToString(append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)))
}

func (f *forger) keys() {
	kids := map[string]any{
		"missing": nil, "unknown": "k2", "empty": "", "path": "../../dev/null", "absolute path": "/dev/null",
		"SQL": "k1' or '1'='1", "number": 1, "10 kB": strings.Repeat("k", 10_000), "upper case": "K1", "blank": "k1 ",
		"newline": "k1\n", "list": []string{"k1"}, "object": map[string]any{"kid": "k1"}, "33 characters": strings.Repeat("k", 33),
	}
	for name, kid := range kids {
		f.header(3, "kid "+name, map[string]any{"kid": kid})
	}
	f.add(3, "kid of a key past verify_until", sign(f.mint.other, toJSON(with(f.h, map[string]any{"kid": "old"})), toJSON(f.c)))
	f.header(3, "kid of another key", map[string]any{"kid": "old"})
	f.header(3, "kid of a key that is not yet used", map[string]any{"kid": "next"})
	for name, key := range map[string][]byte{
		"empty key": {}, "guessed key": []byte("secret"), "kid as key": []byte("k1"), "key of zeros": make([]byte, 32),
		"key in base64": []byte(base64.StdEncoding.EncodeToString(f.mint.key)), "half the key": f.mint.key[:16],
	} {
		f.add(12, name, sign(key, toJSON(f.h), toJSON(f.c)))
	}
}

func (f *forger) headers() {
	jwk := map[string]any{"kty": "oct", "k": base64.RawURLEncoding.EncodeToString([]byte("attacker's own key of 32 bytes!!"))}
	for name, extra := range map[string]map[string]any{
		"jwk": {"jwk": jwk}, "jku": {"jku": f.outside + "/keys"}, "x5u": {"x5u": f.outside + "/cert"}, "x5c": {"x5c": []string{"MIIB"}},
		"x5t": {"x5t": "abc"}, "crit": {"crit": []string{"exp"}}, "crit empty": {"crit": []string{}}, "b64": {"b64": false},
		"zip": {"zip": "DEF"}, "cty": {"cty": "JWT"}, "unknown name": {"x": "y"}, "exp in the header": {"exp": 1},
		"typ missing": {"typ": nil}, "typ at+jwt": {"typ": "at+jwt"}, "typ lower case": {"typ": "jwt"}, "typ JWE": {"typ": "JWE"},
	} {
		f.header(4, name, extra)
	}
	f.add(4, "jwk that signed it", sign([]byte("attacker's own key of 32 bytes!!"), toJSON(with(f.h, map[string]any{"jwk": jwk})), toJSON(f.c)))
}

func (f *forger) expiry() {
	iat := f.c["iat"].(int64)
	for name, exp := range map[string]any{
		"missing": nil, "a string": strconv.FormatInt(iat+3600, 10), "true": true, "a list": []int64{iat + 3600},
		"a fraction": float64(iat) + 3600.5, "zero": 0, "negative": -1, "10 years": iat + 10*365*86400,
		"24 h and 61 s after iat": iat + 86400 + 61, "in milliseconds": (iat + 3600) * 1000,
	} {
		f.claim(5, "exp "+name, map[string]any{"exp": exp})
	}
	for name, literal := range map[string]string{"null": "null", "1e308": "1e308", "with exponent": "1.8e9", "64 bits over": "18446744073709551616"} {
		payload := string(toJSON(with(f.c, map[string]any{"exp": nil})))
		f.payload(5, "exp "+name, payload[:len(payload)-1]+`,"exp":`+literal+`}`)
	}
	f.claim(5, "iat missing", map[string]any{"iat": nil})
	f.claim(5, "iat a string", map[string]any{"iat": strconv.FormatInt(iat, 10)})
	f.claim(5, "iat long ago, exp near", map[string]any{"iat": iat - 30*86400})
	f.claim(5, "nbf missing", map[string]any{"nbf": nil})
	f.claim(5, "auth_time missing", map[string]any{"auth_time": nil})
	f.claim(5, "expired", map[string]any{"iat": iat - 7200, "nbf": iat - 7200, "exp": iat - 3600})
}

func (f *forger) claims() {
	missing := []string{"iss", "aud", "type", "sid", "sub", "account_id", "jti", "idp", "role", "mv"}
	for _, name := range missing {
		f.claim(6, name+" missing", map[string]any{name: nil})
		f.claim(6, name+" empty", map[string]any{name: ""})
		f.claim(6, name+" a number", map[string]any{name: -7})
		f.claim(6, name+" a list", map[string]any{name: []any{f.c[name]}})
	}
	for name, change := range map[string]map[string]any{
		"iss of another": {"iss": "https://evil.example"}, "iss with a slash": {"iss": issuer + "/"}, "iss in upper case": {"iss": strings.ToUpper(issuer)},
		"aud of another": {"aud": "https://evil.example"}, "sub of zeros": {"sub": "00000000-0000-0000-0000-000000000000"},
		"sub in braces": {"sub": "{" + f.c["sub"].(string) + "}"}, "sub in upper case": {"sub": strings.ToUpper(tenants.NewUserID().String()) + "A"},
		"account_id as URN": {"account_id": "urn:uuid:" + f.c["account_id"].(string)}, "account_id blank": {"account_id": " "},
		"role operator": {"role": "operator"}, "role in upper case": {"role": "OWNER"}, "staff_role unknown": {"staff_role": "root"},
		"mv zero": {"mv": 0}, "mv a string": {"mv": "3"}, "mv a fraction": {"mv": 3.5}, "idp a path": {"idp": "../x"},
		"an unknown claim": {"scope": "all"},
		"jti huge":         {"jti": strings.Repeat("x", 65)},
	} {
		f.claim(6, name, change)
	}
	f.visits()
}

// visits forges what only a visit of support may claim. The good one is in TestVisitToken.
func (f *forger) visits() {
	visit := func(act any) map[string]any {
		return map[string]any{"act": act, "staff_role": "support", "role": nil, "mv": nil}
	}
	good := func(changes map[string]any) map[string]any {
		return with(map[string]any{"sub": f.c["sub"], "grant": tenants.NewGrantID().String(), "mode": "reply"}, changes)
	}
	for name, change := range map[string]map[string]any{
		"act of an owner": {"act": good(nil)}, "act with a role": with(visit(good(nil)), map[string]any{"role": "owner"}),
		"act with mv": with(visit(good(nil)), map[string]any{"mv": 1}), "act of nobody of staff": with(visit(good(nil)), map[string]any{"staff_role": nil}),
		"act a string": visit("x"), "act a number": visit(1), "act null": visit(json.RawMessage("null")), "act a list": visit([]string{"x"}), "act empty": visit(map[string]any{}),
		"act of somebody else": visit(good(map[string]any{"sub": tenants.NewUserID().String()})), "act without sub": visit(good(map[string]any{"sub": nil})),
		"act without grant": visit(good(map[string]any{"grant": nil})), "act with a grant that is none": visit(good(map[string]any{"grant": "*"})),
		"act without mode": visit(good(map[string]any{"mode": nil})), "act with mode admin": visit(good(map[string]any{"mode": "admin"})),
		"act that says more": visit(good(map[string]any{"role": "owner"})), "act within act": visit(good(map[string]any{"sub": map[string]any{"act": 1}})),
		"act of staff without account": with(visit(good(nil)), map[string]any{"type": "staff_session", "account_id": nil}),
	} {
		f.claim(6, name, change)
	}
	base := string(toJSON(with(f.c, map[string]any{"staff_role": "support", "role": nil, "mv": nil})))
	act := string(toJSON(good(nil)))
	for name, extra := range map[string]string{
		"act twice": `"act":` + act + `,"act":` + act, "Act beside act": `"act":` + act + `,"Act":` + act,
		"grant twice":      `"act":` + strings.Replace(act, "{", `{"grant":"`+tenants.NewGrantID().String()+`",`, 1),
		"Mode beside mode": `"act":` + strings.Replace(act, "{", `{"Mode":"read",`, 1),
	} {
		f.payload(9, name, base[:len(base)-1]+","+extra+"}")
	}
}

func (f *forger) purposes() {
	for _, typ := range []string{"staff_session", "api_key", "refresh", "state", "download", "UI_SESSION", "ui_session "} {
		f.claim(7, "type "+typ, map[string]any{"type": typ})
	}
	f.claim(7, "staff session without an account", map[string]any{
		"type": "staff_session", "staff_role": "support", "account_id": nil, "role": nil, "mv": nil,
	})
	f.add(7, "API key", "parlor_abcdefgh_"+strings.Repeat("a", 40)+"_00000000")
	f.add(7, "session cookie", f.c["sid"].(string)+"."+strings.Repeat("A", 64))
}

func (f *forger) sizes() {
	f.claim(8, "64 kB", map[string]any{"jti": strings.Repeat("x", 64<<10)})
	f.add(8, "4097 bytes of nothing", strings.Repeat("a", 4097))
	f.add(8, "10 MB of dots", strings.Repeat(".", 10<<20))
	f.payload(8, "deep JSON", strings.Repeat(`{"a":`, 400)+"1"+strings.Repeat("}", 400))
	f.payload(8, "deep list in a claim", `{"exp":`+strings.Repeat("[", 1000)+strings.Repeat("]", 1000)+`}`)
}

func (f *forger) duplicates() {
	payload := string(toJSON(f.c))
	other := tenants.NewAccountID().String()
	for name, extra := range map[string]string{
		"account_id twice": `"account_id":"` + other + `"`, "ACCOUNT_ID beside account_id": `"ACCOUNT_ID":"` + other + `"`,
		"Account_Id beside it": `"Account_Id":"` + other + `"`, "exp twice": `"exp":1795500000`, "EXP": `"EXP":1795500000`,
		"role twice": `"role":"owner"`, "the same value twice": `"mv":3`, "escaped name": `"\u0073ub":"` + other + `"`,
		"name with a Kelvin sign or long s": `"i` + "\u017f\u017f" + `":"x"`,
	} {
		f.payload(9, name+", last", payload[:len(payload)-1]+","+extra+"}")
		f.payload(9, name+", first", "{"+extra+","+payload[1:])
	}
	header := string(toJSON(f.h))
	for name, extra := range map[string]string{
		"alg twice": `"alg":"none"`, "ALG": `"ALG":"HS256"`, "kid twice": `"kid":"old"`, "Kid": `"Kid":"k1"`,
	} {
		f.add(9, "header "+name, sign(f.mint.key, []byte("{"+extra+","+header[1:]), []byte(payload)))
	}
}

func (f *forger) encodings() {
	header, payload := toJSON(f.h), toJSON(f.c)
	good := sign(f.mint.key, header, payload)
	head, body, tail := splitRaw(good)
	for name, raw := range map[string]string{
		"newline in the signature": head + "." + body + "." + tail[:5] + "\n" + tail[5:], "CR LF in the payload": head + "." + body[:8] + "\r\n" + body[8:] + "." + tail,
		"newline at the end": good + "\n", "blank at the front": " " + good, "padding": good + "=", "two paddings": good + "==",
		"four segments": good + ".x", "two segments": head + "." + body, "one segment": head, "empty header": "." + body + "." + tail,
		"empty payload": head + ".." + tail, "empty signature": head + "." + body + ".", "dots alone": "..", "four dots": "....",
		"NUL at the end": good + "\x00", "Bearer in front": "Bearer " + good, "quoted": `"` + good + `"`, "cut signature": good[:len(good)-1],
		"longer signature": good + "AA", "percent encoding": strings.ReplaceAll(good, ".", "%2e"), "other bits in the last character": good[:len(good)-1] + unusedBits(tail),
	} {
		f.add(10, name, raw)
	}
	// The same in the standard alphabet, re-signed: the MAC holds, the spelling does not.
	odd := append(bytes.Clone(payload[:len(payload)-1]), []byte(`  }`)...)
	odd = append(odd, []byte("\n\n ")...)
	std := base64.RawStdEncoding.EncodeToString([]byte("\xfb\xff\xfe")) + base64.RawStdEncoding.EncodeToString(odd)
	signed := base64.RawURLEncoding.EncodeToString(header) + "." + std
	f.add(10, "standard alphabet", signed+"."+base64.RawURLEncoding.EncodeToString(mac(sha256.New, f.mint.key, signed)))
	padded := base64.URLEncoding.EncodeToString(header) + "." + base64.URLEncoding.EncodeToString(append(payload, ' ')) + "="
	f.add(10, "padding, signed", padded+"."+base64.RawURLEncoding.EncodeToString(mac(sha256.New, f.mint.key, padded)))
	lines := head + ".\n" + body
	f.add(10, "newline, signed", lines+"."+base64.RawURLEncoding.EncodeToString(mac(sha256.New, f.mint.key, lines)))
	for name, p := range map[string]string{
		"no JSON": "hello", "null": "null", "a list": "[]", "empty": "", "a string": `"x"`, "two objects": string(payload) + "{}",
		"invalid UTF-8": strings.Replace(string(payload), "instagram", "inst\xffagram", 1), "byte order mark": "\ufeff" + string(payload),
		"cut": string(payload[:len(payload)-1]), "comment": "/**/" + string(payload), "trailing comma": string(payload[:len(payload)-1]) + ",}",
	} {
		f.payload(10, "payload "+name, p)
	}
}

// unusedBits spells the last character of a segment differently without changing the bytes that it stands for.
func unusedBits(segment string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return string(alphabet[strings.IndexByte(alphabet, segment[len(segment)-1])^1])
}

func (f *forger) clocks() {
	now := f.mint.clock.at.Unix()
	f.claim(11, "iat 61 s ahead", map[string]any{"iat": now + 61})
	f.claim(11, "nbf 61 s ahead", map[string]any{"nbf": now + 61})
	f.claim(11, "auth_time 61 s ahead", map[string]any{"auth_time": now + 61})
	f.claim(11, "exp 61 s ago", map[string]any{"iat": now - 3600, "nbf": now - 3600, "exp": now - 61})
	f.claim(11, "exp before iat", map[string]any{"exp": now - 1})
}

// TestClockLeeway forgives 59 seconds in both directions and not 61; the other half is among the hostile tokens.
func TestClockLeeway(t *testing.T) {
	t.Parallel()
	m := newMint(t)
	h, c := m.good(t)
	now := m.clock.at.Unix()
	for name, change := range map[string]map[string]any{
		"iat 59 s ahead":       {"iat": now + 59, "exp": now + 7200},
		"nbf 59 s ahead":       {"nbf": now + 59},
		"exp 59 s ago":         {"iat": now - 3600, "nbf": now - 3600, "exp": now - 59},
		"24 h 59 s after iat":  {"exp": now + 86400 + 59},
		"auth_time 59 s ahead": {"auth_time": now + 59},
	} {
		if _, err := m.Verify(sign(m.key, toJSON(h), toJSON(with(c, change))), auth.TypeUI); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	issued, err := m.Issue(auth.Subject{Principal: owner(), AuthTime: m.clock.at, NotAfter: m.clock.at.Add(48 * time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	for after, want := range map[time.Duration]error{59 * time.Second: nil, 61 * time.Second: auth.ErrSessionExpired} {
		m.clock.at = issued.ExpiresAt.Add(after)
		if _, err := m.Verify(issued.Token, auth.TypeUI); !errors.Is(err, want) {
			t.Errorf("%s after the end: %v, want %v", after, err, want)
		}
	}
}

// TestLongTokenCostsNothing refuses by length before anything is decoded.
func TestLongTokenCostsNothing(t *testing.T) {
	m := newMint(t)
	raw := strings.Repeat("a.", 5<<20)
	allocs := testing.AllocsPerRun(100, func() { _, _ = m.Verify(raw, auth.TypeUI) })
	if allocs > 3 {
		t.Errorf("%.0f allocations for 10 MB", allocs)
	}
}
