package main

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"parlor/migrations/pgtest"
)

// healthy is a running installation with Instagram configured, and its environment.
func healthy(t *testing.T) (db *pgtest.Database, environ []string) {
	t.Helper()
	db = pgtest.New(t)
	environ, public, ops := settings(t, db)
	environ = append(environ, "PARLOR_PROVIDERS=bootstrap,instagram", "PARLOR_INSTAGRAM_APP_ID=1122334455667788",
		"PARLOR_INSTAGRAM_APP_SECRET="+newKey(), "PARLOR_INSTAGRAM_VERIFY_TOKEN=CANARY-verify-token-of-the-webhook")
	start(t, environ, "serve")
	eventually(t, 20*time.Second, "it serves", func() bool { return status(ops+"/readyz") == 200 && status(public+"/auth/providers") == 200 })
	return db, environ
}

func TestDoctorOfAHealthyInstallation(t *testing.T) {
	t.Parallel()
	_, environ := healthy(t)
	code, stdout, stderr := parlor(t, environ, "doctor", "--providers", "instagram")
	if code != exitOK {
		t.Errorf("%d\n%s%s", code, stdout, stderr)
	}
	for _, want := range []string{
		"ok    configuration", "ok    key ring", "warn  bootstrap", "ok    database", "ok    clock          the database's", "ok    roll-out", "ok    next step",
		"ok    public URL", "ok    clock          the public URL's", "ok    callback", "ok    webhook", "ok    push",
	} {
		if !strings.Contains(stdout, want) {
			t.Errorf("it does not say %q:\n%s", want, stdout)
		}
	}
	if strings.Contains(stdout+stderr, "CANARY") {
		t.Error("it prints a secret")
	}
}

// Each fault is one line that begins with FAIL, and the command fails.
func TestDoctorFindsFaults(t *testing.T) {
	t.Parallel()
	db, environ := healthy(t)
	htpasswd := t.TempDir() + "/htpasswd"
	if err := os.WriteFile(htpasswd, []byte("operator:plain\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		sql     string
		setting string
		args    []string
		want    string
	}{
		"a setting":           {"", "PARLOR_LOG_LEVEL=loud", nil, "FAIL  configuration"},
		"a broken htpasswd":   {"", "PARLOR_BOOTSTRAP_HTPASSWD_FILE=" + htpasswd, nil, "FAIL  bootstrap      PARLOR_BOOTSTRAP_HTPASSWD_FILE: htpasswd: line 1"},
		"another verify":      {"", "PARLOR_INSTAGRAM_VERIFY_TOKEN=another-verify-token-than-theirs", nil, "FAIL  webhook"},
		"nobody there":        {"", "PARLOR_PUBLIC_URL=http://localhost:1", nil, "FAIL  public URL"},
		"expired":             {"", "PARLOR_BOOTSTRAP_EXPIRES_AT=2020-01-01T00:00:00Z", nil, "FAIL  bootstrap      ended on 2020-01-01"},
		"a database password": {"", "PARLOR_DATABASE_URL=" + withPassword(t, db.AppDSN, "CANARY"), nil, "FAIL  database"},
	} {
		code, stdout, stderr := parlor(t, append(slices.Clip(environ), tc.setting), append([]string{"doctor"}, tc.args...)...)
		if code != exitError || !strings.Contains(stdout, tc.want) {
			t.Errorf("%s: %d, not %q\n%s%s", name, code, tc.want, stdout, stderr)
		}
		if strings.Contains(stdout+stderr, "CANARY") {
			t.Errorf("%s: it prints a secret:\n%s%s", name, stdout, stderr)
		}
	}
	// Staff exist, and none of them could come in by Instagram.
	db.Exec(t, `with u as (insert into platform.users (user_id, staff_role) values (gen_random_uuid(), 'operator') returning user_id)
		insert into platform.identities (provider, subject, user_id, last_sign_in_at) select 'bootstrap', 'operator', user_id, now() from u`)
	code, stdout, _ := parlor(t, environ, "doctor", "--offline", "--providers", "instagram")
	if code != exitError || !strings.Contains(stdout, "FAIL  next step") || !strings.Contains(stdout, "ok    roll-out") {
		t.Errorf("%d\n%s", code, stdout)
	}
	db.Exec(t, `alter table tenant.messages no force row level security`)
	if code, stdout, _ := parlor(t, environ, "doctor", "--offline"); code != exitError || !strings.Contains(stdout, "FAIL  walls") {
		t.Errorf("a wall that is down: %d\n%s", code, stdout)
	}
}

// A configuration that would lock everybody out is not served, and ends nobody's session.
func TestServeRefusesALockout(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	environ, public, _ := settings(t, db)
	db.Exec(t, `with u as (insert into platform.users (user_id, staff_role) values (gen_random_uuid(), 'operator') returning user_id),
		i as (insert into platform.identities (provider, subject, user_id, last_sign_in_at) select 'bootstrap', 'operator', user_id, now() from u)
		insert into platform.sessions (session_id, user_id, provider, subject, auth_time, expires_at, idle_expires_at, secret_hash)
		select gen_random_uuid(), user_id, 'bootstrap', 'operator', now(), now() + interval '1 day', now() + interval '1 day', '' from u`)
	environ = append(environ, "PARLOR_PROVIDERS=instagram", "PARLOR_INSTAGRAM_APP_ID=1122334455667788",
		"PARLOR_INSTAGRAM_APP_SECRET="+newKey(), "PARLOR_INSTAGRAM_VERIFY_TOKEN="+newKey())
	code, _, stderr := parlor(t, environ, "serve")
	if code != exitError || !strings.Contains(stderr, "lock people out") || !strings.Contains(stderr, "break-glass") {
		t.Errorf("%d %s", code, stderr)
	}
	var live int
	if err := db.Admin(t).QueryRow(t.Context(), `select count(*) from platform.sessions where ended_at is null`).Scan(&live); err != nil || live != 1 {
		t.Errorf("%d sessions go on, %v", live, err)
	}
	start(t, append(environ, "PARLOR_ALLOW_NO_STAFF=true"), "serve")
	eventually(t, 20*time.Second, "it serves when that is accepted", func() bool { return status(public+"/auth/providers") == 200 })
}
