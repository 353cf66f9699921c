package auth

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// field is one member of a JSON object: a string, a whole number that is not negative, or, where one is asked for, an object.
type field struct {
	name, text string // text of an object: the object itself
	number     bool
	object     bool
}

// fields is a JSON object as strictFields takes it. It is read for every request, hence no map and no reflection.
type fields []field

// Why a JSON object of a token is not taken. They are the reasons that the log gets.
var (
	errEncoding  = errors.New("encoding")
	errDuplicate = errors.New("dup")
	errUnknown   = errors.New("unknown")
	errScalar    = errors.New("scalar")
)

// objectName is the one member that may be an object: the claim act.
const objectName = "act"

// strictFields reads an object that holds only the names given, each at most once, each a string or a whole number, act an object. An
// unknown name is refused, for it may narrow what a token may do; so is a known one in another case, since readers
// that fold case disagree on which of the two counts.
func strictFields(data []byte, known []string) (fields, error) {
	if !utf8.Valid(data) {
		return nil, errEncoding
	}
	s := scanner{rest: string(data)}
	f := make(fields, 0, len(known))
	if !s.take('{') {
		return nil, errEncoding
	}
	for more := !s.take('}'); more; {
		one, err := s.field()
		if err != nil {
			return nil, err
		}
		if err := f.admit(one.name, known); err != nil {
			return nil, err
		}
		if one.object != (one.name == objectName) {
			return nil, errScalar
		}
		f = append(f, one)
		if more = s.take(','); !more && !s.take('}') {
			return nil, errEncoding
		}
	}
	if s.blank(); s.rest != "" {
		return nil, errEncoding
	}
	return f, nil
}

// admit reports why a name may not follow the fields so far.
func (f fields) admit(name string, known []string) error {
	switch {
	case f.has(name):
		return errDuplicate
	case slices.Contains(known, name):
		return nil
	case slices.ContainsFunc(known, func(k string) bool { return strings.EqualFold(k, name) }):
		return errDuplicate
	}
	return errUnknown
}

func (f fields) has(name string) bool {
	return slices.ContainsFunc(f, func(one field) bool { return one.name == name })
}

// text returns a string, or "" when it is absent or no string.
func (f fields) text(name string) string {
	for _, one := range f {
		if one.name == name && !one.number && !one.object {
			return one.text
		}
	}
	return ""
}

// object returns an object as it stands in the text, and whether there is one.
func (f fields) object(name string) ([]byte, bool) {
	for _, one := range f {
		if one.name == name && one.object {
			return []byte(one.text), true
		}
	}
	return nil, false
}

// whole returns a number, and whether there is one.
func (f fields) whole(name string) (int64, bool) {
	for _, one := range f {
		if one.name == name && one.number {
			v, err := strconv.ParseInt(one.text, 10, 64)
			return v, err == nil
		}
	}
	return 0, false
}

// moment returns a time given in whole seconds, between 2001 and 2286: ten digits.
func (f fields) moment(name string) (time.Time, bool) {
	v, ok := f.whole(name)
	return time.Unix(v, 0), ok && v >= 1_000_000_000 && v <= 9_999_999_999
}

// scanner reads JSON of one level from the front of rest.
type scanner struct{ rest string }

func (s *scanner) blank() { s.rest = strings.TrimLeft(s.rest, " \t\r\n") }

// take skips blanks and then one character, if it is the one wanted.
func (s *scanner) take(c byte) bool {
	s.blank()
	if s.rest == "" || s.rest[0] != c {
		return false
	}
	s.rest = s.rest[1:]
	return true
}

func (s *scanner) field() (field, error) {
	s.blank()
	name, ok := s.string()
	if !ok || !s.take(':') {
		return field{}, errEncoding
	}
	s.blank()
	if text, ok := s.string(); ok {
		return field{name: name, text: text}, nil
	}
	if text, ok := s.object(); ok {
		return field{name: name, text: text, object: true}, nil
	}
	digits := len(s.rest) - len(strings.TrimLeft(s.rest, "0123456789"))
	number := s.rest[:digits]
	s.rest = s.rest[digits:]
	// A fraction, an exponent, a sign, a leading zero and every other kind of value end here.
	if digits == 0 || digits > 1 && number[0] == '0' || s.rest == "" || !strings.ContainsRune(",} \t\r\n", rune(s.rest[0])) {
		return field{}, errScalar
	}
	return field{name: name, text: number, number: true}, nil
}

// object reads an object that holds no other one. What is in it is for strictFields to judge.
func (s *scanner) object() (string, bool) {
	if s.rest == "" || s.rest[0] != '{' {
		return "", false
	}
	inside := scanner{rest: s.rest[1:]}
	for inside.rest != "" {
		switch inside.rest[0] {
		case '"':
			if _, ok := inside.string(); !ok {
				return "", false
			}
		case '{', '[':
			return "", false
		case '}':
			text := s.rest[:len(s.rest)-len(inside.rest)+1]
			s.rest = inside.rest[1:]
			return text, true
		default:
			inside.rest = inside.rest[1:]
		}
	}
	return "", false
}

// string reads a JSON string. One with an escape, of which our own tokens have none, is left to the library.
func (s *scanner) string() (string, bool) {
	if s.rest == "" || s.rest[0] != '"' {
		return "", false
	}
	for i := 1; i < len(s.rest); i++ {
		switch c := s.rest[i]; {
		case c == '\\':
			i++
		case c < ' ':
			return "", false
		case c == '"':
			literal := s.rest[:i+1]
			s.rest = s.rest[i+1:]
			if strings.IndexByte(literal, '\\') < 0 {
				return literal[1:i], true
			}
			var text string
			err := json.Unmarshal([]byte(literal), &text)
			return text, err == nil
		}
	}
	return "", false
}
