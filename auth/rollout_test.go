package auth_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"parlor/auth"
	"parlor/tenants"
)

// comeIn notes that somebody of staff came in by a provider some time ago.
func (h *house) comeIn(provider, subject string, ago time.Duration) {
	h.t.Helper()
	err := h.platform.InTx(h.t.Context(), func(tx *tenants.PlatformTx) error {
		users := tenants.NewUsers(h.platform)
		u, _, err := users.FindOrCreateByIdentity(h.t.Context(), tx, tenants.Identity{Provider: provider, Subject: subject})
		if err != nil {
			return err
		}
		if err := users.SetStaffRole(h.t.Context(), tx, u.ID, tenants.StaffOperator); err != nil {
			return err
		}
		_, err = tx.Exec(h.t.Context(), `update platform.identities set last_sign_in_at = $3 where provider = $1 and subject = $2`, provider, subject, time.Now().Add(-ago))
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

func codes(list []auth.Finding) string {
	var all []string
	for _, f := range list {
		all = append(all, f.Code)
	}
	return strings.Join(all, " ")
}

// TestThreat38RolloutIsJudged: what would lock people out is named before it happens.
func TestThreat38RolloutIsJudged(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{creation: auth.CreateOpen, home: casaUserID})
	judge := func(o auth.RolloutOptions, recent time.Duration, providers ...string) (blockers, warnings string) {
		t.Helper()
		o.Platform = h.platform
		v, err := auth.NewRollout(o).Judge(t.Context(), providers, recent)
		if err != nil {
			t.Fatal(err)
		}
		if v.Safe() != (len(v.Blockers) == 0) {
			t.Errorf("%+v", v)
		}
		return codes(v.Blockers), codes(v.Warnings)
	}
	none := auth.RolloutOptions{}
	want := func(name, blockers, warnings string) func(string, string) {
		return func(gotBlockers, gotWarnings string) {
			t.Helper()
			if gotBlockers != blockers || gotWarnings != warnings {
				t.Errorf("%s: blocked by %q, warned of %q", name, gotBlockers, gotWarnings)
			}
		}
	}
	want("fresh", "", "")(judge(none, auth.RecentSignIn, "instagram"))
	want("nothing left", "no_provider", "")(judge(none, 0))
	past := auth.RolloutOptions{BootstrapUntil: time.Now().Add(-time.Hour)}
	want("only an expired one", "no_provider", "bootstrap_expired")(judge(past, 0, "bootstrap"))

	h.comeIn(auth.BootstrapID, "operator", time.Minute)
	h.db.InsertAccount(t, casaUserID, casa)
	want("nobody owns it yet", "", "")(judge(none, 0, "bootstrap"))
	if _, err := h.browser().operator("right horse"); err != nil { // who is owner of the default account
		t.Fatal(err)
	}
	want("phase 1", "", "")(judge(none, 0, "bootstrap"))
	want("both", "", "")(judge(none, auth.RecentSignIn, "bootstrap", "instagram"))
	want("staff have no other way", "staff_locked_out", "not_connected_by_oauth")(judge(none, auth.RecentSignIn, "instagram", "oidc"))
	want("nor ever had", "staff_locked_out", "not_connected_by_oauth")(judge(none, 0, "instagram", "oidc"))
	want("accepted", "", "no_staff not_connected_by_oauth")(judge(auth.RolloutOptions{NoStaff: true}, 0, "instagram"))
	want("owners have no way", "staff_locked_out owners_locked_out", "")(judge(none, 0, "oidc"))
	want("bootstrap expires under both", "staff_locked_out", "bootstrap_expired not_connected_by_oauth")(judge(past, 0, "bootstrap", "instagram"))

	h.comeIn("oidc", "sub-1", 8*24*time.Hour)
	want("too long ago for the step", "staff_locked_out", "not_connected_by_oauth")(judge(none, auth.RecentSignIn, "instagram", "oidc"))
	want("not for a restart", "", "not_connected_by_oauth")(judge(none, 0, "instagram", "oidc"))
	h.comeIn("oidc", "sub-1", time.Hour)
	want("safe", "", "not_connected_by_oauth")(judge(none, auth.RecentSignIn, "instagram", "oidc"))
	accounts, err := auth.NewRollout(auth.RolloutOptions{Platform: h.platform}).Accounts(t.Context())
	if err != nil || len(accounts) != 1 || accounts[0].Connected {
		t.Errorf("accounts %+v, %v", accounts, err)
	}
	if _, err := h.browser().signIn(approve); err != nil {
		t.Fatal(err)
	}
	want("connected", "", "")(judge(none, auth.RecentSignIn, "instagram", "oidc"))
	accounts, err = auth.NewRollout(auth.RolloutOptions{Platform: h.platform}).Accounts(t.Context())
	if err != nil || !accounts[0].Connected || accounts[0].At == nil {
		t.Errorf("accounts %+v, %v", accounts, err)
	}
	h.db.Exec(t, `update platform.users set disabled_at = now() where user_id in (select user_id from platform.identities where provider = 'oidc')`)
	want("who was shut out counts for nobody", "staff_locked_out", "")(judge(none, auth.RecentSignIn, "instagram", "oidc"))
}

func TestNextStep(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ now, configured, want string }{
		"phase 1":          {"bootstrap", "instagram", "bootstrap,instagram"},
		"phase 1, alone":   {"bootstrap", "", ""},
		"both":             {"bootstrap,instagram", "oidc", "bootstrap,instagram,oidc instagram,oidc"},
		"both, no OIDC":    {"bootstrap,instagram", "", "instagram"},
		"all three":        {"bootstrap,instagram,oidc", "", "instagram,oidc"},
		"the end":          {"instagram,oidc", "", ""},
		"the end, smaller": {"instagram", "oidc", "instagram,oidc"},
	} {
		list := func(text string) []string {
			return slices.DeleteFunc(strings.Split(text, ","), func(s string) bool { return s == "" })
		}
		var got []string
		for _, step := range auth.Next(list(tc.now), list(tc.configured)) {
			got = append(got, strings.Join(step, ","))
		}
		if strings.Join(got, " ") != tc.want {
			t.Errorf("%s: %v, want %s", name, got, tc.want)
		}
	}
}
