package tenants

import (
	"fmt"
	"reflect"
	"strings"
	"sync"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/schema"
)

const (
	accountColumn = "account_id"
	tenantSchema  = "tenant"
)

// models caches, per parsed model, whether the wall can scope it. Models are types, so the cache is bounded by the code.
type models struct{ verdicts sync.Map } // *schema.Schema → verdict

// check reports why rows of s cannot be limited to one account, or nil.
func (m *models) check(s *schema.Schema) error {
	v, ok := m.verdicts.Load(s)
	if !ok {
		v = verdict{checkModel(s)}
		m.verdicts.Store(s, v)
	}
	if known, _ := v.(verdict); known.err != nil {
		return known.err
	}
	return checkModelClauses(s) // anybody who holds the schema can add to them
}

// verdict is a cached error, or none.
type verdict struct{ err error }

func checkModel(s *schema.Schema) error {
	if bare, ok := strings.CutPrefix(s.Table, tenantSchema+"."); !ok || !plainIdentifier(bare) {
		return fmt.Errorf("%w: table %q of model %s is not in schema %s", ErrUnscopable, s.Table, s.Name, tenantSchema)
	}
	f := s.FieldsByDBName[accountColumn]
	if f == nil || !f.Creatable || !f.Readable || f.Serializer != nil || accountKind(f) == kindUnknown {
		return fmt.Errorf("%w: model %s has no usable %s", ErrUnscopable, s.Name, accountColumn)
	}
	for _, f := range s.Fields {
		if err := checkField(f); err != nil {
			return fmt.Errorf("model %s: %w", s.Name, err)
		}
	}
	return nil
}

// checkModelClauses lets a field's type add clauses only when it is GORM's own soft delete.
func checkModelClauses(s *schema.Schema) error {
	for _, c := range s.QueryClauses {
		if _, ok := c.(gorm.SoftDeleteQueryClause); !ok {
			return fmt.Errorf("%w: model %s adds clause %T to queries", ErrUnscopable, s.Name, c)
		}
	}
	for _, c := range s.UpdateClauses {
		if _, ok := c.(gorm.SoftDeleteUpdateClause); !ok {
			return fmt.Errorf("%w: model %s adds clause %T to updates", ErrUnscopable, s.Name, c)
		}
	}
	for _, c := range s.DeleteClauses {
		if _, ok := c.(gorm.SoftDeleteDeleteClause); !ok {
			return fmt.Errorf("%w: model %s adds clause %T to deletes", ErrUnscopable, s.Name, c)
		}
	}
	if len(s.CreateClauses) > 0 {
		return fmt.Errorf("%w: model %s adds clause %T to inserts", ErrUnscopable, s.Name, s.CreateClauses[0])
	}
	return nil
}

// checkTarget sees to it that the statement's table is the model's own: no Table(…), alias or expression in its place.
func checkTarget(st *gorm.Statement) error {
	bare := strings.TrimPrefix(st.Schema.Table, tenantSchema+".")
	e := st.TableExpr
	if st.Table != bare || e == nil || len(e.Vars) > 0 || e.SQL != `"`+tenantSchema+`"."`+bare+`"` {
		return fmt.Errorf("%w: Table(%q) over model %s", ErrUnscopable, st.Table, st.Schema.Name)
	}
	return nil
}

// checkShape refuses a destination other than the model whose columns are no plain names: GORM selects them by these, and does not quote
// every text so that it stays one name.
func (s *scope) checkShape() error {
	t := reflect.TypeOf(s.st.Dest)
	if t == nil {
		return nil
	}
	if t = rowType(t); t.Kind() != reflect.Struct || t == s.st.Schema.ModelType {
		return nil
	}
	shape, err := s.wall.shape(s.st, t)
	if err != nil {
		return nil //nolint:nilerr // GORM cannot read its columns either, and takes the model's
	}
	for _, name := range shape.DBNames {
		if !plainIdentifier(name) {
			return errColumnName(name)
		}
	}
	return nil
}

// The Go types in which a model may hold its account.
type accountFieldKind int

const (
	kindUnknown accountFieldKind = iota
	kindAccountID
	kindUUID
	kindString
)

func accountKind(f *schema.Field) accountFieldKind {
	switch t := f.IndirectFieldType; {
	case t == reflect.TypeFor[AccountID]():
		return kindAccountID
	case t == reflect.TypeFor[uuid.UUID]():
		return kindUUID
	case t == reflect.TypeFor[string](): // a type of its own might have a Value that says something else
		return kindString
	}
	return kindUnknown
}

// accountValue spells id in the type of the model's field.
func accountValue(f *schema.Field, id AccountID) any {
	switch accountKind(f) {
	case kindUUID:
		return id.UUID
	case kindString:
		return id.String()
	default:
		return id
	}
}

// isAccount reports whether v, as a caller may write an account down, is id. What it does not know is not id.
func isAccount(v any, id AccountID) bool {
	rv := reflect.ValueOf(v)
	for rv.Kind() == reflect.Pointer && !rv.IsNil() {
		rv = rv.Elem()
	}
	if !rv.IsValid() {
		return false
	}
	switch x := rv.Interface().(type) {
	case AccountID:
		return x == id
	case uuid.UUID:
		return x == id.UUID
	case string:
		return x == id.String()
	}
	return false
}
