package words

import "strings"

// mostAsked is how many words of a query count.
const mostAsked = 8

// Query is what somebody looks for: texts that have, for each of its words, one that begins with it.
type Query struct{ words []string }

// ParseQuery reads what was typed. Of more than eight words the first count.
func ParseQuery(text string) Query {
	all := Distinct(text)
	return Query{all[:min(len(all), mostAsked)]}
}

// Empty tells that there is nothing to look for.
func (q Query) Empty() bool { return len(q.words) == 0 }

// Vector writes words as a tsvector of PostgreSQL, each behind the prefix.
func Vector(prefix string, words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = quote(prefix + w)
	}
	return strings.Join(quoted, " ")
}

// TSQuery writes the query for entries whose words stand behind the prefix.
func (q Query) TSQuery(prefix string) string {
	quoted := make([]string, len(q.words))
	for i, w := range q.words {
		quoted[i] = quote(prefix+w) + ":*"
	}
	return strings.Join(quoted, " & ")
}

// quote is for words of letters, numbers and symbols alone, and yet leaves nothing to chance.
func quote(word string) string {
	return "'" + strings.NewReplacer("'", "''", `\`, `\\`).Replace(word) + "'"
}

// Segment is a piece of a text; Hit says that it is one of the words that were looked for.
type Segment struct {
	Text string
	Hit  bool
}

// How much of a text is shown around its first hit, in bytes.
const (
	before = 40
	shown  = 160
)

// Snippet returns the part of a text around the first word that was looked for, in segments; cut at words, with "…" for what is left out.
func (q Query) Snippet(text string) []Segment {
	all := In(text)
	from, to := q.span(text, all)
	var out []Segment
	if from > 0 {
		out = append(out, Segment{Text: "…"})
	}
	at := from
	for _, w := range all {
		if w.From < from || w.To > to || !q.hits(w.Text) {
			continue
		}
		if w.From > at {
			out = append(out, Segment{Text: text[at:w.From]})
		}
		out = append(out, Segment{Text: text[w.From:w.To], Hit: true})
		at = w.To
	}
	if at < to {
		out = append(out, Segment{Text: text[at:to]})
	}
	if to < len(text) {
		out = append(out, Segment{Text: "…"})
	}
	return out
}

// span chooses which bytes are shown: they begin and end where a word does.
func (q Query) span(text string, all []Word) (from, to int) {
	first := 0
	for _, w := range all {
		if q.hits(w.Text) {
			first = w.From
			break
		}
	}
	if len(text) <= shown {
		return 0, len(text)
	}
	to = first
	for _, w := range all {
		if from == 0 && first-w.From <= before && first > before {
			from = w.From
		}
		if w.To-from <= shown && w.To > to {
			to = w.To
		}
	}
	if len(text)-from <= shown {
		to = len(text)
	}
	return from, to
}

func (q Query) hits(word string) bool {
	for _, w := range q.words {
		if strings.HasPrefix(word, w) {
			return true
		}
	}
	return false
}
