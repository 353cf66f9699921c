package main

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"parlor/migrations/pgtest"
	"parlor/tenants"
)

// The command finds one changed byte and one removed last line, and what only the logged heads tell.
func TestAuditVerify(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	key := newKey()
	environ := append(urls(db), "PARLOR_AUDIT_KEY="+key)
	parsed := mustKey(t, key)
	d, err := tenants.Open(t.Context(), db.AppDSN, tenants.Options{AuditKey: parsed})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	account, err := tenants.ParseAccountID(db.InsertAccount(t, "17841400000000001", "shop"))
	if err != nil {
		t.Fatal(err)
	}
	ctx := tenants.WithAccount(t.Context(), account)
	for range 4 {
		if err := d.InTenant(ctx, func(tx *tenants.Tx) error { return tx.Audit(ctx, tenants.AuditEntry{Action: "test.done"}) }); err != nil {
			t.Fatal(err)
		}
	}
	head, err := d.AuditHead(ctx)
	if err != nil {
		t.Fatal(err)
	}
	heads := filepath.Join(t.TempDir(), "log")
	line := fmt.Sprintf("not JSON\n{\"msg\":\"http.request\"}\n{\"msg\":%q,\"account_id\":%q,\"seq\":%d,\"mac\":%q}\n", headMessage, account, head.Seq, hex.EncodeToString(head.MAC))
	if err := os.WriteFile(heads, []byte(line), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		name, sql string
		args      []string
		code      int
		want      string
	}{
		{"whole", `select`, nil, exitOK, "4 lines, whole"},
		{"whole, with heads", `select`, []string{"--heads", heads}, exitOK, "4 lines, whole"},
		{"one byte", `update tenant.audit set action = 'test.donf' where seq = 2`, []string{"--account", "17841400000000001"}, exitError, "line 2 was changed"},
		{"mended", `update tenant.audit set action = 'test.done' where seq = 2`, nil, exitOK, "whole"},
		{"last line", `delete from tenant.audit where seq = 4`, nil, exitError, "the tail was cut"},
		{"the account, out of sight", `update platform.accounts set kind = 'probe', instagram_user_id = null`, []string{"--heads", heads}, exitError, "no such account"},
		{"in sight again", `update platform.accounts set kind = 'instagram', instagram_user_id = '17841400000000001' where username = 'shop'`, nil, exitError, "the tail was cut"},
		{"no MACs", `update tenant.audit set mac = ''; update tenant.audit_heads set seq = 3, mac = '', seal = ''`, nil, exitError, "3 lines have no MAC"},
		{"no MACs, as expected", `select`, []string{"--unchained", "3"}, exitOK, "3 lines, whole"},
		{"the whole log, of an account with members", `delete from tenant.audit; delete from tenant.audit_heads;
			with u as (insert into platform.users (user_id) values (gen_random_uuid()) returning user_id)
			insert into platform.memberships (account_id, user_id, role) select account_id, user_id, 'owner' from u, platform.accounts where username = 'shop'`, nil, exitError, "the log was emptied"},
		{"the whole log", `delete from tenant.audit; delete from tenant.audit_heads`, []string{"--heads", heads}, exitError, "the tail was cut"},
	} {
		db.Exec(t, step.sql)
		code, stdout, stderr := parlor(t, environ, append([]string{"audit", "verify"}, step.args...)...)
		if code != step.code || !strings.Contains(stdout, step.want) {
			t.Errorf("%s: %d %s %s", step.name, code, stdout, stderr)
		}
	}
	code, _, stderr := parlor(t, urls(db), "audit", "verify")
	if code != exitError || !strings.Contains(stderr, "PARLOR_AUDIT_KEY") {
		t.Errorf("without the key: %d %s", code, stderr)
	}
}

func mustKey(t *testing.T, text string) []byte {
	t.Helper()
	key, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return key
}
