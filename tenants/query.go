package tenants

import (
	"fmt"
	"regexp"
	"strings"

	"gorm.io/gorm"
)

// step is one of GORM's callbacks.
type step = func(*gorm.DB)

// query limits every read that GORM scans itself: Find, First, Count, Pluck, preloads, associations, sub-queries.
func (w *wall) query(run step) step {
	return func(db *gorm.DB) {
		if db.Error != nil {
			return
		}
		s, err := w.enter(db, queryClauses)
		if err != nil {
			_ = db.AddError(err)
			return
		}
		defer s.leave()
		s.limit()
		run(db)
		if db.DryRun && db.Error == nil {
			s.pool.seal(&stamp{pool: s.pool, stmt: s.st})
		}
	}
}

// row limits Row, Rows and Scan.
func (w *wall) row(run step) step {
	return func(db *gorm.DB) {
		if db.Error == nil {
			s, err := w.enter(db, queryClauses)
			if err == nil {
				defer s.leave()
				s.limit()
				run(db)
				return
			}
			_ = db.AddError(err)
		}
		// Row has no other way to report than the row that it returns.
		if rows, _ := db.Get("rows"); rows != true {
			db.Statement.Dest = failedRow(db.Error)
		}
	}
}

// savepoint is the only raw SQL that passes: what GORM's nested transactions send.
var savepoint = regexp.MustCompile(`^(SAVEPOINT|ROLLBACK TO SAVEPOINT) [A-Za-z0-9_]{1,40}$`)

// raw refuses Exec, savepoints apart. GORM ignores the error of a savepoint and would carry on without one, so a refused
// or failed one spoils the transaction.
func (w *wall) raw(run step) step {
	return func(db *gorm.DB) {
		if db.Error != nil {
			return
		}
		pool, ok := db.Statement.ConnPool.(*pinned)
		if !ok {
			_ = db.AddError(fmt.Errorf("%w: the statement left its transaction (%T)", ErrUnscopable, db.Statement.ConnPool))
			return
		}
		sql := db.Statement.SQL.String()
		if err := rawAllowed(pool, db.Statement, sql); err != nil {
			_ = db.AddError(err)
		} else {
			ctx := db.Statement.Context
			pool.refuse(nil)
			db.Statement.Context = pool.stamped(db.Statement)
			run(db)
			db.Statement.Context = ctx
		}
		if db.Error != nil && strings.Contains(strings.ToUpper(sql), "SAVEPOINT") {
			pool.fail(fmt.Errorf("savepoint: %w", db.Error))
		}
	}
}

func rawAllowed(pool *pinned, st *gorm.Statement, sql string) error {
	if !savepoint.MatchString(sql) || len(st.Vars) > 0 {
		return ErrRawSQL
	}
	return pool.usable(st.Context)
}
