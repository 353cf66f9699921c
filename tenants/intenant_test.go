package tenants_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/riverqueue/river"
	"gorm.io/gorm"

	"parlor/migrations/pgtest"
	"parlor/tenants"
)

// fixture is a database with both accounts' rows, and the handle of the app role.
type fixture struct {
	pg  *pgtest.Database
	db  *tenants.DB
	ctx context.Context // of the own account
}

func newFixture(t *testing.T) fixture {
	t.Helper()
	pg := newLeakDatabase(t)
	return fixture{pg, openTenants(t, pg.AppDSN), tenants.WithAccount(t.Context(), own)}
}

// contacts counts, as a superuser, the rows of the own account.
func (f fixture) contacts(t *testing.T) (n int) {
	t.Helper()
	if err := f.pg.Admin(t).QueryRow(t.Context(), "select count(*) from tenant.contacts where account_id = $1", own.UUID).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func plant(tx *tenants.Tx) error {
	return tx.DB().Create(&contact{ID: uuid.New(), Email: uuid.NewString()}).Error
}

func TestInTenantCommitsOrRollsBack(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	boom := errors.New("boom")
	f.expect(t, "commit", nil, func() error { return f.db.InTenant(f.ctx, plant) })
	f.expect(t, "error", boom, func() error {
		return f.db.InTenant(f.ctx, func(tx *tenants.Tx) error { return errors.Join(plant(tx), boom) })
	})
	f.expect(t, "panic", boom, func() (err error) {
		defer func() { err = recover().(error) }()
		return f.db.InTenant(f.ctx, func(tx *tenants.Tx) error { _ = plant(tx); panic(boom) })
	})
	f.expect(t, "goexit", nil, func() error {
		var wait sync.WaitGroup
		wait.Go(func() {
			_ = f.db.InTenant(f.ctx, func(tx *tenants.Tx) error { _ = plant(tx); runtime.Goexit(); return nil })
		})
		wait.Wait()
		return nil
	})
	f.expect(t, "cancelled inside", context.Canceled, func() error {
		ctx, cancel := context.WithCancel(f.ctx)
		return f.db.InTenant(ctx, func(tx *tenants.Tx) error { err := plant(tx); cancel(); return err })
	})
	f.expect(t, "cancelled within a statement", context.DeadlineExceeded, func() error {
		ctx, cancel := context.WithTimeout(f.ctx, 50*time.Millisecond)
		defer cancel()
		return f.db.InTenant(ctx, func(tx *tenants.Tx) error {
			for ctx.Err() == nil {
				_ = plant(tx)
			}
			return ctx.Err()
		})
	})
	f.expect(t, "refused savepoint", tenants.ErrRawSQL, func() error {
		return f.db.InTenant(f.ctx, func(tx *tenants.Tx) error { _ = plant(tx); tx.DB().SavePoint("a b"); return nil })
	})
	f.expect(t, "statement that failed, ignored", nil, func() error {
		err := f.db.InTenant(f.ctx, func(tx *tenants.Tx) error {
			_ = plant(tx)
			_ = tx.DB().Create(&contact{ID: ownContact}).Error
			return nil
		})
		if err == nil {
			t.Error("a transaction that PostgreSQL rolled back was reported as committed")
		}
		return nil
	})
	f.expect(t, "rows left open", nil, func() error {
		err := f.db.InTenant(f.ctx, func(tx *tenants.Tx) error {
			_ = plant(tx)
			_, err := tx.DB().Model(&contact{}).Rows() //nolint:sqlclosecheck,rowserrcheck // left open on purpose
			return err
		})
		if err == nil {
			t.Error("committed with rows left open")
		}
		return nil
	})
}

// expect runs one unit of work and checks its error and that it left nothing behind; the first one commits.
func (f fixture) expect(t *testing.T, name string, want error, do func() error) {
	t.Helper()
	if err := do(); !errors.Is(err, want) {
		t.Errorf("%s: err = %v, want %v", name, err, want)
	}
	if n := f.contacts(t); n != 4 { // three of the seed, one of the only unit of work that commits
		t.Errorf("%s: %d rows, want 4", name, n)
	}
}

func TestInTenantNeedsOneAccount(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	foreign := tenants.WithAccount(t.Context(), other)
	never := func(*tenants.Tx) error { t.Error("ran without an account"); return nil }
	for _, ctx := range []context.Context{t.Context(), tenants.WithAccount(f.ctx, tenants.AccountID{})} {
		if err := f.db.InTenant(ctx, never); !errors.Is(err, tenants.ErrNoAccount) {
			t.Errorf("err = %v", err)
		}
		if err := f.db.Read(ctx, &[]contact{}, func(q *gorm.DB) *gorm.DB { return q }); !errors.Is(err, tenants.ErrNoAccount) {
			t.Errorf("err = %v", err)
		}
	}
	err := f.db.InTenant(f.ctx, func(tx *tenants.Tx) error {
		if tx.AccountID() != own {
			t.Errorf("account = %v", tx.AccountID())
		}
		return errors.Join(
			is(tx.DB().WithContext(foreign).Find(&[]contact{}).Error, tenants.ErrAccountChanged),
			is(tx.DB().WithContext(context.Background()).Find(&[]contact{}).Error, tenants.ErrNoAccount),
			is(tx.Enqueue(foreign, probeJob{}, nil), tenants.ErrAccountChanged),
			is(tx.Audit(foreign, tenants.AuditEntry{Action: "x"}), tenants.ErrAccountChanged),
			is(tx.Notify(foreign, tenants.LiveRef{}), tenants.ErrAccountChanged),
			is(tx.Revoke(foreign, tenants.AuthEvent{}), tenants.ErrAccountChanged))
	})
	if err != nil {
		t.Error(err)
	}
}

func is(err, want error) error {
	if !errors.Is(err, want) {
		return fmt.Errorf("err = %w, want %w", err, want)
	}
	return nil
}

func TestTxEnds(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var kept *tenants.Tx
	if err := f.db.InTenant(f.ctx, func(tx *tenants.Tx) error { kept = tx; return nil }); err != nil {
		t.Fatal(err)
	}
	var n int
	for name, err := range map[string]error{
		"find":        kept.DB().WithContext(f.ctx).Find(&[]contact{}).Error,
		"create":      kept.DB().WithContext(f.ctx).Create(&contact{ID: uuid.New()}).Error,
		"row":         kept.DB().WithContext(f.ctx).Model(&contact{}).Select("count(*)").Row().Scan(&n),
		"transaction": kept.DB().WithContext(f.ctx).Transaction(func(tx *gorm.DB) error { return tx.Find(&[]contact{}).Error }),
		"enqueue":     kept.Enqueue(f.ctx, probeJob{}, nil),
		"audit":       kept.Audit(f.ctx, tenants.AuditEntry{Action: "x"}),
		"notify":      kept.Notify(f.ctx, tenants.LiveRef{}),
		"revoke":      kept.Revoke(f.ctx, tenants.AuthEvent{}),
	} {
		if !errors.Is(err, tenants.ErrTxEnded) {
			t.Errorf("%s: err = %v, want ErrTxEnded", name, err)
		}
	}
}

// probeJob is a job that no worker knows.
type probeJob struct {
	ConversationID uuid.UUID `json:"conversation_id"`
}

func (probeJob) Kind() string { return "probe" }

func TestJobSharesTheTransaction(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	boom := errors.New("boom")
	for _, fail := range []error{boom, nil} {
		err := f.db.InTenant(f.ctx, func(tx *tenants.Tx) error {
			if err := tx.Enqueue(f.ctx, probeJob{ownThread}, &river.InsertOpts{Queue: "default", UniqueOpts: river.UniqueOpts{ByArgs: true}}); err != nil {
				t.Fatal(err)
			}
			return fail
		})
		if !errors.Is(err, fail) {
			t.Errorf("err = %v, want %v", err, fail)
		}
		var n, expected int
		if fail == nil {
			expected = 1
		}
		if err := f.pg.Admin(t).QueryRow(t.Context(), "select count(*) from platform.river_job").Scan(&n); err != nil || n != expected {
			t.Errorf("%d jobs, want %d (%v)", n, expected, err)
		}
	}
}

// Nothing of an account stays on a connection: the pool has one, and both accounts take turns on it.
func TestConnectionsForget(t *testing.T) {
	t.Parallel()
	pg := newLeakDatabase(t)
	d, err := tenants.Open(t.Context(), pg.AppDSN, tenants.Options{MaxConns: 1, AuditKey: make([]byte, tenants.AuditKeyBytes)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	for i := range 20 {
		account := []tenants.AccountID{own, other}[i%2]
		ctx := tenants.WithAccount(t.Context(), account)
		var rows []contact
		if err := d.Read(ctx, &rows, func(q *gorm.DB) *gorm.DB { return q }); err != nil {
			t.Fatal(err)
		}
		_ = d.InTenant(ctx, func(tx *tenants.Tx) error {
			_ = tx.DB().Exec("x").Error
			return errors.New("roll back")
		})
		report, err := d.CheckCatalog(t.Context()) // has a rule about an account left on the connection
		if err != nil {
			t.Fatal(err)
		}
		for _, finding := range report.Findings {
			if finding.Rule == "an account is set outside a transaction" {
				t.Fatal(finding)
			}
		}
		for _, r := range rows {
			if r.AccountID != account {
				t.Fatalf("row of %s in account %s", r.AccountID, account)
			}
		}
	}
}

// Eight goroutines in two accounts on one handle see their own rows only.
func TestConcurrentAccounts(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var wait sync.WaitGroup
	for i := range 8 {
		account := []tenants.AccountID{own, other}[i%2]
		ctx := tenants.WithAccount(t.Context(), account)
		wait.Go(func() {
			for range 40 {
				var read, found []contact
				err := errors.Join(
					f.db.Read(ctx, &read, func(q *gorm.DB) *gorm.DB { return q.Where("score > ?", 0).Order("score") }),
					f.db.InTenant(ctx, func(tx *tenants.Tx) error {
						return tx.DB().Preload("Labels").Preload("Deals.Notes").Find(&found).Error
					}))
				if err != nil || len(read) != 3 || len(found) != 3 {
					t.Errorf("%d and %d rows, %v", len(read), len(found), err)
					return
				}
				for _, c := range append(read, found...) {
					if c.AccountID != account {
						t.Errorf("row of %s in account %s", c.AccountID, account)
					}
				}
			}
		})
	}
	wait.Wait()
}

func TestOpen(t *testing.T) {
	t.Parallel()
	if _, err := tenants.Open(t.Context(), "postgres://u:secret@[bad", tenants.Options{AuditKey: make([]byte, tenants.AuditKeyBytes)}); !errors.Is(err, tenants.ErrBadDSN) {
		t.Errorf("err = %v", err)
	}
	d := openTenants(t, "postgres://u:secret@127.0.0.1:1/none") // nobody listens: Open does not mind
	err := d.Ping(t.Context())
	if err == nil {
		t.Error("ping of nothing succeeded")
	}
	if err := d.InTenant(tenants.WithAccount(t.Context(), own), func(*tenants.Tx) error { return nil }); err == nil {
		t.Error("transaction on nothing succeeded")
	}
	if err := openTenants(t, pgtest.New(t).AppDSN).Ping(t.Context()); err != nil {
		t.Error(err)
	}
}
