package auth

import (
	"errors"
	"slices"
	"time"

	"parlor/tenants"
)

// The names that a token may hold.
var (
	headerNames = []string{"alg", "typ", "kid"}
	claimNames  = []string{
		"iss", "aud", "sub", "account_id", "type", "sid", "jti", "iat", "nbf", "exp", "auth_time", "idp", "role", "mv",
		"staff_role", "act",
	}
	actNames = []string{"sub", "grant", "mode"}
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
	hasStaff := f.has("staff_role")
	if p.StaffRole = tenants.StaffRole(f.text("staff_role")); hasStaff && !p.StaffRole.Valid() {
		return "staff_role"
	}
	switch c.typ {
	case TypeStaff:
		if f.has("account_id") || f.has("role") || f.has("mv") || f.has("act") || !hasStaff {
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
	if f.has("act") {
		return readVisit(f, c)
	}
	return readPlace(f, p)
}

// readPlace reads the membership.
func readPlace(f fields, p *tenants.Principal) string {
	var whole bool
	if p.Role = tenants.Role(f.text("role")); !p.Role.Valid() {
		return "role"
	}
	if p.Version, whole = f.whole("mv"); !whole || p.Version < 1 {
		return "mv"
	}
	return ""
}

// readVisit reads a visit of support: staff without a membership, who act as nobody but themselves.
func readVisit(f fields, c *claims) string {
	raw, _ := f.object("act")
	act, err := strictFields(raw, actNames)
	if err != nil || f.has("role") || f.has("mv") || !f.has("staff_role") || act.text("sub") != c.principal.UserID.String() {
		return "act"
	}
	id, err := tenants.ParseGrantID(act.text("grant"))
	mode := tenants.SupportMode(act.text("mode"))
	if err != nil || !mode.Valid() {
		return "act"
	}
	c.principal.Grant = &tenants.SupportGrant{ID: id, Mode: mode, ExpiresAt: c.expiresAt}
	return ""
}
