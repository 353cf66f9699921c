package tenants

import (
	"fmt"
	"reflect"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// update limits what is changed, and refuses to change the account itself in any spelling.
func (w *wall) update(run step) step {
	return func(db *gorm.DB) {
		if db.Error != nil {
			return
		}
		s, err := w.enter(db, updateClauses)
		if err != nil {
			_ = db.AddError(err)
			return
		}
		defer s.leave()
		if err := firstErrorOf(s.ownModel, s.keepAccount, s.limitWrite); err != nil {
			_ = db.AddError(err)
			return
		}
		s.st.Omits = append(s.st.Omits, accountColumn) // Save and Select("*") would write it
		run(db)
	}
}

// remove limits what is deleted, softly or not.
func (w *wall) remove(run step) step {
	return func(db *gorm.DB) {
		if db.Error != nil {
			return
		}
		s, err := w.enter(db, deleteClauses)
		if err != nil {
			_ = db.AddError(err)
			return
		}
		defer s.leave()
		if err := firstErrorOf(s.ownModel, s.ownDest, s.limitWrite); err != nil {
			_ = db.AddError(err)
			return
		}
		run(db)
	}
}

// limitWrite is limit, with GORM's guard against writes without a condition done again: ours would always satisfy it.
func (s *scope) limitWrite() error {
	if s.limit() == 0 && !s.identified() && !s.db.AllowGlobalUpdate {
		return gorm.ErrMissingWhereClause
	}
	return nil
}

// keepAccount refuses a SET clause, map or struct that would move rows. Naming the own account says nothing and passes;
// so does the nil that GORM writes over a whole foreign key when it unlinks rows, for the column is left out.
func (s *scope) keepAccount() error {
	if set, ok := s.st.Clauses["SET"].Expression.(clause.Set); ok {
		for _, a := range set {
			if a.Column.Raw || s.namesAccount(a.Column.Name) {
				return ErrMovesAccount
			}
		}
	}
	return s.eachRow(s.dest(), func(row slot) error {
		unlinks := row.value == nil && !row.alone
		if row.given && !unlinks && !isAccount(row.value, s.pool.account) {
			return ErrMovesAccount
		}
		return nil
	})
}

// ownModel refuses a model value that says itself that it is another account's.
func (s *scope) ownModel() error { return s.ownValue(s.st.Model) }

// ownDest is ownModel for the value given to Delete. A row that names its key but not its account gets it: GORM compares
// the whole key, and an empty account would match nothing.
func (s *scope) ownDest() error {
	if err := s.ownValue(s.st.Dest); err != nil || !s.hasKey(reflect.ValueOf(s.st.Dest)) {
		return err
	}
	rows := s.dest()
	err := s.eachRow(rows, func(row slot) error { return row.set(s.pool.account) })
	s.useDest(rows)
	return err
}

func (s *scope) ownValue(value any) error {
	v := reflect.ValueOf(value)
	if !v.IsValid() || rowType(v.Type()) != s.st.Schema.ModelType {
		return nil
	}
	return s.eachRow(v, func(row slot) error {
		if row.given && !isAccount(row.value, s.pool.account) {
			return fmt.Errorf("%w: %s", ErrForeignAccount, s.st.Schema.Name)
		}
		return nil
	})
}
