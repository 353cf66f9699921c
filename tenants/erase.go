package tenants

import (
	"context"
	"fmt"
	"maps"
	"slices"
)

// Removed counts rows that were removed, by table.
type Removed map[string]int64

// Add adds another count to this one.
func (r Removed) Add(o Removed) {
	for table, n := range o {
		r[table] += n
	}
}

// Total is how many rows it were.
func (r Removed) Total() (n int64) {
	for _, v := range r {
		n += v
	}
	return n
}

// eraseOrder is the tables of an account in an order that their foreign keys allow: those that refer to others before these. It is the
// catalogue's own list, from behind, so a table that a migration adds cannot be forgotten here.
func eraseOrder() []string {
	order := slices.Clone(tenantTables)
	slices.Reverse(order)
	return order
}

// auditTables go by the one function that may touch them.
var auditTables = []string{"audit", "audit_heads"}

// EraseAccount removes every row that schema tenant holds of the account in ctx, in one transaction, and returns what it removed; tables
// without rows are left out. The account's own log goes by tenant.erase_audit, which notes that in the installation's. Done again, it removes
// what has come meanwhile.
func (d *DB) EraseAccount(ctx context.Context) (Removed, error) {
	var removed Removed
	err := d.InTenant(ctx, func(tx *Tx) error {
		removed = Removed{}
		if err := tx.unhurried(ctx); err != nil {
			return err
		}
		for _, table := range eraseOrder() {
			if slices.Contains(auditTables, table) {
				continue
			}
			n, err := tx.eraseTable(ctx, table)
			if err != nil {
				return fmt.Errorf("erase %s: %w", table, err)
			}
			removed[tenantSchema+"."+table] = n
		}
		n, err := tx.eraseAudit(ctx)
		removed[tenantSchema+".audit"] = n
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("erase the account: %w", err)
	}
	maps.DeleteFunc(removed, func(_ string, n int64) bool { return n == 0 })
	return removed, nil
}

// unhurried lifts the bound that every statement has, until the transaction ends: a large account is millions of rows.
func (tx *Tx) unhurried(ctx context.Context) error {
	err := tx.beside(ctx, func() error {
		_, err := tx.pg.Exec(ctx, "set local statement_timeout = 0")
		return err
	})
	if err != nil {
		return fmt.Errorf("lift the statements' time limit: %w", err)
	}
	return nil
}

// eraseTable names the account itself, as the first wall would; the second one stands behind it. table is a name of the catalogue's list.
func (tx *Tx) eraseTable(ctx context.Context, table string) (n int64, err error) {
	err = tx.beside(ctx, func() error {
		tag, err := tx.pg.Exec(ctx, "delete from "+tenantSchema+"."+table+" where account_id = $1", tx.AccountID())
		n = tag.RowsAffected()
		return err
	})
	return n, err
}

func (tx *Tx) eraseAudit(ctx context.Context) (n int64, err error) {
	err = tx.beside(ctx, func() error { return tx.pg.QueryRow(ctx, "select tenant.erase_audit()").Scan(&n) })
	if err != nil {
		return 0, fmt.Errorf("erase the account's log: %w", err)
	}
	return n, nil
}
