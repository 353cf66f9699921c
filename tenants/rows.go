package tenants

import (
	"fmt"
	"reflect"
	"strings"

	"gorm.io/gorm/schema"
)

// slot is where one row that a caller wants written holds its account.
type slot struct {
	given bool // the caller wrote something there
	value any
	alone bool // it is a map that holds nothing else
	set   func(AccountID) error
}

// eachRow calls fn with the slot of every struct or map in v, which is what the caller gave to Create or Updates.
func (s *scope) eachRow(v reflect.Value, fn func(slot) error) error {
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		if v.IsNil() {
			return nil // GORM has its own error for it
		}
		v = v.Elem()
	}
	switch v.Kind() { //nolint:exhaustive // every other kind is refused below
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			if err := s.eachRow(v.Index(i), fn); err != nil {
				return err
			}
		}
		return nil
	case reflect.Map:
		return s.mapRow(v, fn)
	case reflect.Struct:
		return s.structRow(v, fn)
	}
	return fmt.Errorf("%w: row of type %s", ErrUnscopable, v.Type())
}

// mapRow also checks the map's other keys and values, which GORM writes into the statement as they are.
func (s *scope) mapRow(v reflect.Value, fn func(slot) error) error {
	m, ok := reflect.TypeAssert[map[string]any](v)
	if !ok {
		return fmt.Errorf("%w: row of type %s", ErrUnscopable, v.Type())
	}
	key, given := accountColumn, false
	for k, value := range m {
		if err := firstError(checkColumnName(k), s.mapValue(k, value)); err != nil {
			return err
		}
		if !s.namesAccount(k) {
			continue
		}
		if given || (k != accountColumn && k != s.st.Schema.FieldsByDBName[accountColumn].Name) {
			return fmt.Errorf("%w: as %q", ErrMovesAccount, k)
		}
		key, given = k, true
	}
	return fn(slot{given, m[key], given && len(m) == 1, func(id AccountID) error { m[key] = id; return nil }})
}

// mapValue checks a value of a map, unless the key is a relation: those GORM saves as rows of their own.
func (s *scope) mapValue(key string, value any) error {
	if relationOf(s.st.Schema, key) != nil {
		return nil
	}
	return s.value(value)
}

// relationOf returns the relation of that name, or nil. GORM adds relations to a schema whenever it first meets a model that refers to it, on
// whatever goroutine.
func relationOf(of *schema.Schema, name string) *schema.Relationship {
	of.Relationships.Mux.RLock()
	defer of.Relationships.Mux.RUnlock()
	return of.Relationships.Relations[name]
}

// namesAccount reports whether a name means the column account_id, in whatever spelling.
func (s *scope) namesAccount(name string) bool {
	name = strings.ReplaceAll(name, `"`, "")
	name = name[strings.LastIndexByte(name, '.')+1:]
	if f := s.st.Schema.LookUpField(name); f != nil && f.DBName == accountColumn {
		return true
	}
	return strings.EqualFold(name, accountColumn) || strings.EqualFold(name, s.st.Schema.FieldsByDBName[accountColumn].Name)
}

func (s *scope) structRow(v reflect.Value, fn func(slot) error) error {
	f, err := s.accountFieldOf(v.Type())
	if err != nil || f == nil {
		return err
	}
	value, zero := f.ValueOf(s.st.Context, v)
	return fn(slot{!zero, value, false, func(id AccountID) error {
		return f.Set(s.st.Context, v, accountValue(f, id))
	}})
}

// accountFieldOf finds the account in a row's type: the model itself, or a smaller struct, which may have none.
func (s *scope) accountFieldOf(t reflect.Type) (*schema.Field, error) {
	if t == s.st.Schema.ModelType {
		return s.st.Schema.FieldsByDBName[accountColumn], nil
	}
	other, err := schema.Parse(reflect.New(t).Interface(), &s.wall.parts, s.st.NamingStrategy)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnscopable, err)
	}
	for _, f := range other.Fields {
		if err := checkField(f); err != nil {
			return nil, err
		}
	}
	return other.FieldsByDBName[accountColumn], nil
}

// dest returns the rows to be written as something addressable; Create(T{}) and Updates(T{}) are not.
func (s *scope) dest() reflect.Value {
	v := reflect.ValueOf(s.st.Dest)
	if v.Kind() != reflect.Struct {
		return v
	}
	p := reflect.New(v.Type())
	p.Elem().Set(v)
	return p
}

// useDest makes the rows that were checked the ones that are written: what dest returned where that was a copy, and
// never what a hook may have put into ReflectValue.
func (s *scope) useDest(rows reflect.Value) {
	if reflect.TypeOf(s.st.Dest).Kind() != reflect.Struct {
		for rows.Kind() == reflect.Pointer && !rows.IsNil() {
			rows = rows.Elem()
		}
		s.st.ReflectValue = rows
		return
	}
	if t := reflect.TypeOf(s.st.Model); t == reflect.TypeOf(s.st.Dest) {
		s.st.Model = rows.Interface()
	}
	s.st.Dest, s.st.ReflectValue = rows.Interface(), rows.Elem()
}

// identified reports whether the model or the destination names rows by a part of the primary key other than the account.
func (s *scope) identified() bool {
	return s.hasKey(reflect.ValueOf(s.st.Model)) || s.hasKey(reflect.ValueOf(s.st.Dest))
}

// hasKey wants a key in every row of a slice: GORM leaves those without one out of its condition.
func (s *scope) hasKey(v reflect.Value) bool {
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	if v.Kind() == reflect.Slice || v.Kind() == reflect.Array {
		for i := range v.Len() {
			if !s.hasKey(v.Index(i)) {
				return false
			}
		}
		return v.Len() > 0
	}
	if v.Kind() != reflect.Struct || v.Type() != s.st.Schema.ModelType {
		return false
	}
	for _, f := range s.st.Schema.PrimaryFields {
		if f.DBName == accountColumn {
			continue
		}
		if _, zero := f.ValueOf(s.st.Context, v); !zero {
			return true
		}
	}
	return false
}
