package tenants

import (
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm/clause"
	"gorm.io/gorm/schema"
)

// checkJoins admits joins along declared relations to tenant tables. limit then puts the account into each ON.
func (s *scope) checkJoins() error {
	for i := range s.st.Joins {
		j := &s.st.Joins[i]
		if j.Expression != nil || !plainJoinType(j.JoinType) || (j.Alias != "" && !plainIdentifier(j.Alias)) {
			return fmt.Errorf("%w: join %q", ErrUnscopable, j.Name)
		}
		if err := s.checkRelationPath(j.Name); err != nil {
			return err
		}
		if j.On != nil {
			if err := s.exprs(j.On.Exprs); err != nil {
				return fmt.Errorf("join %s: %w", j.Name, err)
			}
		}
	}
	return nil
}

// checkRelationPath follows a path such as Conversation.Participant; every table on it must be one of the account.
func (s *scope) checkRelationPath(path string) error {
	relations := s.st.Schema.Relationships.Relations
	for part := range strings.SplitSeq(path, ".") {
		rel := relations[part]
		if rel == nil {
			return fmt.Errorf("%w: join %q is no relation of %s", ErrFragment, path, s.st.Schema.Name)
		}
		if err := s.checkRelation(rel); err != nil {
			return err
		}
		relations = rel.FieldSchema.Relationships.Relations
	}
	return nil
}

func (s *scope) checkRelation(rel *schema.Relationship) error {
	if rel.JoinTable != nil || rel.Type == schema.HasMany { // GORM cannot read their rows either
		return fmt.Errorf("%w: join to the many rows of %s; preload them", ErrUnscopable, rel.Name)
	}
	return s.wall.models.check(rel.FieldSchema)
}

// checkFrom admits what GORM itself puts into FROM: the link table of a many2many association. Its ON gets the account.
func (s *scope) checkFrom(e clause.Expression) error {
	from, ok := e.(clause.From)
	if !ok || len(from.Tables) > 0 {
		return fmt.Errorf("%w: FROM", ErrUnscopable)
	}
	from.Joins = slices.Clone(from.Joins)
	for i := range from.Joins {
		j := &from.Joins[i]
		if err := s.checkFromJoin(j); err != nil {
			return err
		}
		j.ON = clause.Where{Exprs: []clause.Expression{s.onAccount(j)}}
	}
	s.st.Clauses[clauseFrom] = clause.Clause{Name: clauseFrom, Expression: from}
	return nil
}

func (s *scope) checkFromJoin(j *clause.Join) error {
	bare, ok := strings.CutPrefix(j.Table.Name, tenantSchema+".")
	if !ok || !plainIdentifier(bare) || j.Table.Raw || j.Expression != nil || len(j.Using) > 0 || !plainJoinType(j.Type) {
		return fmt.Errorf("%w: join %q", ErrUnscopable, j.Table.Name)
	}
	if j.Table.Alias != "" && !plainIdentifier(j.Table.Alias) {
		return fmt.Errorf("%w: join alias %q", ErrFragment, j.Table.Alias)
	}
	return s.exprs(j.ON.Exprs)
}

// onAccount limits the joined table; a statement that GORM runs again has it already.
func (s *scope) onAccount(j *clause.Join) clause.Expression {
	table := j.Table.Name
	if j.Table.Alias != "" {
		table = j.Table.Alias
	}
	if len(j.ON.Exprs) == 1 {
		if o, ok := j.ON.Exprs[0].(ofAccount); ok && o.table == table {
			return o // its account was checked among the expressions
		}
	}
	return ofAccount{s.pool.account, table, j.ON.Exprs}
}

// plainJoinType admits the joins that keep rows of the left side only; the others would show the right side's unmatched.
func plainJoinType(t clause.JoinType) bool {
	return t == "" || t == clause.InnerJoin || t == clause.LeftJoin
}
