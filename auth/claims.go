package auth

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"parlor/tenants"
)

// fields is a JSON object of scalars, as read by strictFields: strings and numbers, by exact name.
type fields map[string]any

// Why a JSON object of a token is not taken. They are the reasons that the log gets.
var (
	errEncoding  = errors.New("encoding")
	errDuplicate = errors.New("dup")
	errUnknown   = errors.New("unknown")
	errScalar    = errors.New("scalar")
)

// strictFields reads an object that holds only the names given, each at most once, each a string or a number. An
// unknown name is refused, for it may narrow what a token may do; so is a known one in another case, since readers
// that fold case disagree on which of the two counts.
func strictFields(data []byte, known []string) (fields, error) {
	if !utf8.Valid(data) {
		return nil, errEncoding
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, errEncoding
	}
	f := make(fields, len(known))
	for dec.More() {
		if err := f.readOne(dec, known); err != nil {
			return nil, err
		}
	}
	if _, err := dec.Token(); err != nil { // the closing brace
		return nil, errEncoding
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errEncoding
	}
	return f, nil
}

func (f fields) readOne(dec *json.Decoder, known []string) error {
	t, err := dec.Token()
	if err != nil {
		return errEncoding
	}
	name, _ := t.(string) // the decoder gives nothing else here
	if _, twice := f[name]; twice {
		return errDuplicate
	}
	if !slices.Contains(known, name) {
		if slices.ContainsFunc(known, func(k string) bool { return strings.EqualFold(k, name) }) {
			return errDuplicate
		}
		return errUnknown
	}
	value, err := dec.Token()
	if err != nil {
		return errEncoding
	}
	switch value.(type) {
	case string, json.Number:
		f[name] = value
		return nil
	}
	return errScalar
}

// text returns a string, or "" when it is absent or no string.
func (f fields) text(name string) string {
	s, _ := f[name].(string)
	return s
}

// whole returns a number written as digits alone; a fraction, an exponent or a string is not one.
func (f fields) whole(name string) (int64, bool) {
	n, _ := f[name].(json.Number)
	v, err := strconv.ParseInt(string(n), 10, 64)
	return v, err == nil
}

// moment returns a time given in whole seconds, between 2001 and 2286: ten digits.
func (f fields) moment(name string) (time.Time, bool) {
	v, ok := f.whole(name)
	return time.Unix(v, 0), ok && v >= 1_000_000_000 && v <= 9_999_999_999
}

// The names that a token may hold.
var (
	headerNames = []string{"alg", "typ", "kid"}
	claimNames  = []string{
		"iss", "aud", "sub", "account_id", "type", "sid", "jti", "iat", "nbf", "exp", "auth_time", "idp", "role", "mv",
		"staff_role",
	}
)

// claims is the payload of a token, its form checked.
type claims struct {
	typ       TokenType
	principal tenants.Principal
	authTime  time.Time
	issuedAt  time.Time
	notBefore time.Time
	expiresAt time.Time
}

// readClaims checks the form of every claim. The error's text is the name of the claim at fault, for the log.
func readClaims(payload []byte, issuer string) (claims, error) {
	f, err := strictFields(payload, claimNames)
	if err != nil {
		return claims{}, err
	}
	c := claims{typ: TokenType(f.text("type"))}
	for _, read := range []func(fields, *claims) string{readPerson, readTimes, readPowers} {
		if wrong := read(f, &c); wrong != "" {
			return claims{}, errors.New(wrong)
		}
	}
	switch {
	case f.text("iss") != issuer:
		return claims{}, errors.New("iss")
	case f.text("aud") != issuer:
		return claims{}, errors.New("aud")
	case c.typ == "":
		return claims{}, errors.New("type")
	}
	return c, nil
}

// readPerson reads who signed in, how and by which session. It returns the name of the claim at fault.
func readPerson(f fields, c *claims) string {
	var err error
	if c.principal.UserID, err = tenants.ParseUserID(f.text("sub")); err != nil {
		return "sub"
	}
	if c.principal.SessionID, err = tenants.ParseSessionID(f.text("sid")); err != nil {
		return "sid"
	}
	if n := len(f.text("jti")); n < 16 || n > 64 {
		return "jti"
	}
	if c.principal.Provider = f.text("idp"); !providerID.MatchString(c.principal.Provider) {
		return "idp"
	}
	return ""
}

func readTimes(f fields, c *claims) string {
	var ok [4]bool
	c.issuedAt, ok[0] = f.moment("iat")
	c.notBefore, ok[1] = f.moment("nbf")
	c.expiresAt, ok[2] = f.moment("exp")
	c.authTime, ok[3] = f.moment("auth_time")
	if i := slices.Index(ok[:], false); i >= 0 {
		return [...]string{"iat", "nbf", "exp", "auth_time"}[i]
	}
	return ""
}

// readPowers reads account and roles. A token of a type that is not ours is refused for its type alone, later.
func readPowers(f fields, c *claims) string {
	p := &c.principal
	_, hasStaff := f["staff_role"]
	if p.StaffRole = tenants.StaffRole(f.text("staff_role")); hasStaff && !p.StaffRole.Valid() {
		return "staff_role"
	}
	_, hasAccount := f["account_id"]
	_, hasRole := f["role"]
	_, hasVersion := f["mv"]
	switch c.typ {
	case TypeStaff:
		if hasAccount || hasRole || hasVersion || !hasStaff {
			return "account_id"
		}
		return ""
	case TypeUI:
	default:
		return ""
	}
	var err error
	if p.AccountID, err = tenants.ParseAccountID(f.text("account_id")); err != nil {
		return "account_id"
	}
	if p.Role = tenants.Role(f.text("role")); !p.Role.Valid() {
		return "role"
	}
	if p.Version, hasVersion = f.whole("mv"); !hasVersion || p.Version < 1 {
		return "mv"
	}
	return ""
}
