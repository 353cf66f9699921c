package tenants_test

import (
	"strings"
	"testing"

	"parlor/migrations/pgtest"
	"parlor/tenants"
)

// The platform's role is checked as strictly as the app's: it reads every account's log once it has entered one.
func TestPlatformRoleIsChecked(t *testing.T) {
	t.Parallel()
	faults := map[string]struct{ sql, want string }{
		"as it should be":         {"select 1", ""},
		"bypasses row security":   {"alter role PLATFORM bypassrls", "platform role has powers of its own: PLATFORM"},
		"may make roles":          {"alter role PLATFORM createrole", "platform role has powers of its own: PLATFORM"},
		"member of the owner":     {"grant parlor_owner to PLATFORM", "platform role can become a stronger role: parlor_owner"},
		"member of the app":       {"grant parlor_app to PLATFORM", "platform role can become a stronger role: parlor_app"},
		"reads everything":        {"grant pg_read_all_data to PLATFORM", "platform role can become a stronger role: pg_read_all_data"},
		"acts as somebody else":   {"alter role PLATFORM set role = parlor_platform", "platform connection does not act as the role"},
		"an account set for good": {"alter role PLATFORM set app.account_id = '" + own.String() + "'", "platform connection has an account set"},
	}
	for name, f := range faults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := pgtest.New(t)
			role := pgtest.LoginName(db.PlatformDSN)
			db.Exec(t, strings.ReplaceAll(f.sql, "PLATFORM", role))
			platform, err := tenants.OpenPlatform(t.Context(), db.PlatformDSN, tenants.Options{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(platform.Close)
			report, err := platform.CheckRole(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if report.OK() != (f.want == "") || !strings.Contains(report.String(), strings.ReplaceAll(f.want, "PLATFORM", role)) {
				t.Errorf("report = %q, want %q", report, f.want)
			}
		})
	}
}
