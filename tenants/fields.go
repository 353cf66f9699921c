package tenants

import (
	"database/sql"
	"database/sql/driver"
	"fmt"
	"reflect"
	"time"

	"github.com/jackc/pgx/v5"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
	"gorm.io/gorm/schema"
)

// What a value must not be: these GORM or pgx would take for SQL, or for how to send it.
var sqlTypes = []reflect.Type{
	reflect.TypeFor[gorm.Valuer](), reflect.TypeFor[clause.Expression](), reflect.TypeFor[clause.Interface](), reflect.TypeFor[pgx.QueryRewriter](),
}

var driverValuerType = reflect.TypeFor[driver.Valuer]()

// checkField refuses columns whose values could bring SQL of their own into a statement.
func checkField(f *schema.Field) error {
	if f.DBName == "" {
		return nil
	}
	if !plainIdentifier(f.DBName) {
		return fmt.Errorf("%w: column name %q of field %s", ErrFragment, f.DBName, f.Name)
	}
	if f.Serializer == nil && !plainType(f.IndirectFieldType) {
		return fmt.Errorf("%w: field %s of type %s is no plain value", ErrUnscopable, f.Name, f.FieldType)
	}
	return nil
}

// plainType reports whether values of t stay values on their way to the database.
func plainType(t reflect.Type) bool {
	for _, bad := range sqlTypes {
		if t.Implements(bad) || reflect.PointerTo(t).Implements(bad) {
			return false
		}
	}
	switch t {
	case reflect.TypeFor[time.Time]():
		return true
	case reflect.TypeFor[clause.Column](), reflect.TypeFor[clause.Table](), reflect.TypeFor[sql.NamedArg](),
		reflect.TypeFor[pgx.QueryExecMode](), reflect.TypeFor[pgx.QueryResultFormats](), reflect.TypeFor[pgx.QueryResultFormatsByOID]():
		return false
	}
	if t.Implements(driverValuerType) || reflect.PointerTo(t).Implements(driverValuerType) {
		return true
	}
	switch t.Kind() {
	case reflect.Slice, reflect.Array, reflect.Pointer:
		return plainType(t.Elem())
	default:
		return plainKind(t.Kind())
	}
}

// plainKind reports whether a value of this kind is a number, a text or a truth value.
func plainKind(k reflect.Kind) bool {
	return k == reflect.String || k >= reflect.Bool && k <= reflect.Float64 && k != reflect.Uintptr
}
