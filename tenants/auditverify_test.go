package tenants_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"parlor/migrations/pgtest"
	"parlor/tenants"
)

// auditHouse is an account with a log of five lines.
type auditHouse struct {
	db      *pgtest.Database
	d       *tenants.DB
	account tenants.AccountID
	ctx     context.Context
}

func newAuditHouse(t *testing.T) *auditHouse {
	t.Helper()
	h := &auditHouse{db: pgtest.New(t)}
	h.d = openTenants(t, h.db.AppDSN)
	h.account = newAccount(t, h.db, "17841400000000001")
	h.ctx = tenants.WithPrincipal(t.Context(), tenants.Principal{UserID: tenants.NewUserID(), DisplayName: "Mika", AccountID: h.account})
	for range 5 {
		h.write(t)
	}
	return h
}

func (h *auditHouse) write(t *testing.T) {
	t.Helper()
	err := h.d.InTenant(h.ctx, func(tx *tenants.Tx) error {
		return tx.Audit(h.ctx, tenants.AuditEntry{Action: "test.done", Target: "x", Detail: map[string]any{"b": 2, "a": "ä", "long": 1e21}})
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (h *auditHouse) findings(t *testing.T, anchors ...tenants.AuditHead) string {
	t.Helper()
	report, err := h.d.VerifyAudit(h.ctx, tenants.AuditExpected{Heads: anchors, Begun: true})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(report.Findings, "; ")
}

func TestAWholeLogVerifies(t *testing.T) {
	t.Parallel()
	h := newAuditHouse(t)
	report, err := h.d.VerifyAudit(h.ctx, tenants.AuditExpected{})
	if err != nil || !report.OK() || report.Lines != 5 || report.Unchained != 0 {
		t.Errorf("report = %+v, %v", report, err)
	}
	head, err := h.d.AuditHead(h.ctx)
	if err != nil || head.Seq != 5 || len(head.MAC) == 0 {
		t.Fatalf("head = %+v, %v", head, err)
	}
	h.write(t)
	if got := h.findings(t, head); got != "" {
		t.Errorf("a log that has grown since its head was written down: %s", got)
	}
}

func TestVerifyFindsWhatWasDone(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ sql, want string }{
		"one byte of a name":    {`update tenant.audit set actor_name = 'Mike' where seq = 3`, "line 3 was changed"},
		"one byte of a detail":  {`update tenant.audit set detail = replace(detail::text, '2', '3')::json where seq = 2`, "line 2 was changed"},
		"the time":              {`update tenant.audit set at = at + interval '1 microsecond' where seq = 4`, "line 4 was changed"},
		"the visit":             {`update tenant.audit set support_grant_id = gen_random_uuid() where seq = 1`, "line 1 was changed"},
		"a line is gone":        {`delete from tenant.audit where seq = 3`, "lines 3 to 3 are missing"},
		"the first is gone":     {`delete from tenant.audit where seq = 1`, "lines 1 to 1 are missing"},
		"the last is gone":      {`delete from tenant.audit where seq = 5`, "the tail was cut"},
		"the tail and the head": {`delete from tenant.audit where seq = 5; update tenant.audit_heads h set seq = 4, mac = (select mac from tenant.audit a where a.account_id = h.account_id and a.seq = 4)`, "the head (line 4) was changed"},
		"a MAC is gone":         {`update tenant.audit set mac = '' where seq = 5`, "line 5 has lost its MAC"},
		"MACs from the front":   {`update tenant.audit set mac = '' where seq <= 2`, "line 3 was changed"},
		"a line is added":       {`insert into tenant.audit (account_id, seq, actor_kind, action) select account_id, 6, 'system', 'planted' from tenant.audit_heads; update tenant.audit_heads set seq = 6`, "line 6 has lost its MAC"},
		"two change places":     {`update tenant.audit set seq = 60 where seq = 2; update tenant.audit set seq = 2 where seq = 3; update tenant.audit set seq = 3 where seq = 60`, "line 2 was changed"},
		"the head is gone":      {`delete from tenant.audit_heads`, "goes on to line 5, its head says 0"},
		"all MACs are gone":     {`update tenant.audit set mac = '', actor_name = 'Mike'; update tenant.audit_heads set mac = '', seal = ''`, "the first 5 lines have no MAC"},
		"everything is gone":    {`delete from tenant.audit; delete from tenant.audit_heads`, "the log was emptied"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newAuditHouse(t)
			h.db.Exec(t, tc.sql)
			if got := h.findings(t); !strings.Contains(got, tc.want) {
				t.Errorf("findings = %q, want %q", got, tc.want)
			}
		})
	}
}

// Whoever once copied the head can put it back together with the table: the head that was logged meanwhile gives him away.
func TestAnOldCopyOfTheHeadIsFound(t *testing.T) {
	t.Parallel()
	h := newAuditHouse(t)
	h.db.Exec(t, `create table public.copy as select * from tenant.audit_heads`)
	h.write(t)
	logged, err := h.d.AuditHead(h.ctx)
	if err != nil {
		t.Fatal(err)
	}
	h.db.Exec(t, `delete from tenant.audit where seq = 6; delete from tenant.audit_heads; insert into tenant.audit_heads select * from public.copy`)
	if got := h.findings(t); got != "" {
		t.Errorf("without what was logged there is nothing to find, yet: %s", got)
	}
	if got := h.findings(t, logged); !strings.Contains(got, "the tail was cut") {
		t.Errorf("findings = %q", got)
	}
}

func TestAnotherKeyVerifiesNothing(t *testing.T) {
	t.Parallel()
	h := newAuditHouse(t)
	key := make([]byte, tenants.AuditKeyBytes)
	key[0] = 1
	other, err := tenants.Open(t.Context(), h.db.AppDSN, tenants.Options{AuditKey: key})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(other.Close)
	report, err := other.VerifyAudit(h.ctx, tenants.AuditExpected{})
	if err != nil || report.OK() {
		t.Errorf("report = %+v, %v", report, err)
	}
}

func TestNothingIsLoggedWithoutAKey(t *testing.T) {
	t.Parallel()
	h := newAuditHouse(t)
	d, err := tenants.Open(t.Context(), h.db.AppDSN, tenants.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	err = d.InTenant(h.ctx, func(tx *tenants.Tx) error { return tx.Audit(h.ctx, tenants.AuditEntry{Action: "test.done"}) })
	if !errors.Is(err, tenants.ErrNoAuditKey) {
		t.Errorf("err = %v", err)
	}
	if _, err := d.VerifyAudit(h.ctx, tenants.AuditExpected{}); !errors.Is(err, tenants.ErrNoAuditKey) {
		t.Errorf("verify: %v", err)
	}
}

// A log that began before there was a chain says how much of it cannot be checked; what came afterwards is.
func TestLinesFromBeforeTheChain(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	h := &auditHouse{db: db, d: openTenants(t, db.AppDSN), account: newAccount(t, db, "17841400000000001")}
	h.ctx = tenants.WithAccount(t.Context(), h.account)
	db.Exec(t, `insert into tenant.audit (account_id, seq, actor_kind, action) select $1::uuid, n, 'system', 'old' from generate_series(1, 3) n`, h.account)
	db.Exec(t, `insert into tenant.audit_heads (account_id, seq) values ($1, 3)`, h.account)
	old := tenants.AuditExpected{Unchained: 3}
	if report, err := h.d.VerifyAudit(h.ctx, old); err != nil || !report.OK() {
		t.Fatalf("only old lines: %+v, %v", report, err)
	}
	h.write(t)
	report, err := h.d.VerifyAudit(h.ctx, old)
	if err != nil || !report.OK() || report.Unchained != 3 || report.Lines != 4 {
		t.Errorf("report = %+v, %v", report, err)
	}
	// Cut back to the old lines, with a head that says so.
	db.Exec(t, `delete from tenant.audit where seq > 2; update tenant.audit_heads set seq = 2, mac = '', seal = ''`)
	if got := h.findings(t); !strings.Contains(got, "2 lines have no MAC") {
		t.Errorf("findings = %q", got)
	}
}

func TestLinesAreReadNewestFirstAndOfOneAccount(t *testing.T) {
	t.Parallel()
	h := newAuditHouse(t)
	stranger := tenants.WithAccount(t.Context(), newAccount(t, h.db, "17841400000000002"))
	lines, err := h.d.AuditLines(stranger, tenants.AuditQuery{})
	if err != nil || len(lines) != 0 {
		t.Errorf("a stranger reads %d lines, %v", len(lines), err)
	}
	lines, err = h.d.AuditLines(h.ctx, tenants.AuditQuery{Action: "test.done", Before: 5, Limit: 2})
	if err != nil || len(lines) != 2 || lines[0].Seq != 4 || lines[1].Seq != 3 || lines[0].ActorName != "Mika" {
		t.Errorf("lines = %+v, %v", lines, err)
	}
	if lines, err = h.d.AuditLines(h.ctx, tenants.AuditQuery{Action: "nothing.else"}); err != nil || len(lines) != 0 {
		t.Errorf("another action: %d lines, %v", len(lines), err)
	}
}

// What a visit did is told by the account's own log, with its reason in every line.
func TestAVisitLeavesItsTraces(t *testing.T) {
	t.Parallel()
	h := newAuditHouse(t)
	grant := &tenants.SupportGrant{ID: tenants.NewGrantID(), Mode: tenants.SupportRead, Reason: "customer sees no pictures"}
	ctx := tenants.WithPrincipal(t.Context(), tenants.Principal{
		UserID: tenants.NewUserID(), DisplayName: "Sam", StaffRole: tenants.StaffSupport, AccountID: h.account, Grant: grant,
	})
	conversation := tenants.NewGrantID().UUID
	for _, target := range []string{"", conversation.String(), conversation.String()} {
		err := h.d.InTenant(ctx, func(tx *tenants.Tx) error {
			return tx.Audit(ctx, tenants.AuditEntry{Action: tenants.SupportRequest, Target: target})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	visited, err := h.d.Visited(h.ctx, []tenants.GrantID{grant.ID, tenants.NewGrantID()})
	v := visited[grant.ID]
	if err != nil || len(visited) != 1 || v.Requests != 3 || len(v.Conversations) != 1 || v.Conversations[0] != conversation {
		t.Errorf("visited = %+v, %v", visited, err)
	}
	lines, err := h.d.AuditLines(h.ctx, tenants.AuditQuery{Limit: 1})
	if err != nil || lines[0].Grant != grant.ID || !strings.Contains(string(lines[0].Detail), grant.Reason) {
		t.Errorf("line = %+v, %v", lines, err)
	}
	if got := h.findings(t); got != "" {
		t.Error(got)
	}
}
