// Package words takes texts apart into the words by which they are found: without case, marks and punctuation, so that "Böden" is found by "boden",
// and each emoji and each sign of a script without spaces as a word of its own. All of it is pure.
package words

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Bounds of what is kept of a text: nobody looks for more, and an index entry has a size.
const (
	longest = 64   // letters of a word
	most    = 1000 // words of a text
)

// Word is one word of a text, and which bytes of it.
type Word struct {
	Text     string // folded
	From, To int
}

// In returns the words of a text in their order, a thousand at most. It is nil for a text without any.
func In(text string) []Word {
	s := splitter{}
	for at, r := range text {
		end := at + utf8.RuneLen(r)
		switch {
		case r == utf8.RuneError: // or what is no UTF-8
			s.end()
		case alone(r):
			s.end()
			s.add(fold(r), at, end)
			s.end()
		case unicode.IsLetter(r) || unicode.IsNumber(r):
			s.add(fold(r), at, end)
		case s.letters > 0 && unicode.IsMark(r):
			s.to = end // it belongs to its letter and is no part of the word
		case s.letters > 0 && (r == '\'' || r == '’'): // within a word it is left out
		default:
			s.end()
		}
		if len(s.found) >= most {
			return s.found[:most]
		}
	}
	s.end()
	return s.found
}

// Distinct returns the different words of a text, in the order in which they come first.
func Distinct(text string) []string {
	var out []string
	seen := map[string]bool{}
	for _, w := range In(text) {
		if !seen[w.Text] {
			seen[w.Text] = true
			out = append(out, w.Text)
		}
	}
	return out
}

// splitter holds the word that has been begun.
type splitter struct {
	found    []Word
	word     strings.Builder
	letters  int
	from, to int
}

func (s *splitter) add(folded string, from, to int) {
	if s.letters == 0 {
		s.from = from
	}
	s.letters++
	s.to = to
	if s.letters <= longest {
		s.word.WriteString(folded)
	}
}

func (s *splitter) end() {
	if s.word.Len() > 0 {
		s.found = append(s.found, Word{s.word.String(), s.from, s.to})
	}
	s.word.Reset()
	s.letters = 0
}

// alone tells whether a sign is a word by itself: emoji and other symbols, and what is written without spaces. The tones and joiners between emoji
// are none.
func alone(r rune) bool {
	return unicode.In(r, unicode.So, unicode.Han, unicode.Hiragana, unicode.Katakana)
}

// undivided are letters that Unicode does not take apart and people type without their stroke.
var undivided = map[rune]string{
	'ß': "ss", 'ø': "o", 'đ': "d", 'ł': "l", 'æ': "ae", 'œ': "oe", 'þ': "th", 'ð': "d", 'ħ': "h", 'ı': "i", 'ς': "σ",
}

// fold gives the letter in the form in which it is compared.
func fold(r rune) string {
	if r < unicode.MaxASCII {
		return string(unicode.ToLower(r))
	}
	var b strings.Builder
	for _, part := range norm.NFKD.String(string(r)) {
		part = unicode.ToLower(part)
		if plain, ok := undivided[part]; ok {
			b.WriteString(plain)
		} else if !unicode.IsMark(part) && (unicode.IsLetter(part) || unicode.IsNumber(part) || alone(part)) {
			b.WriteRune(part)
		}
	}
	return b.String()
}
