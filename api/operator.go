package api

import (
	"context"
	"net/http"
	"strconv"

	"parlor/auth"
	"parlor/tenants"
)

// operator serves the installation to its staff: accounts by name and state, people, the log; never what is inside of an account.
type operator struct {
	installation *tenants.Installation
	sessions     *auth.Sessions
	revocations  *auth.Revocations
	flow         *auth.Flow
	rollout      *auth.Rollout
	configured   []string // providers that could be switched on
	version      string
}

// operatorRoutes are for staff alone.
func (s *Server) operatorRoutes() []route {
	const get, post, patch = http.MethodGet, http.MethodPost, http.MethodPatch
	const look, manage = tenants.InstallationRead, tenants.InstallationManage
	const account = "/api/v1/operator/accounts/{account_id}"
	return []route{
		{get, "/api/v1/operator/accounts", byStaff, look, 0, operation("operator-list-accounts", "All accounts, without what is in them", s.operator.accounts)},
		{post, account + "/approve", byStaff, manage, 0, operation("operator-approve-account", "Let an account in that waits", s.operator.approve)},
		{post, account + "/suspend", byStaff, manage, fresh, operation("operator-suspend-account", "Close an account to everybody", s.operator.suspend)},
		{post, account + "/resume", byStaff, manage, 0, operation("operator-resume-account", "Open an account again", s.operator.resume)},
		{get, "/api/v1/operator/rollout", byStaff, look, 0, operation("operator-get-rollout", "How far the roll-out is, and whether its next step is safe", s.operator.showRollout)},
		{get, "/api/v1/operator/staff", byStaff, look, 0, operation("operator-list-staff", "Staff", s.operator.staff)},
		{patch, "/api/v1/operator/staff/{user_id}", byStaff, manage, fresh, operation("operator-update-staff", "Shut a person out, or let him in again", s.operator.disable)},
		{get, "/api/v1/operator/health", byStaff, look, 0, operation("operator-get-health", "How the installation is", s.operator.showHealth)},
		{get, "/api/v1/operator/audit", byStaff, manage, 0, operation("operator-list-audit", "The installation's log", s.operator.log)},
	}
}

func (h *operator) accounts(ctx context.Context, in *searchAccountsInput) (*overviewPageOutput, error) {
	q := tenants.AccountSearch{Text: in.Text, Status: tenants.AccountStatus(in.Status), Limit: in.Limit + 1}
	if in.Cursor != "" {
		var err error
		if q.Before, err = tenants.ParseAccountID(in.Cursor); err != nil {
			return nil, invalidField("query.cursor", "expected the next_cursor of this list")
		}
	}
	found, err := h.installation.Accounts(ctx, q)
	if err != nil {
		return nil, err
	}
	out := &overviewPageOutput{Body: AccountOverviewPage{Items: []AccountOverview{}}}
	if len(found) > in.Limit {
		found = found[:in.Limit]
		out.Body.NextCursor = optional(found[in.Limit-1].ID.String())
	}
	for _, a := range found {
		out.Body.Items = append(out.Body.Items, shownOverview(a))
	}
	return out, nil
}

func (h *operator) approve(ctx context.Context, in *AccountInput) (*overviewOutput, error) {
	return h.change(ctx, in, h.installation.Approve)
}

func (h *operator) resume(ctx context.Context, in *AccountInput) (*overviewOutput, error) {
	return h.change(ctx, in, h.installation.Resume)
}

func (h *operator) suspend(ctx context.Context, in *suspendInput) (*overviewOutput, error) {
	why := ""
	if in.Body != nil {
		why = in.Body.Reason
	}
	return h.change(ctx, &in.AccountInput, func(ctx context.Context, id tenants.AccountID) error { return h.installation.Suspend(ctx, id, why) })
}

func (h *operator) change(ctx context.Context, in *AccountInput, do func(context.Context, tenants.AccountID) error) (*overviewOutput, error) {
	id, err := tenants.ParseAccountID(in.AccountID)
	if err != nil {
		return nil, tenants.ErrNotFound
	}
	if err := do(ctx, id); err != nil {
		return nil, err
	}
	a, err := h.installation.Account(ctx, id)
	if err != nil {
		return nil, err
	}
	return &overviewOutput{Body: shownOverview(a)}, nil
}

func (h *operator) staff(ctx context.Context, _ *noInput) (*staffPageOutput, error) {
	found, err := h.installation.Staff(ctx)
	if err != nil {
		return nil, err
	}
	out := &staffPageOutput{Body: StaffPage{Items: make([]StaffMember, len(found))}}
	for i, m := range found {
		out.Body.Items[i] = shownStaff(m)
	}
	return out, nil
}

// disable shuts a person out everywhere, sessions included, or lets him in again.
func (h *operator) disable(ctx context.Context, in *updateStaffInput) (*staffOutput, error) {
	id, err := tenants.ParseUserID(in.UserID)
	if err != nil {
		return nil, tenants.ErrNotFound
	}
	err = h.installation.Disable(ctx, id, in.Body.Disabled, func(tx *tenants.PlatformTx) error { return h.sessions.EndAllOf(ctx, tx, id) })
	if err != nil {
		return nil, err
	}
	m, err := h.installation.StaffMember(ctx, id)
	if err != nil {
		return nil, err
	}
	return &staffOutput{Body: shownStaff(m)}, nil
}

func (h *operator) showHealth(ctx context.Context, _ *noInput) (*healthOutput, error) {
	now, err := h.installation.Health(ctx)
	if err != nil {
		return nil, err
	}
	return &healthOutput{Body: Health{
		Version: h.version, RevocationsAgeMS: h.revocations.Age().Milliseconds(), Queue: now.Jobs, Accounts: now.Accounts,
		Deliveries: DeliveryHealth{Open: now.DeliveriesOpen, Failed: now.DeliveriesFailed, OldestOpenSeconds: now.OldestOpen.Seconds(), LastWebhookAt: now.LastWebhookAt},
		Providers:  h.flow.Registry().IDs(),
	}}, nil
}

func (h *operator) log(ctx context.Context, in *logInput) (*platformLogOutput, error) {
	var before int64
	if in.Cursor != "" {
		var err error
		if before, err = strconv.ParseInt(in.Cursor, 10, 64); err != nil || before < 1 {
			return nil, invalidField("query.cursor", "expected the next_cursor of this list")
		}
	}
	lines, err := h.installation.Log(ctx, before, in.Limit+1)
	if err != nil {
		return nil, err
	}
	out := &platformLogOutput{Body: PlatformLogPage{Items: []PlatformLine{}}}
	if len(lines) > in.Limit {
		lines = lines[:in.Limit]
		out.Body.NextCursor = optional(strconv.FormatInt(lines[in.Limit-1].Seq, 10))
	}
	for _, l := range lines {
		out.Body.Items = append(out.Body.Items, PlatformLine(l))
	}
	return out, nil
}

func shownOverview(a tenants.AccountOverview) AccountOverview {
	return AccountOverview{
		Account: shownAccount(a.Account), StatusReason: a.StatusReason, StatusAt: a.StatusAt, TokenExpiresAt: a.TokenExpiresAt,
		LastWebhookAt: a.LastWebhookAt, CreatedAt: a.CreatedAt, Members: a.Members, OAuthConnected: a.OAuthConnected, SupportEnabled: a.SupportEnabled,
	}
}

func shownStaff(m tenants.StaffMember) StaffMember {
	out := StaffMember{
		UserID: m.ID.String(), Name: m.DisplayName, StaffRole: optional(string(m.StaffRole)), Disabled: m.Disabled, LiveSessions: m.LiveSessions,
		Identities: []StaffIdentity{},
	}
	for _, i := range m.Identities {
		out.Identities = append(out.Identities, StaffIdentity(i))
	}
	return out
}
