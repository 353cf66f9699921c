package tenants_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"parlor/migrations/pgtest"
	"parlor/tenants"
)

// auditLine is one line of an account's log as the database has it.
type auditLine struct {
	Seq                                           int64
	ActorKind, ActorID, ActorName, Action, Target string
	Detail                                        map[string]any
}

func auditOf(t *testing.T, db *pgtest.Database, account tenants.AccountID) []auditLine {
	t.Helper()
	rows, err := db.Admin(t).Query(t.Context(), `select seq, actor_kind, actor_id, actor_name, action, target, detail
		from tenant.audit where account_id = $1 order by seq`, account)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowToStructByPos[auditLine])
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

func TestTheLogSaysWhoDidWhat(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	p, d := openPlatform(t, db), openTenants(t, db.AppDSN)
	account := newAccount(t, db, "17841400000000001")
	user := tenants.Principal{UserID: tenants.NewUserID(), DisplayName: "Mika", AccountID: account}
	key := tenants.Principal{KeyID: "k1", AccountID: account}
	as := func(ctx context.Context, action string) {
		t.Helper()
		err := d.InTenant(ctx, func(tx *tenants.Tx) error {
			return tx.Audit(ctx, tenants.AuditEntry{Action: action, Target: "x", Detail: map[string]any{"n": 1}})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	as(tenants.WithPrincipal(t.Context(), user), "by.user")
	as(tenants.WithPrincipal(t.Context(), key), "by.key")
	as(tenants.WithAccount(t.Context(), account), "by.system")
	inTx(t, p, func(tx *tenants.PlatformTx) error {
		return tx.AuditAccount(tenants.WithPrincipal(t.Context(), user), account, tenants.AuditEntry{Action: "by.platform"})
	})
	want := []string{
		"{1 user " + user.UserID.String() + " Mika by.user x map[n:1]}",
		"{2 api_key k1  by.key x map[n:1]}",
		"{3 system   by.system x map[n:1]}",
		"{4 user " + user.UserID.String() + " Mika by.platform  map[]}",
	}
	got := auditOf(t, db, account)
	if len(got) != len(want) {
		t.Fatalf("lines = %+v", got)
	}
	for i, line := range got {
		if fmt.Sprint(line) != want[i] {
			t.Errorf("line %d = %v, want %s", i, line, want[i])
		}
	}
}

// Each account counts its own lines, without a gap, whoever writes and whatever is rolled back.
func TestTheLogHasNoGap(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	p, d := openPlatform(t, db), openTenants(t, db.AppDSN)
	accounts := []tenants.AccountID{newAccount(t, db, "17841400000000001"), newAccount(t, db, "17841400000000002")}
	mine := errors.New("mine")
	var wg sync.WaitGroup
	for i := range 24 {
		wg.Go(func() {
			account := accounts[i%2]
			ctx := tenants.WithAccount(context.WithoutCancel(t.Context()), account)
			entry := tenants.AuditEntry{Action: "test.line"}
			var err error
			switch i % 3 {
			case 0:
				err = d.InTenant(ctx, func(tx *tenants.Tx) error { return tx.Audit(ctx, entry) })
			case 1:
				err = p.InTx(ctx, func(tx *tenants.PlatformTx) error { return tx.AuditAccount(ctx, account, entry) })
			case 2:
				err = d.InTenant(ctx, func(tx *tenants.Tx) error { return errors.Join(tx.Audit(ctx, entry), mine) })
				if errors.Is(err, mine) {
					err = nil
				}
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, account := range accounts {
		lines := auditOf(t, db, account)
		if len(lines) != 8 {
			t.Errorf("%d lines, want 8", len(lines))
		}
		for i, line := range lines {
			if line.Seq != int64(i+1) {
				t.Errorf("line %d has number %d", i, line.Seq)
			}
		}
	}
}

// The app role adds and reads, inside the account it has entered and nowhere else.
func TestTheLogIsTheAccountsOwn(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	p := openPlatform(t, db)
	ours, theirs := newAccount(t, db, "17841400000000001"), newAccount(t, db, "17841400000000002")
	inTx(t, p, func(tx *tenants.PlatformTx) error {
		return tx.AuditAccount(t.Context(), theirs, tenants.AuditEntry{Action: "test.line"})
	})
	for name, dsn := range map[string]string{"app": db.AppDSN, "platform": db.PlatformDSN} {
		conn := dial(t, dsn)
		for _, account := range []tenants.AccountID{{}, ours} {
			var n int
			err := pgx.BeginFunc(t.Context(), conn, func(tx pgx.Tx) error {
				if !account.IsZero() {
					if _, err := tx.Exec(t.Context(), "set local app.account_id = '"+account.String()+"'"); err != nil {
						return err
					}
				}
				return tx.QueryRow(t.Context(), "select count(*) from tenant.audit").Scan(&n)
			})
			if err != nil || n != 0 {
				t.Errorf("%s inside %s reads %d lines of another account, %v", name, account, n, err)
			}
		}
		for _, statement := range []string{"update tenant.audit set action = ''", "delete from tenant.audit", "delete from tenant.audit_heads"} {
			if _, err := conn.Exec(t.Context(), statement); !isDenied(err) {
				t.Errorf("%s: %s: err = %v, want denied", name, statement, err)
			}
		}
	}
}

func TestThePlatformsLog(t *testing.T) {
	t.Parallel()
	p := openPlatform(t, pgtest.New(t))
	user := tenants.NewUserID()
	as := map[string]context.Context{
		"system":                t.Context(),
		"user:" + user.String(): tenants.WithPrincipal(t.Context(), tenants.Principal{UserID: user}),
	}
	inTx(t, p, func(tx *tenants.PlatformTx) error {
		for actor, ctx := range as {
			if err := tx.AuditPlatform(ctx, "", "test.line", actor, nil); err != nil {
				return err
			}
		}
		return tx.AuditPlatform(t.Context(), "command", "test.line", "command", map[string]any{"n": 1})
	})
	var right, all int
	err := p.QueryRow(t.Context(), "select count(*) filter (where actor = target), count(*) from platform.audit").Scan(&right, &all)
	if err != nil || right != 3 || all != 3 {
		t.Errorf("%d of %d lines name their actor, %v", right, all, err)
	}
}

func TestAuditNeedsAnAccountAndJSON(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	p := openPlatform(t, db)
	account := newAccount(t, db, "17841400000000001")
	tests := map[string]func(tx *tenants.PlatformTx) error{
		"no account": func(tx *tenants.PlatformTx) error {
			err := tx.AuditAccount(t.Context(), tenants.AccountID{}, tenants.AuditEntry{Action: "x"})
			if !errors.Is(err, tenants.ErrNoAccount) {
				t.Errorf("err = %v, want ErrNoAccount", err)
			}
			return err
		},
		"detail that is no JSON": func(tx *tenants.PlatformTx) error {
			return tx.AuditAccount(t.Context(), account, tenants.AuditEntry{Action: "x", Detail: map[string]any{"f": func() {}}})
		},
		"platform's detail that is no JSON": func(tx *tenants.PlatformTx) error {
			return tx.AuditPlatform(t.Context(), "", "x", "", map[string]any{"f": func() {}})
		},
	}
	for name, do := range tests {
		if err := p.InTx(t.Context(), do); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
