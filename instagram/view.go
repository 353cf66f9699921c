package instagram

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"parlor/tenants"
)

// ConnectionView is how an account's connection stands, for the page that shows it. It holds no secret.
type ConnectionView struct {
	Status          tenants.AccountStatus
	StatusReason    string // of needs_reconnect one of the Lost words; of disconnected what Disconnect was given
	StatusAt        time.Time
	InstagramUserID string
	Username        string
	LastWebhookAt   *time.Time

	ExpiresAt          *time.Time // of the token; nil: there is none
	DaysLeft           *int       // whole days until then, never negative
	Alarm              int        // 14, 7 or 2 when at most so many days are left; otherwise 0
	Permissions        []string   // granted; empty when Instagram did not say
	MissingPermissions []string   // of those that an inbox needs; empty when Instagram did not say
	Fields             []string   // that Instagram listed at the last proof
	Subscribed         bool       // messages are delivered, as far as known
	RefreshedAt        *time.Time
	RefreshFault       string // of the last try; "" when it succeeded
	ProvedAt           *time.Time
	ProofFault         string // of the last try; "" when it succeeded

	HumanAgentAllowed   bool // Instagram has approved it for this installation
	HumanAgentConfirmed bool // the owner has confirmed it
}

// View shows the connection of the account in ctx. Errors: tenants.ErrNotFound.
func (c *Connections) View(ctx context.Context) (ConnectionView, error) {
	account, ok := tenants.AccountFrom(ctx)
	if !ok {
		return ConnectionView{}, tenants.ErrNoAccount
	}
	view := ConnectionView{HumanAgentAllowed: c.o.HumanAgent}
	var subscribedAt *time.Time
	err := c.o.Platform.QueryRow(ctx, `select status, status_reason, status_at, coalesce(instagram_user_id, ''), username,
			last_webhook_at, subscribed_at from platform.accounts where account_id = $1`, account).Scan(
		&view.Status, &view.StatusReason, &view.StatusAt, &view.InstagramUserID, &view.Username, &view.LastWebhookAt, &subscribedAt)
	if errors.Is(err, pgx.ErrNoRows) {
		return ConnectionView{}, tenants.ErrNotFound
	}
	if err != nil {
		return ConnectionView{}, fmt.Errorf("show the connection: %w", err)
	}
	row, err := c.load(ctx)
	if errors.Is(err, ErrNoConnection) {
		return view, nil
	}
	if err != nil {
		return ConnectionView{}, err
	}
	view.add(row, c.o.Now(), subscribedAt != nil)
	return view, nil
}

// add fills in what the connection's own row tells.
func (v *ConnectionView) add(row connectionRow, now time.Time, wasSubscribed bool) {
	v.ExpiresAt, v.Alarm = &row.ExpiresAt, alarmAt(row.ExpiresAt, now)
	v.DaysLeft = new(max(0, int(row.ExpiresAt.Sub(now)/day)))
	v.Permissions = row.Permissions
	for _, scope := range []string{ScopeBasic, ScopeManageMessages} {
		if len(row.Permissions) > 0 && !slices.Contains(row.Permissions, scope) {
			v.MissingPermissions = append(v.MissingPermissions, scope)
		}
	}
	v.Fields = row.Fields
	isListed := wasSubscribed && row.ProvedAt == nil || slices.Contains(row.Fields, fieldMessages)
	v.Subscribed = isListed && v.Status == tenants.AccountActive && row.ProveFault != faultNotSubscribed
	v.RefreshedAt, v.RefreshFault = row.RefreshedAt, row.RefreshFault
	v.ProvedAt, v.ProofFault = row.ProvedAt, row.ProveFault
	v.HumanAgentConfirmed = row.HumanAgentConfirmedAt != nil
}
