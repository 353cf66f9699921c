package api

import (
	"context"
	"slices"
	"strings"
	"time"

	"parlor/auth"
)

// showRollout says how far the move to OAuth is, and whether its next steps would lock anybody out.
func (h *operator) showRollout(ctx context.Context, _ *noInput) (*rolloutOutput, error) {
	now := h.flow.Registry().IDs()
	out := RolloutStatus{Providers: now, Stage: strings.Join(now, "+"), Next: []RolloutStep{}, Accounts: []RolloutAccount{}}
	for _, step := range auth.Next(now, h.configured) {
		v, err := h.rollout.Judge(ctx, step, auth.RecentSignIn)
		if err != nil {
			return nil, err
		}
		out.Next = append(out.Next, RolloutStep{Providers: step, Safe: v.Safe(), Blockers: shownFindings(v.Blockers), Warnings: shownFindings(v.Warnings)})
	}
	accounts, err := h.rollout.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	for _, a := range accounts {
		out.Accounts = append(out.Accounts, RolloutAccount{AccountID: a.AccountID.String(), Username: a.Username, OAuthConnected: a.Connected, OAuthAt: a.At})
	}
	for _, d := range h.flow.Registry().Descriptors() {
		if d.ID == auth.BootstrapID {
			out.BootstrapUntil = optionalTime(d.Until)
		}
	}
	out.Bootstrap = slices.Contains(now, auth.BootstrapID)
	return &rolloutOutput{Body: out}, nil
}

func shownFindings(found []auth.Finding) []RolloutFinding {
	list := make([]RolloutFinding, len(found))
	for i, f := range found {
		list[i] = RolloutFinding(f)
	}
	return list
}

type rolloutOutput struct{ Body RolloutStatus }

// RolloutStatus is how far the move from the bootstrap sign-in to OAuth is.
type RolloutStatus struct {
	Providers      []string         `json:"providers" nullable:"false" doc:"The ways to sign in that are enabled"`
	Stage          string           `json:"stage" doc:"The same in one word"`
	Bootstrap      bool             `json:"bootstrap" doc:"The bootstrap sign-in is open"`
	BootstrapUntil *time.Time       `json:"bootstrap_until" doc:"When it ends by itself"`
	Next           []RolloutStep    `json:"next" nullable:"false" doc:"Where the configuration could go from here"`
	Accounts       []RolloutAccount `json:"accounts" nullable:"false" doc:"Those that are still missing come first"`
}

// RolloutStep is one possible next configuration of PARLOR_PROVIDERS.
type RolloutStep struct {
	Providers []string         `json:"providers" nullable:"false"`
	Safe      bool             `json:"safe" doc:"Nobody would be locked out"`
	Blockers  []RolloutFinding `json:"blockers" nullable:"false"`
	Warnings  []RolloutFinding `json:"warnings" nullable:"false"`
}

// RolloutFinding is one thing that speaks for or against a step.
type RolloutFinding struct {
	Code string `json:"code"`
	Text string `json:"text"`
}

// RolloutAccount is an account, and whether an owner has signed in with Instagram.
type RolloutAccount struct {
	AccountID      string     `json:"account_id"`
	Username       string     `json:"username"`
	OAuthConnected bool       `json:"oauth_connected"`
	OAuthAt        *time.Time `json:"oauth_at"`
}
