package tenants

import (
	"errors"
	"strings"

	"gorm.io/gorm/clause"
)

// The kinds of token; any other kind is the punctuation character itself.
const (
	word        rune = 'w' // unquoted, in lower case
	quoted      rune = 'q' // "identifier"
	literal     rune = 's' // 'text' or a number
	placeholder rune = '?'
)

type token struct {
	kind rune
	text string
}

var (
	errOpenQuote = errors.New("open quote")
	errInQuotes  = errors.New("placeholder inside quotes")
	errAdjacent  = errors.New("placeholder touches other text")
	errNoName    = errors.New("@ before what is no name")
	errControl   = errors.New("comment, semicolon, dollar, backslash or backtick")
)

// lexer splits a fragment as PostgreSQL would, as far as that decides where words and parentheses are.
type lexer struct {
	text string
	vars bool
	pos  int
	out  []token
}

func lexFragment(text string, vars bool) ([]token, error) {
	l := lexer{text: text, vars: vars}
	for l.pos < len(text) {
		if err := l.next(); err != nil {
			return nil, err
		}
	}
	return l.out, nil
}

func (l *lexer) next() error {
	c := l.text[l.pos]
	rest := l.text[l.pos:]
	switch {
	case strings.ContainsRune(";$\\`\x00", rune(c)) || strings.HasPrefix(rest, "--") || strings.HasPrefix(rest, "/*"):
		return errControl
	case c == '\'' || c == '"':
		return l.quote(c)
	case c == '?' && l.vars:
		return l.placeholder(l.pos + 1)
	case c == '@' && l.vars:
		return l.named(rest[1 : 1+nameLength(rest[1:])])
	case isDigit(c):
		l.take(literal, isNumber)
	case isWordByte(c):
		l.take(word, isWordByte)
	case strings.IndexByte(" \t\r\n\f\v", c) >= 0:
		l.pos++
	default:
		l.out = append(l.out, token{kind: rune(c)})
		l.pos++
	}
	return nil
}

// take consumes the longest run of bytes that belong.
func (l *lexer) take(kind rune, belongs func(byte) bool) {
	start := l.pos
	for l.pos < len(l.text) && belongs(l.text[l.pos]) {
		l.pos++
	}
	l.out = append(l.out, token{kind, strings.ToLower(l.text[start:l.pos])})
}

// quote consumes '…' or "…". A letter or & right before the quote (E”, U&"") would change its meaning.
func (l *lexer) quote(q byte) error {
	if l.pos > 0 && (isWordByte(l.text[l.pos-1]) || l.text[l.pos-1] == '&') {
		return errControl
	}
	length := strings.IndexByte(l.text[l.pos+1:], q)
	if length < 0 {
		return errOpenQuote
	}
	body := l.text[l.pos+1 : l.pos+1+length]
	if l.vars && strings.ContainsAny(body, "?@") {
		return errInQuotes
	}
	if strings.ContainsAny(body, "\\\x00$") {
		return errControl
	}
	kind := literal
	if q == '"' {
		kind = quoted
	}
	l.out = append(l.out, token{kind, body})
	l.pos += length + 2
	return nil
}

// placeholder consumes up to end. What is filled in must not grow together with its neighbours: `-?` filled with an
// expression that starts with a minus would be a comment, `se?` filled with "lect" a word.
func (l *lexer) placeholder(end int) error {
	if l.pos > 0 && fuses(l.text[l.pos-1]) || end < len(l.text) && fuses(l.text[end]) {
		return errAdjacent
	}
	l.out = append(l.out, token{kind: placeholder})
	l.pos = end
	return nil
}

// named consumes an @name, or the @ of an operator such as @>. GORM writes a name that it does not know, or any in a text without named
// arguments, as it stands, and it sees the name end later than PostgreSQL does: what follows a tab would not be read here at all.
func (l *lexer) named(name string) error {
	switch {
	case plainIdentifier(name):
		return l.placeholder(l.pos + 1 + len(name))
	case strings.Trim(name, "<>=@~!#&|%^+*") == "":
		l.out = append(l.out, token{kind: '@'})
		l.pos++
		return nil
	}
	return errNoName
}

func fuses(c byte) bool { return isWordByte(c) || strings.IndexByte(`-/*'"?@.`, c) >= 0 }

func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isNumber(c byte) bool { return isDigit(c) || c == '.' }

// isWordByte includes every byte of a non-ASCII character: PostgreSQL takes them for letters.
func isWordByte(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || isDigit(c) || c >= 0x80
}

// nameLength is where GORM sees the end of an @name.
func nameLength(s string) int {
	if n := strings.IndexAny(s, " ,)\"'`\r\n;"); n >= 0 {
		return n
	}
	return len(s)
}

// plainIdentifier reports whether s is a name that needs no quoting but for its capitals.
func plainIdentifier(s string) bool {
	if s == "" || isDigit(s[0]) {
		return false
	}
	for i := range len(s) {
		if !isWordByte(s[i]) || s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// checkColumnName admits what GORM may quote as an identifier: up to three plain names joined by dots, each quoted or
// not, the last perhaps a star. The empty name and GORM's own place-holders pass.
func checkColumnName(name string) error {
	if name == "" || name == "*" || name == clause.PrimaryKey || name == clause.CurrentTable {
		return nil
	}
	if strings.Count(name, ".") > 2 {
		return errColumnName(name)
	}
	for part := range strings.SplitSeq(strings.TrimSuffix(name, ".*"), ".") {
		if len(part) > 2 && part[0] == '"' && part[len(part)-1] == '"' {
			part = part[1 : len(part)-1]
		}
		if !plainIdentifier(part) {
			return errColumnName(name)
		}
	}
	return nil
}
