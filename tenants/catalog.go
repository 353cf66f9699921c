package tenants

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// CatalogReport is what CheckCatalog found. No finding means that the second wall stands as it was designed.
type CatalogReport struct {
	Rules    int // how many rules were checked
	Tables   int // how many tables stand on the lists
	Findings []Finding
}

// Finding is one rule that does not hold.
type Finding struct {
	Rule   string // short and stable, for example "row security is not forced"
	Object string // the table, policy, role or function that breaks it
}

// String returns the finding as one line.
func (f Finding) String() string { return f.Rule + ": " + f.Object }

// OK reports whether every rule holds.
func (r CatalogReport) OK() bool { return len(r.Findings) == 0 }

// String returns one line per finding, or one that says that there is none.
func (r CatalogReport) String() string {
	if r.OK() {
		return fmt.Sprintf("catalogue: %d rules hold over %d tables", r.Rules, r.Tables)
	}
	lines := make([]string, len(r.Findings))
	for i, f := range r.Findings {
		lines[i] = f.String()
	}
	return strings.Join(lines, "\n")
}

// CheckCatalog compares the database with the lists and rules of this package: which tables there are, how each table
// of an account is fenced, and what the role of this connection may do. It reads the system catalogue with the app's
// own role and needs no other. A report with findings is not an error; serving with one is refused by the caller.
func (d *DB) CheckCatalog(ctx context.Context) (CatalogReport, error) {
	findings, err := checkRules(ctx, d.pool, catalogRules)
	return CatalogReport{Rules: len(catalogRules), Tables: len(tenantTables) + len(platformTables), Findings: findings}, err
}

// CheckRole looks at what the role of this connection is: one that walks past row security, or has entered an account before anybody asked,
// would read every account's log. The tables are CheckCatalog's. A report with findings is not an error.
func (p *Platform) CheckRole(ctx context.Context) (CatalogReport, error) {
	findings, err := checkRules(ctx, p.pool, platformRoleRules)
	return CatalogReport{Rules: len(platformRoleRules), Findings: findings}, err
}

// checkRules returns what breaks the rules, all seen at one moment.
func checkRules(ctx context.Context, pool *pgxpool.Pool, rules []catalogRule) (findings []Finding, err error) {
	err = pgx.BeginTxFunc(ctx, pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		for _, rule := range rules {
			objects, err := rule.check(ctx, tx)
			if refused := (*pgconn.PgError)(nil); errors.As(err, &refused) {
				findings = append(findings, Finding{"rule cannot be checked", rule.name + ": " + refused.Message})
				return errRuleRefused
			}
			if err != nil {
				return fmt.Errorf("rule %q: %w", rule.name, err)
			}
			for _, o := range objects {
				findings = append(findings, Finding{rule.name, o})
			}
		}
		return nil
	})
	if err != nil && !errors.Is(err, errRuleRefused) {
		return nil, fmt.Errorf("check the catalogue: %w", err)
	}
	return findings, nil
}

// errRuleRefused ends the check: the role cannot even look, which is a finding of its own.
var errRuleRefused = errors.New("rule refused")

// catalogRule is a query for the objects that break a rule: none is good. It may use the lists as @tenant_tables and so on.
type catalogRule struct{ name, sql string }

func (r catalogRule) check(ctx context.Context, tx pgx.Tx) ([]string, error) {
	rows, err := tx.Query(ctx, r.sql, pgx.NamedArgs{
		"tenant_tables":   qualified(tenantSchema, tenantTables),
		"platform_tables": qualified(platformSchema, platformTables),
		"views":           allowedViews,
		"functions":       allowedDefinerFunctions,
		"triggers":        allowedTriggers,
		"owner_reads":     ownerReads,
		"policy":          policyText,
		"grants":          allowedGrants(),
	})
	if err != nil {
		return nil, err
	}
	objects, err := pgx.CollectRows(rows, pgx.RowTo[string])
	slices.Sort(objects)
	return objects, err
}

func qualified(schema string, tables []string) []string {
	out := make([]string, len(tables))
	for i, t := range tables {
		out[i] = schema + "." + t
	}
	return out
}
