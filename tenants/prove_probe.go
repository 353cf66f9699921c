package tenants

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// errProbeOver makes InTenant roll the probe's rows back.
var errProbeOver = errors.New("probe is over")

// insufficientPrivilege is what PostgreSQL answers to a row that a policy forbids and to a command without a grant.
const insufficientPrivilege = "42501"

// probe is one run inside the transaction that wrote the first account's rows.
type probe struct {
	*record
	tx  *Tx
	pg  pgx.Tx
	ids map[string]uuid.UUID // the id of the row in each table
	// written is the participant's id, by which the handle is asked for it
	written uuid.UUID
}

func (p *probe) run(ctx context.Context) {
	if !p.write(ctx) {
		return
	}
	before, ok := p.fingerprint(ctx)
	if !ok {
		return
	}
	p.sqlAs(ctx, ProbeAccountB.String(), "another account")
	p.sqlAs(ctx, "", "nobody")
	p.handleAs(ctx, ProbeAccountA, "GORM wall alone")
	p.handleAs(ctx, ProbeAccountB, "both walls")
	after, ok := p.fingerprint(ctx)
	if ok {
		p.addf(before == after, "the first account's rows are as they were")
	}
}

// write puts one row of the first account into every tenant table.
func (p *probe) write(ctx context.Context) bool {
	p.ids = map[string]uuid.UUID{}
	for _, r := range probeRows {
		p.ids[r.table] = newID()
		if _, err := p.pg.Exec(ctx, r.sql, p.args(r)...); err != nil {
			p.addf(false, "write a probe row into tenant.%s: %v", r.table, err)
			return false
		}
	}
	p.written = p.ids["participants"]
	for _, t := range tenantTables {
		if !slices.ContainsFunc(probeRows, func(r probeRow) bool { return r.table == t }) {
			p.addf(false, "tenant.%s has no probe row, so nothing is known about it", t)
		}
	}
	return true
}

// args are the first parameters that the row's statement uses.
func (p *probe) args(r probeRow) []any {
	args := []any{ProbeAccountA.UUID, p.ids[r.table], p.ids[parents[r.table]]}
	return args[:r.params]
}

// enter changes the setting, and with it the account that the Postgres wall lets through; the handle is not asked.
func (p *probe) enter(ctx context.Context, account string) bool {
	_, err := p.pg.Exec(ctx, enterSQL, account)
	if err != nil {
		p.addf(false, "enter %q: %v", account, err)
	}
	return err == nil
}

// fingerprint sums up all rows of the first account.
func (p *probe) fingerprint(ctx context.Context) (sum string, ok bool) {
	var all strings.Builder
	if !p.enter(ctx, ProbeAccountA.String()) {
		return "", false
	}
	for _, t := range tenantTables {
		var part string
		err := p.pg.QueryRow(ctx, "select count(*) || md5(coalesce(string_agg(t::text, '|' order by t::text), '')) from tenant."+t+" t").Scan(&part)
		if err != nil {
			p.addf(false, "read tenant.%s as its own account: %v", t, err)
			return "", false
		}
		all.WriteString(part)
	}
	return all.String(), true
}

// sqlAs tries each table with plain SQL and no predicate but the first account's id: the Postgres wall alone.
func (p *probe) sqlAs(ctx context.Context, account, who string) {
	if !p.enter(ctx, account) {
		return
	}
	for _, r := range probeRows {
		reached := p.affected(ctx, "select from tenant."+r.table)
		p.addf(reached == 0, "Postgres wall alone: %s reads no row of tenant.%s", who, r.table)
		reached = p.affected(ctx, "update tenant."+r.table+" set account_id = account_id where account_id = $1", ProbeAccountA.UUID)
		p.addf(reached == 0, "Postgres wall alone: %s changes no row of tenant.%s", who, r.table)
		reached = p.affected(ctx, "delete from tenant."+r.table+" where account_id = $1", ProbeAccountA.UUID)
		p.addf(reached == 0, "Postgres wall alone: %s deletes no row of tenant.%s", who, r.table)
		p.ids[r.table] = newID() // a fresh key, so that nothing but the policy can refuse it
		err := p.try(ctx, func(pg pgx.Tx) error {
			_, err := pg.Exec(ctx, r.sql, p.args(r)...)
			return err
		})
		p.addf(forbidden(err), "Postgres wall alone: %s cannot add a row to tenant.%s for the first account", who, r.table)
	}
}

// affected runs one statement and returns how many rows it reached: none also when the role may not run it, and -1
// when it failed in another way, which proves nothing.
func (p *probe) affected(ctx context.Context, sql string, args ...any) (rows int64) {
	err := p.try(ctx, func(pg pgx.Tx) error {
		tag, err := pg.Exec(ctx, sql, args...)
		rows = tag.RowsAffected()
		return err
	})
	if err != nil && !forbidden(err) {
		return -1
	}
	return rows
}

// try runs fn and undoes what it did.
func (p *probe) try(ctx context.Context, fn func(pg pgx.Tx) error) error {
	nested, err := p.pg.Begin(ctx)
	if err != nil {
		return err
	}
	err = fn(nested)
	return errors.Join(err, nested.Rollback(ctx))
}

func forbidden(err error) bool {
	var pgErr *pgconn.PgError
	return errors.As(err, &pgErr) && pgErr.Code == insufficientPrivilege
}
