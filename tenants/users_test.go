package tenants_test

import (
	"errors"
	"testing"

	"parlor/migrations/pgtest"
	"parlor/tenants"
)

func newUser(tb testing.TB, p *tenants.Platform, subject string) (id tenants.UserID) {
	tb.Helper()
	inTx(tb, p, func(tx *tenants.PlatformTx) error {
		u, _, err := tenants.NewUsers(p).FindOrCreateByIdentity(tb.Context(), tx,
			tenants.Identity{Provider: "instagram", Subject: subject, DisplayName: "User " + subject})
		id = u.ID
		return err
	})
	return id
}

func TestAPersonIsFoundByProviderAndSubjectAlone(t *testing.T) {
	t.Parallel()
	p := openPlatform(t, pgtest.New(t))
	users := tenants.NewUsers(p)
	sign := func(i tenants.Identity) (u tenants.User, created bool) {
		t.Helper()
		inTx(t, p, func(tx *tenants.PlatformTx) (err error) {
			u, created, err = users.FindOrCreateByIdentity(t.Context(), tx, i)
			return err
		})
		return u, created
	}
	mika, created := sign(tenants.Identity{Provider: "instagram", Subject: "1", DisplayName: "Mika"})
	if !created || mika.DisplayName != "Mika" || mika.StaffRole != "" || mika.Disabled {
		t.Errorf("made %+v, %v", mika, created)
	}
	for _, other := range []tenants.Identity{
		{Provider: "instagram", Subject: "2", DisplayName: "Mika"},
		{Provider: "bootstrap", Subject: "1", DisplayName: "Mika"},
		{Provider: "instagram:1", Subject: "1", DisplayName: "Mika"},
	} {
		if u, created := sign(other); !created || u.ID == mika.ID {
			t.Errorf("%+v was taken for another person", other)
		}
	}
	if again, created := sign(tenants.Identity{Provider: "instagram", Subject: "1"}); created || again.ID != mika.ID || again.DisplayName != "Mika" {
		t.Errorf("found %+v, created %v", again, created)
	}
	if renamed, _ := sign(tenants.Identity{Provider: "instagram", Subject: "1", DisplayName: "Mika K."}); renamed.DisplayName != "Mika K." {
		t.Errorf("the new name is not taken over: %+v", renamed)
	}
	if _, err := p.Exec(t.Context(), "update platform.users set display_name = 'Chosen', disabled_at = now() where user_id = $1", mika.ID); err != nil {
		t.Fatal(err)
	}
	kept, _ := sign(tenants.Identity{Provider: "instagram", Subject: "1", DisplayName: "Mika again"})
	if kept.DisplayName != "Chosen" || !kept.Disabled {
		t.Errorf("found %+v, want the chosen name, disabled", kept)
	}
}

func TestAnIdentityNeedsProviderAndSubject(t *testing.T) {
	t.Parallel()
	p := openPlatform(t, pgtest.New(t))
	for _, i := range []tenants.Identity{{}, {Provider: "instagram"}, {Subject: "1"}} {
		err := p.InTx(t.Context(), func(tx *tenants.PlatformTx) error {
			_, _, err := tenants.NewUsers(p).FindOrCreateByIdentity(t.Context(), tx, i)
			return err
		})
		if !errors.Is(err, tenants.ErrBadIdentity) {
			t.Errorf("%+v: %v, want ErrBadIdentity", i, err)
		}
	}
}

func TestStaffRole(t *testing.T) {
	t.Parallel()
	p := openPlatform(t, pgtest.New(t))
	users := tenants.NewUsers(p)
	id := newUser(t, p, "1")
	set := func(role tenants.StaffRole) error {
		return p.InTx(t.Context(), func(tx *tenants.PlatformTx) error { return users.SetStaffRole(t.Context(), tx, id, role) })
	}
	for _, role := range []tenants.StaffRole{tenants.StaffSupport, tenants.StaffSupport, ""} {
		if err := set(role); err != nil {
			t.Fatal(err)
		}
		if u, err := users.ByID(t.Context(), id); err != nil || u.StaffRole != role {
			t.Errorf("user = %+v, %v; want staff role %q", u, err, role)
		}
	}
	if err := set("root"); err == nil {
		t.Error("an unknown staff role is accepted")
	}
	events, err := p.AuthEvents(t.Context(), 0)
	if err != nil || len(events) != 2 || events[1].Kind != tenants.StaffRoleChanged || events[1].UserID != id {
		t.Errorf("events = %+v, %v; want one for each change", events, err)
	}
	var told string
	err = p.QueryRow(t.Context(), `select coalesce(string_agg(actor || ' ' || (detail->>'before') || '>' || (detail->>'role'), ', ' order by seq), '')
		from platform.audit where action = 'staff.role_changed' and target = $1`, id.String()).Scan(&told)
	if err != nil || told != "system >support, system support>" {
		t.Errorf("the installation's log tells %q, %v", told, err)
	}
	if _, err := users.ByID(t.Context(), tenants.NewUserID()); !errors.Is(err, tenants.ErrNotFound) {
		t.Errorf("an unknown user: %v", err)
	}
}
