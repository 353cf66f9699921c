package tenants

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// A fragment is SQL text in a caller's own words: Where("a > ?"), Order("b desc"), Select("count(*)"), gorm.Expr(…).
// It may compute with the columns of its row. It may not read a table, start a statement, call a function that is
// not on the list, or change how the text around it is read.

// fragments remembers verdicts. Fragments are constants of the code; the bound is for those that are not.
type fragments struct {
	verdicts sync.Map // fragmentKey → error or nil
	size     atomic.Int32
}

type fragmentKey struct {
	text string
	vars bool
}

const maxFragments = 4096

// check reports why text is refused, or nil. vars tells whether its placeholders will be filled in.
func (f *fragments) check(text string, vars bool) error {
	if text == "" || text == "*" {
		return nil
	}
	key := fragmentKey{text, vars}
	if v, ok := f.verdicts.Load(key); ok {
		err, _ := v.(error)
		return err
	}
	err := checkFragment(text, vars)
	if f.size.Add(1) <= maxFragments {
		f.verdicts.Store(key, err)
	}
	return err
}

func (s *scope) fragment(text string, vars bool) error { return s.wall.fragments.check(text, vars) }

func errColumnName(name string) error { return fmt.Errorf("%w: column name %q", ErrFragment, name) }

func checkFragment(text string, vars bool) error {
	tokens, err := lexFragment(text, vars)
	if err != nil {
		return fmt.Errorf("%w: %s", ErrFragment, err.Error())
	}
	g := grammar{tokens: tokens}
	for i := range tokens {
		if why := g.step(i); why != "" {
			return fmt.Errorf("%w: %s", ErrFragment, why)
		}
	}
	if len(g.open) > 0 {
		return fmt.Errorf("%w: unbalanced parentheses", ErrFragment)
	}
	return nil
}

// grammar walks the tokens of a fragment. open holds, for each parenthesis still open, the word in front of it.
type grammar struct {
	tokens []token
	open   []string
}

// step checks token i and returns why it is refused, or "".
func (g *grammar) step(i int) string {
	switch t := g.tokens[i]; t.kind {
	case '(':
		g.open = append(g.open, g.wordAt(i-1))
	case ')':
		if len(g.open) == 0 {
			return "unbalanced parentheses"
		}
		g.open = g.open[:len(g.open)-1]
	case '.':
		if i == 0 {
			return "starts with a dot"
		}
	case placeholder:
		if next := g.kindAt(i + 1); next == '(' || next == placeholder {
			return "placeholder followed by " + string(next)
		}
	case quoted:
		if next := g.kindAt(i + 1); next == '(' || next == placeholder {
			return "call of " + t.text
		}
	case word:
		return g.word(i)
	}
	return ""
}

func (g *grammar) word(i int) string {
	name := g.tokens[i].text
	member := g.kindAt(i-1) == '.'
	if next := g.kindAt(i + 1); next == '(' || next == placeholder {
		if member || !callable(name) && !g.harmless(i, name) {
			return fmt.Sprintf("%q is not a known function or keyword", name)
		}
	}
	if member || !slices.Contains(refusedWords, name) || g.harmless(i, name) {
		return ""
	}
	return fmt.Sprintf("word %q", name)
}

// harmless knows the places where SQL uses a statement's word inside an expression.
func (g *grammar) harmless(i int, name string) bool {
	var call string
	if len(g.open) > 0 {
		call = g.open[len(g.open)-1]
	}
	switch name {
	case "from":
		return slices.Contains([]string{"extract", "trim", "substring", "overlay"}, call) ||
			g.wordAt(i-1) == "distinct" && slices.Contains([]string{"is", "not"}, g.wordAt(i-2)) // else DISTINCT may be a label
	case "for":
		return call == "substring" || call == "overlay"
	case "with":
		return g.wordAt(i+1) == "time"
	case "where":
		return call == "filter"
	}
	return false
}

func (g *grammar) kindAt(i int) rune {
	if i < 0 || i >= len(g.tokens) {
		return 0
	}
	return g.tokens[i].kind
}

func (g *grammar) wordAt(i int) string {
	if g.kindAt(i) != word {
		return ""
	}
	return g.tokens[i].text
}

// refusedWords start a statement, or read a table inside one. Quoted identifiers and columns after a dot are free.
var refusedWords = strings.Fields(`
	select union intersect except from join lateral with into table values returning tablesample window where for
	insert update delete merge truncate copy execute call do prepare deallocate declare listen notify unlisten
	create alter drop grant revoke set reset begin commit rollback savepoint release lock vacuum analyze explain load
`)

// callable reports whether a word may stand before a parenthesis or a placeholder.
func callable(name string) bool {
	return slices.Contains(knownWords, name)
}

// knownWords are keywords and functions that compute from their arguments alone. Functions that run SQL given as text
// (query_to_xml, ts_stat, dblink), read files, or change settings and sequences are deliberately not here.
var knownWords = strings.Fields(`
	and or not in is like ilike similar to between escape any all some case when then else end over filter within as by on
	using array row cast distinct exists interval asc desc at zone collate overlaps symmetric partition range rows
	coalesce nullif greatest least count sum min max avg bool_and bool_or every array_agg string_agg
	json_agg jsonb_agg json_object_agg jsonb_object_agg json_build_object jsonb_build_object json_build_array jsonb_build_array
	to_json to_jsonb json_array_length jsonb_array_length jsonb_typeof json_typeof jsonb_extract_path jsonb_extract_path_text
	json_extract_path json_extract_path_text jsonb_array_elements jsonb_array_elements_text jsonb_set jsonb_strip_nulls
	jsonb_path_exists jsonb_path_query jsonb_path_query_first jsonb_object_keys
	lower upper initcap length char_length character_length octet_length bit_length trim btrim ltrim rtrim lpad rpad
	substring substr left right position strpos overlay replace translate repeat reverse concat concat_ws split_part
	starts_with format md5 sha256 encode decode ascii chr regexp_replace regexp_match regexp_matches regexp_split_to_array
	extract date_part date_trunc date_bin age now to_char to_date to_timestamp to_number make_date make_time make_interval
	make_timestamp make_timestamptz justify_days justify_hours isfinite
	abs ceil ceiling floor round trunc mod power sqrt sign exp ln log div width_bucket random
	array_length array_position array_positions array_append array_prepend array_remove array_cat array_to_string
	string_to_array cardinality unnest row_number rank dense_rank percent_rank cume_dist ntile lag lead first_value last_value
	nth_value percentile_cont percentile_disc mode
	to_tsvector to_tsquery plainto_tsquery phraseto_tsquery websearch_to_tsquery ts_rank ts_rank_cd ts_headline setweight
	numeric decimal varchar char character bit float time timestamp timestamptz gen_random_uuid
`)
