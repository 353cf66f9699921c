package tenants

import (
	"fmt"
	"slices"

	"gorm.io/gorm/clause"
)

// checkClauses goes through everything that the caller put into the statement. What it does not know, it refuses.
func (s *scope) checkClauses() error {
	for key, c := range s.st.Clauses {
		if c.Name != "" && c.Name != key || c.Builder != nil ||
			c.BeforeExpression != nil || c.AfterNameExpression != nil || c.AfterExpression != nil {
			return fmt.Errorf("%w: clause %q carries SQL of its own", ErrUnscopable, key)
		}
		if c.Expression == nil {
			continue
		}
		if err := s.checkClause(key, c.Expression); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
	}
	for _, list := range [][]string{s.st.Selects, s.st.Omits} {
		for _, text := range list {
			if err := s.fragment(text, false); err != nil {
				return fmt.Errorf("SELECT: %w", err)
			}
		}
	}
	return s.checkJoins()
}

// checkClause checks one clause by the key under which GORM would build it.
func (s *scope) checkClause(key string, e clause.Expression) error {
	switch key {
	case clauseWhere:
		if w, ok := e.(clause.Where); ok {
			return s.exprs(w.Exprs)
		}
	case "SELECT":
		return s.checkSelect(e)
	case "GROUP BY":
		if g, ok := e.(clause.GroupBy); ok {
			return firstError(s.columns(g.Columns), s.exprs(g.Having))
		}
	case "ORDER BY":
		if o, ok := e.(clause.OrderBy); ok {
			return s.checkOrder(o)
		}
	case "RETURNING":
		if r, ok := e.(clause.Returning); ok {
			return s.columns(r.Columns)
		}
	case "FOR":
		return s.checkLocking(e)
	case clauseFrom:
		return s.checkFrom(e)
	case "SET", clauseOnConflict:
		return s.checkWriteClause(e)
	default:
		return checkEmptyClause(key, e)
	}
	return fmt.Errorf("%w: %T", ErrUnscopable, e)
}

// checkEmptyClause admits the clauses that say nothing of their own: a limit, and the heads that GORM fills in.
func checkEmptyClause(key string, e clause.Expression) error {
	switch x := e.(type) {
	case clause.Limit, clause.Values: // VALUES is built anew from the checked rows each time
		return nil
	case clause.Insert:
		if x == (clause.Insert{}) {
			return nil
		}
	case clause.Update:
		if x == (clause.Update{}) {
			return nil
		}
	case clause.Delete:
		if x == (clause.Delete{}) {
			return nil
		}
	default:
		if key == "soft_delete_enabled" { // GORM's marker; never built
			return nil
		}
	}
	return fmt.Errorf("%w: clause %T", ErrUnscopable, e)
}

func (s *scope) checkSelect(e clause.Expression) error {
	switch x := e.(type) {
	case clause.Select:
		if x.Expression != nil {
			return firstError(s.columns(x.Columns), s.expr(x.Expression))
		}
		return s.columns(x.Columns)
	case clause.Expr, clause.NamedExpr, clause.CommaExpression:
		return s.expr(x)
	}
	return fmt.Errorf("%w: %T", ErrUnscopable, e)
}

func (s *scope) checkOrder(o clause.OrderBy) error {
	if o.Expression != nil {
		return s.expr(o.Expression)
	}
	for _, c := range o.Columns {
		if err := s.column(c.Column); err != nil {
			return err
		}
	}
	return nil
}

// checkLocking admits PostgreSQL's row locks on the statement's own table.
func (s *scope) checkLocking(e clause.Expression) error {
	l, ok := e.(clause.Locking)
	known := ok && slices.Contains([]string{"UPDATE", "NO KEY UPDATE", "SHARE", "KEY SHARE"}, l.Strength) &&
		slices.Contains([]string{"", "NOWAIT", "SKIP LOCKED"}, l.Options) &&
		slices.Contains([]string{"", clause.CurrentTable, s.st.Table}, l.Table.Name) && !l.Table.Raw && l.Table.Alias == ""
	if !known {
		return fmt.Errorf("%w: FOR", ErrUnscopable)
	}
	return nil
}

// checkWriteClause checks what SET and ON CONFLICT carry; whether they move account_id is the writer's question.
func (s *scope) checkWriteClause(e clause.Expression) error {
	switch x := e.(type) {
	case clause.Set:
		return s.assignments(x)
	case clause.OnConflict:
		if x.OnConstraint != "" && !plainIdentifier(x.OnConstraint) {
			return fmt.Errorf("%w: constraint %q", ErrFragment, x.OnConstraint)
		}
		return firstError(s.columns(x.Columns), s.exprs(x.Where.Exprs), s.exprs(x.TargetWhere.Exprs), s.assignments(x.DoUpdates))
	}
	return fmt.Errorf("%w: %T", ErrUnscopable, e)
}

func (s *scope) assignments(set clause.Set) error {
	for _, a := range set {
		if err := firstError(s.column(a.Column), s.value(a.Value)); err != nil {
			return err
		}
	}
	return nil
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// firstErrorOf is firstError for steps of which a later one relies on an earlier one.
func firstErrorOf(steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}
