package auth

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/crypto/bcrypt"
)

const (
	maxUserBytes     = 64
	maxPasswordBytes = 72 // bcrypt ignores what follows, so a longer one is refused
	maxHtpasswdBytes = 1 << 20
)

// bcryptHash is what nginx can check too: $2a$, $2b$ or $2y$, cost 10 to 14. $2x$ marks hashes of a broken library.
var bcryptHash = regexp.MustCompile(`^\$2[aby]\$(1[0-4])\$[./A-Za-z0-9]{53}$`)

// Htpasswd holds the users of a password file and their bcrypt hashes. It never changes.
type Htpasswd struct {
	hashes map[string][]byte
	dummy  []byte // compared for unknown users, at the highest cost of the file
	mixed  bool
}

// MixedCosts reports whether hashes of several costs are in the file: then the time of a refusal tells which users are there, and the operator
// should make them anew.
func (h *Htpasswd) MixedCosts() bool { return h.mixed }

// ReadHtpasswd reads lines of user:hash, the very file that nginx takes. Empty lines and lines that begin with # are
// skipped, a comment after a second colon is ignored. Any other line, a user given twice, or no user at all refuses the
// whole file. The error names the number of the line, never its content.
func ReadHtpasswd(r io.Reader) (*Htpasswd, error) {
	h := &Htpasswd{hashes: map[string][]byte{}}
	source := &io.LimitedReader{R: r, N: maxHtpasswdBytes}
	lines := bufio.NewScanner(source)
	number, highest := 0, 0
	for lines.Scan() {
		number++
		line := strings.TrimSuffix(lines.Text(), "\r")
		if strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#") {
			continue
		}
		cost, err := h.add(line)
		if err != nil {
			return nil, fmt.Errorf("htpasswd: line %d: %w", number, err)
		}
		h.mixed = h.mixed || highest != 0 && cost != highest
		highest = max(highest, cost)
	}
	switch {
	case lines.Err() != nil:
		return nil, fmt.Errorf("htpasswd: line %d cannot be read", number+1)
	case source.N == 0:
		return nil, fmt.Errorf("htpasswd: larger than %d bytes", maxHtpasswdBytes)
	case len(h.hashes) == 0:
		return nil, errors.New("htpasswd: no user in the file")
	}
	h.dummy = fmt.Appendf(nil, "$2a$%02d$%s", highest, strings.Repeat(".", 53))
	return h, nil
}

// add takes one line and returns the cost of its hash.
func (h *Htpasswd) add(line string) (int, error) {
	user, rest, found := strings.Cut(line, ":")
	if !found || !validUser(user) {
		return 0, errors.New("not of the form user:hash")
	}
	if _, twice := h.hashes[user]; twice {
		return 0, errors.New("the user is given twice")
	}
	hash, _, _ := strings.Cut(rest, ":")
	cost := bcryptHash.FindStringSubmatch(hash)
	if cost == nil {
		return 0, errors.New("not a bcrypt hash ($2a$, $2b$ or $2y$) of cost 10 to 14")
	}
	h.hashes[user] = []byte(hash)
	return strconv.Atoi(cost[1])
}

// has reports whether the file names the user.
func (h *Htpasswd) has(user string) bool {
	_, known := h.hashes[user]
	return known
}

// Match reports whether the password is the user's. It takes as long for an unknown user.
func (h *Htpasswd) Match(user, password string) bool {
	if len(password) > maxPasswordBytes || strings.ContainsRune(password, 0) {
		return false
	}
	hash, known := h.hashes[user]
	if !known {
		hash = h.dummy
	}
	return bcrypt.CompareHashAndPassword(hash, []byte(password)) == nil && known
}

// validUser takes printable names without a colon or outer blanks, as HTTP Basic and a header can carry them.
func validUser(name string) bool {
	odd := func(c rune) bool { return !unicode.IsPrint(c) || c == ':' || c == unicode.ReplacementChar }
	return name != "" && len(name) <= maxUserBytes && strings.TrimSpace(name) == name && !strings.ContainsFunc(name, odd)
}
