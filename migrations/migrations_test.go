package migrations_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"parlor/migrations"
	"parlor/migrations/pgtest"
)

func TestUpDownUp(t *testing.T) {
	t.Parallel()
	db := pgtest.NewEmpty(t)
	known, err := migrations.Known()
	if err != nil {
		t.Fatal(err)
	}
	for round := range 2 {
		pending, err := migrations.Pending(t.Context(), db.PlatformDSN)
		if err != nil || len(pending) != len(known) {
			t.Fatalf("round %d: pending before = %d of %d, %v", round, len(pending), len(known), err)
		}
		applied, err := migrations.Up(t.Context(), db.MigrateDSN)
		if err != nil || len(applied) != len(known) {
			t.Fatalf("round %d: applied %d of %d, %v", round, len(applied), len(known), err)
		}
		if pending, err := migrations.Pending(t.Context(), db.PlatformDSN); err != nil || len(pending) != 0 {
			t.Fatalf("round %d: pending after = %v, %v", round, pending, err)
		}
		if round == 0 {
			if err := migrations.Down(t.Context(), db.MigrateDSN); err != nil {
				t.Fatalf("down: %v", err)
			}
		}
	}
}

func TestEverythingBelongsToTheOwner(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	rows, err := db.Admin(t).Query(t.Context(), `select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
		where n.nspname in ('tenant', 'platform') and pg_get_userbyid(c.relowner) <> 'parlor_owner' and c.relkind <> 't'`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		t.Errorf("%s does not belong to parlor_owner", name)
	}
}

func TestABadURLIsNamedWithoutItsPassword(t *testing.T) {
	t.Parallel()
	_, err := migrations.Up(t.Context(), "postgres://u:hunter2@[bad/db")
	if !errors.Is(err, migrations.ErrBadDSN) || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("err = %v", err)
	}
}

// Replicas that start together migrate once.
func TestManyMigratorsAtOnce(t *testing.T) {
	t.Parallel()
	db := pgtest.NewEmpty(t)
	known, err := migrations.Known()
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	applied := make([][]migrations.Migration, 4)
	for i := range applied {
		wg.Go(func() {
			var err error
			if applied[i], err = migrations.Up(t.Context(), db.MigrateDSN); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	total := 0
	for _, a := range applied {
		total += len(a)
	}
	if total != len(known) {
		t.Errorf("%d migrations were applied, there are %d", total, len(known))
	}
}

// The login role that migrates must be a member of the owner's role: nothing of ours may belong to anybody else.
func TestOnlyTheOwnerMigrates(t *testing.T) {
	t.Parallel()
	db := pgtest.NewEmpty(t)
	for name, dsn := range map[string]string{"app": db.AppDSN, "platform": db.PlatformDSN} {
		if applied, err := migrations.Up(t.Context(), dsn); err == nil || len(applied) != 0 {
			t.Errorf("the %s role migrates: %v, %v", name, applied, err)
		}
	}
	if status, err := migrations.Status(t.Context(), db.MigrateDSN); err != nil || len(status) == 0 || status[0].Applied {
		t.Errorf("status = %v, %v", status, err)
	}
}
