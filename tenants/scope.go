package tenants

import (
	"fmt"
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// scope is the passage of one statement through the wall. leave puts the statement back as the caller made it, since
// GORM reuses statements (Count then Find, FirstOrCreate, batches).
type scope struct {
	wall *wall
	db   *gorm.DB
	st   *gorm.Statement
	pool *pinned

	where clause.Clause // the caller's, if it had one
	had   bool
	leave func()
}

// enter checks everything about the statement that could reach past its account, and refuses what it does not know.
// After it the statement is stamped but not yet limited to the account: that is each callback's own next step.
func (w *wall) enter(db *gorm.DB, clauses []string) (*scope, error) {
	st := db.Statement
	pool, ok := st.ConnPool.(*pinned)
	if !ok {
		return nil, fmt.Errorf("%w: the statement left its transaction (%T)", ErrUnscopable, st.ConnPool)
	}
	if !db.DryRun {
		pool.refuse(nil)
	}
	s := &scope{wall: w, db: db, st: st, pool: pool}
	if err := s.check(); err != nil {
		if db.DryRun {
			pool.refuse(err)
		}
		return nil, err
	}
	s.stamp(clauses)
	return s, nil
}

func (s *scope) check() error {
	if err := s.pool.usable(s.st.Context); err != nil {
		return err
	}
	if err := s.untouched(); err != nil {
		return err
	}
	if s.st.Schema == nil {
		return fmt.Errorf("%w: no model (Table(%q))", ErrUnscopable, s.st.Table)
	}
	if err := s.wall.models.check(s.st.Schema); err != nil {
		return err
	}
	if err := firstErrorOf(func() error { return checkTarget(s.st) }, s.checkShape); err != nil {
		return err
	}
	return s.checkClauses()
}

// untouched refuses a statement that comes with SQL of its own, or whose handle builds SQL in another way than ours.
func (s *scope) untouched() error {
	if s.st.SQL.Len() > 0 || (len(s.st.Vars) > 0 && !s.db.DryRun) {
		return ErrRawSQL
	}
	if err := s.values(s.st.Vars); err != nil { // a sub-query has those of the statement around it; no other may have any
		return err
	}
	return s.wall.intact(s.db)
}

// stamp lets the pool send the statement once, with the clauses that its kind has, and prepares leave.
func (s *scope) stamp(clauses []string) {
	st := s.st
	ctx, joins, build, selects, omits := st.Context, st.Joins, st.BuildClauses, st.Selects, st.Omits
	s.where, s.had = st.Clauses[clauseWhere]
	st.Context = s.pool.stamped(st)
	st.BuildClauses = clauses
	st.Joins, st.Selects, st.Omits = slices.Clone(joins), slices.Clone(selects), slices.Clone(omits)
	s.leave = func() {
		st.Context, st.Joins, st.BuildClauses, st.Selects, st.Omits = ctx, joins, build, selects, omits
		if s.had {
			st.Clauses[clauseWhere] = s.where
			return
		}
		delete(st.Clauses, clauseWhere)
	}
}

// limit puts the account before everything that the caller asked for, and the joins' tables behind it. It reports how
// many conditions the caller gave.
func (s *scope) limit() int {
	var rest []clause.Expression
	if w, ok := s.where.Expression.(clause.Where); ok {
		rest = w.Exprs
	}
	s.st.Clauses[clauseWhere] = clause.Clause{Name: clauseWhere, Expression: clause.Where{
		Exprs: []clause.Expression{ofAccount{s.pool.account, clause.CurrentTable, rest}},
	}}
	for i := range s.st.Joins {
		j := &s.st.Joins[i]
		var on []clause.Expression
		if j.On != nil {
			on = j.On.Exprs
		}
		j.On = &clause.Where{Exprs: []clause.Expression{ofAccount{s.pool.account, clause.CurrentTable, on}}}
	}
	return len(rest)
}

// ofAccount is `table.account_id = ? AND ( rest )`. The parentheses are ours: GORM sets its own by guessing from the
// text, which a newline before OR defeats.
type ofAccount struct {
	account AccountID
	table   string
	rest    []clause.Expression
}

// Build writes the condition.
func (o ofAccount) Build(b clause.Builder) {
	b.WriteQuoted(clause.Column{Table: o.table, Name: accountColumn})
	_, _ = b.WriteString(" = ")
	b.AddVar(b, o.account.UUID)
	if len(o.rest) == 0 {
		return
	}
	_, _ = b.WriteString(" AND (")
	clause.Where{Exprs: slices.Clone(o.rest)}.Build(b) // Build reorders its slice
	_ = b.WriteByte(')')
}
