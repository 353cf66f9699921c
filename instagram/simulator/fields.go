package simulator

import (
	"errors"
	"strconv"
	"strings"
)

// field is one of the asked fields, such as messages.limit(20){id,message}.
type field struct {
	name   string
	limit  int     // 0: not given
	within []field // none: not given
}

type fields []field

// or returns other when nothing was asked for.
func (f fields) or(other ...string) fields {
	if len(f) > 0 {
		return f
	}
	for _, name := range other {
		f = append(f, field{name: name})
	}
	return f
}

var errFields = errors.New("syntax error in fields")

// maxNesting bounds how deep fields may nest.
const maxNesting = 4

// parseFields reads Graph's field expansion. Source: Graph API field expansion, read 2026-11-22.
func parseFields(text string) (fields, error) {
	p := &fieldParser{rest: strings.ReplaceAll(text, " ", "")}
	if p.rest == "" {
		return nil, nil
	}
	list, err := p.list(0)
	if err == nil && p.rest != "" {
		err = errFields
	}
	return list, err
}

type fieldParser struct{ rest string }

func (p *fieldParser) list(depth int) (fields, error) {
	if depth > maxNesting {
		return nil, errFields
	}
	var list fields
	for {
		one, err := p.field(depth)
		if err != nil {
			return nil, err
		}
		list = append(list, one)
		if !p.eat(",") {
			return list, nil
		}
	}
}

func (p *fieldParser) field(depth int) (one field, err error) {
	end := strings.IndexAny(p.rest, ",.(){}")
	if end < 0 {
		end = len(p.rest)
	}
	one.name, p.rest = p.rest[:end], p.rest[end:]
	if one.name == "" {
		return one, errFields
	}
	for p.eat(".") {
		if err := p.modifier(&one); err != nil {
			return one, err
		}
	}
	if p.eat("{") {
		if one.within, err = p.list(depth + 1); err != nil {
			return one, err
		}
		if !p.eat("}") {
			return one, errFields
		}
	}
	return one, nil
}

// modifier reads limit(20); others mean nothing here.
func (p *fieldParser) modifier(one *field) error {
	call, rest, ok := strings.Cut(p.rest, ")")
	name, value, hasValue := strings.Cut(call, "(")
	if !ok || !hasValue {
		return errFields
	}
	p.rest = rest
	if name != "limit" {
		return nil
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 {
		return errFields
	}
	one.limit = n
	return nil
}

func (p *fieldParser) eat(token string) bool {
	rest, ok := strings.CutPrefix(p.rest, token)
	p.rest = rest
	return ok
}
