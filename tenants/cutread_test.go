package tenants_test

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"gorm.io/gorm"

	"parlor/tenants"
)

// Reads that are cut off anywhere, or that fail in the database, leave nothing of their account on the one connection that all share, and no
// read ever sees what another one asked for.
func TestReadsCutOffLeaveNoAccount(t *testing.T) {
	t.Parallel()
	pg := newLeakDatabase(t)
	d, err := tenants.Open(t.Context(), pg.AppDSN, tenants.Options{MaxConns: 1, AuditKey: make([]byte, tenants.AuditKeyBytes)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	accounts := []tenants.AccountID{own, other}
	cut, failed, whole := 0, 0, 0
	for i := range 400 {
		account := accounts[i%2]
		ctx, cancel := context.WithTimeout(tenants.WithAccount(t.Context(), account), time.Duration(rand.IntN(1500))*time.Microsecond)
		var rows []contact
		err := d.Read(ctx, &rows, func(q *gorm.DB) *gorm.DB {
			if i%5 == 0 {
				return q.Where("1 / (score - score) > 0") // fails after the account was entered
			}
			return q
		})
		switch {
		case err == nil:
			whole++
		case ctx.Err() != nil:
			cut++
		default:
			failed++
		}
		cancel()
		for _, r := range rows {
			if r.AccountID != account {
				t.Fatalf("row of %s in account %s", r.AccountID, account)
			}
		}
		if i%20 == 0 {
			assertNobody(t, d)
		}
	}
	assertNobody(t, d)
	if cut == 0 || failed == 0 || whole == 0 {
		t.Errorf("%d reads were cut off, %d failed, %d came through: nothing was tried", cut, failed, whole)
	}
}

// assertNobody looks whether the connection that comes next is inside an account.
func assertNobody(t *testing.T, d *tenants.DB) {
	t.Helper()
	report, err := d.CheckCatalog(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range report.Findings {
		if f.Rule == "an account is set outside a transaction" {
			t.Fatal(f)
		}
	}
}
