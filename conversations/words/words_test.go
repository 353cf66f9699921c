package words_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"parlor/conversations/words"
)

func TestDistinct(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                              "",
		" …!? ":                         "",
		"Is the blue BOWL still there?": "is the blue bowl still there",
		"Böden, Straße, Ærø":            "boden strasse aero",
		"Bo\u0308den":                   "boden", // the mark as a sign of its own
		"don't don’t":                   "dont",
		"Привет, Ёлка":                  "привет елка",
		"Όδος ΟΔΟΣ":                     "οδοσ",
		"@nora_lindqvist38":             "nora lindqvist38",
		"a.b-c/d":                       "a b c d",
		"\u304a\u76bf 20cm":             "\u304a \u76bf 20cm",
		"❤️👍🏽 ok":                       "❤ 👍 ok",
		"👩‍🍳":                           "👩 🍳",
		"ﬁne №5 ①":                      "fine no 5 1",
		"i' i":                          "i",
	} {
		if got := strings.Join(words.Distinct(text), " "); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestLongTexts(t *testing.T) {
	t.Parallel()
	if got := words.Distinct(strings.Repeat("a", 500)); len(got) != 1 || len(got[0]) != 64 {
		t.Errorf("%d words, the first of %d letters", len(got), len(got[0]))
	}
	if got := words.In(strings.Repeat("a b ", 5000)); len(got) != 1000 {
		t.Errorf("%d words", len(got))
	}
}

func TestTSQuery(t *testing.T) {
	t.Parallel()
	q := words.ParseQuery(`Blue BOWLS' & | ! ')`)
	if got := q.TSQuery("x"); got != `'xblue':* & 'xbowls':*` {
		t.Error(got)
	}
	if !words.ParseQuery(" ' & ").Empty() || words.ParseQuery("a b c d e f g h i j").TSQuery("") != words.ParseQuery("a b c d e f g h").TSQuery("") {
		t.Error("bounds")
	}
}

func TestSnippet(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("clay ", 30) + "and the blue bowl, " + strings.Repeat("glaze ", 40)
	for name, tc := range map[string]struct{ query, text, want string }{
		"short":     {"bowl", "Is the blue Bowl there?", "Is the blue [Bowl] there?"},
		"begins":    {"bow", "Bowls and bowling", "[Bowls] and [bowling]"},
		"two words": {"BLUE böwl", "the bowl is blue", "the [bowl] is [blue]"},
		"emoji":     {"👍", "ok 👍🏽!", "ok [👍]🏽!"},
		"none":      {"x", "nothing here", "nothing here"},
	} {
		if got := written(words.ParseQuery(tc.query).Snippet(tc.text)); got != tc.want {
			t.Errorf("%s: %q", name, got)
		}
	}
	got := written(words.ParseQuery("bowl").Snippet(long))
	if !strings.HasPrefix(got, "…clay ") || !strings.Contains(got, "blue [bowl], glaze") || !strings.HasSuffix(got, "glaze…") || len(got) > 180 {
		t.Errorf("long: %q", got)
	}
}

func written(segments []words.Segment) string {
	var b strings.Builder
	for _, s := range segments {
		if s.Hit {
			s.Text = "[" + s.Text + "]"
		}
		b.WriteString(s.Text)
	}
	return b.String()
}

// Whatever the text is: words lie in it, in order, and a snippet is made of whole letters.
func FuzzIn(f *testing.F) {
	f.Add("Is the blue BOWL still there?", "bowl")
	f.Add("\xff\xfe ❤️👍🏽 ǅ ŉ ﷺ", "👍")
	f.Fuzz(func(t *testing.T, text, query string) {
		at := 0
		for _, w := range words.In(text) {
			if w.From < at || w.To <= w.From || w.To > len(text) || w.Text == "" || strings.ContainsAny(w.Text, "'\\ \x00") {
				t.Fatalf("%q: %+v", text, w)
			}
			at = w.To
		}
		if !utf8.ValidString(text) {
			return
		}
		segments := words.ParseQuery(query).Snippet(text)
		if slices.ContainsFunc(segments, func(s words.Segment) bool { return !utf8.ValidString(s.Text) }) {
			t.Fatalf("%q in %q: %+v", query, text, segments)
		}
	})
}
