package tenants

import (
	"fmt"
	"reflect"
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// create gives every new row the account, or verifies the one that it names, and keeps upserts off foreign rows.
func (w *wall) create(run step) step {
	return func(db *gorm.DB) {
		if db.Error != nil {
			return
		}
		s, err := w.enter(db, createClauses)
		if err != nil {
			_ = db.AddError(err)
			return
		}
		defer s.leave()
		conflict, had := s.st.Clauses[clauseOnConflict]
		if err := firstErrorOf(s.own, s.limitConflict); err != nil {
			_ = db.AddError(err)
			return
		}
		if had {
			defer func() { s.st.Clauses[clauseOnConflict] = conflict }()
		}
		run(db)
		if db.Error == nil && !db.DryRun && s.lostRows(conflict) {
			_ = db.AddError(fmt.Errorf("%w: upsert into %s", ErrForeignAccount, s.st.Schema.Table))
		}
	}
}

// own sets the account in every row that names none.
func (s *scope) own() error {
	if slices.ContainsFunc(s.st.Omits, s.namesAccount) {
		return fmt.Errorf("%w: omitted", ErrMovesAccount)
	}
	if len(s.st.Selects) > 0 {
		s.st.Selects = append(s.st.Selects, accountColumn)
	}
	rows := s.dest()
	if t := rowType(rows.Type()); t.Kind() == reflect.Struct && t != s.st.Schema.ModelType {
		return fmt.Errorf("%w: row of type %s for model %s", ErrUnscopable, t, s.st.Schema.Name)
	}
	err := s.eachRow(rows, func(row slot) error {
		if !row.given {
			return row.set(s.pool.account)
		}
		if !isAccount(row.value, s.pool.account) {
			return ErrForeignAccount
		}
		return nil
	})
	s.useDest(rows)
	return err
}

func rowType(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Array {
		t = t.Elem()
	}
	return t
}

// limitConflict lets an upsert change rows of the account only, and never their account.
func (s *scope) limitConflict() error {
	c, ok := s.st.Clauses[clauseOnConflict]
	if !ok || c.Expression == nil {
		return nil
	}
	oc, ok := c.Expression.(clause.OnConflict)
	if !ok {
		return fmt.Errorf("%w: %T", ErrUnscopable, c.Expression)
	}
	updates := make(clause.Set, 0, len(oc.DoUpdates))
	for _, a := range oc.DoUpdates {
		if a.Column.Raw || (s.namesAccount(a.Column.Name) && !isExcludedAccount(a.Value)) {
			return fmt.Errorf("%w: by an upsert", ErrMovesAccount)
		}
		if !s.namesAccount(a.Column.Name) {
			updates = append(updates, a) // account_id = excluded.account_id, which GORM's associations write, says nothing
		}
	}
	if !oc.UpdateAll && len(updates) == 0 || oc.UpdateAll && s.onlyKeys() {
		oc.DoNothing, oc.UpdateAll = true, false
	}
	oc.DoUpdates = updates
	if !oc.DoNothing {
		oc.Where = clause.Where{Exprs: []clause.Expression{ofAccount{s.pool.account, s.st.Table, oc.Where.Exprs}}}
	}
	c.Expression = oc
	s.st.Clauses[clauseOnConflict] = c
	return nil
}

func isExcludedAccount(v any) bool {
	c, ok := v.(clause.Column)
	return ok && c == clause.Column{Table: "excluded", Name: accountColumn}
}

// onlyKeys reports whether the model has nothing that an upsert could update.
func (s *scope) onlyKeys() bool { return len(s.st.Schema.PrimaryFields) == len(s.st.Schema.DBNames) }

// lostRows reports whether an upsert met a row that it may not change. With a condition of the caller's own, fewer rows
// may be what was asked for; the foreign row is untouched either way.
func (s *scope) lostRows(asked clause.Clause) bool {
	oc, ok := asked.Expression.(clause.OnConflict)
	now, _ := s.st.Clauses[clauseOnConflict].Expression.(clause.OnConflict)
	if !ok || now.DoNothing || len(oc.Where.Exprs) > 0 {
		return false
	}
	rows := int64(1)
	if v := reflect.Indirect(reflect.ValueOf(s.st.Dest)); v.Kind() == reflect.Slice || v.Kind() == reflect.Array {
		rows = int64(v.Len())
	}
	return s.db.RowsAffected < rows
}
