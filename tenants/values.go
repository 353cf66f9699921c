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
)

func (s *scope) exprs(list []clause.Expression) error {
	for _, e := range list {
		if err := s.expr(e); err != nil {
			return err
		}
	}
	return nil
}

// expr checks one condition or expression and everything beneath it. Expressions of unknown type are refused: what
// they build is not known before it is built.
func (s *scope) expr(e clause.Expression) error {
	switch x := e.(type) {
	case clause.Expr:
		return firstError(s.fragment(x.SQL, len(x.Vars) > 0), s.values(x.Vars))
	case clause.NamedExpr:
		return firstError(s.fragment(x.SQL, len(x.Vars) > 0), s.namedValues(x.Vars))
	case clause.Where:
		return s.exprs(x.Exprs)
	case clause.AndConditions:
		return s.exprs(x.Exprs)
	case clause.OrConditions:
		return s.exprs(x.Exprs)
	case clause.NotConditions:
		return s.exprs(x.Exprs)
	case clause.CommaExpression:
		return s.exprs(x.Exprs)
	case clause.IN:
		return firstError(s.column(x.Column), s.values(x.Values))
	case ofAccount:
		if x.account != s.pool.account {
			return ErrAccountChanged
		}
		return s.exprs(x.rest)
	}
	return s.comparison(e)
}

func (s *scope) comparison(e clause.Expression) error {
	var c clause.Eq
	switch x := e.(type) {
	case clause.Eq:
		c = x
	case clause.Neq:
		c = clause.Eq(x)
	case clause.Gt:
		c = clause.Eq(x)
	case clause.Gte:
		c = clause.Eq(x)
	case clause.Lt:
		c = clause.Eq(x)
	case clause.Lte:
		c = clause.Eq(x)
	case clause.Like:
		c = clause.Eq(x)
	default:
		return fmt.Errorf("%w: expression %T", ErrUnscopable, e)
	}
	return firstError(s.column(c.Column), s.value(c.Value))
}

// column checks the left side of a comparison, or anything else that GORM writes as an identifier.
func (s *scope) column(v any) error {
	switch x := v.(type) {
	case string:
		return checkColumnName(x)
	case clause.Column:
		if x.Raw {
			return firstError(s.fragment(x.Name, false), s.fragment(x.Table, false), s.fragment(x.Alias, false))
		}
		return firstError(checkColumnName(x.Name), checkColumnName(x.Table), checkColumnName(x.Alias))
	case []clause.Column:
		return s.columns(x)
	case clause.Expr:
		return s.expr(x)
	}
	return fmt.Errorf("%w: column %T", ErrUnscopable, v)
}

func (s *scope) columns(list []clause.Column) error {
	for _, c := range list {
		if err := s.column(c); err != nil {
			return err
		}
	}
	return nil
}

func (s *scope) values(list []any) error {
	for _, v := range list {
		if err := s.value(v); err != nil {
			return err
		}
	}
	return nil
}

// value checks what stands at a placeholder. GORM turns some values into SQL: those are checked as such, or refused.
func (s *scope) value(v any) error {
	switch x := v.(type) {
	case nil, time.Time, []byte, string, bool:
		return nil
	case sql.NamedArg:
		return s.value(x.Value)
	case clause.Column:
		return s.column(x)
	case *gorm.DB:
		return s.subquery(x)
	case pgx.QueryRewriter, pgx.QueryExecMode, pgx.QueryResultFormats, pgx.QueryResultFormatsByOID:
		return fmt.Errorf("%w: %T changes how the query is sent", ErrUnscopable, v)
	case gorm.Valuer:
		return fmt.Errorf("%w: %T builds its own SQL (GormValue)", ErrUnscopable, v)
	case clause.Interface, clause.Table: // a whole clause: SELECT … FROM … could be put together from them
		return fmt.Errorf("%w: %T as a value", ErrUnscopable, v)
	case clause.Expression:
		return s.expr(x)
	case driver.Valuer:
		return nil
	}
	return s.reflected(reflect.ValueOf(v))
}

// reflected checks values by their shape: lists one by one; structs only where the driver knows them, since GORM
// takes a struct that embeds a handle for a sub-query.
func (s *scope) reflected(v reflect.Value) error {
	switch v.Kind() { //nolint:exhaustive // the plain kinds pass below, the others are refused
	case reflect.Slice, reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return nil
		}
		for i := range v.Len() {
			if err := s.value(v.Index(i).Interface()); err != nil {
				return err
			}
		}
		return nil
	case reflect.Pointer:
		if v.IsNil() {
			return nil
		}
		return s.value(v.Elem().Interface())
	}
	if plainKind(v.Kind()) {
		return nil
	}
	return fmt.Errorf("%w: value of type %s", ErrUnscopable, v.Type())
}

// namedValues checks the arguments of @name placeholders: sql.Named, maps, and structs by their fields.
func (s *scope) namedValues(list []any) error {
	for _, v := range list {
		rv := reflect.Indirect(reflect.ValueOf(v))
		var err error
		switch {
		case isNamedArg(v):
			err = s.value(v)
		case rv.Kind() == reflect.Map:
			err = s.mapValues(rv)
		case rv.Kind() == reflect.Struct:
			err = s.structValues(rv)
		default:
			err = s.value(v)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func isNamedArg(v any) bool {
	_, ok := v.(sql.NamedArg)
	return ok
}

func (s *scope) mapValues(m reflect.Value) error {
	for it := m.MapRange(); it.Next(); {
		if err := s.value(it.Value().Interface()); err != nil {
			return err
		}
	}
	return nil
}

func (s *scope) structValues(v reflect.Value) error {
	for i := range v.NumField() {
		if !v.Type().Field(i).IsExported() {
			continue
		}
		f := v.Field(i)
		if v.Type().Field(i).Anonymous && reflect.Indirect(f).Kind() == reflect.Struct {
			if err := s.structValues(reflect.Indirect(f)); err != nil {
				return err
			}
			continue
		}
		if err := s.value(f.Interface()); err != nil {
			return err
		}
	}
	return nil
}

// subquery admits a handle of the same transaction without SQL of its own. It passes the wall when it is built.
func (s *scope) subquery(sub *gorm.DB) error {
	if sub == nil || sub.Statement == nil {
		return fmt.Errorf("%w: empty sub-query", ErrUnscopable)
	}
	if sub.Statement.SQL.Len() > 0 {
		return fmt.Errorf("%w: sub-query", ErrRawSQL)
	}
	if sub.Statement.ConnPool != gorm.ConnPool(s.pool) {
		return fmt.Errorf("%w: sub-query of another handle", ErrUnscopable)
	}
	if err := s.wall.intact(sub); err != nil { // a sub-query is built by its own handle
		return err
	}
	if err := s.pool.usable(sub.Statement.Context); err != nil {
		return fmt.Errorf("sub-query: %w", err)
	}
	return sub.Error
}
