package main

import (
	"slices"
	"strings"
	"testing"

	"parlor/migrations/pgtest"
)

func urls(db *pgtest.Database) []string {
	return []string{
		"PARLOR_DATABASE_URL=" + db.AppDSN, "PARLOR_PLATFORM_DATABASE_URL=" + db.PlatformDSN,
		"PARLOR_MIGRATE_DATABASE_URL=" + db.MigrateDSN, "PARLOR_ADMIN_DATABASE_URL=" + db.AdminDSN,
	}
}

func TestDBInitAndMigrate(t *testing.T) {
	t.Parallel()
	environ := urls(pgtest.NewEmpty(t))
	for range 2 { // may be repeated
		if code, _, stderr := parlor(t, environ, "db", "init"); code != exitOK {
			t.Fatal(stderr)
		}
	}
	code, stdout, _ := parlor(t, environ, "migrate", "status")
	if code != exitError || !strings.Contains(stdout, "PENDING  00001_") || strings.Contains(stdout, "applied") {
		t.Errorf("status of an empty database: code %d\n%s", code, stdout)
	}
	code, stdout, stderr := parlor(t, environ, "migrate", "up")
	if code != exitOK || !strings.Contains(stdout, "applied  00001_") {
		t.Fatalf("up: code %d\n%s%s", code, stdout, stderr)
	}
	if code, stdout, _ := parlor(t, environ, "migrate", "up"); code != exitOK || strings.Contains(stdout, "applied") {
		t.Errorf("up again: code %d\n%s", code, stdout)
	}
	platformAlone := environ[1:2]
	if code, stdout, stderr := parlor(t, platformAlone, "migrate", "status"); code != exitOK || strings.Contains(stdout, "PENDING") {
		t.Errorf("status by the platform role: code %d\n%s%s", code, stdout, stderr)
	}
	if code, stdout, stderr := parlor(t, environ, "prove-isolation"); code != exitOK {
		t.Errorf("what init and up made is not isolated: code %d\n%s%s", code, stdout, stderr)
	}
}

func TestProveIsolationNamesTheFault(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		breaks func(db *pgtest.Database) []string // statements of a superuser
		bypass bool
		want   string
	}{
		"table without FORCE": {
			func(*pgtest.Database) []string {
				return []string{"alter table tenant.messages no force row level security"}
			}, false, "tenant.messages",
		},
		"second policy": {
			func(*pgtest.Database) []string {
				return []string{"create policy everybody on tenant.messages using (true)"}
			}, false, "tenant.messages",
		},
		"app role with BYPASSRLS": {func(*pgtest.Database) []string { return nil }, true, "app role bypasses row security"},
		"app role owns a table": {
			func(db *pgtest.Database) []string {
				return []string{"alter table tenant.attachments owner to " + pgtest.LoginName(db.AppDSN)}
			}, false, "tenant.attachments",
		},
		"key without account_id": {
			func(*pgtest.Database) []string {
				return []string{"create unique index messages_by_mid_alone on tenant.messages (mid)"}
			}, false, "messages_by_mid_alone",
		},
		"table on no list": {
			func(*pgtest.Database) []string { return []string{"create table tenant.stray (note text)"} }, false, "tenant.stray",
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := pgtest.New(t)
			for _, statement := range tc.breaks(db) {
				db.Exec(t, statement)
			}
			dsn := db.AppDSN
			if tc.bypass {
				dsn = db.BypassDSN
			}
			code, stdout, stderr := parlor(t, []string{"PARLOR_DATABASE_URL=" + dsn}, "prove-isolation")
			if code != exitError || !strings.Contains(stdout, "FAIL") || !strings.Contains(strings.ToLower(stdout), strings.ToLower(tc.want)) {
				t.Errorf("code %d, want FAIL and %q in\n%s%s", code, tc.want, stdout, stderr)
			}
		})
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	account := db.InsertAccount(t, "17841463072915507", "casalumen")
	environ := slices.Concat(urls(db)[1:2], []string{"PARLOR_AUDIT_KEY=" + newKey()})

	code, text, stderr := parlor(t, environ, "key", "create", "--account", "17841463072915507", "--name", "reports")
	key := strings.TrimSpace(text)
	if code != exitOK || !strings.HasPrefix(key, "parlor_") || strings.Contains(stderr, key) {
		t.Fatalf("create: code %d, %q, %s", code, text, stderr)
	}
	id := strings.Split(key, "_")[1]
	code, list, _ := parlor(t, environ, "key", "list", "--account", account)
	if code != exitOK || !strings.Contains(list, id) || !strings.Contains(list, "reports") || strings.Contains(list, key) {
		t.Errorf("list: code %d\n%s", code, list)
	}
	if code, _, stderr := parlor(t, environ, "key", "revoke", "--account", account, id); code != exitOK {
		t.Errorf("revoke: %s", stderr)
	}
	refusals := map[string][]string{
		"username":      {"key", "list", "--account", "casalumen"},
		"no account":    {"key", "list", "--account", "1"},
		"no key":        {"key", "revoke", "--account", account, "zzzzzzzz"},
		"unknown scope": {"key", "create", "--account", account, "--name", "x", "--scope", "everything"},
		"no name":       {"key", "create", "--account", account, "--name", ""},
	}
	for name, args := range refusals {
		if code, stdout, stderr := parlor(t, environ, args...); code != exitError || stderr == "" {
			t.Errorf("%s: code %d %s%s", name, code, stdout, stderr)
		}
	}
}
