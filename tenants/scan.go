package tenants

import (
	"database/sql"
	"reflect"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"gorm.io/gorm"
	"gorm.io/gorm/schema"
)

// scan reads rows into the statement's destination and returns how many there were. Structs whose columns are all
// plain fields, of their own or of joined relations, are read by pgx straight into the fields; everything else
// (serializers, maps, single values) goes through GORM's own Scan.
func (w *wall) scan(stmt *gorm.Statement, rows pgx.Rows) (int64, error) {
	if p, ok := w.planScan(stmt, rows); ok {
		return p.run(rows)
	}
	gorm.Scan(gormRows{rows}, stmt.DB, 0)
	if stmt.Error != nil {
		return 0, stmt.Error
	}
	return stmt.RowsAffected, rows.Err()
}

// scanPlan reads rows of one shape.
type scanPlan struct {
	dest    reflect.Value // the slice or struct
	elem    reflect.Type  // the struct
	pointer bool          // the slice is of *struct
	fields  []scanField
	targets []any
}

// scanField is where one column goes.
type scanField struct {
	hops    [][]int // relations on the way: pointers to structs, made when the column is not NULL
	index   []int
	scanner bool // has a Scan of its own, which is told about NULL
	bytes16 bool // holds an id and so does the column: read without the detour over text that its own Scan takes
}

var scannerType = reflect.TypeFor[sql.Scanner]()

// planScan maps the columns to the fields of the destination; ok is false when that is not the whole story.
func (w *wall) planScan(stmt *gorm.Statement, rows pgx.Rows) (*scanPlan, bool) {
	p := &scanPlan{dest: reflect.Indirect(reflect.ValueOf(stmt.Dest))}
	p.elem = p.dest.Type()
	if p.elem.Kind() == reflect.Slice {
		p.elem = p.elem.Elem()
		if p.pointer = p.elem.Kind() == reflect.Pointer; p.pointer {
			p.elem = p.elem.Elem()
		}
	}
	if p.elem.Kind() != reflect.Struct || len(stmt.ColumnMapping) > 0 {
		return nil, false
	}
	for i := range stmt.Joins {
		if stmt.Joins[i].Alias != "" {
			return nil, false
		}
	}
	s, err := w.shape(stmt, p.elem)
	if err != nil {
		return nil, false
	}
	columns := rows.FieldDescriptions()
	p.fields, p.targets = make([]scanField, len(columns)), make([]any, len(columns))
	for i := range columns {
		f, hops := fieldOf(s, columns[i].Name)
		if f == nil || !plainField(f) {
			return nil, false
		}
		p.fields[i] = newScanField(f, columns[i].DataTypeOID)
		p.fields[i].hops = hops
	}
	return p, true
}

// fieldOf finds the field of a column, which GORM names Relation__column when it comes from a join.
func fieldOf(s *schema.Schema, column string) (f *schema.Field, hops [][]int) {
	if f := s.LookUpField(column); f != nil {
		return f, nil
	}
	parts := strings.Split(column, "__")
	for _, name := range parts[:len(parts)-1] {
		rel := relationOf(s, name)
		if rel == nil || !plainField(rel.Field) || rel.Field.IndirectFieldType.Kind() != reflect.Struct {
			return nil, nil
		}
		hops = append(hops, rel.Field.StructField.Index)
		s = rel.FieldSchema
	}
	return s.LookUpField(parts[len(parts)-1]), hops
}

// locate finds the field in a row. A relation that is not there yet is made if wanted; else ok is false.
func (f scanField) locate(row reflect.Value, wanted bool) (v reflect.Value, ok bool) {
	for _, hop := range f.hops {
		row = row.FieldByIndex(hop)
		if row.Kind() != reflect.Pointer {
			continue
		}
		if row.IsNil() {
			if !wanted {
				return row, false
			}
			row.Set(reflect.New(row.Type().Elem()))
		}
		row = row.Elem()
	}
	return row.FieldByIndex(f.index), true
}

var (
	uuidType    = reflect.TypeFor[uuid.UUID]()
	bytes16Type = reflect.TypeFor[*[16]byte]()
)

func newScanField(f *schema.Field, oid uint32) scanField {
	t, index := f.FieldType, f.StructField.Index
	if oid == pgtype.UUIDOID {
		if t.Kind() == reflect.Struct && t.NumField() == 1 && t.Field(0).Type == uuidType { // AccountID and the like
			t, index = uuidType, append(slices.Clone(index), 0)
		}
		if t == uuidType || t == reflect.PointerTo(uuidType) {
			return scanField{index: index, bytes16: true}
		}
	}
	return scanField{index: index, scanner: reflect.PointerTo(t).Implements(scannerType)}
}

// target returns where in v, the field, pgx is to put a value that is not NULL.
func (f scanField) target(v reflect.Value) any {
	if !f.bytes16 {
		return v.Addr().Interface()
	}
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(uuidType))
		v = v.Elem()
	}
	return v.Addr().Convert(bytes16Type).Interface()
}

// shape returns the parsed form of the destination's struct.
func (w *wall) shape(stmt *gorm.Statement, t reflect.Type) (*schema.Schema, error) {
	if t == stmt.Schema.ModelType {
		return stmt.Schema, nil
	}
	return schema.Parse(reflect.New(t).Interface(), &w.parts, stmt.NamingStrategy)
}

// plainField reports whether pgx may scan straight into the field. GORM marks a field behind an embedded pointer with
// a negative index.
func plainField(f *schema.Field) bool {
	if f.Serializer != nil || !f.Readable {
		return false
	}
	for _, i := range f.StructField.Index {
		if i < 0 {
			return false
		}
	}
	return true
}

func (p *scanPlan) run(rows pgx.Rows) (int64, error) {
	list := p.dest.Kind() == reflect.Slice
	if list {
		p.dest.SetLen(0)
	}
	var n int64
	for rows.Next() {
		row := p.dest
		if list {
			row = p.grow()
		}
		if err := p.row(rows, row); err != nil {
			return n, err
		}
		n++
		if !list {
			break
		}
	}
	if list && p.dest.IsNil() {
		p.dest.Set(reflect.MakeSlice(p.dest.Type(), 0, 0)) // as GORM does: no rows is an empty list
	}
	rows.Close()
	return n, rows.Err()
}

// grow appends a zero element and returns the struct to fill.
func (p *scanPlan) grow() reflect.Value {
	n := p.dest.Len()
	if n == p.dest.Cap() {
		p.dest.Grow(max(16, n))
	}
	p.dest.SetLen(n + 1)
	e := p.dest.Index(n)
	if p.pointer {
		e.Set(reflect.New(p.elem))
		return e.Elem()
	}
	e.SetZero()
	return e
}

// row reads one row. NULL makes a field zero, as GORM has it; a nil target makes pgx skip the column.
func (p *scanPlan) row(rows pgx.Rows, to reflect.Value) error {
	raw := rows.RawValues()
	for i, f := range p.fields {
		v, ok := f.locate(to, raw[i] != nil)
		switch {
		case ok && (raw[i] != nil || f.scanner):
			p.targets[i] = f.target(v)
		case ok:
			v.SetZero()
			p.targets[i] = nil
		default:
			p.targets[i] = nil
		}
	}
	return rows.Scan(p.targets...)
}

// gormRows shows pgx's rows as the rows that GORM's Scan reads.
type gormRows struct{ pgx.Rows }

// Columns returns the names of the columns.
func (r gormRows) Columns() ([]string, error) {
	names := make([]string, len(r.FieldDescriptions()))
	for i, f := range r.FieldDescriptions() {
		names[i] = f.Name
	}
	return names, nil
}

// ColumnTypes is asked for by GORM when it reads into a map; without types it takes the driver's own values.
func (r gormRows) ColumnTypes() ([]*sql.ColumnType, error) { return nil, nil }

// Close closes the rows.
func (r gormRows) Close() error {
	r.Rows.Close()
	return r.Err()
}
